"""Who held which conversation, and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.kit.database import Base, Json


class Assignment(Base):
    """A person holding a conversation from one moment to another. ended_because: returned, resolved, taken,
    offline, unanswered, handed_on, rights (their account may not have it any more)."""

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


class Seat(Base):
    """What one member of staff may be offered. skills, capacity, tier: as a supervisor set them, None for the role's default
    (bot.handoff.seats); taking: whether they want new ones; missed: offers let go by in a row; here_at: when a page of theirs
    was last open, None once it closed; offered_at: their latest offer."""

    __tablename__ = "seats"
    staff_id: Mapped[str] = mapped_column(primary_key=True)
    skills: Mapped[list[str] | None] = mapped_column(Json)
    capacity: Mapped[int | None]
    tier: Mapped[str | None]
    taking: Mapped[bool] = mapped_column(default=True)
    missed: Mapped[int] = mapped_column(default=0)
    here_at: Mapped[datetime | None]
    offered_at: Mapped[datetime | None]


class Offer(Base):
    """A waiting S2 or S3 offered to one person until a time; others may take it all the same. ended_because: taken, missed,
    void (raised, taken by another, or the person is gone). open_key: the conversation while open, so there is one at most."""

    __tablename__ = "offers"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    staff_id: Mapped[str]
    name: Mapped[str]
    holder_version: Mapped[int]
    at: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]
    open_key: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("open_key"),
        Index("ix_offers_conversation", "conversation_id"),
        Index("ix_offers_staff", "staff_id", "open_key"),
    )


class Handover(Base):
    """One person gave the conversation to a team or a person, with the note that the receiver reads first."""

    __tablename__ = "handovers"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    by: Mapped[str]
    by_name: Mapped[str]
    team: Mapped[str | None]
    to: Mapped[str | None]
    to_name: Mapped[str | None]
    note: Mapped[str]
    at: Mapped[datetime]
    __table_args__ = (Index("ix_handovers_conversation", "conversation_id", "at"),)
