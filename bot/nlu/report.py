"""The evaluation as Markdown with plots."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib  # type: ignore[import-untyped, unused-ignore]

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # type: ignore[import-untyped, unused-ignore]
import numpy as np
from sklearn.metrics import precision_recall_curve

from bot.nlu.metrics import Heard

_ROWS = {
    "danger_handed_over": "S0/S1 handed over at once",
    "danger_S0_handed_over": "S0 handed over at once",
    "danger_flagged": "S0/S1 handed over or asked about (flagged)",
    "routine_handed_over": "routine handed over",
    "routine_asked": "routine asked about",
    "hard_handed_over": "hard negatives handed over",
    "hard_asked": "hard negatives asked about",
    "case_handed_over": "S2 handed over",
    "intent_right_routine_and_S2": "intent right, routine and S2",
}


def _cell(value: dict[str, Any]) -> str:
    if not value["of"]:
        return "–"
    return f"{value['share']:.1%} ({value['low']:.1%}–{value['high']:.1%}), {value['hits']} of {value['of']}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def write(result: dict[str, Any], heard: Sequence[Heard], folder: Path) -> Path:
    """Writes `nlu.md` and its plots into a folder; returns the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    _confusion(heard, folder / "nlu_confusion.png")
    _precision_recall(heard, folder / "nlu_safety.png")
    page = folder / "nlu.md"
    page.write_text("\n\n".join(_sections(result)) + "\n", encoding="utf-8")
    return page


def _sections(result: dict[str, Any]) -> list[str]:
    parts = [
        "# Hearing, measured",
        "Labelled messages of `tests/nlu`, seen by no part before; with 95 % Wilson intervals. Written by `make evaluate`.",
    ]
    if union := result.get("union"):
        parts += ["## Sentinel and the model together, as the desk hears", _shares(union)]
    parts += [
        "## The model alone",
        _shares(result),
        "![Precision and recall of the safety decision](nlu_safety.png)",
        *_thresholds(result),
        "## Each safety intent" + (" (together)" if union else ""),
        _table(
            ["intent", "handed over", "flagged"],
            [
                [name, _cell(one["handed_over"]), _cell(one["flagged"])]
                for name, one in (union or result)["safety_intents"].items()
            ],
        ),
        "## Each other intent (hard negatives among them)",
        _table(
            ["intent", "heard as this", "handed over by the model"],
            [
                [name, _cell(one["right"]), _cell(one["handed_over"])]
                for name, one in result["other_intents"].items()
            ],
        ),
    ]
    if reviews := result.get("reviews"):
        parts += [
            "## Ordinary one-star reviews",
            f"Handed over without cause: {_cell(reviews)}. Written for this measure, and trained on by nobody.",
        ]
    parts += ["## Cost", _cost(result, result["model"])]
    if stock := result.get("stock"):
        parts += ["## Rasa's stock pipeline on the same data", _stock(stock)]
    parts += ["## Odd input", _odd(result.get("odd", []), result["all"]["milliseconds"]["p50"])]
    return [*parts, *_confusions(result)]


def _shares(result: dict[str, Any]) -> str:
    languages = result["languages"]
    return _table(
        ["", *languages, "all"],
        [
            [label, *(_cell(group[key]) for group in languages.values()), _cell(result["all"][key])]
            for key, label in _ROWS.items()
        ],
    )


def _thresholds(result: dict[str, Any]) -> list[str]:
    chosen = result["model"].get("thresholds") or {}
    rows = [
        [language, f"{pair[0]:.3f}", f"{pair[1]:.3f}"] for language, pair in sorted(chosen.items()) if pair
    ]
    return [_table(["language", "hand over from", "ask from"], rows)] if rows else []


def _odd(rows: Sequence[dict[str, Any]], usual: float) -> str:
    listed = [
        [
            one["input"],
            one["decision"],
            f"{one['milliseconds']} ms",
            f"{one['milliseconds'] / max(usual, 0.01):.1f}",
        ]
        for one in rows
    ]
    return _table(["input", "decision", "median time", "times the usual p50"], listed)


