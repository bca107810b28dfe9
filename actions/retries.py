"""Whether a wish is told once more because nobody could say what became of it. Pure functions over tracker events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# After these the act may have been done all the same: only its answer, or the record of it, was lost.
UNSURE = frozenset({"utter_platform_down", "utter_desk_down", "utter_went_wrong"})
# Whoever says it again later may mean another ride, another tip.
LASTS_S = 600.0

Event = Mapping[str, Any]


@dataclass
class _Turn:
    """One message of the person and what the action at hand said to it; nothing if it did not run or kept silent."""

    message_id: str
    at: float
    said: list[str] = field(default_factory=list)


def first_try(events: Sequence[Event], action: str) -> str | None:
    """The message that first wished for what `action` is about to do, if every try since ended in an unknown outcome;
    None if there is nothing unknown. events: of the tracker, oldest first, the message at hand last."""
    turns = list(_turns(events, action))
    if not turns:
        return None
    now = turns[-1].at
    first: str | None = None
    for turn in reversed(turns[:-1]):
        if now - turn.at > LASTS_S or (turn.said and UNSURE.isdisjoint(turn.said)):
            break
        first = turn.message_id if turn.said else first
    return first


def _turns(events: Sequence[Event], action: str) -> Iterator[_Turn]:
    turn: _Turn | None = None
    running = ""
    for event in events:
        kind = event.get("event")
        if kind == "user":
            if turn:
                yield turn
            told = (event.get("metadata") or {}).get("message_id") or event.get("message_id")
            turn, running = _Turn(str(told or ""), float(event.get("timestamp") or 0)), ""
        elif kind == "action":
            running = str(event.get("name") or "")
        elif kind == "bot" and turn and running == action:
            turn.said.append(str((event.get("metadata") or {}).get("utter_action") or ""))
    if turn:
        yield turn
