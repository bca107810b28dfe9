"""Writes a transformer's layers as the ONNX file that `components/encoder.py` computes: eight-bit weights, four-byte sums.

Only training comes here; serving reads the file and needs no package onnx.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from bot.nlu.subwords import HEADS, INNER, LAYERS, Subwords

Array = NDArray[np.float32]
_EPSILON = 1e-12
_FLOAT = 1  # ONNX's number for numbers of four bytes
_CONTRIB = "com.microsoft"  # onnxruntime's own operators


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


class _Graph:
    """Nodes and constants as they are added; each call returns the name of what it computes."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, inputs: list[str], output: str, domain: str = "", **settings: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **settings))
        return output

    def product(self, rows: str, weights: Array, bias: Array, output: str) -> str:
        """rows x weights + bias, the weights (in by out) in eight bits with a scale for each column."""
        scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / 127
        whole = np.round(weights / scale).clip(-127, 127).astype(np.int8)
        constants = {"w": whole, "s": scale.astype(np.float32), "z": np.zeros(len(scale), np.int8), "b": bias}
        names = [self.constant(f"{output}.{key}", value) for key, value in constants.items()]
        return self.add("DynamicQuantizeMatMul", [rows, *names], output, _CONTRIB)

    def normalised_sum(self, one: str, other: str, scale: Array, shift: Array, output: str) -> str:
        names = [self.constant(f"{output}.w", scale), self.constant(f"{output}.b", shift)]
        return self.add("SkipLayerNormalization", [one, other, *names], output, _CONTRIB, epsilon=_EPSILON)


def write_layers(weights: Mapping[str, Array], centre: Array, file: Path) -> None:
    """Writes the graph from `pieces` (texts, pieces, width) to `meaning` (texts, width), rows of length 1.

    weights: as from `published_weights`. centre: what all texts have in common, taken off the mean over pieces: without
    that, e5's cosines all lie between 0.75 and 1.
    """
    graph, width = _Graph(), len(centre)
    rows = "pieces"
    for number in range(sum(name.endswith(".oln.w") for name in weights)):
        rows = _layer(graph, {k: v for k, v in weights.items() if k.startswith(f"l{number}.")}, rows, number)
    mean = graph.add("ReduceMean", [rows], "mean", axes=[1], keepdims=0)
    unit = graph.add("LpNormalization", [mean], "unit", axis=1, p=2)
    off = graph.add("Sub", [unit, graph.constant("centre", centre)], "off")
    graph.add("LpNormalization", [off], "meaning", axis=1, p=2)
    declared = helper.make_graph(
        graph.nodes,
        "layers",
        [helper.make_tensor_value_info("pieces", _FLOAT, ["texts", "pieces", width])],
        [helper.make_tensor_value_info("meaning", _FLOAT, ["texts", width])],
        graph.constants,
    )
    sets = [helper.make_opsetid("", 17), helper.make_opsetid(_CONTRIB, 1)]
    model = helper.make_model(declared, opset_imports=sets, ir_version=8)
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(file))


def _layer(graph: _Graph, weights: Mapping[str, Array], rows: str, number: int) -> str:
    name, width = f"l{number}.", len(weights[f"l{number}.oln.w"])
    together = graph.product(rows, weights[name + "qkv.w"], weights[name + "qkv.b"], name + "qkv")
    cuts = graph.constant(name + "cuts", np.array([width] * 3, np.int64))
    parts = [name + part for part in "qkv"]
    graph.nodes.append(helper.make_node("Split", [together, cuts], parts, axis=-1))
    seen = graph.add("MultiHeadAttention", parts, name + "seen", _CONTRIB, num_heads=HEADS)
    out = graph.product(seen, weights[name + "ao.w"], weights[name + "ao.b"], name + "ao")
    middle = graph.normalised_sum(
        rows, out, weights[name + "aln.w"], weights[name + "aln.b"], name + "middle"
    )
    wide = graph.product(middle, weights[name + "fi.w"], weights[name + "fi.b"], name + "fi")
    bent = graph.add("Gelu", [wide], name + "bent", _CONTRIB)
    narrow = graph.product(bent, weights[name + "fo.w"], weights[name + "fo.b"], name + "fo")
    return graph.normalised_sum(
        middle, narrow, weights[name + "oln.w"], weights[name + "oln.b"], name + "out"
    )
