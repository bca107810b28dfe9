"""Near-copies among messages: by the share of character trigrams that two texts have in common (Jaccard)."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

TOO_NEAR = 0.7


@dataclass(frozen=True)
class Message:
    """A text and where it stands."""

    text: str
    place: str


@dataclass(frozen=True)
class Pair:
    """Two messages that say nearly the same in the same words. nearness: 0 to 1; 1 is the same."""

    first: Message
    second: Message
    nearness: float


def bare(text: str) -> str:
    """What is compared: NFKC, lower case, letters and digits alone, words one space apart. Empty for emoji and signs."""
    plain = unicodedata.normalize("NFKC", text).lower()
    kept = "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in plain)
    return " ".join(
        word for word in kept.split() if any(unicodedata.category(sign)[0] in "LN" for sign in word)
    )


def trigrams(plain: str) -> frozenset[str]:
    """The trigrams of a bare text. A text of fewer than three signs is its own and only one, and so is a single Latin word:
    `correct` and `incorrect` share most trigrams and mean the opposite."""
    if len(plain) < 3 or (plain.isascii() and " " not in plain):
        return frozenset([plain])
    return frozenset(plain[at : at + 3] for at in range(len(plain) - 2))


def near_pairs(messages: Sequence[Message], others: Sequence[Message] | None = None) -> list[Pair]:
    """Pairs above TOO_NEAR: within `messages`, or between `messages` and `others`. Texts without letters or digits are left
    out: two different emoji are both empty here, and no copies of each other.

    Only pairs that share a rare trigram are compared: of two sets with Jaccard above t, the first
    |x| - ceil(t·|x|) + 1 elements in any common order have one in common (prefix filtering, Bayardo et al. 2007).
    """
    known = [(one, trigrams(plain)) for one in messages if (plain := bare(one.text))]
    asked = (
        known if others is None else [(one, trigrams(plain)) for one in others if (plain := bare(one.text))]
    )
    counts = Counter(gram for _, grams in [*known, *(asked if others is not None else [])] for gram in grams)
    index: dict[str, list[int]] = defaultdict(list)
    if others is not None:
        for number, (_, grams) in enumerate(known):
            for gram in _rarest(grams, counts):
                index[gram].append(number)
    found = []
    for number, (message, grams) in enumerate(asked):
        prefix = _rarest(grams, counts)
        for candidate in {at for gram in prefix for at in index[gram]}:
            size = len(known[candidate][1])
            if not TOO_NEAR * len(grams) <= size <= len(grams) / TOO_NEAR:
                continue
            nearness = jaccard(known[candidate][1], grams)
            if nearness > TOO_NEAR:
                found.append(Pair(known[candidate][0], message, nearness))
        if others is None:
            for gram in prefix:
                index[gram].append(number)
    return found


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Size of the intersection over size of the union."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def _rarest(grams: frozenset[str], counts: Counter[str]) -> list[str]:
    ordered = sorted(grams, key=lambda gram: (counts[gram], gram))
    return ordered[: len(ordered) - math.ceil(TOO_NEAR * len(ordered)) + 1]


def told(pairs: Iterable[Pair], remedy: str) -> Iterator[str]:
    """A sentence for each pair."""
    for pair in pairs:
        yield f"{pair.first.place} and {pair.second.place} are {pair.nearness:.0%} the same: {remedy}"
