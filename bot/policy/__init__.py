"""data/policy.yml, read once and checked: grades, clocks, limits, who may do which act. Pure look-ups, no I/O after load."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

import yaml
from limits import parse as parse_rate
from pydantic import ConfigDict, Field, model_validator

from bot.policy.clocks import Clock as Clock
from bot.policy.clocks import Clocks as Clocks
from bot.policy.clocks import Hours as Hours
from bot.policy.clocks import Seconds, TimeOfDay
from bot.policy.grades import GRADES as GRADES
from bot.policy.grades import Grade as Grade
from bot.policy.grades import Strict
from bot.policy.grades import is_safety as is_safety
from bot.policy.grades import raised as raised
from bot.policy.grades import worse as worse
from bot.policy.whole import faults
from bot.settings import settings

Role = Literal["agent", "safety", "supervisor", "trainer", "police_liaison"]
Amount = Annotated[int, Field(ge=0)]
Dialled = Annotated[str, Field(pattern=r"^\d{2,}$")]


class IntentPolicy(Strict):
    family: Literal["safety", "case", "routine"]
    grade: Grade
    lower: Grade | None = None
    higher: Grade | None = None


class Modifiers(Strict):
    night: Hours
    earlier_complaint_days: int = Field(gt=0)
    s2_to_s1: list[str]
    s1_to_s0: list[str]
    s3_to_s2: list[str]


class Team(Strict):
    in_house: bool
    never_closed: bool = False


class Hearing(Strict):
    check_in_silence_live_trip_s: Seconds
    watch_open_s: Seconds
    watch_open_live_trip_s: Seconds
    ask_again_probability_rise: float = Field(gt=0, le=1)
    hearing_budget_s: Seconds
    talking_budget_s: Seconds
    review_sample_daily: int = Field(ge=0)


class AnswerTimes(Strict):
    essential: Seconds
    other: Seconds


class Routine(Strict):
    lost_item_answer_s: AnswerTimes
    essential_items: list[str]
    wait_limit_s: Seconds
    not_understood_limit: int = Field(gt=0)
    refund_limit: dict[str, Amount]
    refund_limit_staff: dict[str, dict[str, Amount]]
    open_hours_s2_s3: Hours


class Limits(Strict):
    message_characters: int = Field(gt=0)
    staff_session_hours: float = Field(gt=0)
    sign_in_attempts_per_quarter_hour: int = Field(gt=0)
    police_requests_per_quarter_hour: int = Field(gt=0)
    police_link_s: Seconds
    police_links: int = Field(gt=0)
    police_release_hours: float = Field(gt=0)


class Attachments(Strict):
    """Photos and voice notes: the most that is taken, in bytes, pixels and seconds; photo_side: the longest side that is
    kept, in pixels."""

    photo_bytes: int = Field(gt=0)
    photo_pixels: int = Field(gt=0)
    photo_side: int = Field(gt=0)
    voice_bytes: int = Field(gt=0)
    voice_s: Seconds


class Rates(Strict):
    """How much one session and one address may ask for, as the `limits` library writes it (`30/minute`). Words are never
    refused for their number: above `answers` the assistant stops answering, and people and listeners read on. tries: files
    that are looked at; attachments: those that are taken."""

    answers_per_session: str
    answers_per_address: str
    attachments_per_session: str
    attachments_per_address: str
    tries_per_session: str
    tries_per_address: str
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


class Reports(Strict):
    """What leaders see. zone: whose days are counted and whose wall clock `digest_at` (HH:MM) is; defects: intents that tell
    of the product's own failures; not_reasons: intents that are talk, not a reason to write."""

    zone: str
    digest_at: TimeOfDay
    remind_after_s: Seconds
    given_up_after_s: Seconds
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


class SeatDefault(Strict):
    skills: list[str]
    capacity: int = Field(ge=0)
    tier: str


class Routing(Strict):
    """tiers: the first line first; topics: intents by the skill they need; take_s: to accept; answer_s: to say a word;
    untaken_s: until the supervisors hear of what nobody takes;
    team_again_s: until a team that was handed something is paged again."""

    tiers: list[str] = Field(min_length=1)
    topics: dict[str, list[str]]
    take_s: Seconds
    answer_s: Seconds
    untaken_s: Seconds
    team_again_s: Seconds
    missed_limit: int = Field(ge=1)
    most: int = Field(ge=1)
    defaults: dict[Role, SeatDefault]

    @property
    def skills(self) -> list[str]:
        """All there are: the languages and the topics."""
        return ["zh", "en", *self.topics]


class Act(Strict):
    roles: list[Role]
    in_house: bool = False


class Numbers(Strict):
    """Emergency numbers of a country. text: an SMS number; text_prefix: SMS number before the area code's last three digits."""

    police: Dialled
    ambulance: Dialled
    fire: Dialled
    traffic: Dialled | None = None
    crisis: Dialled | None = None
    text: Dialled | None = None
    text_prefix: Dialled | None = None


class Policy(Strict):
    model_config = ConfigDict(title="data/policy.yml")  # what a refusal names

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
        if unlisted := set(self.emergency_by_language.values()) - set(self.emergency):
            raise ValueError(
                f"emergency_by_language: emergency has no numbers of {', '.join(sorted(unlisted))}"
            )
        if "default" not in self.emergency_service:
            raise ValueError("emergency_service needs a `default`")
        if wrong := list(faults(self)):
            raise ValueError("; ".join(wrong))
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
    with path.open(encoding="utf-8") as file:  # not its text: an error then names the file
        return Policy.model_validate(yaml.safe_load(file))


@lru_cache(maxsize=1)
def policy() -> Policy:
    """The policy in force, read once."""
    return load(settings().data / "policy.yml")
