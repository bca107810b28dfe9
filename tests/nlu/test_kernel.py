"""The kernel machine's linear algebra: what is approached is what an exact solution gives."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bot.nlu import kernel, solving


@pytest.mark.parametrize("ridge", [0.2, 1.0])
def test_many_examples_get_the_weights_that_few_get_exactly(
    monkeypatch: pytest.MonkeyPatch, ridge: float
) -> None:
    random = np.random.default_rng(3)
    points = random.normal(size=(900, 12)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    grams = csr_matrix(random.random((900, 200)) * (random.random((900, 200)) < 0.02), dtype=np.float32)
    pairs = solving.Pairs.of(kernel.Features(grams, points), kernel.Shape())
    targets = np.eye(4, dtype=np.float32)[random.integers(0, 4, len(points))]
    exact = solving.solve(pairs, targets, ridge)
    monkeypatch.setattr(solving, "_EXACT", 100)
    monkeypatch.setattr(solving, "_SEEN_BY", 60)
    halves = np.arange(900) < 450
    folds = [
        (np.flatnonzero(halves), np.flatnonzero(~halves)),
        (np.flatnonzero(~halves), np.flatnonzero(halves)),
    ]
    _, near = solving.held_out(pairs, targets, folds, ridge)
    for begin in (None, near, exact):
        approached = solving.solve(pairs, targets, ridge, begin)
        assert begin is exact or not np.array_equal(approached, exact), "the other way was taken"
        assert np.abs(pairs.times(approached - exact)).max() < 0.02
        told = [np.argmax(pairs.times(weights), axis=1) for weights in (approached, exact)]
        assert (told[0] == told[1]).mean() > 0.99


def test_the_kernel_is_the_one_of_each_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.random.default_rng(3)
    sparse = csr_matrix(numbers.random((23, 40)) * (numbers.random((23, 40)) < 0.2), dtype=np.float32)
    dense = numbers.normal(size=(23, 5)).astype(np.float32)
    dense /= np.linalg.norm(dense, axis=1, keepdims=True)
    shape = kernel.Shape(sparse_weight=0.6, sharpness=2.0)
    monkeypatch.setattr(solving, "_BLOCK", 7)
    pairs = solving.Pairs.of(kernel.Features(sparse, dense), shape)
    expected = 0.6 * (sparse @ sparse.T).toarray() + np.exp(2.0 * (dense @ dense.T - 1))
    np.testing.assert_allclose(pairs.table(), expected, rtol=1e-5)
    rows, columns = np.array([3, 20, 1]), np.array([7, 0])
    part = pairs.part(rows, columns)
    np.testing.assert_allclose(part.table(), expected[np.ix_(rows, columns)], rtol=1e-5)
    np.testing.assert_allclose(part.times(np.eye(2, dtype=np.float32)), part.table(), rtol=1e-5)
