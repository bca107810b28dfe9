"""Grades from cues, with the real grading file and the real policy."""

from pathlib import Path

import pytest
import yaml

from bot.nlu.grading import Grading, graded, most_severe, read_policy
from bot.nlu.text import align

ROOT = Path(__file__).parents[2]
GRADING = Grading.from_data(yaml.safe_load((ROOT / "data/entities/grading.yml").read_text()))
POLICY = read_policy(ROOT / "data/policy.yml")


@pytest.mark.parametrize(
    ("intent", "text", "grade"),
    [
        ("accident", "we crashed on the bridge", "S0"),
        ("accident", "he bumped the car in front, nobody was hurt", "S1"),
        ("accident", "no one is hurt but the car is on fire", "S0"),
        ("accident", "追尾了,人没事", "S1"),
        ("accident", "翻車了,有人流血", "S0"),
        ("sexual_harassment", "the driver just now put his hand on my leg", "S0"),
        ("sexual_harassment", "last week a driver touched me", "S1"),
        ("sexual_harassment", "司机昨晚摸我腿", "S1"),
        ("sexual_harassment", "他正在摸我", "S0"),
        ("dangerous_driving", "he is texting and speeding", "S1"),
        ("dangerous_driving", "he smells of alcohol", "S0"),
        ("dangerous_driving", "师傅一直打瞌睡", "S0"),
        ("route_deviation", "this is not the way to the hotel", "S1"),
        ("route_deviation", "wrong way and there are no houses, I'm scared", "S0"),
        ("route_deviation", "走的不是去我家的路,周围很荒", "S0"),
        ("stalking_after_ride", "the driver keeps calling me", "S1"),
        ("stalking_after_ride", "he is outside my house", "S0"),
        ("stalking_after_ride", "司机在我楼下", "S0"),
        ("driver_under_threat", "my passenger is drunk and insults me", "S1"),
        ("driver_under_threat", "passenger is choking me", "S0"),
        ("police_request", "this is officer Lee, we need the trip data for a theft case", "S1"),
        ("police_request", "officer here, a child is missing and was in one of your cars", "S0"),
        ("missing_person", "my sister never arrived", "S0"),
    ],
)
def test_grade(intent: str, text: str, grade: str) -> None:
    assert graded(intent, POLICY[intent], GRADING, align(text))[0] == grade


def test_every_rule_belongs_to_an_intent_with_another_grade() -> None:
    for intent, rule in GRADING.rules.items():
        assert POLICY[intent].higher if rule.higher_if else POLICY[intent].lower, intent


def test_the_most_severe_of_several() -> None:
    assert most_severe(["S1", "S0", "S2"]) == "S0"


@pytest.mark.parametrize(
    "text", ["SOS", "ayuda", "助けて", "помогите", "🆘", "救命", "au secours", "tolong", "살려주세요"]
)
def test_distress_in_any_language(text: str) -> None:
    assert GRADING.distressed(align(text))


def test_a_broken_pattern_is_named() -> None:
    with pytest.raises(ValueError, match=r"cues\.past"):
        Grading.from_data({"cues": {"past": ["(unclosed"]}})


def test_an_unknown_cue_is_named() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        Grading.from_data({"rules": {"accident": {"lower_if": ["nonsense"]}}})
