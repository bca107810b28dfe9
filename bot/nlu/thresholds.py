"""Settles a trained model's thresholds on development messages: written by other hands than the training data, and never
trained on, so that what they cost here is what they will cost."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.nlu.decision import Bars, Decision, between, settle
from bot.nlu.labelled import read_labelled

if TYPE_CHECKING:
    from rasa.core.agent import Agent

_RULES = "safety.json"


def settle_thresholds(model: Path, agent: Agent, files: Sequence[Path]) -> dict[str, Any]:
    """Lets the loaded model hear the development messages and writes the thresholds that follow into its file.

    Returns what was stored for each language, with what it does on those messages; empty when the model has no safety
    decision, or the files hold too few messages. Raises BadInput for a line that cannot be read.
    """
    from bot.nlu.turns import Conversationalist

    labelled = read_labelled(files)
    talk = Conversationalist(agent)
    heard = talk.hear_all([one["text"] for one in labelled])
    if not heard or not all(one.get("safety") for one in heard):
        return {}
    probability = np.array([one["safety"]["probability"] for one in heard])
    language = np.array([str(one.get("language")) for one in heard])
    danger = np.array([bool(one["handoff"]) for one in labelled])
    kind = np.array([str(one.get("kind")) for one in labelled])
    settled: dict[str, Any] = {}
    overall = settle(probability[~danger], kind[~danger], Bars())
    for code in map(str, np.unique(language)):
        here = language == code
        own = settle(probability[here & ~danger], kind[here & ~danger], Bars())
        if own is not None and overall is not None:
            pair = between(own, overall)
            settled[code] = {
                "thresholds": pair,
                **_outcome(pair, probability[here], danger[here], kind[here]),
            }
    if settled:
        _store(model, settled)
    return settled


def _outcome(pair: tuple[float, float], probability: Any, danger: Any, kind: Any) -> dict[str, Any]:
    def decided(group: Any) -> dict[Decision, float]:
        share = len(probability[group]) or 1
        handed, flagged = (int((probability[group] >= threshold).sum()) for threshold in pair)
        return {"handover": round(handed / share, 4), "checkin": round((flagged - handed) / share, 4)}

    groups = {
        "danger": danger,
        "routine": ~danger & (kind == "routine"),
        "hard_negative": ~danger & (kind == "hard_negative"),
        "review": ~danger & (kind == "review"),
    }
    return {name: {"messages": int(group.sum()), **decided(group)} for name, group in groups.items()}


def _store(model: Path, settled: dict[str, Any]) -> None:
    """Puts the thresholds in place of those chosen on held-out training messages."""
    fresh = model.with_suffix(".settled")
    with tarfile.open(model, "r:gz") as before, tarfile.open(fresh, "w:gz", compresslevel=3) as after:
        for member in before.getmembers():
            content = before.extractfile(member)
            if content is not None and Path(member.name).name == _RULES:
                rules = json.loads(content.read())
                rules["thresholds"]["languages"].update(
                    {code: one["thresholds"] for code, one in settled.items()}
                )
                rules["thresholds"]["basis"]["development"] = {"bars": asdict(Bars()), **settled}
                raw = json.dumps(rules, ensure_ascii=False).encode()
                member.size, content = len(raw), io.BytesIO(raw)
            after.addfile(member, content)
    fresh.replace(model)
