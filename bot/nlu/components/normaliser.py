"""Gives every message its two clean forms: aligned (for offsets) and meaning (for features). The text stays as typed."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.sources import code_digest
from bot.nlu.text import align, meaning

ALIGNED = "text_aligned"
MEANING = "text_meaning"


def aligned_text(message: Message) -> str:
    """The message in its aligned form, made now if no normaliser ran before."""
    stored = message.get(ALIGNED)
    return stored if isinstance(stored, str) else align(message.get(TEXT) or "")


def meaning_text(message: Message) -> str:
    """The message in its meaning form, made now if no normaliser ran before."""
    stored = message.get(MEANING)
    return stored if isinstance(stored, str) else meaning(message.get(TEXT) or "")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class TextNormaliser(GraphComponent):
    """Traditional to Simplified, full to half width, broken and invisible characters removed."""

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
    ) -> TextNormaliser:
        """Makes the component; nothing is stored with the model."""
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Adds both forms to every example."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Adds both forms to each message."""
        for message in messages:
            text = message.get(TEXT)
            if text is not None:
                message.set(ALIGNED, align(text))
                message.set(MEANING, meaning(text))
        return messages
