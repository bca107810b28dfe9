"""What is owed to people after a case, tasks of other departments, evidence that must stay, and erasures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.kit.database import Base

# A task of these states is still owed to somebody.
OWED_STATES = ("proposed", "owed", "failing", "waiting")


class CareCase(Base):
    """Care after one S0/S1: its owner is a named person. state: open, paused (the case is open again), done."""

    __tablename__ = "care_cases"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), unique=True)
    reference: Mapped[str]
    owner_id: Mapped[str]
    owner_name: Mapped[str]
    state: Mapped[str]
    victim_conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_care_cases_state", "state"),
        Index("ix_care_cases_victim", "victim_conversation_id"),
    )


class CareTask(Base):
    """One thing owed. kind: charges_reversed, never_matched, evidence_held, outcome_told, contact (day: after how many days).

    state: proposed (a person decides), owed (the platform is asked), failing, waiting (a person does it), done, declined.
    note: ciphertext under the case's key.
    """

    __tablename__ = "care_tasks"
    id: Mapped[str] = mapped_column(primary_key=True)
    care_id: Mapped[str] = mapped_column(ForeignKey("care_cases.id"))
    kind: Mapped[str]
    day: Mapped[float] = mapped_column(default=0.0)
    state: Mapped[str]
    due_at: Mapped[datetime | None]
    offered_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]
    done_name: Mapped[str | None]
    note: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("care_id", "kind", "day"),
        Index("ix_care_tasks_state", "state", "due_at"),
    )


class DepartmentTask(Base):
    """Something another department does about a conversation. what and note: ciphertext under the conversation's key.

    owner_id: the owner's account where they have one, else the maker is reminded.
    """

    __tablename__ = "department_tasks"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    reference: Mapped[str]
    department: Mapped[str]
    what: Mapped[str]
    owner_id: Mapped[str | None]
    owner_name: Mapped[str]
    made_by: Mapped[str]
    made_name: Mapped[str]
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[str]
    done_at: Mapped[datetime | None]
    done_name: Mapped[str | None]
    note: Mapped[str | None]
    __table_args__ = (
        Index("ix_department_tasks_conversation", "conversation_id"),
        Index("ix_department_tasks_state", "state", "due_at"),
    )


class EvidenceHold(Base):
    """Messages and trip of a case must stay as they are: nobody in it is erased while this is open."""

    __tablename__ = "evidence_holds"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    set_by: Mapped[str]
    set_at: Mapped[datetime]
    lifted_by: Mapped[str | None]
    lifted_at: Mapped[datetime | None]
    lift_reason: Mapped[str | None]
    open_key: Mapped[str | None]
    __table_args__ = (UniqueConstraint("open_key"), Index("ix_evidence_holds_case", "case_id"))


class Erasure(Base):
    """A person erased, or asked to be. person: rider:<id>, driver:<id> or conversation:<id>. state: asked, done."""

    __tablename__ = "erasures"
    id: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    asked_by: Mapped[str]
    asked_name: Mapped[str]
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    conversations: Mapped[int] = mapped_column(default=0)
    cases: Mapped[int] = mapped_column(default=0)
    __table_args__ = (Index("ix_erasures_person", "person", "state"),)
