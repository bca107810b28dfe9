"""Sentence meaning as a second vector: a small multilingual transformer in eight bits, computed by onnxruntime."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Text

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.components.normaliser import meaning_text
from bot.nlu.passages import passages
from bot.nlu.sources import code_digest
from bot.nlu.subwords import Subwords, weights_file

logger = logging.getLogger(__name__)

_LAYERS = "layers.onnx"
_BATCH = 64  # passages of one length that are computed at once


def _session(file: Path) -> onnxruntime.InferenceSession:
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


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class TransformerEncoder(GraphComponent):
    """One dense vector of length 1 for each message (384 numbers); the mean over passages when it is long.

    The layers are the first ones of multilingual-e5-small, unchanged but for their eight bits; what is learnt is only the
    mean of all messages, which is taken off.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`layers`: of twelve; the later half costs as much again (2 ms a message) for about one point more of danger heard.
        `most`: pieces read of one passage; `sample`: examples that the mean is taken over."""
        return {"layers": 6, "most": 128, "sample": 2000}

    def __init__(
        self, config: Dict[Text, Any], name: Text, storage: ModelStorage, resource: Resource
    ) -> None:
        self._config = config
        self._name = name
        self._storage = storage
        self._resource = resource
        self._subwords = Subwords(weights_file())
        self._session: Optional[onnxruntime.InferenceSession] = None

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
    ) -> TransformerEncoder:
        """Makes the component, without layers yet; raises ValueError when the package with the weights is missing."""
        return cls(config, execution_context.node_name, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Writes the layers into the model, with the mean of the examples' vectors taken off."""
        from bot.nlu.layers import published_weights, write_layers  # serving does without the package onnx

        texts = [meaning_text(example) for example in training_data.nlu_examples if example.get(TEXT)]
        if texts:
            logger.info("Sentence encoder: writing its layers in eight bits.")
            weights = published_weights(self._subwords, self._config["layers"])
            with self._storage.write_to(self._resource) as folder:
                file = folder / _LAYERS
                write_layers(weights, np.zeros(self._subwords.width, np.float32), file)
                self._session = _session(file)
                step = max(1, len(texts) // self._config["sample"])
                sample = [part for text in texts[::step] for part in passages(text)[:1]]
                write_layers(weights, self._encode(sample).mean(axis=0), file)
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TransformerEncoder:
        """Reads the layers; without any, messages pass through. Raises ValueError when they are damaged."""
        component = cls.create(config, model_storage, resource, execution_context)
        try:
            with model_storage.read_from(resource) as folder:
                component._session = _session(folder / _LAYERS)
        except ValueError as error:
            if "does not exist" not in str(error):
                raise
        return component

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Embeds every example."""
        logger.info("Sentence encoder: reading %d examples.", len(training_data.training_examples))
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
        vectors = self._encode([part for many in parts for part in many])
        position = 0
        for message, many in zip(messages, parts, strict=True):
            mean = vectors[position : position + len(many)].mean(axis=0)
            position += len(many)
            unit = mean / max(float(np.linalg.norm(mean)), 1e-9)
            message.add_features(Features(unit[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, self._name))

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        numbers = [self._subwords.numbers(text, self._config["most"]) for text in texts]
        order = sorted(range(len(texts)), key=lambda index: len(numbers[index]))
        vectors = np.empty((len(texts), self._subwords.width), np.float32)
        assert self._session is not None
        start = 0
        while start < len(order):  # texts of one length together: nothing is padded
            length = len(numbers[order[start]])
            batch = [at for at in order[start : start + _BATCH] if len(numbers[at]) == length]
            rows = np.stack([self._subwords.vectors(numbers[at]) for at in batch])
            vectors[batch] = self._session.run(None, {"pieces": rows})[0]
            start += len(batch)
        return vectors
