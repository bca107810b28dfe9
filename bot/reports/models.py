"""The daily digests that were made, and who acknowledged the S0 breaches in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.kit.database import Base, Json


class Digest(Base):
    """One digest of [since, until). s0: its S0 breaches as {case_id, reference, kind, name}. title, body: its words, which
    name no passenger. sent_at: when an address first took it. reminders: how often it was sent again."""

    __tablename__ = "digests"
    id: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    until: Mapped[datetime] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    name: Mapped[str]
    locale: Mapped[str]
    s0: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    title: Mapped[str]
    body: Mapped[str]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]
    reminders: Mapped[int]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    __table_args__ = (Index("ix_digests_open", "acknowledged_at", "until"),)
