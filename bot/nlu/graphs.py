"""ONNX graphs node by node, with weights in eight bits: what the sentence encoders write in training, and onnxruntime computes.

Only training comes here; serving reads the files and needs no package onnx.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

Array = NDArray[np.float32]
_FLOAT = 1  # ONNX's number for numbers of four bytes
CONTRIB = "com.microsoft"  # onnxruntime's own operators
PIECES, MEANING = "pieces", "meaning"  # what goes in and what comes out, of every graph


class Graph:
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
        return self.add("DynamicQuantizeMatMul", [rows, *names], output, CONTRIB)

    def split(self, rows: str, width: int, outputs: list[str]) -> list[str]:
        """The columns of rows in equal parts of the given width."""
        cuts = self.constant(f"{outputs[0]}.cuts", np.array([width] * len(outputs), np.int64))
        self.nodes.append(helper.make_node("Split", [rows, cuts], outputs, axis=-1))
        return outputs

    def write(self, file: Path, width: int, width_out: int) -> None:
        """Writes the graph from `PIECES` (texts, pieces, width) to `MEANING` (texts, width_out)."""
        declared = helper.make_graph(
            self.nodes,
            "layers",
            [helper.make_tensor_value_info(PIECES, _FLOAT, ["texts", "pieces", width])],
            [helper.make_tensor_value_info(MEANING, _FLOAT, ["texts", width_out])],
            self.constants,
        )
        sets = [helper.make_opsetid("", 17), helper.make_opsetid(CONTRIB, 1)]
        file.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(helper.make_model(declared, opset_imports=sets, ir_version=8), str(file))
