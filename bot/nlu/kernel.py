"""A kernel machine over one sparse and one dense block of features: ridge regression on class indicators, in numpy.

The kernel adds the overlap of n-grams (linear) and the nearness of sentence meanings (Gaussian on the unit sphere). Figures
that judge a model (temperature, thresholds) are made out of fold: each example scored by a model that has not seen it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, vstack
from sklearn.model_selection import StratifiedKFold

Array: TypeAlias = npt.NDArray[Any]


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