def _confusions(result: dict[str, Any]) -> list[str]:
    return [
        "## Confusion of intents",
        "![Confusion matrix](nlu_confusion.png)",
        "## The worst misses of the model alone (danger left as routine)",
        _mistakes(result["worst_misses"]),
        "## Its worst false alarms (handed over without cause)",
        _mistakes(result["worst_alarms"]),
    ]


def _cost(result: dict[str, Any], about: dict[str, Any]) -> str:
    times = result["all"]["milliseconds"]
    rows = [
        ["one message p50 / p95 / p99", f"{times['p50']} / {times['p95']} / {times['p99']} ms"],
        ["served: ready after", f"{result['served'].ready_s} s"],
        ["served: memory", f"{result['served'].memory_mb} MB after {result['served'].messages} messages"],
        ["training", f"{about.get('seconds', '–')} s, {about.get('trained_at', '–')}"],
        ["model file", f"{about['megabytes']} MB"],
    ]
    return _table(["", about["name"]], rows)


def _stock(stock: dict[str, Any]) -> str:
    if "failed" in stock:
        return f"It could not be trained: {' '.join(stock['failed'])}"
    times = stock["all"]["milliseconds"]
    rows = [[label, _cell(stock["all"][key])] for key, label in _ROWS.items() if not key.endswith("asked")]
    rows += [
        ["one message p50 / p95 / p99", f"{times['p50']} / {times['p95']} / {times['p99']} ms"],
        ["memory at most", f"{stock['memory_mb']} MB"],
        ["training", f"{stock['train_s']} s"],
    ]
    return _table(["", f"DIET, {stock['epochs']} epochs; its top intent decides"], rows)


def _mistakes(mistakes: Sequence[dict[str, Any]]) -> str:
    if not mistakes:
        return "None."
    rows = [
        [_escaped(one["text"]), str(one["intent"]), str(one["heard"]), f"{one['probability']:.3f}"]
        for one in mistakes
    ]
    return _table(["text", "intent", "heard as", "probability"], rows)


def _confusion(heard: Sequence[Heard], file: Path) -> None:
    named = [one for one in heard if one.intent and one.heard_intent]
    names = sorted({one.intent or "" for one in named} | {one.heard_intent or "" for one in named})
    place = {name: index for index, name in enumerate(names)}
    table = np.zeros((len(names), len(names)))
    for one in named:
        table[place[one.intent or ""], place[one.heard_intent or ""]] += 1
    rates = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    figure, axes = plt.subplots(figsize=(14, 13))
    image = axes.imshow(rates, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_xlabel("heard as")
    axes.set_ylabel("labelled")
    figure.colorbar(image, label="share of the labelled intent", fraction=0.04)
    figure.tight_layout()
    figure.savefig(file, dpi=110)
    plt.close(figure)


def _precision_recall(heard: Sequence[Heard], file: Path) -> None:
    figure, axes = plt.subplots(figsize=(7, 5))
    for language in sorted({one.language for one in heard}):
        group = [one for one in heard if one.language == language]
        danger = np.array([one.handoff for one in group])
        if not 0 < danger.sum() < len(danger):
            continue
        precision, recall, _ = precision_recall_curve(danger, [one.probability for one in group])
        axes.plot(recall, precision, label=language)
        for decision, marker in (("handover", "o"), ("checkin", "s")):
            hit = np.array([one.decision == "handover" or one.decision == decision for one in group])
            where = (float(hit[danger].mean()), float(danger[hit].mean()) if hit.any() else 1.0)
            axes.plot(*where, marker, color="black", markersize=6)
    axes.set_xlabel("recall: share of danger found")
    axes.set_ylabel("precision: share of finds that are danger")
    axes.set_title("circle: handed over; square: handed over or asked about", fontsize=9)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(file, dpi=110)
    plt.close(figure)
