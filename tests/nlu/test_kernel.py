"""The kernel machine's linear algebra: what is approached is what an exact solution gives."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bot.nlu import kernel


@pytest.mark.parametrize("ridge", [0.2, 1.0])
def test_many_examples_get_the_weights_that_few_get_exactly(
    monkeypatch: pytest.MonkeyPatch, ridge: float
) -> None:
    random = np.random.default_rng(3)
    points = random.normal(size=(900, 12)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    table = np.exp(3 * (points @ points.T - 1)).astype(np.float32)
    targets = np.eye(4, dtype=np.float32)[random.integers(0, 4, len(points))]
    exact = kernel.solve(table.copy(), targets, ridge)
    monkeypatch.setattr(kernel, "_EXACT", 100)
    monkeypatch.setattr(kernel, "_SEEN_BY", 60)
    approached = kernel.solve(table.copy(), targets, ridge)
    assert not np.array_equal(approached, exact), "the other way was taken"
    assert np.abs(table @ (approached - exact)).max() < 0.02
    assert (np.argmax(table @ approached, axis=1) == np.argmax(table @ exact, axis=1)).mean() > 0.99


def test_the_kernel_made_in_blocks_is_the_one_of_each_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.random.default_rng(3)
    sparse = csr_matrix(numbers.random((23, 40)) * (numbers.random((23, 40)) < 0.2), dtype=np.float32)
    dense = numbers.normal(size=(23, 5)).astype(np.float32)
    dense /= np.linalg.norm(dense, axis=1, keepdims=True)
    shape = kernel.Shape(sparse_weight=0.6, sharpness=2.0)
    monkeypatch.setattr(kernel, "_BLOCK", 7)
    table = kernel.kernel(kernel.Features(sparse, dense), shape)
    pairs = 0.6 * (sparse @ sparse.T).toarray() + np.exp(2.0 * (dense @ dense.T - 1))
    np.testing.assert_allclose(table, pairs, rtol=1e-5)
