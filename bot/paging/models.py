"""Tables of paging: who is on call when, where they are reached, and every page with what became of it.

Addresses hold secrets (tokens, phone numbers): they are sealed under a key per member of staff, and outbox
rows carry the place of an address, never the address.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.kit.database import Base, Json

# Whom a page is for when it goes to the channels of the whole team instead of one person.
TEAM = "team"


class Shift(Base):
    """A weekly recurring turn of duty. days: 0 is Monday; start_minute: minutes after local midnight in
    `zone`; minutes: length by the wall clock (1 to 1440), so that a turn may pass midnight."""

    __tablename__ = "rota_shifts"
    id: Mapped[str] = mapped_column(primary_key=True)
    team: Mapped[str]
    staff_id: Mapped[str]
    days: Mapped[list[int]] = mapped_column(Json)
    start_minute: Mapped[int]
    minutes: Mapped[int]
    zone: Mapped[str]
    __table_args__ = (Index("ix_rota_shifts_team", "team"),)


class Override(Base):
    """A dated change of the rota: `replaces_id` is off, `staff_id` is on, for [starts, ends). One of the two
    may be missing: somebody extra, or somebody off. kind: override, or handover (given by the person on
    duty)."""

    __tablename__ = "rota_overrides"
    id: Mapped[str] = mapped_column(primary_key=True)
    team: Mapped[str]
    kind: Mapped[str]
    starts: Mapped[datetime]
    ends: Mapped[datetime]
    staff_id: Mapped[str | None]
    replaces_id: Mapped[str | None]
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    __table_args__ = (Index("ix_rota_overrides_team", "team", "ends"),)


class RotaChange(Base):
    """Who changed the rota, when, to what: append-only. `number` is the version that an edit must name."""

    __tablename__ = "rota_changes"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    who: Mapped[str]
    what: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    at: Mapped[datetime]


class PersonalChannel(Base):
    """One address of a member of staff (an Apprise address, sealed); `place` 0 is tried first."""

    __tablename__ = "personal_channels"
    staff_id: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[str]
    label: Mapped[str]  # the kind of channel, to show without the address: mailto, sms, feishu …
    set_at: Mapped[datetime]


class PagedSubject(Base):
    """Something people are being paged about. round: grows when paging starts anew (after a stop, a raised
    grade, or a step that comes again); widen and everyone stay on within it until somebody accepts."""

    __tablename__ = "paged_subjects"
    subject: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str]
    team: Mapped[str]
    grade: Mapped[str]
    headline: Mapped[dict[str, str]] = mapped_column(Json)
    round: Mapped[int]
    last_step: Mapped[int]
    last_at: Mapped[datetime]
    widen: Mapped[bool]
    everyone: Mapped[bool]
    stopped_at: Mapped[datetime | None]


class Page(Base):
    """One call of one person (or of the team's channels), at one step. state: waiting (not out yet), sent,
    failed (every way out given up), desk (shown in the desk only), superseded (a later step took its place),
    acknowledged."""

    __tablename__ = "pages"
    id: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    round: Mapped[int]
    step: Mapped[int]
    person: Mapped[str]  # a staff id, or TEAM
    name: Mapped[str]
    locale: Mapped[str]
    state: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    channel: Mapped[str | None]  # the way that last went out: its kind, never its address
    ways: Mapped[int]  # deliveries put in the outbox for it
    attempts: Mapped[int]
    given_up: Mapped[int]  # deliveries that were given up
    error: Mapped[str | None]
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    acknowledged_name: Mapped[str | None]
    acknowledged_in: Mapped[str | None]  # link, or desk
    __table_args__ = (
        UniqueConstraint("subject", "round", "step", "person"),
        Index("ix_pages_subject", "subject", "person"),
    )


class Beat(Base):
    """When a team channel last carried something, and when it last failed. channel: its way and place, such
    as `1:0`."""

    __tablename__ = "pager_beats"
    channel: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]
    fingerprint: Mapped[str]  # of the address: a changed address starts with a clean record
    tried_at: Mapped[datetime]
    ok_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str | None]
    failures: Mapped[int]  # in a row
    dead: Mapped[bool]
