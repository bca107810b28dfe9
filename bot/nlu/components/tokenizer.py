"""One tokenizer for both languages: spaCy's Chinese for stretches of Han characters, spaCy's English for the rest."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Text

import spacy
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.language import Language

from bot.nlu.components.normaliser import aligned_text
from bot.nlu.sources import code_digest
from bot.nlu.text import align

# spaCy's time for one unbroken run of signs grows with its square, so a run is cut where it is longer than any word.
_STRETCH = re.compile(
    r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]{1,100}|(?:[^\s\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]{1,60}\s*){1,8}|\s+"
)


def han_pipeline(segmenter: str) -> Language:
    """spaCy's blank Chinese; `segmenter` is char, jieba or pkuseg."""
    return spacy.blank("zh", config={"nlp": {"tokenizer": {"segmenter": segmenter}}})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class MixedTokenizer(Tokenizer):
    """Tokens whose offsets are those of the text as typed."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`segmenter`: how Chinese is cut. jieba's dictionary costs 77 MB, which character n-grams make up for."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
            "segmenter": "char",
        }

    def __init__(self, config: Dict[Text, Any]) -> None:
        super().__init__(config)
        self._han = han_pipeline(config["segmenter"])
        self._rest = spacy.blank("en")

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
    ) -> MixedTokenizer:
        """Makes the component; nothing is stored with the model."""
        return cls(config)

    def tokenize(self, message: Message, attribute: Text) -> List[Token]:
        """The tokens of one attribute of a message; at least one for any text that is not empty."""
        text = aligned_text(message) if attribute == TEXT else align(message.get(attribute) or "")
        tokens: List[Token] = []
        for stretch in _STRETCH.finditer(text):
            pipeline = self._han if re.match(r"[\u3400-\u9fff\uf900-\ufaff]", stretch[0]) else self._rest
            for token in pipeline.make_doc(stretch[0]):
                if not token.is_space:
                    tokens.append(Token(token.text, stretch.start() + token.idx, lemma=token.text.lower()))
        return tokens or [Token(text or " ", 0)]
