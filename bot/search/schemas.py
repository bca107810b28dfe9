"""What is asked of the search, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import BaseModel

from bot.policy import Grade

State = Literal["open", "resolved", "closed"]
FoundIn = Literal["reference", "plate", "trip", "phone", "message", "note"]


@dataclass(frozen=True)
class Wanted:
    """q: as typed. first, last: local days (policy: reports.zone), both inside; page: 1 is the first."""

    q: str
    grade: Grade | None = None
    state: State | None = None
    first: date | None = None
    last: date | None = None
    page: int = 1


class Found(BaseModel):
    """One conversation with its worst case. Times are ISO 8601 UTC; phone and excerpt as this reader may see them."""

    conversation_id: str
    reference: str | None
    grade: str
    state: str
    intent: str | None
    intent_label: str | None
    plate: str | None
    phone: str | None
    person: str | None
    language: str
    holder_name: str | None
    found_in: list[FoundIn]
    excerpt: str
    opened_at: str | None
    last_at: str | None


class Code(BaseModel):
    code: str
    label: str


class Results(BaseModel):
    """phones: whether phones were looked at for this reader. partial: only the newest of very many messages were.
    most: how many rows a table holds. now: when it was read. codes: how a case may end, in words."""

    q: str
    total: int
    page: int
    pages: int
    phones: bool
    partial: bool
    most: int
    now: str | None
    codes: list[Code]
    rows: list[Found]
