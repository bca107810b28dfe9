"""How alike the examples are, two by two, and the weights that follow from it: kernel ridge regression, exactly for few
examples, by conjugate gradients for many."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from scipy.sparse import csr_matrix

from bot.nlu.kernel import Array, Features, Shape

logger = logging.getLogger(__name__)
_BLOCK = 1000  # rows of the table made at once
_EXACT = 6000  # examples that are solved exactly
_SEEN_BY = 1500  # examples of the preconditioner
_CLOSE = 3e-3  # of a target's length: what conjugate gradients may leave
_MOST_STEPS = 100


@dataclass
class Pairs:
    """The kernel between some messages (rows) and others (columns). Its Gaussian part is a table. Its linear part is kept as
    the n-grams of either side: to multiply by them takes a hundredth of what a table of their overlaps takes to make."""

    near: Array
    rows: csr_matrix
    columns: csr_matrix

    @classmethod
    def of(cls, features: Features, shape: Shape) -> Pairs:
        """Every message with every message."""
        count, dense = len(features), features.dense
        near = np.zeros((count, count), np.float32)
        if dense.shape[1]:
            for start in range(0, count, _BLOCK):
                block = np.matmul(dense[start : start + _BLOCK], dense.T, out=near[start : start + _BLOCK])
                block -= 1
                block *= np.float32(shape.sharpness)
                np.exp(block, out=block)
        weighted = features.sparse * np.float32(np.sqrt(shape.sparse_weight))
        return cls(near, weighted, weighted)

    def __len__(self) -> int:
        return len(self.near)

    def times(self, block: Array) -> Array:
        """The kernel times a block with a row for each column."""
        product = self.near @ block
        product += self.rows @ (self.columns.T @ block)
        return product

    def part(self, rows: Array, columns: Array) -> Pairs:
        """Some of the rows and columns."""
        return Pairs(self.near[np.ix_(rows, columns)], self.rows[rows], self.columns[columns])

    def table(self) -> Array:
        """All of it as one table."""
        return np.asarray(self.near + (self.rows @ self.columns.T).toarray())


def solve(pairs: Pairs, targets: Array, ridge: float, near: Array | None = None) -> Array:
    """The weights of the examples for each target. Few examples are solved exactly, many by conjugate gradients until no
    target is further off than a thousandth of a score. near: weights to begin with, where some are known."""
    if len(pairs) > _EXACT:
        return _approached(pairs, targets, np.float32(ridge), near)
    table = pairs.table()
    table[np.diag_indices(len(table))] += np.float32(ridge)
    factor = cho_factor(table, lower=True, overwrite_a=True, check_finite=False)
    return np.asarray(cho_solve(factor, targets, check_finite=False), dtype=np.float32)


def _approached(pairs: Pairs, targets: Array, ridge: np.float32, near: Array | None) -> Array:
    """Conjugate gradients for all targets at once, preconditioned by the kernel as some of the examples see it (Nyström). A
    target that is close enough is left alone, so that the last steps are for the few that need them."""
    weights = np.zeros_like(targets) if near is None else near.astype(np.float32)
    left = targets.copy() if near is None else targets - pairs.times(weights) - ridge * weights
    enough = _CLOSE * np.linalg.norm(targets, axis=0)
    open_still = np.flatnonzero(np.linalg.norm(left, axis=0) > enough)
    nearly_inverse, direction, before = _preconditioner(pairs, ridge), np.float32(0), np.float32(1)
    left = left[:, open_still]
    for taken in range(_MOST_STEPS):
        if not len(open_still):
            logger.info("Intent classifier: close enough after %d steps.", taken)
            break
        step = nearly_inverse(left)
        progress = (left * step).sum(axis=0)
        direction = step + (progress / before) * direction
        image = pairs.times(direction) + ridge * direction
        length = progress / (direction * image).sum(axis=0)
        weights[:, open_still] += length * direction
        left -= length * image
        apart = np.linalg.norm(left, axis=0) > enough[open_still]
        open_still, before = open_still[apart], progress[apart]
        left, direction = left[:, apart], direction[:, apart]
    return np.asarray(weights, dtype=np.float32)


def _preconditioner(pairs: Pairs, ridge: np.float32) -> Callable[[Array], Array]:
    """Multiplies by the inverse of (kernel through some examples + ridge), by the Woodbury identity."""
    count = len(pairs)
    some = np.random.default_rng(7).choice(count, min(_SEEN_BY, count), replace=False)
    seen_from = pairs.part(some, np.arange(count)).table()
    between = seen_from[:, some].copy()
    between[np.diag_indices(len(some))] += np.float32(1e-3)  # rounding may leave it not quite positive
    root = cholesky(between, lower=True, overwrite_a=True, check_finite=False)
    seen = np.ascontiguousarray(solve_triangular(root, seen_from, lower=True, check_finite=False).T)
    inner = seen.T @ seen
    inner[np.diag_indices(len(inner))] += ridge
    factor = cho_factor(inner, lower=True, overwrite_a=True, check_finite=False)

    def multiply(block: Array) -> Array:
        return np.asarray((block - seen @ cho_solve(factor, seen.T @ block, check_finite=False)) / ridge)

    return multiply


def held_out(
    pairs: Pairs, targets: Array, folds: Sequence[tuple[Array, Array]], ridge: float
) -> tuple[Array, Array]:
    """Scores of every example by a model trained on the other folds, and the mean of those models' weights: what they say
    together is near to what a model trained on everything will say."""
    scores, together = np.zeros_like(targets), np.zeros_like(targets)
    for number, (seen, held) in enumerate(folds, start=1):
        logger.info("Intent classifier: held-out part %d of %d.", number, len(folds))
        weights = solve(pairs.part(seen, seen), targets[seen], ridge)
        scores[held] = pairs.part(held, seen).times(weights)
        together[seen] += weights / np.float32(len(folds))
    return scores, together
