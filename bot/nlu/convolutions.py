"""The layers of the Universal Sentence Encoder as the graph that `components/embedding.py` computes: three branches that read
two, three and five pieces at once, their sum over the pieces, and a small network behind it.

The branches have eight-bit weights. What stands before and after them stays in four bytes: in eight bits the first product
alone costs thirty times as much likeness (cosine to the published encoder .9972, so .9999) and saves a tenth of a millisecond.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bot.nlu.graphs import MEANING, PIECES, Array, Graph

_BRANCHES = ((2, 0), (3, 1), (5, 2))  # pieces that are read at once, and how many of them stand before
_TO_THE_END = np.iinfo(np.int64).max


def write_layers(weights: Mapping[str, Array], file: Path) -> None:
    """Writes the graph from `pieces` (texts, pieces, width) to `meaning` (texts, width), rows of length 1.

    weights: as from `universal.published_weights`.
    """
    graph, epsilon = Graph(), float(weights["eps"])
    width = len(weights["p1"])
    inner = weights["proj2"].shape[1]
    first = _product(graph, PIECES, _joined(weights, "proj"), "first.product")
    first = _add(graph, first, _joined(weights, "proj_b"), "first")
    read = _normalised(graph, first, _joined(weights, "ln_g"), _joined(weights, "ln_b"), epsilon, "read")
    columns = graph.split(read, inner, [f"branch{count}" for count, _ in _BRANCHES])
    found = [PIECES]
    for rows, (count, before) in zip(columns, _BRANCHES, strict=True):
        for layer in (1, 2):
            kernel, bias = weights[f"w{layer}_{count}"], weights[f"b{layer}_{count}"]
            rows = _convolution(graph, rows, (count, before), kernel, bias, f"branch{count}.{layer}")
        found.append(rows)
    joined = graph.add("Concat", found, "joined", axis=-1)
    joined = _normalised(graph, joined, weights["ln_g"], weights["ln_b"], epsilon, "normalised")
    mean = graph.add("ReduceMean", [joined], "mean", axes=[1], keepdims=0)
    mean = _add(graph, _product(graph, mean, weights["cnn_W"], "out.product"), weights["cnn_b"], "out")
    _network(graph, graph.add("Mul", [mean, _root_of_count(graph)], "summed"), weights)
    graph.write(file, width, width)


def _network(graph: Graph, rows: str, weights: Mapping[str, Array]) -> None:
    def bent(rows: str, output: str) -> str:
        return graph.add("Relu", [rows], output)

    def both(one: str, by: str, other: str, other_by: str, output: str) -> str:
        parts = [
            _product(graph, rows, weights[name], f"{output}.{name}")
            for rows, name in ((one, by), (other, other_by))
        ]
        return graph.add("Add", parts, output)

    low = bent(_product(graph, rows, weights["d0"], "low"), "low.bent")
    middle = bent(both(rows, "p1", low, "d1", "middle"), "middle.bent")
    high = bent(_product(graph, middle, weights["d2"], "high"), "high.bent")
    last = graph.add("Tanh", [both(middle, "p3", high, "d3", "last")], "last.bent")
    graph.add("LpNormalization", [last], MEANING, axis=1, p=2)


def _convolution(
    graph: Graph, rows: str, reach: tuple[int, int], kernel: Array, bias: Array, output: str
) -> str:
    """Each piece with its neighbours, beyond the text's ends zeros; what comes in is added to what comes out."""
    count, before = reach
    margins = np.array([0, before, 0, 0, count - 1 - before, 0], np.int64)
    padded = graph.add("Pad", [rows, graph.constant(f"{output}.margins", margins)], f"{output}.padded")
    axis = graph.constant(f"{output}.axis", np.array([1], np.int64))
    shifted = []
    for place in range(count):
        ends = np.array([[place], [place - count + 1 or _TO_THE_END]], np.int64)
        bounds = [graph.constant(f"{output}.{place}.{n}", end) for n, end in enumerate(ends)]
        shifted.append(graph.add("Slice", [padded, *bounds, axis], f"{output}.{place}"))
    window = graph.add("Concat", shifted, f"{output}.window", axis=-1)
    bent = graph.add("Relu", [graph.product(window, kernel, bias, f"{output}.product")], f"{output}.bent")
    return graph.add("Add", [bent, rows], output)


def _root_of_count(graph: Graph) -> str:
    """The square root of the number of pieces: the encoder divides the sum over the pieces by it."""
    shape = graph.add("Shape", [PIECES], "shape")
    count = graph.add("Gather", [shape, graph.constant("second", np.array(1, np.int64))], "count")
    return graph.add("Sqrt", [graph.add("Cast", [count], "counted", to=1)], "root")


def _joined(weights: Mapping[str, Array], name: str) -> Array:
    return np.concatenate([weights[f"{name}{count}"] for count, _ in _BRANCHES], axis=-1)


def _product(graph: Graph, rows: str, weights: Array, output: str) -> str:
    return graph.add("MatMul", [rows, graph.constant(f"{output}.w", weights)], output)


def _add(graph: Graph, rows: str, shift: Array, output: str) -> str:
    return graph.add("Add", [rows, graph.constant(f"{output}.b", shift)], output)


def _normalised(graph: Graph, rows: str, scale: Array, shift: Array, epsilon: float, output: str) -> str:
    names = [graph.constant(f"{output}.w", scale), graph.constant(f"{output}.b", shift)]
    return graph.add("LayerNormalization", [rows, *names], output, axis=-1, epsilon=epsilon)
