"""Names the language of each message, as message data and as an entity that can fill a slot."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.languages import identify
from bot.nlu.sources import code_digest

LANGUAGE = "language"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class LanguageIdentifier(GraphComponent):
    """Sets `language` to zh, en or other; for zh and en also adds an entity of that name.

    A message without words (digits, emoji) is "other" and adds no entity, so that a slot filled from it keeps the
    conversation's language.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`entity`: name of the emitted entity; empty emits none."""
        return {"entity": LANGUAGE}

    def __init__(self, config: Dict[Text, Any]) -> None:
        self._config = config

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
    ) -> LanguageIdentifier:
        """Makes the component; nothing is stored with the model."""
        return cls(config)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Names the language of every example, without adding entities to them."""
        for example in training_data.training_examples:
            example.set(LANGUAGE, identify(example.get(TEXT) or "") or "other")
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Names the language of each message."""
        for message in messages:
            text = message.get(TEXT) or ""
            language = identify(text)
            message.set(LANGUAGE, language or "other", add_to_output=True)
            if language in ("zh", "en") and self._config["entity"]:
                entity = {
                    "entity": self._config["entity"],
                    "value": language,
                    "start": 0,
                    "end": len(text),
                    "extractor": type(self).__name__,
                }
                message.set(ENTITIES, [*(message.get(ENTITIES) or []), entity], add_to_output=True)
        return messages
