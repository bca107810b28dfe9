"""Thresholds settled on development messages: pure choice, and the model file that carries them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rasa.core.agent import Agent

from bot.nlu.decision import Bars, between, settle
from bot.nlu.thresholds import settle_thresholds
from bot.nlu.turns import Conversationalist

CALM = ("thank you", "check my balance", "多谢", "hello")


def _development(seed: int, count: int = 200) -> tuple[NDArray[Any], NDArray[Any]]:
    random = np.random.default_rng(seed)
    probability = np.concatenate(
        [random.beta(1, 12, count), random.beta(2, 6, count), random.beta(9, 2, count)]
    )
    return probability, np.repeat(["routine", "hard_negative", "case"], count)


@pytest.mark.parametrize("seed", range(5))
def test_the_lowest_thresholds_that_keep_all_bars(seed: int) -> None:
    probability, kind = _development(seed)
    bars = Bars(0.02, 0.05, routine_checkin=0.10, hard_checkin=0.25)
    pair = settle(probability, kind, bars)
    assert pair is not None
    handover, checkin = pair
    calm, hard = probability[kind == "routine"], probability[kind == "hard_negative"]
    assert 0 < checkin < handover < 1
    assert (calm >= handover).mean() <= 0.035 and (hard >= handover).mean() <= 0.075
    asked = [((group >= checkin) & (group < handover)).mean() for group in (calm, hard)]
    assert asked[0] <= 0.13 and asked[1] <= 0.29
    # One of the bars is nearly spent: a lower threshold would break it.
    assert asked[0] > 0.06 or asked[1] > 0.20


def test_a_language_is_drawn_half_way_towards_all_of_them() -> None:
    assert between((0.5, 0.1), (0.5, 0.1)) == pytest.approx((0.5, 0.1))
    handover, checkin = between((0.8, 0.2), (0.2, 0.02))
    assert handover == pytest.approx(0.5) and 0.02 < checkin < 0.11


def test_messages_of_other_kinds_set_no_threshold() -> None:
    probability, kind = _development(1)
    louder = np.where(kind == "case", 0.99, probability)
    assert settle(probability, kind, Bars()) == settle(louder, kind, Bars())


def test_reviews_raise_the_threshold_of_handing_over_alone() -> None:
    probability, kind = _development(1)
    quiet, loud = np.full(100, 0.001), np.full(100, 0.97)
    kinds = np.concatenate([kind, np.repeat("review", 100)])
    low = settle(np.concatenate([probability, quiet]), kinds, Bars())
    high = settle(np.concatenate([probability, loud]), kinds, Bars())
    assert low == settle(probability, kind, Bars()) and low is not None and high is not None
    assert low[0] < 0.97 < high[0]


def test_too_few_messages_settle_nothing() -> None:
    probability, kind = _development(1, count=20)
    assert settle(probability, kind, Bars()) is None


def test_the_model_decides_by_what_was_settled(tiny_model: Path, tmp_path: Path) -> None:
    model = Path(shutil.copy(tiny_model, tmp_path))
    before = Conversationalist(Agent.load(str(model))).hear("thank you")["safety"]["because"]
    lines = [
        {"text": f"{text} {number}", "handoff": None, "intent": "thank", "kind": kind}
        for kind in ("routine", "hard_negative")
        for number in range(60)
        for text in CALM
    ]
    file = tmp_path / "en.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    settled = settle_thresholds(model, Agent.load(str(model)), [file])
    assert set(settled) == {"en", "zh"} and settled["en"]["routine"]["messages"] == 180
    handover, checkin = settled["en"]["thresholds"]
    after = Conversationalist(Agent.load(str(model))).hear("thank you")["safety"]["because"]
    assert after != before
    assert f"handover from {handover:.3f}, checkin from {checkin:.3f}" in after[0]


def test_no_development_messages_leave_the_model_alone(tiny_model: Path) -> None:
    content = tiny_model.read_bytes()
    assert settle_thresholds(tiny_model, Agent.load(str(tiny_model)), []) == {}
    assert tiny_model.read_bytes() == content
