"""Wire types of the report. Durations are seconds; times are ISO 8601 in UTC; shares run from 0 to 1, None where nothing was
counted. Each figure is defined in docs/report.md."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.policy import Grade


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Standard(_Wire):
    """A staffing clock of the policy and whether it was met. value_s: the percentile itself; within: the share in time."""

    percent: int
    limit_s: float
    value_s: float | None
    within: float | None
    met: bool | None


class Times(_Wire):
    """How long was waited at one grade. waiting: how many of `count` wait still, counted with the seconds so far."""

    count: int = 0
    waiting: int = 0
    p50_s: float | None = None
    p90_s: float | None = None
    p95_s: float | None = None
    p99_s: float | None = None
    max_s: float | None = None
    standards: list[Standard] = Field(default_factory=list)


class GradeTimes(_Wire):
    """accept: until a named person accepted; decide: until the first decision, from the same beginning."""

    grade: Grade
    accept: Times
    decide: Times


class Breach(_Wire):
    """A clock that ran out. kind: accept, decide, promise, watch, or the clock that reminded (silent, emergency_call …);
    intent: what the case is about. name: who had the case, None if nobody; paged: who was called. since: when the wait began;
    at: when its clock ran out; seconds: what it took or has taken so far."""

    kind: str
    label: str
    intent: str | None
    grade: Grade
    reference: str | None
    case_id: str | None
    conversation_id: str | None
    name: str | None
    paged: list[str]
    since: str
    at: str
    seconds: float | None
    limit_s: float | None
    open: bool


class Repeat(_Wire):
    reference: str
    conversation_id: str | None
    grade: Grade
    label: str
    reports: int
    state: str
    last_at: str


class HeldDriver(_Wire):
    """overdue: not reviewed within the policy's time (clocks.hold_review_s)."""

    driver_id: str
    driver_name: str | None
    reference: str
    conversation_id: str | None
    label: str
    since: str
    state: str
    overdue: bool


class Promises(_Wire):
    """given: times promised by staff in the period; open: promises whose time is still to come, now."""

    given: int
    kept: int
    broken: int
    open: int


class GaveUp(_Wire):
    """Asked for a person, got none, and has been silent since."""

    conversation_id: str
    reference: str | None
    grade: Grade
    label: str | None
    asked_at: str
    last_at: str
    waited_s: float


class Topic(_Wire):
    """defect: the product's own failure (policy reports.defects)."""

    intent: str
    label: str
    conversations: int
    share: float
    defect: bool


class Contacts(_Wire):
    """began: conversations in which somebody wrote; alone: settled by the assistant alone; known: matters of people we can
    recognise; repeated: of these, those that came back within the policy's days; first_contact: share that did not."""

    began: int
    ended: int
    alone: int
    alone_share: float | None
    known: int
    repeated: int
    first_contact: float | None


class Satisfaction(_Wire):
    """answers: ratings given; average on a scale of 1 to 5; good: share of 4 and 5."""

    answers: int
    average: float | None
    good: float | None


class DayTimes(_Wire):
    count: int
    p50_s: float | None
    p90_s: float | None
    p95_s: float | None
    p99_s: float | None


class Day(_Wire):
    """One local day (policy reports.zone). topics: conversations by intent."""

    date: str
    accept: dict[Grade, DayTimes]
    breaches: int
    conversations: int
    topics: dict[str, int]


class Report(_Wire):
    """from_, to: local days, both inside; made_at: the figures' moment. hidden_breaches: counted, but too many to list."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: str = Field(serialization_alias="from")
    to: str
    zone: str
    made_at: str
    grades: list[GradeTimes]
    breaches: list[Breach]
    hidden_breaches: int
    repeats: list[Repeat]
    drivers: list[HeldDriver]
    promises: Promises
    gave_up: list[GaveUp]
    topics: list[Topic]
    contacts: Contacts
    satisfaction: Satisfaction | None
    days: list[Day]


class DigestBreach(_Wire):
    reference: str | None
    label: str
    name: str | None


class DigestState(_Wire):
    """A digest that was mailed. overdue: S0 breaches in it that nobody acknowledged within the policy's time."""

    id: str
    until: str
    sent_at: str | None
    error: str | None
    name: str
    s0_breaches: list[DigestBreach]
    acknowledged_at: str | None
    reminders: int
    overdue: bool


class Digests(_Wire):
    """configured: whether an executive's address is set; open: digests whose S0 breaches nobody has acknowledged."""

    configured: bool
    name: str
    next_at: str | None
    last: DigestState | None
    open: list[DigestState]


class Whisper(_Wire):
    """A word to whoever holds the conversation; the reporter never sees it."""

    text: str = Field(min_length=1, max_length=4000)


class Whispered(_Wire):
    """to: who was told, None when nobody holds the conversation: then it stands as a note."""

    to: str | None
    kind: Literal["whisper"] = "whisper"
