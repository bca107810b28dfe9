"""What was said and who holds it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.kit.database import Base, Json


class Conversation(Base):
    """One person talking to us. holder: assistant, queue or person; holder_version grows with each change of holder."""

    __tablename__ = "conversations"
    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    channel: Mapped[str]
    locale: Mapped[str]
    # The first language, told or written, that names a country: emergency numbers never fall to another language's default.
    first_locale: Mapped[str | None]
    role: Mapped[str] = mapped_column(default="unknown")
    identity: Mapped[str] = mapped_column(default="none")
    rider_id: Mapped[str | None]
    driver_id: Mapped[str | None]
    trip_id: Mapped[str | None]
    trip_live: Mapped[bool] = mapped_column(default=False)
    person_name: Mapped[str | None]
    callback_phone: Mapped[str | None]
    holder: Mapped[str] = mapped_column(default="assistant")
    holder_staff_id: Mapped[str | None]
    holder_name: Mapped[str | None]
    holder_since: Mapped[datetime]
    holder_version: Mapped[int] = mapped_column(default=0)
    team: Mapped[str | None]  # whose queue it stands in
    grade: Mapped[str | None]  # derived from the open cases by incidents; kept here for ordering
    watched_since: Mapped[datetime | None]
    watch_reason: Mapped[dict[str, Any] | None] = mapped_column(Json)
    quiet: Mapped[bool] = mapped_column(default=False)
    location: Mapped[dict[str, Any] | None] = mapped_column(Json)
    next_seq: Mapped[int] = mapped_column(default=1)
    reporter_seen_seq: Mapped[int] = mapped_column(default=0)
    staff_seen_seq: Mapped[int] = mapped_column(default=0)
    last_reporter_at: Mapped[datetime | None]
    last_staff_at: Mapped[datetime | None]
    not_understood: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        Index("ix_conversations_holder", "holder", "grade"),
        Index("ix_conversations_rider", "rider_id"),
        Index("ix_conversations_trip", "trip_id"),
        Index("ix_conversations_created", "created_at"),
    )


class ChatSession(Base):
    """A way into a conversation: secrets stored hashed. door: widget, socketio, webhook (a secret opens its own door only)."""

    __tablename__ = "chat_sessions"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    door: Mapped[str]
    session_hash: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    # What doors without a replay of their own (socketio, webhook) have brought to their client, by sequence number.
    delivered_seq: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("session_hash", "door"),)


class Message(Base):
    """One utterance, numbered within its conversation. author: reporter, assistant, staff or system."""

    __tablename__ = "messages"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int]
    client_id: Mapped[str | None]
    author: Mapped[str]
    staff_id: Mapped[str | None]
    author_name: Mapped[str | None]
    text: Mapped[str]
    payload: Mapped[str | None]
    buttons: Mapped[list[dict[str, str]] | None] = mapped_column(Json)
    links: Mapped[list[dict[str, str]] | None] = mapped_column(Json)
    kind: Mapped[str | None]
    location: Mapped[dict[str, Any] | None] = mapped_column(Json)
    # What a photo or voice note is (bot.attachments keeps the bytes): {id, kind, media_type, size, …}
    attachment: Mapped[dict[str, Any] | None] = mapped_column(Json)
    at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "author", "client_id"),
    )
