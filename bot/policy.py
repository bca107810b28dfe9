"""data/policy.yml, read once and checked: grades, clocks, limits, who may do which act. Pure look-ups, no I/O after load."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Literal
from zoneinfo import available_timezones

import yaml
from limits import parse as parse_rate
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.settings import settings

Grade = Literal["S0", "S1", "S2", "S3"]
GRADES: tuple[Grade, ...] = ("S0", "S1", "S2", "S3")
Role = Literal["agent", "safety", "supervisor", "trainer", "police_liaison"]


def worse(a: Grade, b: Grade) -> Grade:
    """The more severe of two grades."""
    return a if GRADES.index(a) <= GRADES.index(b) else b


def raised(grade: Grade) -> Grade:
    """One grade up; S0 stays S0."""
    return GRADES[max(0, GRADES.index(grade) - 1)]


def is_safety(grade: Grade | None) -> bool:
    """S0 and S1: at once to people."""
    return grade in ("S0", "S1")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IntentPolicy(_Strict):
    family: Literal["safety", "case", "routine"]
    grade: Grade
    lower: Grade | None = None
    higher: Grade | None = None


class Clock(_Strict):
    """Seconds. page_again_s: when to page again while nobody has accepted; the last step widens to everyone."""

    first_reply_s: float
    stored_and_paged_s: float | None = None
    page_again_s: list[float] = Field(default_factory=list)
    page_everyone_every_s: float | None = None
    accepted_silent_s: float | None = None
    emergency_call_decided_s: float | None = None
    stranded_plan_s: float | None = None
    accept_target: dict[str, float] = Field(default_factory=dict)
    decide_target: dict[str, float] = Field(default_factory=dict)


class Clocks(_Strict):
    S0: Clock
    S1: Clock
    S2: Clock
    S3: Clock
    police_answer_s: float
    police_warn_management_s: float
    hold_review_s: float
    hold_on_model_alone_s: float
    care_contacts_days: list[float] = Field(min_length=1)
    care_remind_before_s: float = Field(ge=0)
    care_overdue_again_s: float = Field(gt=0)
    care_outcome_within_s: float = Field(gt=0)
    department_overdue_again_s: float = Field(gt=0)
    agent_absent_s: float = Field(gt=0)
    reopen_within_days: float = Field(gt=0)

    def of(self, grade: Grade) -> Clock:
        clock: Clock = getattr(self, grade)
        return clock

    @model_validator(mode="after")
    def _ordered(self) -> Clocks:
        for name in ("S0", "S1", "S2"):
            clock = self.of(name)
            if not clock.page_again_s or clock.accepted_silent_s is None or clock.stored_and_paged_s is None:
                raise ValueError(
                    f"clocks.{name} needs stored_and_paged_s, page_again_s and accepted_silent_s"
                )
        for harder, softer in (("S0", "S1"), ("S1", "S2")):
            if self.of(harder).page_again_s[0] > self.of(softer).page_again_s[0]:  # type: ignore[arg-type]
                raise ValueError(
                    f"clocks.{harder} pages again later than clocks.{softer}: the graver grade must be faster"
                )
        if self.S0.page_everyone_every_s is None or self.S0.emergency_call_decided_s is None:
            raise ValueError("clocks.S0 needs page_everyone_every_s and emergency_call_decided_s")
        if self.police_warn_management_s >= self.police_answer_s:
            raise ValueError("clocks.police_warn_management_s must come before police_answer_s")
        return self


class Hours(_Strict):
    from_: str = Field(alias="from")
    to: str


class Modifiers(_Strict):
    night: Hours
    earlier_complaint_days: int
    s2_to_s1: list[str]
    s1_to_s0: list[str]
    s3_to_s2: list[str]


class Team(_Strict):
    in_house: bool
    never_closed: bool = False


class Hearing(_Strict):
    check_in_silence_live_trip_s: float
    watch_open_s: float
    watch_open_live_trip_s: float
    ask_again_probability_rise: float
    hearing_budget_s: float
    talking_budget_s: float
    review_sample_daily: int


class Routine(_Strict):
    lost_item_answer_s: dict[str, float]
    essential_items: list[str]
    wait_limit_s: float
    not_understood_limit: int
    refund_limit: dict[str, int]
    refund_limit_staff: dict[str, dict[str, int]]
    open_hours_s2_s3: Hours


class Limits(_Strict):
    message_characters: int
    staff_session_hours: float
    sign_in_attempts_per_quarter_hour: int
    police_requests_per_quarter_hour: int
    police_link_s: float
    police_links: int
    police_release_hours: float


class Attachments(_Strict):
    """Photos and voice notes: the most that is taken, in bytes, pixels and seconds; photo_side: the longest side that is
    kept, in pixels."""

    photo_bytes: int = Field(gt=0)
    photo_pixels: int = Field(gt=0)
    photo_side: int = Field(gt=0)
    voice_bytes: int = Field(gt=0)
    voice_s: float = Field(gt=0)


class Rates(_Strict):
    """How much one session and one address may ask for, as the `limits` library writes it (`30/minute`). Words are never
    refused for their number: above `answers` the assistant stops answering, and people and listeners read on."""

    answers_per_session: str
    answers_per_address: str
    attachments_per_session: str
    attachments_per_address: str
    mails_per_session: str
    mails_per_address: str

    @model_validator(mode="after")
    def _readable(self) -> Rates:
        for name in type(self).model_fields:
            try:
                parse_rate(getattr(self, name))
            except ValueError as problem:
                raise ValueError(f"rates.{name}: write a number and a span, such as 30/minute") from problem
        return self


class Reports(_Strict):
    """What leaders see. zone: whose days are counted and whose wall clock `digest_at` (HH:MM) is; defects: intents that tell
    of the product's own failures; not_reasons: intents that are talk, not a reason to write."""

    zone: str
    digest_at: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    remind_after_s: float = Field(gt=0)
    given_up_after_s: float = Field(gt=0)
    repeat_within_days: float = Field(gt=0)
    longest_days: int = Field(ge=1)
    defects: list[str]
    not_reasons: list[str]

    @model_validator(mode="after")
    def _known_zone(self) -> Reports:
        if self.zone not in available_timezones():
            raise ValueError(
                f"reports.zone: there is no time zone {self.zone}; use an IANA name such as Asia/Shanghai"
            )
        return self


