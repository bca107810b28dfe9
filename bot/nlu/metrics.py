"""What hearing got right and wrong on labelled messages: pure functions over heard messages."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

_ORDER = {"routine": 0, "checkin": 1, "handover": 2}
_Z = 1.959964  # two-sided 95 % of the normal distribution


@dataclass(frozen=True)
class Heard:
    """One labelled message and what was made of it. `grade` is None where the label has none; `kind` is safety, case,
    routine or hard_negative (routine that sounds dramatic)."""

    text: str
    handoff: bool
    intent: str | None
    grade: str | None
    kind: str
    language: str
    heard_intent: str | None
    decision: str
    probability: float
    milliseconds: float


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share (Wilson, 1927); (0, 1) for nothing counted."""
    if not count:
        return 0.0, 1.0
    share, square = hits / count, _Z**2
    centre = share + square / (2 * count)
    width = _Z * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    scale = 1 + square / count
    return max(0.0, (centre - width) / scale), min(1.0, (centre + width) / scale)


def share(messages: Sequence[Heard], hit: Callable[[Heard], bool]) -> dict[str, Any]:
    """How many of the messages are hits, with the share and its interval."""
    hits = sum(map(hit, messages))
    low, high = wilson(hits, len(messages))
    value = round(hits / len(messages), 4) if messages else None
    return {"share": value, "low": round(low, 4), "high": round(high, 4), "hits": hits, "of": len(messages)}


def handed(one: Heard) -> bool:
    """True when the message was handed over at once."""
    return one.decision == "handover"


def flagged(one: Heard) -> bool:
    """True when the message was handed over or asked about."""
    return one.decision != "routine"


def asked(one: Heard) -> bool:
    """True when the message was asked about."""
    return one.decision == "checkin"


def right(one: Heard) -> bool:
    """True when the intent is the labelled one."""
    return one.heard_intent == one.intent


def together(messages: Sequence[Heard], verdicts: Sequence[dict[str, Any]]) -> list[Heard]:
    """The messages with the graver of the model's decision and another listener's, as the desk joins them."""
    return [
        replace(one, decision=max(one.decision, str(other["decision"]), key=_ORDER.__getitem__))
        for one, other in zip(messages, verdicts, strict=True)
    ]


def percentile(values: Iterable[float], percent: float) -> float:
    """The value below which `percent` of the values lie (nearest rank); 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(percent / 100 * len(ordered)) - 1)] if ordered else 0.0


def summary(messages: Sequence[Heard]) -> dict[str, Any]:
    """All shares for one group of messages."""
    danger = [one for one in messages if one.handoff]
    calm = [one for one in messages if not one.handoff]
    routine, hard, case = (
        [one for one in calm if one.kind == kind] for kind in ("routine", "hard_negative", "case")
    )
    named = [one for one in (*routine, *case) if one.intent]
    times = [one.milliseconds for one in messages]
    return {
        "danger_handed_over": share(danger, handed),
        "danger_S0_handed_over": share([one for one in danger if one.grade == "S0"], handed),
        "danger_flagged": share(danger, flagged),
        "routine_handed_over": share(routine, handed),
        "routine_asked": share(routine, asked),
        "hard_handed_over": share(hard, handed),
        "hard_asked": share(hard, asked),
        "case_handed_over": share(case, handed),
        "intent_right_routine_and_S2": share(named, right),
        "milliseconds": {f"p{percent}": round(percentile(times, percent), 2) for percent in (50, 95, 99)},
    }


def report(messages: Sequence[Heard], worst: int = 20) -> dict[str, Any]:
    """Everything about all messages: overall, by language, by safety intent, and the worst mistakes in full."""
    by_language: dict[str, list[Heard]] = defaultdict(list)
    by_intent: dict[str, list[Heard]] = defaultdict(list)
    calm: dict[str, list[Heard]] = defaultdict(list)
    for one in messages:
        by_language[one.language].append(one)
        if one.intent:
            (by_intent if one.handoff else calm)[one.intent].append(one)
    missed = sorted(
        (one for one in messages if one.handoff and not flagged(one)), key=lambda one: one.probability
    )
    alarms = sorted(
        (one for one in messages if not one.handoff and handed(one)), key=lambda one: -one.probability
    )
    return {
        "messages": len(messages),
        "all": summary(messages),
        "languages": {name: summary(group) for name, group in sorted(by_language.items())},
        "safety_intents": {
            name: {"handed_over": share(group, handed), "flagged": share(group, flagged)}
            for name, group in sorted(by_intent.items())
        },
        "other_intents": {
            name: {"right": share(group, right), "handed_over": share(group, handed)}
            for name, group in sorted(calm.items())
        },
        "worst_misses": [_brief(one) for one in missed[:worst]],
        "worst_alarms": [_brief(one) for one in alarms[:worst]],
    }


def _brief(one: Heard) -> dict[str, Any]:
    return {
        "text": one.text,
        "intent": one.intent,
        "heard": one.heard_intent,
        "probability": one.probability,
        "language": one.language,
    }
