"""Cuts texts into the word pieces of a vocabulary, by the most likely way (SentencePiece's unigram model, Kudo 2018)."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

_LONGEST = 18  # signs of a piece that are tried; the few longer ones are runs of one sign
_SPACE = "\u2581"  # what stands for a space: a piece may begin with it, and has it nowhere else
_REMEMBERED = 4096  # words, less than 1 MB: people use the same ones again and again


class Pieces:
    """A vocabulary and how likely each piece is.

    Kept as sorted hashes of the pieces and of their beginnings: a quarter of a million strings would cost 40 MB, these cost
    6, and where no piece begins as the text goes on, the search ends. The length is part of the key: Python hashes what lies
    in memory, and there "be" and "敢" are the same two bytes.
    """

    def __init__(self, vocabulary: Iterable[tuple[str, float]], unknown: int) -> None:
        """vocabulary: the pieces by their numbers, each with the logarithm of its probability; unknown: the number of what
        is in no piece."""
        begun, whole, chances = array("q"), array("q"), array("f")
        for piece, chance in vocabulary:
            begun.extend(hash(piece[:end]) ^ end for end in range(1, min(len(piece), _LONGEST)))
            whole.append(hash(piece) ^ len(piece))
            chances.append(chance)
        ends = np.frombuffer(whole, np.int64)
        keys = np.unique(np.concatenate([np.frombuffer(begun, np.int64), ends]))
        numbers, likely = np.full(len(keys), -1, np.int32), np.zeros(len(keys), np.float32)
        places = np.searchsorted(keys, ends)
        numbers[places], likely[places] = np.arange(len(ends)), chances
        self._keys = array("q", keys.tobytes())
        self._numbers, self._scores = array("i", numbers.tobytes()), array("f", likely.tobytes())
        self._unknown, self._unknown_score = unknown, min(chances) - 10
        self._word = lru_cache(_REMEMBERED)(self._most_likely)

    def cut(self, text: str) -> list[int]:
        """The numbers of the text's most likely pieces, in order. No piece reaches over a space, so each word is cut alone."""
        first, *others = text.split(_SPACE)
        found = list(self._word(first)) if first else []
        for word in others:
            found.extend(self._word(_SPACE + word))
        return found

    def _most_likely(self, text: str) -> tuple[int, ...]:
        size, known = len(text), len(self._keys)
        keys, scores, numbers = self._keys, self._scores, self._numbers
        best = [0.0, *[-1e30] * size]
        piece, origin = [self._unknown] * (size + 1), [0] * (size + 1)
        for start in range(size):
            base = best[start]
            for end in range(start + 1, min(size, start + _LONGEST) + 1):
                key = hash(text[start:end]) ^ (end - start)
                at = bisect_left(keys, key)
                if at == known or keys[at] != key:
                    break
                if numbers[at] >= 0 and base + scores[at] > best[end]:
                    best[end], piece[end], origin[end] = base + scores[at], numbers[at], start
            if base + self._unknown_score > best[start + 1]:
                best[start + 1] = base + self._unknown_score
                piece[start + 1], origin[start + 1] = self._unknown, start
        found = []
        while size > 0:
            found.append(piece[size])
            size = origin[size]
        return tuple(found[::-1])
