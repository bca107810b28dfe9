"""A neighbour that is down, slow or talks nonsense: plain words and a person offered, in both languages,
never an exception."""

from __future__ import annotations

import time

import pytest

FAULTS = [
    {"status": 500},
    {"status": 503},
    {"garbage": "not_json"},
    {"garbage": "wrong_types"},
    {"garbage": "cut_off"},
    {"slow_s": 6},
]
MATTERS = [("lost_item", "lost my bag"), ("driver_late", "where is he"), ("fare_dispute", "too expensive")]


class TestPlatform:
    @pytest.mark.parametrize("fault", FAULTS, ids=str)
    @pytest.mark.parametrize(
        ("language", "words"), [("zh", "连不上行程系统"), ("en", "cannot reach the ride system")]
    )
    def test_says_so_and_offers_a_person(self, talk, platform, fault, language, words):
        platform.break_with(**fault)
        me = talk(language, rider="r_ravi")
        began = time.monotonic()
        assert words in me.say("where is my driver", "driver_late")
        assert time.monotonic() - began < 6
        assert "/speak_to_human" in me.payloads and me.form is None

    @pytest.mark.parametrize(("intent", "text"), MATTERS)
    def test_nothing_is_claimed(self, talk, platform, desk, intent, text):
        platform.break_with(status=500)
        talk("en", rider="r_emma").say(text, intent)
        assert desk.acts == []

    def test_a_person_can_still_be_reached_and_hears_why(self, talk, platform, desk):
        platform.break_with(status=500)
        me = talk("en", rider="r_ravi")
        me.say("where is my driver", "driver_late")
        me.tap("Talk to a person")
        assert desk.told("hand-over")[0]["reason"] == "platform_down"

    def test_in_the_middle_of_a_form_the_form_is_left(self, talk, platform):
        me = talk("en")
        me.say("left my umbrella in the car", "lost_item")
        platform.break_with(status=500)
        assert "cannot reach the ride system" in me.say("+44 7700 900101", "nlu_fallback")
        assert me.form is None


class TestDesk:
    def test_danger_without_the_desk_still_gets_the_number_to_call(self, talk, desk):
        desk.broken = True
        assert "110" in talk("zh").say("救命", "passenger_in_danger")
        assert "112" in talk("en").say("help", "passenger_in_danger")

    def test_a_hand_over_that_fails_is_not_claimed(self, talk, desk):
        desk.broken = True
        assert "passed you on" not in talk("en").say("human", "speak_to_human")
