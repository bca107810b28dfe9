"""All that listens has one interface: text and context in; probability, grade, reason out; a time budget each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from bot.policy import Grade

Decision = Literal["handover", "checkin", "routine"]
_ORDER: dict[Decision, int] = {"handover": 0, "checkin": 1, "routine": 2}


@dataclass(frozen=True)
class Heard:
    """What one listener heard. probability: 0-1, of danger; because: reasons an agent can read; parse: NLU's full result."""

    listener: str
    decision: Decision
    probability: float = 0.0
    intent: str | None = None
    grade: Grade | None = None
    because: list[str] = field(default_factory=list)
    modifiers: list[str] = field(default_factory=list)
    entities: list[dict[str, Any]] = field(default_factory=list)
    parse: dict[str, Any] | None = None


def gravest(heard: list[Heard]) -> Heard:
    """The gravest of what was heard: each listener can only raise. heard must not be empty."""
    return min(heard, key=lambda one: (_ORDER[one.decision], one.grade or "S9", -one.probability))
