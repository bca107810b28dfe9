"""Sentence meaning as a second vector: a small multilingual transformer in eight bits, computed by onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Sequence, Text

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe

from bot.nlu.components.meaning import MeaningEncoder, session_of
from bot.nlu.passages import passages
from bot.nlu.subwords import Subwords, weights_file


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class TransformerEncoder(MeaningEncoder):
    """One dense vector of length 1 for each message (384 numbers); the mean over passages when it is long.

    The layers are the first ones of multilingual-e5-small, unchanged but for their eight bits; what is learnt is only the
    mean of all messages, which is taken off.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`layers`: of twelve; the later half costs as much again (2 ms a message) for about one point more of danger heard.
        `most`: pieces read of one passage; `sample`: examples that the mean is taken over."""
        return {"layers": 6, "most": 128, "sample": 2000}

    def _vocabulary(self) -> Subwords:
        return Subwords(weights_file())

    def _write(self, file: Path, texts: Sequence[str]) -> None:
        from bot.nlu.layers import published_weights, write_layers  # serving does without the package onnx

        assert isinstance(self._words, Subwords)
        weights = published_weights(self._words, self._config["layers"])
        write_layers(weights, np.zeros(self._words.width, np.float32), file)
        step = max(1, len(texts) // self._config["sample"])
        sample = [part for text in texts[::step] for part in passages(text)[:1]]
        write_layers(weights, self._encode(session_of(file), sample).mean(axis=0), file)
