"""The policy's clocks and hours. Every one is checked when it is read: a clock that runs backwards would be found at night."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from bot.policy.grades import Grade, Strict

Seconds = Annotated[float, Field(gt=0)]
# p95_s: by when 95 % must have been served.
Share = Annotated[str, Field(pattern=r"^p([1-9]\d?|100)_s$")]
_TIME = r"([01]\d|2[0-3]):[0-5]\d"
TimeOfDay = Annotated[str, Field(pattern=rf"^{_TIME}$")]


class Clock(Strict):
    """Seconds. page_again_s: when to page again while nobody has accepted; the last step widens to everyone."""

    first_reply_s: Seconds
    stored_and_paged_s: Seconds | None = None
    page_again_s: list[Seconds] = Field(default_factory=list)
    page_everyone_every_s: Seconds | None = None
    accepted_silent_s: Seconds | None = None
    emergency_call_decided_s: Seconds | None = None
    stranded_plan_s: Seconds | None = None
    accept_target: dict[Share, Seconds] = Field(default_factory=dict)
    decide_target: dict[Share, Seconds] = Field(default_factory=dict)

    @field_validator("page_again_s")
    @classmethod
    def _in_order(cls, steps: list[float]) -> list[float]:
        if any(after <= before for before, after in pairwise(steps)):
            raise ValueError(
                "each step must come later than the one before it; all count from the first page"
            )
        return steps


class Clocks(Strict):
    S0: Clock
    S1: Clock
    S2: Clock
    S3: Clock
    police_answer_s: Seconds
    police_warn_management_s: Seconds
    hold_review_s: Seconds
    hold_on_model_alone_s: Seconds
    care_contacts_days: list[Annotated[float, Field(gt=0)]] = Field(min_length=1)
    care_remind_before_s: float = Field(ge=0)
    care_overdue_again_s: Seconds
    care_outcome_within_s: Seconds
    department_overdue_again_s: Seconds
    agent_absent_s: Seconds
    reopen_within_days: float = Field(gt=0)
    position_believed_s: Seconds

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
        if missing := {"p95_s", "p99_s"} - set(self.S0.accept_target):
            # The rehearsal measures by them.
            raise ValueError(f"clocks.S0.accept_target needs {' and '.join(sorted(missing))}")
        if self.police_warn_management_s >= self.police_answer_s:
            raise ValueError("clocks.police_warn_management_s must come before police_answer_s")
        return self


class Hours(Strict):
    """From one time of day to another (HH:MM), past midnight where `to` comes first; 24:00 is the day's end."""

    from_: TimeOfDay = Field(alias="from")
    to: str = Field(pattern=rf"^({_TIME}|24:00)$")
