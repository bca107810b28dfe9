"""What a search looks for, as pure values: the words, and what they may be besides words (a plate, a phone, a reference)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bot.identity.store import one_line
from bot.rides.plates import normalise_plate

LONGEST = 200
_FEWEST_DIGITS = 4
_FEWEST_OF_PLATE = 4
_FEWEST_OF_REFERENCE = 4
_MOST_DIGITS = 15
_ONLY_PHONE = re.compile(r"\+?[\d ()\-.]+")
_EXCERPT = 140


@dataclass(frozen=True)
class Query:
    """words: each with the spellings that are looked for; all must stand in one text. digits: a phone's end (or all of it);
    plate, reference: in the form in which they are kept. None: it cannot be one."""

    words: tuple[frozenset[str], ...]
    digits: str | None
    plate: str | None
    reference: str | None

    @property
    def numeric(self) -> bool:
        """Whether any digit is looked for: then a masked text must be compared as it is shown."""
        return any(sign.isdigit() for word in self.words for one in word for sign in one)


def query_of(typed: str) -> Query:
    """What `typed` (not empty) may mean. Full-width letters are looked for as typed and as half-width ones."""
    plain = one_line(typed)
    asked = plain.split()
    # NFKC can split a word (a ligature with a space in it): then only the plain form is looked for.
    raw = "".join(one for one in typed if unicodedata.category(one) not in ("Cs", "Cc") or one.isspace())
    spelled = raw.split() if len(raw.split()) == len(asked) else asked
    words = tuple(frozenset({one, other}) for one, other in zip(asked, spelled, strict=True))
    digits = re.sub(r"\D", "", plain) if _ONLY_PHONE.fullmatch(plain) else ""
    plate = normalise_plate(plain)
    reference = plain.replace(" ", "").upper()
    return Query(
        words,
        digits if _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS else None,
        plate if len(plate) >= _FEWEST_OF_PLATE else None,
        reference if len(reference) >= _FEWEST_OF_REFERENCE else None,
    )


def stands_in(query: Query, text: str) -> bool:
    """Whether every word stands in `text`, in capitals or not."""
    low = text.lower()
    return all(any(one.lower() in low for one in word) for word in query.words)


def excerpt(query: Query, text: str) -> str:
    """The part of `text` around the first word found, at most 140 characters, with … where something is left out."""
    low = text.lower()
    places = [low.find(one.lower()) for word in query.words for one in word]
    first = min((place for place in places if place >= 0), default=0)
    start = max(0, first - _EXCERPT // 3)
    part = text[start : start + _EXCERPT]
    return ("…" if start else "") + part + ("…" if start + _EXCERPT < len(text) else "")
