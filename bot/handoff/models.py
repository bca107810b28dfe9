"""Who held which conversation, and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.kit.database import Base


class Assignment(Base):
    """A person holding a conversation from one moment to another. ended_because: returned, resolved, taken, offline."""

    __tablename__ = "assignments"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    staff_id: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    ended_because: Mapped[str | None]
    waited_s: Mapped[float]
    __table_args__ = (
        Index("ix_assignments_conversation", "conversation_id"),
        Index("ix_assignments_staff", "staff_id"),
    )


class Note(Base):
    """What staff wrote to each other about a conversation; the reporter never sees it."""

    __tablename__ = "notes"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    staff_id: Mapped[str]
    name: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]
    __table_args__ = (Index("ix_notes_conversation", "conversation_id"),)
