"""Characters and words in sequence, weighted by rarity: what a message says literally, spelling slips included."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Dict, Iterator, List, Optional, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.components.normaliser import meaning_text
from bot.nlu.sources import code_digest

_UNIT = re.compile(
    r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[^\W\d_\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|\d+|[^\w\s]"
)
_HAN_START = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


def grams(text: str) -> Iterator[str]:
    """Han stretches as runs of 1 to 4 characters; other words as runs of 2 to 5 with their edges marked; words alone,
    in pairs and in threes; figures by their length only."""
    words: List[str] = []
    for unit in _UNIT.findall(text.lower()):
        if _HAN_START.match(unit):
            yield from (unit[i : i + n] for n in (1, 2, 3, 4) for i in range(len(unit) - n + 1))
            words.append("han")
        elif unit.isdigit():
            words.append(f"#{min(len(unit), 12)}")
        else:
            edged = f"_{unit[:24]}_"
            yield from (edged[i : i + n] for n in (2, 3, 4, 5) for i in range(len(edged) - n + 1))
            words.append(unit[:24])
    plain = [word for word in words if word != "han"]
    yield from (f"w:{word}" for word in plain)
    for length in (2, 3):
        for i in range(len(words) - length + 1):
            run = words[i : i + length]
            if "han" not in run:
                yield "w:" + " ".join(run)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class NgramFeaturizer(GraphComponent):
    """One sparse TF-IDF row of length 1 for each message."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`min_df`: messages that must hold an n-gram; `max_features`: most frequent n-grams kept; `longest`: characters read
        of one message, half of them from its end."""
        return {"min_df": 2, "max_features": 60000, "longest": 1000}

    def __init__(
        self, config: Dict[Text, Any], name: Text, storage: ModelStorage, resource: Resource
    ) -> None:
        self._config = config
        self._name = name
        self._storage = storage
        self._resource = resource
        self._vectoriser: Optional[TfidfVectorizer] = None
        self._idf = np.zeros(0, dtype=np.float32)

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
    ) -> NgramFeaturizer:
        """Makes the component, untrained."""
        return cls(config, execution_context.node_name, model_storage, resource)

    def _new_vectoriser(self, **settings: Any) -> TfidfVectorizer:
        return TfidfVectorizer(
            analyzer=lambda text: grams(self._read(text)), sublinear_tf=True, dtype=np.float32, **settings
        )

    def _read(self, text: str) -> str:
        longest = self._config["longest"]
        return text if len(text) <= longest else f"{text[: longest // 2]} {text[-longest // 2 :]}"

    def train(self, training_data: TrainingData) -> Resource:
        """Learns which n-grams there are and how rare each is; stores both with the model."""
        texts = [meaning_text(example) for example in training_data.nlu_examples if example.get(TEXT)]
        if texts:
            least = self._config["min_df"] if len(texts) >= 200 else 1
            vectoriser = self._new_vectoriser(min_df=least, max_features=self._config["max_features"])
            vectoriser.fit(texts)
            self._take(vectoriser)
            self._persist(vectoriser)
        return self._resource

    def _take(self, vectoriser: TfidfVectorizer) -> None:
        self._vectoriser, self._idf = vectoriser, vectoriser.idf_.astype(np.float32)

    def _persist(self, vectoriser: TfidfVectorizer) -> None:
        ordered = sorted(vectoriser.vocabulary_, key=vectoriser.vocabulary_.__getitem__)
        with self._storage.write_to(self._resource) as folder:
            (folder / "vocabulary.json").write_text(json.dumps(ordered), encoding="utf-8")
            np.save(folder / "idf.npy", vectoriser.idf_.astype(np.float32), allow_pickle=False)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NgramFeaturizer:
        """Reads vocabulary and weights; raises ValueError when they do not fit each other."""
        component = cls.create(config, model_storage, resource, execution_context)
        try:
            with model_storage.read_from(resource) as folder:
                ordered = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
                weights = np.load(folder / "idf.npy", allow_pickle=False)
        except ValueError as error:
            if "does not exist" in str(error):  # trained on no text at all
                return component
            raise
        if len(ordered) != len(weights):
            raise ValueError(
                "The stored n-grams and their weights differ in number: the model file is damaged."
            )
        vectoriser = component._new_vectoriser(vocabulary={gram: index for index, gram in enumerate(ordered)})
        vectoriser.idf_ = weights
        component._take(vectoriser)
        return component

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Adds a row to every example that has a text."""
        self.process([example for example in training_data.training_examples if example.get(TEXT)])
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Adds a row to each message."""
        if self._vectoriser is None or not messages:
            return messages
        for message in messages:
            row = self._row(meaning_text(message))
            message.add_features(Features(row, FEATURE_TYPE_SENTENCE, TEXT, self._name))
        return messages

    def _row(self, text: str) -> csr_matrix:
        """What the vectoriser's `transform` gives for one text, in a fifth of its time."""
        assert self._vectoriser is not None
        vocabulary = self._vectoriser.vocabulary_
        counts = Counter(grams(self._read(text)))
        known = sorted((vocabulary[gram], count) for gram, count in counts.items() if gram in vocabulary)
        columns = np.array([column for column, _ in known], dtype=np.int32)
        weights = (1 + np.log(np.array([count for _, count in known], dtype=np.float32))) * self._idf[columns]
        weights /= max(float(np.linalg.norm(weights)), 1e-9)
        return csr_matrix(
            (weights, columns, np.array([0, len(known)])), shape=(1, len(vocabulary)), dtype=np.float32
        )
