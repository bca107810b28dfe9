"""Cases: an incident is a case of S0-S2. The timeline is append-only, enforced by triggers (migrations)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.kit.database import Base, Json

OPEN_STATES = ("opened", "paged", "accepted", "acting")


class Case(Base):
    """A matter that people look after. state: opened, paged, accepted, acting, resolved, closed, joined (into another)."""

    __tablename__ = "cases"
    id: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    grade: Mapped[str]
    base_grade: Mapped[str]
    modifiers: Mapped[list[str]] = mapped_column(Json)
    state: Mapped[str]
    title: Mapped[str]
    evidence: Mapped[dict[str, Any]] = mapped_column(Json)
    team: Mapped[str]
    source: Mapped[str]
    conduct: Mapped[bool]  # whether it reports the driver's conduct or fitness
    reporter_role: Mapped[str]
    rider_id: Mapped[str | None]
    driver_id: Mapped[str | None]
    trip_id: Mapped[str | None]
    plate: Mapped[str | None]
    phone_hash: Mapped[str | None]
    trip: Mapped[dict[str, Any] | None] = mapped_column(Json)  # the last trip card that was seen
    reports: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]
    last_report_at: Mapped[datetime]
    paged_at: Mapped[datetime | None]
    accepted_by: Mapped[str | None]
    accepted_name: Mapped[str | None]
    accepted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    joined_into: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    emergency_call: Mapped[dict[str, Any] | None] = mapped_column(Json)
    __table_args__ = (
        Index("ix_cases_state", "state", "grade"),
        Index("ix_cases_opened", "opened_at"),
        Index("ix_cases_trip", "trip_id"),
        Index("ix_cases_driver", "driver_id"),
        Index("ix_cases_plate", "plate"),
        Index("ix_cases_rider", "rider_id"),
    )

    @property
    def open(self) -> bool:
        return self.state in OPEN_STATES


class CaseConversation(Base):
    """Which conversations report a case (many to many). relation: report, repeat, counter."""

    __tablename__ = "case_conversations"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    relation: Mapped[str]
    at: Mapped[datetime]
    __table_args__ = (Index("ix_case_conversations_conversation", "conversation_id"),)


class CaseLink(Base):
    """A link between two cases. relation: earlier_complaint, counter, same_driver, same_reporter (on another ride)."""

    __tablename__ = "case_links"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    other_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    relation: Mapped[str]
    at: Mapped[datetime]


class TimelineEntry(Base):
    """Who did what, when and why. Append-only. `sealed` is ciphertext under the key of `subject` (bot.kit.vault)."""

    __tablename__ = "timeline"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str | None]
    conversation_id: Mapped[str | None]
    at: Mapped[datetime]
    who: Mapped[str]  # staff:<id>, software:<part>, reporter
    act: Mapped[str]
    subject: Mapped[str]
    sealed: Mapped[str]
    key: Mapped[str | None] = mapped_column(
        unique=True
    )  # idempotency: the same act recorded twice is one entry
    __table_args__ = (
        Index("ix_timeline_case", "case_id", "id"),
        Index("ix_timeline_conversation", "conversation_id", "id"),
        Index("ix_timeline_act", "act", "at"),
    )


class DispatchHold(Base):
    """A driver taken off dispatch. state: requested, held, failing, releasing, released. One open hold a driver and case."""

    __tablename__ = "dispatch_holds"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    driver_id: Mapped[str]
    driver_name: Mapped[str | None]
    state: Mapped[str]
    reason: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    held_at: Mapped[datetime | None]
    released_by: Mapped[str | None]
    released_at: Mapped[datetime | None]
    release_reason: Mapped[str | None]
    open_key: Mapped[str | None]
    __table_args__ = (UniqueConstraint("open_key"), Index("ix_holds_driver", "driver_id"))


class HoldReview(Base):
    """A named person's review of a hold, once or more. decision: kept, released; why: what the driver is told (policy:
    hold_reasons). told_at: when the driver's app had it, None while anyone may still be with them."""

    __tablename__ = "hold_reviews"
    id: Mapped[str] = mapped_column(primary_key=True)
    hold_id: Mapped[str] = mapped_column(ForeignKey("dispatch_holds.id"))
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    driver_id: Mapped[str]
    decision: Mapped[str]
    why: Mapped[str]
    by: Mapped[str]
    name: Mapped[str]
    at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_hold_reviews_hold", "hold_id"), Index("ix_hold_reviews_driver", "driver_id"))
