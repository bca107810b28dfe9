"""The intent classifier: one calibrated kernel machine over all features, and its honest out-of-fold answers."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import asdict
from typing import Any, Dict, List, Optional, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.kernel import (
    Array,
    KernelMachine,
    Shape,
    best_temperature,
    features_of,
    folds_of,
    leading_directions,
    projected,
)
from bot.nlu.solving import Pairs, held_out, solve
from bot.nlu.sources import code_digest

logger = logging.getLogger(__name__)

# Message data: {intent: value} for every intent; out of fold on training examples.
PROBABILITIES, SCORES = "intent_probabilities", "intent_scores"
_MODEL, _HELD_OUT = "intents.npz", "held_out.npz"


def _digest(text: str) -> bytes:
    return hashlib.sha1(text.encode("utf-8", "replace")).digest()


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER],
    is_trainable=True,
)
class KernelIntentClassifier(IntentClassifier, GraphComponent):
    """Sets `intent`, `intent_ranking` and the whole probability vector.

    It also runs in training, so that components behind it learn from its out-of-fold probabilities instead of from
    answers about examples it has memorised.
    """

    @classmethod
    def required_components(cls) -> List[type]:
        """A featurizer must come before it."""
        return []

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The kernel as in `Shape`; `folds` held out in turn; `most` examples used (time and memory grow with their
        square: 44,000 take 8 GB); `ranking_length`: intents shown."""
        return {**asdict(Shape()), "folds": 2, "most": 44000, "ranking_length": 10}

    def __init__(self, config: Dict[Text, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model: Optional[KernelMachine] = None

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
    ) -> KernelIntentClassifier:
        """Makes the component, untrained."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Scores each fold by the others, for calibration, then fits on everything; stores machine and held-out scores."""
        examples = self._sample([example for example in training_data.intent_examples if example.get(TEXT)])
        classes = sorted({example.get(INTENT) for example in examples})
        if len(classes) < 2:
            logger.warning("Fewer than two intents have examples: no intent classifier is trained.")
            return self._resource
        labels = np.array([classes.index(example.get(INTENT)) for example in examples])
        shape = Shape(**{key: self._config[key] for key in asdict(Shape())})
        features, folds = features_of(examples), folds_of(labels, self._config["folds"])
        directions = leading_directions(features.dense, shape.dense_size)
        features = projected(features, directions)
        logger.info("Intent classifier: comparing %d messages of %d intents.", len(labels), len(classes))
        pairs = Pairs.of(features, shape)
        targets = np.eye(len(classes), dtype=np.float32)[labels]
        scores, near = held_out(pairs, targets, folds, shape.ridge)
        logger.info("Intent classifier: learning from all.")
        weights = solve(pairs, targets, shape.ridge, near)
        machine = KernelMachine.trained(features, weights, classes, directions, shape)
        if not folds:
            scores = machine.scores(features_of(examples))
        machine.temperature = best_temperature(scores, labels)
        right = float((scores.argmax(axis=1) == labels).mean())
        logger.info("Intent classifier: %.1f %% of held-out messages right.", 100 * right)
        with self._storage.write_to(self._resource) as folder:
            machine.save(folder / _MODEL)
            digests = np.array([_digest(example.get(TEXT)) for example in examples])
            np.savez_compressed(folder / _HELD_OUT, digests=digests, scores=scores.astype(np.float32))
        return self._resource

    def _sample(self, examples: List[Message]) -> List[Message]:
        most = self._config["most"]
        if len(examples) <= most:
            return examples
        logger.warning("Of %d examples %d are used: raise `most` if memory allows.", len(examples), most)
        chosen = np.random.default_rng(7).choice(len(examples), most, replace=False)
        return [examples[index] for index in sorted(chosen)]

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> KernelIntentClassifier:
        """Reads the trained model; an untrained one passes messages through. Raises ValueError when damaged."""
        component = cls.create(config, model_storage, resource, execution_context)
        try:
            with model_storage.read_from(resource) as folder:
                component._model = KernelMachine.restore(folder / _MODEL)
        except ValueError as error:
            if "does not exist" not in str(error):
                raise
        return component

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Puts on every example the scores and probabilities of a machine that has not seen it."""
        if self._model is None:
            return training_data
        with self._storage.read_from(self._resource) as folder, np.load(folder / _HELD_OUT) as stored:
            rows = dict(zip((bytes(digest) for digest in stored["digests"]), stored["scores"], strict=True))
        for example in training_data.intent_examples:
            row = rows.get(_digest(example.get(TEXT) or ""))
            if row is not None:
                self._describe(example, row)
        return training_data

    def _describe(self, message: Message, scores: Array) -> Array:
        assert self._model is not None
        probabilities = self._model.probabilities(scores[np.newaxis, :])[0]
        message.set(SCORES, dict(zip(self._model.classes, scores.tolist(), strict=True)))
        message.set(PROBABILITIES, dict(zip(self._model.classes, probabilities.tolist(), strict=True)))
        return np.asarray(probabilities)

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets intent, ranking and the whole vectors on each message."""
        if self._model is None or not messages:
            return messages
        for message, scores in zip(messages, self._model.scores(features_of(messages)), strict=True):
            row = self._describe(message, scores)
            order = np.argsort(-row)
            ranking = [
                {"name": self._model.classes[index], "confidence": float(row[index])} for index in order
            ]
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set("intent_ranking", ranking[: self._config["ranking_length"]], add_to_output=True)
        return messages
