"""Tables of police requests. What was said and what is handed over is ciphertext (bot.kit.vault) under the request's id."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.kit.database import Base, Json


class PoliceRequest(Base):
    """An officer asks for data. state: received, not_verified, verified, proposed, released, refused.

    `sealed` holds schemas.Facts, `refusal` the reason told to the officer. danger: an officer or a named member of staff
    says that somebody is in danger now, which lets one person release. number: the how-manieth request of its case. A
    conversation has one request for each of its cases: whoever asks again after the end asks anew.
    """

    __tablename__ = "police_requests"
    id: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    number: Mapped[int]
    channel: Mapped[str]  # form or chat
    client_key: Mapped[str | None] = mapped_column(unique=True)  # the page's own id for it, hashed
    address_key: Mapped[str | None]
    city: Mapped[str]  # a slug of data/cities.yml, or "" when the officer named another or none
    needs: Mapped[list[str]] = mapped_column(Json)
    danger: Mapped[bool]
    sealed: Mapped[str]
    state: Mapped[str]
    filed_at: Mapped[datetime]
    due_at: Mapped[datetime]
    warned_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[str | None]
    listed_check: Mapped[bool | None]  # whether the number that confirmed it was a listed one
    refusal_asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    refusal: Mapped[str | None]
    completes: Mapped[str | None]  # the request out of a chat whose reference the form names
    __table_args__ = (
        Index("ix_police_requests_case", "case_id"),
        Index("ix_police_requests_conversation", "conversation_id"),
        Index("ix_police_requests_state", "state", "filed_at"),
        Index("ix_police_requests_address", "address_key", "filed_at"),
    )


class PoliceClue(Base):
    """What a request is about, as keyed hashes: two requests that share one are about the same matter."""

    __tablename__ = "police_clues"
    request_id: Mapped[str] = mapped_column(ForeignKey("police_requests.id"), primary_key=True)
    clue: Mapped[str] = mapped_column(primary_key=True)
    __table_args__ = (Index("ix_police_clues_clue", "clue"),)


class PoliceCheck(Base):
    """A call-back: who called which number when, and what came of it. Append-only. `sealed`: who answered, and a note."""

    __tablename__ = "police_checks"
    id: Mapped[str] = mapped_column(primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("police_requests.id"))
    staff_id: Mapped[str]
    name: Mapped[str]
    at: Mapped[datetime]
    number: Mapped[str]
    listed: Mapped[bool]
    outcome: Mapped[str]  # confirmed, not_known, no_answer
    sealed: Mapped[str]
    __table_args__ = (Index("ix_police_checks_request", "request_id", "at"),)


class PoliceRelease(Base):
    """A data pack, proposed by one person and released by a second, or by one alone in an emergency.

    state: proposed, released, withdrawn. `sealed` holds the pack as it was handed over; sha256 is that of its JSON.
    """

    __tablename__ = "police_releases"
    id: Mapped[str] = mapped_column(primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("police_requests.id"))
    state: Mapped[str]
    emergency: Mapped[bool]
    sections: Mapped[list[str]] = mapped_column(Json)
    trip_id: Mapped[str | None]  # whose data was proposed; None in rows older than this column
    proposed_by: Mapped[str]
    proposed_name: Mapped[str]
    proposed_at: Mapped[datetime]
    released_by: Mapped[str | None]
    released_name: Mapped[str | None]
    released_at: Mapped[datetime | None]
    sealed: Mapped[str]
    sha256: Mapped[str | None]
    __table_args__ = (Index("ix_police_releases_request", "request_id", "proposed_at"),)


class PoliceLink(Base):
    """A one-time way to one file of a released pack. format: pdf or json. made_by: staff:<id> or officer."""

    __tablename__ = "police_links"
    id: Mapped[str] = mapped_column(primary_key=True)
    release_id: Mapped[str] = mapped_column(ForeignKey("police_releases.id"))
    format: Mapped[str]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_police_links_release", "release_id"),)
