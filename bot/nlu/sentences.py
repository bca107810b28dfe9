"""The sentences of a message, heard one by one: a cry between an order number and a request for an invoice drowns in the whole.
What a sentence says can only raise what was heard of the whole message."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.nlu.passages import BREAK, columns

# A message of fewer columns (a Han character takes two) is read well as one, and its sentences explain each other; hearing
# those of one with more would take longer than ten times what a message takes.
LEAST, BOUND = 120, 960
# Shorter pieces ("Help!") mean what the sentence beside them makes of them; a cry of one word alone is sentinel's.
SHORTEST = 20
# What is typed or spoken without a full stop is parted at commas, or blanks between Han characters.
LONGEST = 80
MOST = 6  # pieces heard of one message
# From these probabilities of a sentence on the message is handed over, or asked about: docs/decisions/0025 has what they do
# on development messages.
HANDOVER, CHECKIN = 0.85, 0.5
_COMMA = re.compile(r"(?<=[,，、])\s*|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_RANK = ("routine", "checkin", "handover")
Safety = Mapping[str, Any]


def sentences(text: str) -> list[str]:
    """The pieces to be heard beside the whole, in order; none of a short message, one sentence, or a very long one."""
    pieces: list[str] = []
    if not LEAST <= columns(text) <= BOUND:
        return pieces
    for sentence in _joined(BREAK.split(text), SHORTEST):
        pieces += (
            [sentence] if columns(sentence) <= LONGEST else _joined(_COMMA.split(sentence), LONGEST // 2)
        )
    if len(pieces) > MOST:
        cuts = [round(index * len(pieces) / MOST) for index in range(MOST + 1)]
        pieces = [" ".join(pieces[begin:end]) for begin, end in zip(cuts, cuts[1:], strict=False)]
    return pieces if len(pieces) > 1 else []


def _joined(parts: Sequence[str], least: int) -> list[str]:
    """Neighbours put together until each is of `least` columns."""
    pieces: list[str] = []
    current = ""
    for part in filter(str.strip, parts):
        current = f"{current} {part}".strip()
        if columns(current) >= least:
            pieces.append(current)
            current = ""
    if not current:
        return pieces
    return [*pieces[:-1], f"{pieces[-1]} {current}"] if pieces else [current]


def raised(whole: Safety, parts: Sequence[tuple[str, Safety]]) -> Safety:
    """The decision on a message (`safety` of its parse): the gravest of that on the whole and those on its sentences."""
    best = whole
    for sentence, part in parts:
        decision = _decision(part)
        if _gravity({**part, "decision": decision}) > _gravity(best):
            reasons = [*part.get("because", []), f"in the sentence “{sentence.strip()}”"]
            best = {**part, "decision": decision, "because": reasons}
    return best


def _decision(part: Safety) -> str:
    if part["decision"] == "routine" or part["probability"] < CHECKIN:
        return "routine"
    return "handover" if part["probability"] >= HANDOVER else "checkin"


def _gravity(safety: Safety) -> tuple[int, int]:
    # S0 before S1; a decision without a grade comes behind.
    grade = safety.get("grade")
    return _RANK.index(safety["decision"]), -int(grade[1:]) if grade else -9
