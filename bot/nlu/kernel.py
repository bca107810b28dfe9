"""A kernel machine over one sparse and one dense block of features: ridge regression on class indicators, in numpy.

The kernel adds the overlap of n-grams (linear) and the nearness of sentence meanings (Gaussian on the unit sphere). Figures
that judge a model (temperature, thresholds) are made out of fold: each example scored by a model that has not seen it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, vstack
from sklearn.model_selection import StratifiedKFold

logger = logging.getLogger(__name__)
Array: TypeAlias = npt.NDArray[Any]
_BLOCK = 1000  # rows of the kernel made at once
_EXACT = 6000  # examples that are solved exactly
_SEEN_BY = 1500  # examples of the preconditioner
_CLOSE = 3e-3  # of a target's length: what conjugate gradients may leave
_MOST_STEPS = 100


@dataclass(frozen=True)
class Shape:
    """The kernel and the strength of its regularisation, chosen by cross-validation."""

    sparse_weight: float = 0.7
    sharpness: float = 3.0  # of the Gaussian: exp(sharpness * (cosine - 1))
    ridge: float = 0.2
    dense_size: int = 256  # directions of the dense block that are kept


@dataclass
class Features:
    """The features of n messages: a sparse and a dense block, either of which may have no columns."""

    sparse: csr_matrix
    dense: Array

    def __len__(self) -> int:
        return int(self.sparse.shape[0])

    def rows(self, index: Array) -> Features:
        """The features of some of the messages."""
        return Features(self.sparse[index], self.dense[index])


def features_of(messages: Sequence[Message]) -> Features:
    """Collects the sentence features that featurizers left on the messages; missing blocks have no columns."""
    sparse, dense = [], []
    for message in messages:
        block = message.get_sparse_features(TEXT)[1]
        sparse.append(block.features if block is not None else csr_matrix((1, 0), dtype=np.float32))
        vector = message.get_dense_features(TEXT)[1]
        dense.append(vector.features[0] if vector is not None else np.zeros(0, dtype=np.float32))
    return Features(vstack(sparse, format="csr"), np.asarray(dense, dtype=np.float32))


def leading_directions(dense: Array, size: int) -> Array:
    """The directions that hold most of the dense block (d by size, by truncated SVD); none when it has no columns."""
    step = max(1, len(dense) // 4000)
    _, _, directions = np.linalg.svd(dense[::step], full_matrices=False)
    return np.ascontiguousarray(directions[:size].T, dtype=np.float32)


def projected(features: Features, directions: Array) -> Features:
    """The features with the dense block along the given directions, rows of length 1 again."""
    if not features.dense.shape[1]:
        return features
    dense = features.dense @ directions
    return Features(features.sparse, dense / np.maximum(np.linalg.norm(dense, axis=1, keepdims=True), 1e-9))


def softmax(scores: Array) -> Array:
    """Rows of scores as rows of probabilities."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def kernel(features: Features, shape: Shape) -> Array:
    """The n by n kernel of the messages, made in blocks so that the sparse product never stands whole in memory; what lies
    below the diagonal is copied from above it."""
    count = len(features)
    table = np.empty((count, count), np.float32)
    transposed, dense = features.sparse.T.tocsc(), features.dense.T
    for start in range(0, count, _BLOCK):
        end = min(start + _BLOCK, count)
        block = (features.sparse[start:end] @ transposed[:, start:]).toarray()
        block *= np.float32(shape.sparse_weight)
        if features.dense.shape[1]:
            near = features.dense[start:end] @ dense[:, start:]
            near -= 1
            near *= np.float32(shape.sharpness)
            block += np.exp(near, out=near)
        table[start:end, start:] = block
        table[end:, start:end] = block[:, end - start :].T
    return table


def solve(table: Array, targets: Array, ridge: float) -> Array:
    """The weights of the examples for each target; `table` is used up. Few examples are solved exactly, many by conjugate
    gradients until no target is further off than a thousandth of a score: half the time at 20,000, a quarter at 40,000."""
    if len(table) > _EXACT:
        return _approached(table, targets, np.float32(ridge))
    table[np.diag_indices(len(table))] += np.float32(ridge)
    factor = cho_factor(table, lower=True, overwrite_a=True, check_finite=False)
    return np.asarray(cho_solve(factor, targets, check_finite=False), dtype=np.float32)


def _approached(table: Array, targets: Array, ridge: np.float32) -> Array:
    """Conjugate gradients for all targets at once, preconditioned by the kernel as some of the examples see it (Nyström)."""
    nearly_inverse = _preconditioner(table, ridge)
    weights, left = np.zeros_like(targets), targets.copy()
    step = nearly_inverse(left)
    direction, progress = step, (left * step).sum(axis=0)
    whole = np.linalg.norm(targets, axis=0)
    for _ in range(_MOST_STEPS):
        image = table @ direction + ridge * direction
        length = progress / (direction * image).sum(axis=0)
        weights += length * direction
        left -= length * image
        if (np.linalg.norm(left, axis=0) <= _CLOSE * whole).all():
            break
        step = nearly_inverse(left)
        before, progress = progress, (left * step).sum(axis=0)
        direction = step + (progress / before) * direction
    return np.asarray(weights, dtype=np.float32)


