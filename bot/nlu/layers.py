"""A transformer's layers as the graph that `components/encoder.py` computes: eight-bit weights, four-byte sums."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bot.nlu.graphs import CONTRIB, MEANING, PIECES, Array, Graph
from bot.nlu.subwords import HEADS, INNER, LAYERS, Subwords

_EPSILON = 1e-12


def published_weights(words: Subwords, layers: int) -> dict[str, Array]:
    """The first layers of multilingual-e5-small, in the names and the form that `write_layers` takes."""
    weights: dict[str, Array] = {}
    for number in range(min(layers, LAYERS)):
        name = f"l{number}."
        parts = [words.matrix(f"{name}{part}.w", words.width) for part in "qkv"]
        weights[name + "qkv.w"] = np.concatenate(parts).T
        weights[name + "qkv.b"] = np.concatenate([words.floats(f"{name}{part}.b") for part in "qkv"])
        for part, columns in (("ao", words.width), ("fi", words.width), ("fo", INNER)):
            weights[f"{name}{part}.w"] = words.matrix(f"{name}{part}.w", columns).T
            weights[f"{name}{part}.b"] = words.floats(f"{name}{part}.b")
        for part in ("aln.w", "aln.b", "oln.w", "oln.b"):
            weights[name + part] = words.floats(name + part)
    return weights


def write_layers(weights: Mapping[str, Array], centre: Array, file: Path) -> None:
    """Writes the graph from `pieces` (texts, pieces, width) to `meaning` (texts, width), rows of length 1.

    weights: as from `published_weights`. centre: what all texts have in common, taken off the mean over pieces: without
    that, e5's cosines all lie between 0.75 and 1.
    """
    graph, width = Graph(), len(centre)
    rows = PIECES
    for number in range(sum(name.endswith(".oln.w") for name in weights)):
        rows = _layer(graph, {k: v for k, v in weights.items() if k.startswith(f"l{number}.")}, rows, number)
    mean = graph.add("ReduceMean", [rows], "mean", axes=[1], keepdims=0)
    unit = graph.add("LpNormalization", [mean], "unit", axis=1, p=2)
    off = graph.add("Sub", [unit, graph.constant("centre", centre)], "off")
    graph.add("LpNormalization", [off], MEANING, axis=1, p=2)
    graph.write(file, width, width)


def _layer(graph: Graph, weights: Mapping[str, Array], rows: str, number: int) -> str:
    name, width = f"l{number}.", len(weights[f"l{number}.oln.w"])
    together = graph.product(rows, weights[name + "qkv.w"], weights[name + "qkv.b"], name + "qkv")
    parts = graph.split(together, width, [name + part for part in "qkv"])
    seen = graph.add("MultiHeadAttention", parts, name + "seen", CONTRIB, num_heads=HEADS)
    out = graph.product(seen, weights[name + "ao.w"], weights[name + "ao.b"], name + "ao")
    middle = _normalised_sum(
        graph, rows, out, weights[name + "aln.w"], weights[name + "aln.b"], name + "middle"
    )
    wide = graph.product(middle, weights[name + "fi.w"], weights[name + "fi.b"], name + "fi")
    bent = graph.add("Gelu", [wide], name + "bent", CONTRIB)
    narrow = graph.product(bent, weights[name + "fo.w"], weights[name + "fo.b"], name + "fo")
    return _normalised_sum(
        graph, middle, narrow, weights[name + "oln.w"], weights[name + "oln.b"], name + "out"
    )


def _normalised_sum(graph: Graph, one: str, other: str, scale: Array, shift: Array, output: str) -> str:
    names = [graph.constant(f"{output}.w", scale), graph.constant(f"{output}.b", shift)]
    return graph.add("SkipLayerNormalization", [one, other, *names], output, CONTRIB, epsilon=_EPSILON)
