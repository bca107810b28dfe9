"""What a message says, made plain: one spelling for the rules to look at, and where its sentences end."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import lru_cache

import re2
from opencc import OpenCC

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)
_SPACE = re.compile(r"\s+")
_LINE_ENDS = frozenset("\n\r\v\f\x85\u2028\u2029")
_HAN_GAP = re.compile(r"(?<=[\u3400-\u9fff])[\s.,·。，、~*_\-]+(?=[\u3400-\u9fff])|(\n)")
_STOPS, _COMMAS = frozenset(".。\n"), frozenset(",，、")
_SENTENCE_END = re.compile(r"[!?;。]+|\.+(?=\s|$)")
_PAUSE = re.compile(r"[,、]")
_SPELLED = re.compile(r"\b(?:[a-z](?: ?[.\-_*·] ?| )){2,}[a-z]\b")
_SEPARATOR = re.compile(r"[^a-z]")

_CYRILLIC_OR_GREEK = re.compile("[\u0370-\u03ff\u0400-\u052f]")
_LETTERS = re.compile("[a-zA-Z\u0370-\u03ff\u0400-\u052f]+")
_ALIKE = str.maketrans(
    "асԁеһіјкорԛѕтухԝүАВСЕНІЈКМОРЅТУХԜҮ" + "αικνορυΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϲ",
    "acdehijkopqstyxwyABCEHIJKMOPSTYXWY" + "aikvopuABEZHIKMNOPTYXCc",
)


@dataclass(frozen=True)
class Plain:
    """Normalised words. ends: where a sentence ended that the text no longer shows (a line, a full stop between Han
    characters); pauses: the same for commas. Both are positions in `text`, ascending."""

    text: str
    ends: list[int] = field(default_factory=list)
    pauses: list[int] = field(default_factory=list)

    def without(self, pattern: re2.Pattern | re.Pattern[str], instead: str) -> Plain:
        """The same with each match of `pattern` replaced, every end and pause still in its place. A match that a sentence's
        end stands in is none: its words were never said together."""
        cuts = [found.span() for found in pattern.finditer(self.text) if not self._ends_in(*found.span())]
        if not cuts:
            return self
        parts, shifts, done = [], [0], 0
        for start, end in cuts:
            parts += [self.text[done:start], instead]
            shifts.append(shifts[-1] + len(instead) - (end - start))
            done = end
        starts = [start for start, _ in cuts]

        def moved(position: int) -> int:
            before = bisect_left(starts, position)
            return (max(position, cuts[before - 1][1]) if before else position) + shifts[before]

        return Plain(
            "".join([*parts, self.text[done:]]),
            [moved(one) for one in self.ends],
            [moved(one) for one in self.pauses],
        )

    def _ends_in(self, start: int, end: int) -> bool:
        first = bisect_right(self.ends, start)
        return first < len(self.ends) and self.ends[first] < end

    def sentences(self) -> Sentences:
        """Where its sentences and clauses end, the visible stops and commas included."""
        stops = [found.end() for found in _SENTENCE_END.finditer(self.text)]
        commas = [found.end() for found in _PAUSE.finditer(self.text)]
        return Sentences(self.text, sorted({*self.ends, *stops}), sorted({*self.pauses, *commas}))


class Sentences:
    """Where a text's sentences and clauses end. ends and pauses: ascending positions in `text`."""

    def __init__(self, text: str, ends: list[int], pauses: list[int]) -> None:
        self.text, self._ends, self._stops = text, ends, sorted({*ends, *pauses})

    def around(self, start: int, end: int) -> str:
        """The sentence, or sentences, that text[start:end] stands in."""
        return self._from(start, self._ends, end)

    def before_and_around(self, start: int, end: int) -> str:
        """What text[start:end] is said in: its sentence from the beginning to the end of its own clause.

        What qualifies a report stands before it or in the same breath ("in the film, he hit me"); a clause that follows is
        about something else ("he hit me, and my phone is gone").
        """
        return self._from(start, self._stops, end)

    def _from(self, start: int, stops: list[int], end: int) -> str:
        first, last = bisect_right(self._ends, start), bisect_left(stops, end)
        return self.text[
            self._ends[first - 1] if first else 0 : stops[last] if last < len(stops) else len(self.text)
        ]

    def clauses(self) -> str:
        """The text with each sentence and clause on a line of its own; empty when there is only one."""
        stops = [one for one in self._stops if 0 < one < len(self.text)]
        if not stops:
            return ""
        return "\n".join(
            self.text[a:b].strip() for a, b in zip([0, *stops], [*stops, len(self.text)], strict=True)
        )


def normalise(text: str) -> str:
    """What the rules look at: NFKC, lower case, Traditional to Simplified, no invisible characters, straight quotes, Latin
    letters for those of other scripts that only look like them, s p e l l e d words whole, single spaces, and none
    between Han characters (救 命 is 救命)."""
    return plain_of(text).text


def plain_of(text: str) -> Plain:
    """The normalised text, with the sentence ends that normalising takes out of it."""
    plain = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode("utf-8"))
    plain = _INVISIBLE.sub("", plain).replace("’", "'").replace("‘", "'")
    plain = _unmasked(_converter().convert(plain)).lower().strip()
    plain = _SPACE.sub(lambda gap: " " if _LINE_ENDS.isdisjoint(gap[0]) else "\n", plain)
    plain = _SPELLED.sub(lambda word: _SEPARATOR.sub("", word[0]), plain)
    return _closed(plain)


def _closed(plain: str) -> Plain:
    """Han characters moved together and lines joined, with what stood there remembered."""
    parts: list[str] = []
    ends: list[int] = []
    pauses: list[int] = []
    done = length = 0
    for gap in _HAN_GAP.finditer(plain):
        joined = plain[done : gap.start()] + (" " if gap[1] else "")
        parts.append(joined)
        length += len(joined)
        if not _STOPS.isdisjoint(gap[0]):
            ends.append(length)
        elif not _COMMAS.isdisjoint(gap[0]):
            pauses.append(length)
        done = gap.end()
    return Plain("".join([*parts, plain[done:]]), ends, pauses)


def _unmasked(text: str) -> str:
    """Cyrillic and Greek letters that look Latin become Latin, unless the words are really Russian or Greek: in a word with
    Latin letters always, in others where no letter of the message is without a Latin likeness.

    The pairs are those of Unicode's confusables.txt (UTS #39) for the two scripts that people borrow from, and κ, к and т,
    which it holds for small capitals only.
    """
    if not _CYRILLIC_OR_GREEK.search(text):
        return text
    borrowed = text.translate(_ALIKE)
    if not _CYRILLIC_OR_GREEK.search(borrowed):
        return borrowed
    return _LETTERS.sub(
        lambda word: word[0].translate(_ALIKE) if any(sign.isascii() for sign in word[0]) else word[0], text
    )


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")