def _preconditioner(table: Array, ridge: np.float32) -> Callable[[Array], Array]:
    """Multiplies by the inverse of (kernel through some examples + ridge), by the Woodbury identity."""
    some = np.random.default_rng(7).choice(len(table), min(_SEEN_BY, len(table)), replace=False)
    between = table[np.ix_(some, some)]
    between[np.diag_indices(len(some))] += np.float32(1e-3)  # rounding may leave it not quite positive
    root = cholesky(between, lower=True, overwrite_a=True, check_finite=False)
    seen = np.ascontiguousarray(solve_triangular(root, table[some], lower=True, check_finite=False).T)
    inner = seen.T @ seen
    inner[np.diag_indices(len(inner))] += ridge
    factor = cho_factor(inner, lower=True, overwrite_a=True, check_finite=False)

    def multiply(block: Array) -> Array:
        return np.asarray((block - seen @ cho_solve(factor, seen.T @ block, check_finite=False)) / ridge)

    return multiply


def held_out_scores(
    table: Array, targets: Array, folds: Sequence[tuple[Array, Array]], ridge: float
) -> Array:
    """Scores of every example by a model trained on the other folds."""
    scores = np.zeros_like(targets)
    for number, (seen, held) in enumerate(folds, start=1):
        logger.info("Intent classifier: held-out part %d of %d.", number, len(folds))
        scores[held] = table[np.ix_(held, seen)] @ solve(table[np.ix_(seen, seen)], targets[seen], ridge)
    return scores


@dataclass
class KernelMachine:
    """Class scores from features. The linear part of the kernel is kept as weights, the Gaussian one as its anchors: a column
    for each, because one message is compared with columns in less than half the time that rows take (1.7 and 4.3 ms)."""

    classes: list[str]
    sparse_weights: Array
    anchors: Array
    anchor_weights: Array
    directions: Array
    shape: Shape
    temperature: float = 1.0

    @classmethod
    def trained(
        cls, features: Features, weights: Array, classes: list[str], directions: Array, shape: Shape
    ) -> KernelMachine:
        """The machine of which `weights` are the weights of the (projected) examples."""
        sparse = np.asarray(features.sparse.T @ weights, dtype=np.float32) * np.float32(shape.sparse_weight)
        anchors = np.ascontiguousarray(features.dense.T)
        return cls(classes, sparse, anchors, weights, directions, shape)

    def scores(self, features: Features) -> Array:
        """One row of class scores for each message; raises ValueError when the features have another form."""
        if (features.sparse.shape[1], features.dense.shape[1]) != (
            len(self.sparse_weights),
            len(self.directions),
        ):
            raise ValueError("The stored classifier was trained on other features: train the model again.")
        scores = features.sparse @ self.sparse_weights
        if features.dense.shape[1]:
            dense = projected(features, self.directions).dense
            near = np.exp(np.float32(self.shape.sharpness) * (dense @ self.anchors - 1))
            scores = scores + near @ self.anchor_weights
        return np.asarray(scores)

    def probabilities(self, scores: Array) -> Array:
        """Scores as calibrated probabilities."""
        return softmax(scores / self.temperature)

    def save(self, path: Path) -> None:
        """Writes the machine as arrays, without pickles; the large ones in half precision."""
        np.savez(
            path,
            classes=np.array(self.classes, dtype=np.str_),
            sparse=self.sparse_weights.astype(np.float16),
            anchors=self.anchors.astype(np.float16),
            weights=self.anchor_weights.astype(np.float16),
            directions=self.directions,
            numbers=np.array([*astuple(self.shape), self.temperature]),
        )

    @classmethod
    def restore(cls, path: Path) -> KernelMachine:
        """Reads a saved machine; raises ValueError, OSError or KeyError when the file is damaged."""
        with np.load(path, allow_pickle=False) as arrays:
            *numbers, size, temperature = (float(value) for value in arrays["numbers"])
            sparse, anchors, weights = (
                arrays[name].astype(np.float32) for name in ("sparse", "anchors", "weights")
            )
            classes = [str(name) for name in arrays["classes"]]
            shape = Shape(numbers[0], numbers[1], numbers[2], int(size))
            return cls(classes, sparse, anchors, weights, arrays["directions"], shape, temperature)


def folds_of(labels: Array, wanted: int) -> list[tuple[Array, Array]]:
    """(train, held-out) index pairs, stratified; fewer, or none, when a class is small."""
    number = min(wanted, int(np.unique(labels, return_counts=True)[1].min()))
    if number < 2:
        return []
    splitter = StratifiedKFold(number, shuffle=True, random_state=7)
    return list(splitter.split(np.zeros(len(labels)), labels))


def best_temperature(scores: Array, labels: Array) -> float:
    """The temperature under which held-out labels are most likely (Guo and others, 2017)."""

    def cost(log_temperature: float) -> float:
        probability = softmax(scores / np.exp(log_temperature))[np.arange(len(labels)), labels]
        return -float(np.log(np.maximum(probability, 1e-12)).mean())

    return float(np.exp(minimize_scalar(cost, bounds=(-5, 2), method="bounded").x))
