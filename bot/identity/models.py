"""Tables of the staff: accounts, their sessions, what sign-in counts, and the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.kit.database import Base, Json


class StaffAccount(Base):
    """A member of staff. email is lower-case; password_hash is argon2id; presence is online or away."""

    __tablename__ = "staff"
    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(Json)
    in_house: Mapped[bool]
    locale: Mapped[str]
    languages: Mapped[list[str]] = mapped_column(Json)
    demo: Mapped[bool] = mapped_column(default=False)  # production refuses to start on one that is enabled
    presence: Mapped[str] = mapped_column(default="away")
    last_seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class StaffSession(Base):
    """A signed-in browser. The cookie's secret is stored hashed; address_key tells known places from new."""

    __tablename__ = "staff_sessions"
    id: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    secret_hash: Mapped[str] = mapped_column(unique=True)
    address_key: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_staff_sessions_staff", "staff_id", "address_key"),)


class SignInCounter(Base):
    """Attempts to sign in since `since`, by e-mail, by address and by both; the keys are hashed."""

    __tablename__ = "sign_in_counters"
    key: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    count: Mapped[int]
    __table_args__ = (Index("ix_sign_in_counters_since", "since"),)


class AuditEntry(Base):
    """Who (staff:<id> or software:<part>) did what to whom, what for and when; no personal data in it.

    Append-only, enforced by triggers (migrations).
    """

    __tablename__ = "audit"
    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    who: Mapped[str]
    act: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    purpose: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    __table_args__ = (
        Index("ix_audit_subject", "subject_kind", "subject_id", "at"),
        Index("ix_audit_who", "who", "act", "at"),
    )
