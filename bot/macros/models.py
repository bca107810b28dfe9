"""What agents say from: macros and their history, where each was used, and who was mentioned in a note."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.kit.database import Base, Json


class MacroRow(Base):
    """A macro that seniors have made or changed. One that ships with the product (data/macros.yml) has a row from its first
    change on. content: `bot.macros.schemas.MacroContent`; version: counts the changes; state: active, retired."""

    __tablename__ = "macros"
    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    state: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    changed_by: Mapped[str]
    changed_name: Mapped[str]
    changed_at: Mapped[datetime]


class MacroVersion(Base):
    """A macro as it was from one change to the next: who, when and why. Append-only, enforced by triggers (migrations)."""

    __tablename__ = "macro_versions"
    id: Mapped[str] = mapped_column(primary_key=True)
    macro_id: Mapped[str]
    version: Mapped[int]
    state: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    by: Mapped[str]
    name: Mapped[str]
    at: Mapped[datetime]
    why: Mapped[str]
    __table_args__ = (UniqueConstraint("macro_id", "version"),)


class MacroUse(Base):
    """A macro went out in a message: the same formula twice in one conversation is shown to the agent first."""

    __tablename__ = "macro_uses"
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    macro_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    staff_id: Mapped[str]
    at: Mapped[datetime]
    __table_args__ = (Index("ix_macro_uses_conversation", "conversation_id"),)


class Mention(Base):
    """Somebody on the staff is wanted in a conversation. kind: note (named in a note), offer (a colleague who holds an S0/S1
    wants to hand it to them), handed (it is theirs now), refund (one that they asked for was not made). seen_at: when they
    opened the conversation or put it aside."""

    __tablename__ = "mentions"
    id: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[str]
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    kind: Mapped[str]
    by: Mapped[str]
    by_name: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_mentions_staff", "staff_id", "seen_at"),
        Index("ix_mentions_conversation", "conversation_id"),
    )
