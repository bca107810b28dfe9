"""What an agent's text says clause by clause: whether words in it are claimed, or only asked, supposed or denied."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import re2
from pydantic import BaseModel, ConfigDict, Field

from bot.chat.listeners.plain import plain_of

# Where a clause ends, and whether its sentence ends there too; normalising has taken some of these out of Chinese.
_STOP = re.compile(
    r"[!?;。\n]+|\.+(?=\s|$)|[,、—]|:(?=\D|$)|\b(?:but|and|so|because) (?=(?:we|i|the|an|my|our)\b)"
)
_SENTENCE = frozenset("!?;。.\n")
_TAG = re.compile(r"\b(?:ok|okay|alright|all right|right)\s*\?+\s*$")


@dataclass(frozen=True)
class Clause:
    """Normalised words with the mark behind them. earlier: the clauses of the same sentence before it."""

    text: str
    earlier: str
    asked: bool


def clauses(text: str) -> list[Clause]:
    """The clauses of `text`, in order. text: as written; of normalised words, what normalising took out is lost."""
    plain = plain_of(text)
    ends = {*plain.ends}
    cuts = {*plain.ends, *plain.pauses, len(plain.text)}
    for stop in _STOP.finditer(plain.text):
        cuts.add(stop.end())
        if stop.group()[0] in _SENTENCE:
            ends.add(stop.end())
    found, start, sentence = [], 0, 0
    for cut in sorted(cuts):
        words = plain.text[start:cut].strip()
        if words:
            asked = words.rstrip(" !~").endswith("?") and not _TAG.search(words)
            found.append(Clause(words, plain.text[sentence:start], asked))
        start = cut
        if cut in ends:
            sentence = cut
    return found


class Excuses(BaseModel):
    """When words claim nothing. conditional: found before them in their clause; behind: right behind them; general: what a
    condition earlier in the sentence excuses; asking: how an English question begins; asked: how a Chinese one ends."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conditional: list[str] = Field(default_factory=list)
    behind: list[str] = Field(default_factory=list)
    general: list[str] = Field(default_factory=list)
    asking: list[str] = Field(default_factory=list)
    asked: list[str] = Field(default_factory=list)

    def question(self, clause: Clause, end: int) -> bool:
        """Whether what ends at `end` is asked."""
        rest = clause.text[end:]
        if clause.text.isascii():
            return clause.asked or _any(self.asking, clause.text)
        return _any(self.asked, rest) or _any(self.asking, clause.text)

    def supposed(self, clause: Clause, start: int, end: int) -> bool:
        """Whether clause.text[start:end] is said under a condition."""
        if _any(self.conditional, clause.text[:start]) or _any(self.behind, clause.text[end:]):
            return True
        return _any(self.conditional, clause.earlier) and _any(self.general, clause.text[start:end])


def said(
    text: str, patterns: list[str], unless: list[str], excuses: Excuses, *, even_if: bool
) -> list[tuple[str, str]]:
    """What `text` says of these patterns, each as (the words, their clause).

    unless: patterns that excuse what they overlap; even_if: what is said under a condition counts as well.
    """
    found = []
    for clause in clauses(text):
        hit = _first(clause, patterns, unless, excuses, even_if=even_if)
        if hit is not None:
            found.append((hit, clause.text))
    return found


def _first(
    clause: Clause, patterns: list[str], unless: list[str], excuses: Excuses, *, even_if: bool
) -> str | None:
    excused = [one.span() for pattern in unless for one in compiled(pattern).finditer(clause.text)]
    for pattern in patterns:
        for hit in compiled(pattern).finditer(clause.text):
            start, end = hit.span()
            if any(start < until and begin < end for begin, until in excused):
                continue
            if excuses.question(clause, end) or (not even_if and excuses.supposed(clause, start, end)):
                continue
            return str(hit.group(0)).strip()
    return None


def _any(patterns: list[str], text: str) -> bool:
    return any(compiled(pattern).search(text) for pattern in patterns)


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re2.Pattern:
    """RE2's pattern, made once. Raises re2.error."""
    return re2.compile(pattern)
