"""Which of the questions heard before are like this one: TF-IDF over character n-grams, cosine. Pure, in memory.

Characters instead of words, because Chinese has no spaces and passengers do not spell: Han runs give single characters and
pairs, other words give their 3- to 5-grams with the edges marked (the `char_wb` analyser of scikit-learn).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict

_TOKEN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[^\W\d_]+")


def grams(text: str) -> Counter[str]:
    """The n-grams of a text, counted."""
    plain = unicodedata.normalize("NFKC", text).lower()
    found: Counter[str] = Counter()
    for token in _TOKEN.findall(plain):
        if token[0] >= "\u3400":
            found.update(token)
            found.update(token[at : at + 2] for at in range(len(token) - 1))
        else:
            edged = f" {token} "
            for size in (3, 4, 5):
                found.update(edged[at : at + size] for at in range(max(1, len(edged) - size + 1)))
    return found


class Similar:
    """Texts by key; `search` gives the keys of those most like a text."""

    def __init__(self) -> None:
        self._texts: dict[str, dict[str, float]] = {}
        self._postings: defaultdict[str, set[str]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._texts)

    def put(self, key: str, text: str) -> None:
        """Add a text, or replace the one under this key."""
        self.drop(key)
        weights = {gram: 1.0 + math.log(count) for gram, count in grams(text).items()}
        self._texts[key] = weights
        for gram in weights:
            self._postings[gram].add(key)

    def drop(self, key: str) -> None:
        for gram in self._texts.pop(key, {}):
            keys = self._postings[gram]
            keys.discard(key)
            if not keys:
                del self._postings[gram]

    def search(self, text: str, limit: int, least: float) -> list[tuple[str, float]]:
        """(key, cosine 0–1) of the `limit` texts most like `text`, from `least` on, the likest first."""
        asked = self._weighed({gram: 1.0 + math.log(count) for gram, count in grams(text).items()})
        near = {key for gram in asked for key in self._postings.get(gram, ())}
        scored = [(key, self._cosine(asked, self._weighed(self._texts[key]))) for key in near]
        return sorted((one for one in scored if one[1] >= least), key=lambda one: -one[1])[:limit]

    def _weighed(self, counts: dict[str, float]) -> dict[str, float]:
        """With the rarity of each n-gram: ln((1 + n) / (1 + df)) + 1, so that one seen nowhere does not divide by zero."""
        total = 1 + len(self._texts)
        return {
            gram: weight * (1.0 + math.log(total / (1 + len(self._postings.get(gram, ())))))
            for gram, weight in counts.items()
        }

    @staticmethod
    def _cosine(a: dict[str, float], b: dict[str, float]) -> float:
        if len(b) < len(a):
            a, b = b, a
        dot = sum(weight * b.get(gram, 0.0) for gram, weight in a.items())
        norm = math.sqrt(sum(w * w for w in a.values())) * math.sqrt(sum(w * w for w in b.values()))
        return dot / norm if norm else 0.0