class SeatDefault(_Strict):
    skills: list[str]
    capacity: int = Field(ge=0)
    tier: str


class Routing(_Strict):
    """tiers: the first line first; topics: intents by the skill they need; take_s: to accept; answer_s: to say a word."""

    tiers: list[str] = Field(min_length=1)
    topics: dict[str, list[str]]
    take_s: float = Field(gt=0)
    answer_s: float = Field(gt=0)
    missed_limit: int = Field(ge=1)
    most: int = Field(ge=1)
    defaults: dict[Role, SeatDefault]

    @property
    def skills(self) -> list[str]:
        """All there are: the languages and the topics."""
        return ["zh", "en", *self.topics]


class Act(_Strict):
    roles: list[Role]
    in_house: bool = False


class Numbers(_Strict):
    """Emergency numbers of a country. text: an SMS number; text_prefix: SMS number before the area code's last three digits."""

    police: str
    ambulance: str
    fire: str
    traffic: str | None = None
    crisis: str | None = None
    text: str | None = None
    text_prefix: str | None = None


class Policy(_Strict):
    version: int
    grades: list[Grade]
    intents: dict[str, IntentPolicy]
    driver_conduct: list[str]
    modifiers: Modifiers
    teams: dict[str, Team]
    clocks: Clocks
    hearing: Hearing
    routine: Routine
    limits: Limits
    attachments: Attachments
    rates: Rates
    reports: Reports
    routing: Routing
    roles: list[Role]
    acts: dict[str, Act]
    resolution_codes: list[str]
    departments: list[str] = Field(min_length=1)
    hold_reasons: list[str] = Field(min_length=1)
    emergency: dict[str, Numbers]
    emergency_by_language: dict[str, str]
    emergency_service: dict[str, list[str]]

    @model_validator(mode="after")
    def _whole(self) -> Policy:
        if tuple(self.grades) != GRADES:
            raise ValueError("grades must read S0, S1, S2, S3: the most severe first")
        named = [*self.driver_conduct, *self.reports.defects, *self.reports.not_reasons]
        if strangers := set(chain(named, *self.routing.topics.values())) - set(self.intents):
            raise ValueError(f"there are no intents {', '.join(sorted(strangers))}")
        if not all(set(seat.skills) <= set(self.routing.skills) for seat in self.routing.defaults.values()):
            raise ValueError(f"routing.defaults: the skills are {', '.join(self.routing.skills)}")
        if "default" not in self.emergency:
            raise ValueError("emergency needs a `default` country")
        return self

    def grade_of(self, intent: str) -> Grade:
        """The base grade of an intent; an unknown one is routine."""
        return self.intents[intent].grade if intent in self.intents else "S3"

    def may(self, act: str, roles: list[str], in_house: bool) -> bool:
        """Whether somebody with these roles may do `act`. Raises KeyError for an act the policy does not name."""
        rule = self.acts[act]
        return bool(set(rule.roles) & set(roles)) and (in_house or not rule.in_house)


def load(path: Path) -> Policy:
    """Read and check a policy file. Raises pydantic.ValidationError whose sentences name the field."""
    return Policy.model_validate(yaml.safe_load(path.read_text("utf-8")))


@lru_cache(maxsize=1)
def policy() -> Policy:
    """The policy in force, read once."""
    return load(settings().data / "policy.yml")
