"""What a rehearsal is measured by: what was reached after how many seconds, against the clocks of the policy."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.policy import policy


@dataclass
class Score:
    """What was reached after how many seconds, each against its limit. None: not reached while it was watched."""

    limits: dict[str, float]
    reached: dict[str, float | None] = field(default_factory=dict)

    def note(self, name: str, seconds: float) -> bool:
        """Keep the first time; True when it is news."""
        if self.reached.get(name) is not None:
            return False
        self.reached[name] = seconds
        return True

    @property
    def complete(self) -> bool:
        return all(self.reached.get(name) is not None for name in self.limits)

    def rows(self) -> list[tuple[str, float | None, float, bool]]:
        """`(name, seconds, limit, met)` in the order of the limits."""
        return [
            (name, at := self.reached.get(name), limit, at is not None and at <= limit)
            for name, limit in self.limits.items()
        ]


def limits() -> dict[str, float]:
    """Seconds from the first report (the police's from theirs), from data/policy.yml: the hold on the model alone, the answer
    of a person in twice the time of the acceptance."""
    clocks = policy().clocks
    target = clocks.S0.accept_target
    return {
        "first_reply": clocks.S0.first_reply_s,
        "accepted": float(target["p95_s"]),
        "human_words": float(target["p99_s"]) * 2,
        "driver_stopped": clocks.hold_on_model_alone_s,
        "joined": clocks.S0.first_reply_s,
        "emergency_call": float(clocks.S0.emergency_call_decided_s or 0),
        "police_answered": clocks.police_answer_s,
    }
