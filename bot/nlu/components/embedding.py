"""Sentence meaning as a vector: Google's multilingual Universal Sentence Encoder, computed by onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Sequence, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe

from bot.nlu.components.meaning import MeaningEncoder
from bot.nlu.universal import Universal, published_weights


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceEmbedding(MeaningEncoder):
    """One dense vector of length 1 for each message (512 numbers); the mean over passages when it is long.

    Nothing is learnt; training writes the published layers in the form that onnxruntime computes.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`most`: pieces read of one passage."""
        return {"most": 256}

    def _vocabulary(self) -> Universal:
        return Universal()

    def _write(self, file: Path, texts: Sequence[str]) -> None:
        from bot.nlu.convolutions import write_layers  # serving does without the package onnx

        write_layers(published_weights(), file)
