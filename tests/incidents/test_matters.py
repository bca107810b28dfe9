"""Whose ride a report is about, and what is known of the reporter that may then be used."""

from __future__ import annotations

from typing import cast

import pytest

from bot.conversations.models import Conversation
from bot.incidents import matters
from bot.incidents.matters import SOMEBODY_ELSE, Report, Whose
from bot.incidents.models import Case

RIDING = Conversation(role="rider", identity="token", rider_id="r_1", trip_id="t_now", trip_live=True)
AT_HOME = Conversation(role="rider", identity="token", rider_id="r_1", trip_id="t_past", trip_live=False)


def _case(trip_id: str | None, plate: str | None = None) -> Case:
    return Case(trip_id=trip_id, plate=plate, phone_hash=None, trip=None)


@pytest.mark.parametrize(
    ("intent", "modifiers", "whose"),
    [
        ("missing_person", [], "another"),
        ("passenger_in_danger", [SOMEBODY_ELSE], "another"),
        ("past_safety_complaint", [SOMEBODY_ELSE], "another"),
        ("past_safety_complaint", [], "earlier"),
        ("stalking_after_ride", [], "earlier"),
        ("passenger_in_danger", ["vulnerable"], "own"),
        ("person_left_in_vehicle", [SOMEBODY_ELSE], "own"),
    ],
)
def test_whose_ride_it_is(intent: str, modifiers: list[str], whose: str) -> None:
    assert matters.whose(intent, modifiers) == cast(Whose, whose)


@pytest.mark.parametrize(
    ("intent", "riding", "at_home", "rider"),
    [
        ("passenger_in_danger", "t_now", "t_past", "r_1"),
        ("stalking_after_ride", None, "t_past", "r_1"),
        ("missing_person", None, None, None),
    ],
)
def test_what_is_known_of_the_reporter_is_used_only_for_their_own(
    intent: str, riding: str | None, at_home: str | None, rider: str | None
) -> None:
    made = Report(intent, "S0", "sentinel")
    assert matters.trip_meant(RIDING, made) == riding
    assert matters.trip_meant(AT_HOME, made) == at_home
    assert matters.rider_meant(RIDING, made) == rider


class TestFromAnotherRide:
    def test_a_missing_friend_is_not_in_the_ride_from_which_it_is_told(self) -> None:
        made = Report("missing_person", "S0", "sentinel")
        assert matters.from_another_ride(_case("t_now"), RIDING, made)
        assert not matters.from_another_ride(_case("t_hers"), RIDING, made)

    def test_unless_the_words_name_that_very_car(self) -> None:
        made = Report("missing_person", "S0", "sentinel", clues={"licence_plate": "浙A·D8C61"})
        assert not matters.from_another_ride(_case("t_now", "浙AD8C61"), RIDING, made)

    def test_a_cry_is_about_the_ride_it_comes_from(self) -> None:
        made = Report("passenger_in_danger", "S0", "sentinel")
        assert matters.from_another_ride(_case("t_past"), RIDING, made)
        assert not matters.from_another_ride(_case("t_now"), RIDING, made)

    def test_nobody_on_the_road_reports_from_another_ride(self) -> None:
        assert not matters.from_another_ride(_case("t_past"), AT_HOME, Report("missing_person", "S0", "nlu"))
