"""The transformer in eight bits: what it reads, and what its vectors say."""

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

from bot.nlu.components.encoder import TransformerEncoder
from bot.nlu.subwords import NoWeights, Subwords, weights_file

ODD = ["", " ", "\ud800", "a" * 4000, "救" * 4000, "😀" * 500, "помогите", "\x00\u200b"]


EXAMPLES = [
    "where is my driver", "the app is broken", "he locked the doors", "thank you", "I lost my wallet",
    "司机还没到", "软件打不开", "他把门锁了", "谢谢", "我的钱包丢了",
]  # fmt: skip


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> TransformerEncoder:
    folder = tmp_path_factory.mktemp("encoder")
    context = ExecutionContext(GraphSchema({}), node_name="encoder")
    storage, resource = LocalModelStorage.create(folder), Resource("encoder")
    config = TransformerEncoder.get_default_config()
    fresh = TransformerEncoder.create(config, storage, resource, context)
    fresh.train(TrainingData([Message(data={TEXT: text, "intent": "any"}) for text in EXAMPLES]))
    return TransformerEncoder.load(config, storage, resource, context)


def _vectors(encoder: TransformerEncoder, texts: list[str]) -> NDArray[Any]:
    messages = [Message(data={TEXT: text}) for text in texts]
    encoder.process(messages)
    return np.array([message.get_dense_features(TEXT)[1].features[0] for message in messages])


def test_the_same_meaning_lies_near_in_both_languages(encoder: TransformerEncoder) -> None:
    lost, lost_zh, late, late_zh = _vectors(
        encoder,
        [
            "I left my phone in the car",
            "我的手机落在车上了",
            "the driver is ten minutes late",
            "司机迟到了十分钟",
        ],
    )
    assert lost @ lost_zh > max(lost @ late_zh, lost_zh @ late)
    assert late @ late_zh > max(lost @ late_zh, lost_zh @ late)


def test_a_text_says_the_same_alone_and_among_others(encoder: TransformerEncoder) -> None:
    texts = ["he locked the doors", "he looked at doors", "where is my driver", "司机把车门锁了"]
    together = _vectors(encoder, texts)
    for text, vector in zip(texts, together, strict=True):
        assert _vectors(encoder, [text])[0] @ vector > 0.97


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_any_text_has_a_vector_of_length_one(encoder: TransformerEncoder, text: str) -> None:
    assert np.linalg.norm(_vectors(encoder, [text])[0]) == pytest.approx(1, abs=1e-3)


def test_pieces_are_those_of_the_published_vocabulary() -> None:
    # XLM-RoBERTa's own numbers, less the offset that its converted form adds: <s> 0, </s> 2.
    words = Subwords(weights_file())
    numbers = words.numbers("Hello world", 128)
    assert numbers[0] == 0 and numbers[-1] == 2
    assert numbers[-3:-1] == [35378, 8999]


def test_a_piece_list_is_cut_at_its_limit() -> None:
    words = Subwords(weights_file())
    numbers = words.numbers("where is my driver " * 100, 64)
    assert len(numbers) == 64 and numbers[-1] == 2


def test_a_foreign_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"something else" * 100)
    with pytest.raises(NoWeights, match="is not a file of multilingual-e5-small"):
        Subwords(tmp_path / "weights.bin")


def test_damaged_layers_are_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "encoder").mkdir()
    (tmp_path / "encoder" / "layers.onnx").write_bytes(b"cut off")
    context = ExecutionContext(GraphSchema({}), node_name="encoder")
    with pytest.raises(ValueError, match="is damaged"):
        TransformerEncoder.load(
            TransformerEncoder.get_default_config(), LocalModelStorage(tmp_path), Resource("encoder"), context
        )
