"""What the desk follows at the platform on somebody's behalf, and the platform's events it has already taken in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.kit.database import Base


class FollowUp(Base):
    """A lost item or a trip that a passenger waits for. state: open, answered, expired, closed."""

    __tablename__ = "follow_ups"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    kind: Mapped[str]
    ref: Mapped[str]
    trip_id: Mapped[str]
    item: Mapped[str | None]
    essential: Mapped[bool]
    state: Mapped[str]
    told: Mapped[str | None]  # what the passenger was last told, so that nothing is said twice
    case_id: Mapped[str | None]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("conversation_id", "kind", "ref"),
        Index("ix_follow_ups_ref", "kind", "ref"),
    )


class PlatformEvent(Base):
    """An event of the platform that was taken in; delivered twice, it acts once."""

    __tablename__ = "platform_events"
    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    at: Mapped[datetime]
    taken_at: Mapped[datetime]


class Rating(Base):
    """What somebody thought of a routine conversation, once. stars: 1 to 5."""

    __tablename__ = "ratings"
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    stars: Mapped[int]
    words: Mapped[str | None]
    at: Mapped[datetime]
    __table_args__ = (Index("ix_ratings_at", "at"),)
