"""What the report's SQL gives: plain rows with names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot.policy import Grade


@dataclass(frozen=True)
class Period:
    """[start, end) in UTC."""

    start: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        return self.start <= at < self.end


class Topic(NamedTuple):
    """A matter named on one local day of the period (from 0). conversations: in how many; first: in how many of them it was
    the first matter named; known: in how many the platform knows who spoke; repeated: of these, how many came back."""

    day: int
    intent: str
    conversations: int
    first: int
    known: int
    repeated: int


class CaseFacts(NamedTuple):
    """What the report says of a case."""

    id: str
    reference: str
    kind: str
    grade: Grade
    state: str
    accepted_name: str | None
    reports: int
    last_report_at: datetime


class HandOver(NamedTuple):
    """A conversation went to people or came from them."""

    conversation_id: str
    at: datetime
    act: str


class RanOut(NamedTuple):
    """An entry of a clock that ran out. kind: which clock; name: who is named in it, or had the case then; named: whether it
    says so (else nobody knows but the case as it is now); grade: of then, None where it does not say."""

    case_id: str | None
    conversation_id: str | None
    at: datetime
    kind: str
    name: str | None
    named: bool
    grade: Grade | None


class Silent(NamedTuple):
    """Somebody asked for a person and got none."""

    conversation_id: str
    grade: Grade | None
    asked_at: datetime
    last_reporter_at: datetime


class Begun(NamedTuple):
    """Conversations begun on one local day of the period (from 0) in which somebody wrote. people: anybody but the assistant
    was needed; alone: ended without."""

    day: int
    chats: int
    people: int
    alone: int


class Held(NamedTuple):
    """A driver off dispatch and the case it is for. review_due, review_step: the review that is owed now, and how often its
    clock has run out; None when none is."""

    case_id: str
    driver_id: str
    driver_name: str | None
    state: str
    asked_at: datetime
    held_at: datetime | None
    reference: str
    kind: str
    review_due: datetime | None
    review_step: int | None
