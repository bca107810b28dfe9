"""Turns, what listeners heard, and check-ins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.kit.database import Base, Json


class Turn(Base):
    """A reporter's message that is owed hearing and, while the assistant holds the conversation, an answer.

    state: pending, answered, given_up. own_version: the holder version that this turn's own action made (a hand-over it
    asked for), so that its words are not dropped for it. receipt: the acknowledgement, given again for the same client_id.
    """

    __tablename__ = "turns"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), unique=True)
    seq: Mapped[int]
    state: Mapped[str] = mapped_column(default="pending")
    talk: Mapped[bool]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    hearing_until: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    ask: Mapped[bool] = mapped_column(default=False)  # hearing wants a check-in asked after the answer
    parse: Mapped[dict[str, Any] | None] = mapped_column(Json)
    own_version: Mapped[int | None]
    receipt: Mapped[dict[str, Any] | None] = mapped_column(Json)
    outcome: Mapped[str | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_turns_pending", "state", "conversation_id", "seq"),)


class Listening(Base):
    """What one listener heard in one message. decision: handover, checkin, routine."""

    __tablename__ = "listening"
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    listener: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str]
    decision: Mapped[str]
    probability: Mapped[float]
    intent: Mapped[str | None]
    grade: Mapped[str | None]
    because: Mapped[list[str]] = mapped_column(Json)
    entities: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    at: Mapped[datetime]
    __table_args__ = (
        Index("ix_listening_conversation", "conversation_id"),
        Index("ix_listening_at", "at"),
    )


class CheckIn(Base):
    """A one-tap question that was asked. answer: need_help, fine, or nothing yet."""

    __tablename__ = "check_ins"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    message_id: Mapped[str]
    seq: Mapped[int]
    intent: Mapped[str | None]
    probability: Mapped[float]
    asked_at: Mapped[datetime]
    answer: Mapped[str | None]
    __table_args__ = (Index("ix_check_ins_conversation", "conversation_id"),)


class InternalAnswer(Base):
    """What an action was told: the same (conversation, message, action) is told the same again and done once."""

    __tablename__ = "internal_answers"
    key: Mapped[str] = mapped_column(primary_key=True)
    answer: Mapped[dict[str, Any]] = mapped_column(Json)
    at: Mapped[datetime]


class Connected(Base):
    """A conversation that a page or app listens to over a socket of `worker`, until then unless it is renewed."""

    __tablename__ = "connected"
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    worker: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]
