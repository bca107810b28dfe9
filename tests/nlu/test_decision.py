"""Thresholds chosen from held-out probabilities."""

import numpy as np

from bot.nlu.decision import Budgets, Thresholds, choose


def _development(seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    danger = np.repeat([True, False], 1000)
    probability = np.where(danger, random.beta(6, 2, 2000), random.beta(1, 9, 2000))
    return probability, danger, ~danger, np.tile(["en", "zh"], 1000)


def test_the_thresholds_spend_the_budgets_in_each_language() -> None:
    probability, danger, routine, language = _development()
    chosen = choose(probability, danger, routine, language, Budgets(0.03, 0.12))
    for code in ("en", "zh"):
        handover, checkin = chosen.of(code)
        calm = probability[routine & (language == code)]
        assert 0.02 < (calm >= handover).mean() <= 0.031
        assert 0.13 < (calm >= checkin).mean() <= 0.151


def test_the_lower_threshold_lies_below_the_upper() -> None:
    for seed in range(20):
        for handover, checkin in choose(*_development(seed), Budgets()).languages.values():
            assert 0 < checkin < handover < 1


def test_three_decisions() -> None:
    thresholds = Thresholds({"en": (0.5, 0.1)})
    decisions = [thresholds.decide(value, "en") for value in (0.5, 0.499, 0.1, 0.099)]
    assert decisions == ["handover", "checkin", "checkin", "routine"]


def test_a_language_without_thresholds_gets_the_lowest() -> None:
    assert Thresholds({"en": (0.5, 0.1), "zh": (0.4, 0.2)}).of("other") == (0.4, 0.1)


def test_too_little_data_still_gives_careful_thresholds() -> None:
    nobody = np.array([0.9, 0.1])
    chosen = choose(
        nobody, np.array([True, False]), np.array([False, True]), np.array(["en", "en"]), Budgets()
    )
    assert chosen.decide(0.1, "en") == "checkin" and chosen.decide(0.5, "en") == "handover"
