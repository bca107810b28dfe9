"""What both sentence encoders share: pieces of texts become rows, layers that onnxruntime computes make one vector of them."""

from __future__ import annotations

import logging
import os
from abc import abstractmethod
from pathlib import Path
from typing import Any, Dict, List, Optional, Protocol, Sequence, Text

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from typing_extensions import Self

from bot.nlu.components.normaliser import meaning_text
from bot.nlu.passages import passages
from bot.nlu.sources import code_digest

logger = logging.getLogger(__name__)

_LAYERS = "layers.onnx"
_BATCH = 1500  # pieces that are computed at once


class Words(Protocol):
    """A vocabulary with its vectors: `Universal` or `Subwords`."""

    width: int

    def numbers(self, text: str, most: int) -> list[int]:
        """The numbers of a text's pieces, at most `most` of them."""

    def vectors(self, numbers: Sequence[int]) -> NDArray[np.float32]:
        """A row for each piece."""


def session_of(file: Path) -> onnxruntime.InferenceSession:
    """The layers, ready to compute; raises ValueError when the file is damaged."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("OPENBLAS_NUM_THREADS") or os.cpu_count() or 1)
    options.enable_cpu_mem_arena = False  # it would keep what the longest message ever took
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # neighbours need the cores
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common class but this
        raise ValueError(f"The stored sentence encoder is damaged ({type(error).__name__}).") from error


class MeaningEncoder(GraphComponent):
    """One dense vector of length 1 for each message; the mean over passages when it is long."""

    def __init__(
        self, config: Dict[Text, Any], name: Text, storage: ModelStorage, resource: Resource
    ) -> None:
        self._config = config
        self._name = name
        self._storage = storage
        self._resource = resource
        self._words = self._vocabulary()
        self._session: Optional[onnxruntime.InferenceSession] = None

    @abstractmethod
    def _vocabulary(self) -> Words:
        """The words this encoder reads."""

    @abstractmethod
    def _write(self, file: Path, texts: Sequence[str]) -> None:
        """Writes the layers; `texts` are the examples."""

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
    ) -> Self:
        """Makes the component, without layers yet; raises ValueError when the package with the weights is missing."""
        return cls(config, execution_context.node_name, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Writes the layers into the model."""
        texts = [meaning_text(example) for example in training_data.nlu_examples if example.get(TEXT)]
        if texts:
            with self._storage.write_to(self._resource) as folder:
                self._write(folder / _LAYERS, texts)
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Self:
        """Reads the layers; without any, messages pass through. Raises ValueError when they are damaged."""
        component = cls.create(config, model_storage, resource, execution_context)
        try:
            with model_storage.read_from(resource) as folder:
                component._session = session_of(folder / _LAYERS)
        except ValueError as error:
            if "does not exist" not in str(error):
                raise
        return component

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Embeds every example."""
        logger.info("%s: reading %d examples.", type(self).__name__, len(training_data.training_examples))
        self._embed([example for example in training_data.training_examples if example.get(TEXT)])
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Embeds each message."""
        self._embed(messages)
        return messages

    def _embed(self, messages: Sequence[Message]) -> None:
        if self._session is None:
            return
        parts = [passages(meaning_text(message)) for message in messages]
        vectors = self._encode(self._session, [part for many in parts for part in many])
        position = 0
        for message, many in zip(messages, parts, strict=True):
            mean = vectors[position : position + len(many)].mean(axis=0)
            position += len(many)
            unit = mean / max(float(np.linalg.norm(mean)), 1e-9)
            message.add_features(Features(unit[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, self._name))

    def _encode(self, session: onnxruntime.InferenceSession, texts: Sequence[str]) -> NDArray[np.float32]:
        numbers = [self._words.numbers(text, self._config["most"]) for text in texts]
        order = sorted(range(len(texts)), key=lambda index: len(numbers[index]))
        vectors = np.empty((len(texts), self._words.width), np.float32)
        start = 0
        while start < len(order):  # texts of one length together: nothing is padded
            length = len(numbers[order[start]])
            most = max(1, _BATCH // length)
            batch = [at for at in order[start : start + most] if len(numbers[at]) == length]
            rows = np.stack([self._words.vectors(numbers[at]) for at in batch])
            vectors[batch] = session.run(None, {"pieces": rows})[0]
            start += len(batch)
        return vectors
