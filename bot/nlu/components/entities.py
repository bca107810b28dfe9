"""Entities without a second model: word lists with spaCy's PhraseMatcher, shapes with linear-time patterns."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Text, Tuple

import re2
import spacy
import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from bot.nlu.components.normaliser import aligned_text
from bot.nlu.sources import code_digest, files_digest

# Every Han character is a token of its own, so that a listed word is found whatever stands around it.
_TOKEN = re.compile(
    r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W\d_\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|\d+|\S"
)
_LONGEST = 4000


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class PatternEntityExtractor(EntityExtractorMixin, GraphComponent):
    """Finds what the files of `folder` list: `words` (canonical name: forms) and `patterns` per entity.

    A found entity has the text as typed as its value and, for listed words, the canonical name as `kind`. Longer finds
    win over shorter ones, and entities earlier in `order` over later ones.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`folder`: where the lists are when training; they are stored with the model."""
        return {
            "folder": "data/entities",
            "order": ["phone", "order_number", "licence_plate", "amount", "time", "lost_item", "place"],
        }

    def __init__(self, config: Dict[Text, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._vocabulary = spacy.blank("xx").vocab
        self._phrases: Optional[PhraseMatcher] = None
        self._patterns: List[Tuple[str, Any]] = []

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PatternEntityExtractor:
        """Makes the component without lists."""
        return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Changes with the code and with the data files read beside the training data."""
        return code_digest() + files_digest(config.get("folder", "data/entities"))

    def train(self, training_data: TrainingData) -> Resource:
        """Reads and checks the lists and stores them with the model; raises ValueError naming a broken pattern."""
        lists = read_lists(Path(self._config["folder"]))
        self._compile(lists)
        with self._storage.write_to(self._resource) as folder:
            (folder / "lists.json").write_text(json.dumps(lists, ensure_ascii=False), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> PatternEntityExtractor:
        """Reads the lists that training stored; raises ValueError or OSError when they are damaged."""
        component = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            component._compile(json.loads((folder / "lists.json").read_text(encoding="utf-8")))
        return component

    def _compile(self, lists: Mapping[str, Mapping[str, Any]]) -> None:
        self._phrases = PhraseMatcher(self._vocabulary, attr="LOWER")
        options = re2.Options()
        options.case_sensitive = False
        options.log_errors = False
        for entity, content in lists.items():
            for kind, forms in (content.get("words") or {}).items():
                self._phrases.add(f"{entity}\t{kind}", [self._doc(form) for form in forms])
            for pattern in content.get("patterns") or []:
                try:
                    self._patterns.append((entity, re2.compile(pattern, options)))
                except re2.error as error:
                    raise ValueError(
                        f"The pattern {pattern!r} of entity {entity} cannot be read: {error}."
                    ) from error

    def _doc(self, text: str) -> Doc:
        words, spaces, places = [], [], []
        for token in _TOKEN.finditer(text):
            words.append(token[0])
            spaces.append(text[token.end() : token.end() + 1] == " ")
            places.append((token.start(), token.end()))
        doc = Doc(self._vocabulary, words=words, spaces=spaces)
        doc.user_data["places"] = places
        return doc

    def process(self, messages: List[Message]) -> List[Message]:
        """Adds what is found to each message's entities, first in the text first."""
        for message in messages:
            text = message.get(TEXT) or ""
            found = self._settle(list(self._finds(aligned_text(message)[:_LONGEST])))
            entities = [self._entity(text, *find) for find in found]
            message.set(ENTITIES, [*(message.get(ENTITIES) or []), *entities], add_to_output=True)
        return messages

    def _finds(self, aligned: str) -> Iterator[Tuple[int, int, str, Optional[str]]]:
        doc = self._doc(aligned)
        for key, start, end in self._phrases(doc) if self._phrases is not None and len(doc) else ():
            entity, _, kind = self._vocabulary.strings[key].partition("\t")
            places = doc.user_data["places"]
            yield places[start][0], places[end - 1][1], entity, kind
        for entity, pattern in self._patterns:
            for match in pattern.finditer(aligned):
                group = 1 if pattern.groups else 0
                start, end = match.span(group)
                if end > start:
                    yield start, end, entity, None

    def _settle(
        self, finds: List[Tuple[int, int, str, Optional[str]]]
    ) -> List[Tuple[int, int, str, Optional[str]]]:
        order = {name: place for place, name in enumerate(self._config["order"])}
        finds.sort(key=lambda find: (order.get(find[2], len(order)), find[0] - find[1], find[0]))
        kept: List[Tuple[int, int, str, Optional[str]]] = []
        for find in finds:
            if all(find[1] <= other[0] or find[0] >= other[1] for other in kept):
                kept.append(find)
        return sorted(kept, key=lambda find: find[0])

    def _entity(self, text: str, start: int, end: int, entity: str, kind: Optional[str]) -> Dict[Text, Any]:
        found = {
            "entity": entity,
            "start": start,
            "end": end,
            "value": text[start:end].strip(),
            "extractor": type(self).__name__,
        }
        return {**found, "kind": kind} if kind else found


def read_lists(folder: Path) -> Dict[str, Dict[str, Any]]:
    """All entity lists of a folder merged by entity: every `*.yml` file with a top-level key `entities`."""
    merged: Dict[str, Dict[str, Any]] = {}
    paths: Sequence[Path] = sorted(folder.glob("*.yml")) if folder.is_dir() else []
    for path in paths:
        for entity, content in (
            yaml.safe_load(path.read_text(encoding="utf-8")).get("entities") or {}
        ).items():
            target = merged.setdefault(entity, {"words": {}, "patterns": []})
            for kind, forms in (content.get("words") or {}).items():
                target["words"].setdefault(kind, []).extend(str(form) for form in forms)
            target["patterns"].extend(content.get("patterns") or [])
    return merged
