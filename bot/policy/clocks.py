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


def _slower(harder: Clock, softer: Clock) -> str | None:
    """The clock in which the graver grade is slower than the milder one, None when there is none."""
    for name in ("first_reply_s", "stored_and_paged_s", "accepted_silent_s"):
        if (getattr(harder, name) or 0) > (getattr(softer, name) or 0):
            return name
    if harder.page_again_s[0] > softer.page_again_s[0] or harder.page_again_s[-1] > softer.page_again_s[-1]:
        return "page_again_s"
    if (harder.page_everyone_every_s or 0) > softer.page_again_s[-1]:
        return "page_everyone_every_s"
    for name in ("accept_target", "decide_target"):
        if max(getattr(harder, name).values()) > max(getattr(softer, name).values()):
            return name
    return None


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
        if self.S1.stranded_plan_s is None:
            raise ValueError("clocks.S1 needs stranded_plan_s: nobody would owe a plan to who is stranded")
        for grade in ("S0", "S1", "S2", "S3"):
            if not self.of(grade).accept_target or not self.of(grade).decide_target:
                raise ValueError(f"clocks.{grade} needs accept_target and decide_target")
        for name in ("accept_target", "decide_target"):
            if "p100_s" not in getattr(self.S2, name):
                # What an S2 is promised, and when somebody must have decided.
                raise ValueError(f"clocks.S2.{name} needs p100_s")
        for harder, softer in (("S0", "S1"), ("S1", "S2")):
            slow = _slower(self.of(harder), self.of(softer))  # type: ignore[arg-type]
            if slow is not None:
                raise ValueError(
                    f"clocks.{harder}.{slow} is later than that of clocks.{softer}: the graver grade must be faster"
                )
        if self.S0.page_everyone_every_s is None or self.S0.emergency_call_decided_s is None:
            raise ValueError("clocks.S0 needs page_everyone_every_s and emergency_call_decided_s")
        if missing := {"p95_s", "p99_s"} - set(self.S0.accept_target):
            # The rehearsal measures by them.
            raise ValueError(f"clocks.S0.accept_target needs {' and '.join(sorted(missing))}")
        if any(after <= before for before, after in pairwise(self.care_contacts_days)):
            raise ValueError("clocks.care_contacts_days: each must come later than the one before it")
        if self.police_warn_management_s >= self.police_answer_s:
            raise ValueError("clocks.police_warn_management_s must come before police_answer_s")
        return self


class Hours(Strict):
    """From one time of day to another (HH:MM), past midnight where `to` comes first; 24:00 is the day's end."""

    from_: TimeOfDay = Field(alias="from")
    to: str = Field(pattern=rf"^({_TIME}|24:00)$")
