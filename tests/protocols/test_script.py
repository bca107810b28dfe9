"""What is read to the emergency services: the number valid at the vehicle, what is known, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from bot.conversations.models import Conversation
from bot.incidents.emergency import Place, place_of_case
from bot.incidents.models import Case
from bot.kit.now import iso, now
from bot.protocols.script import script_for

TRIP = {
    "pickup": "武林广场", "destination": "萧山国际机场", "passenger": {"name": "林晓"},
    "driver": {"name": "王师傅", "plate": "浙A·D1234", "vehicle": "白色 比亚迪 秦"},
    "position": {"lat": 30.25, "lng": 120.21, "age_s": 40.0},
}  # fmt: skip


def _case(**more: Any) -> Case:
    plain = {"reference": "V-7", "kind": "passenger_in_danger", "modifiers": [], "trip": None}
    return Case(**{**plain, **more})


def _script(
    place: Place, trip: dict[str, Any] | None = TRIP, locale: str = "zh", **case: Any
) -> dict[str, Any]:
    return script_for(_case(**case), place, trip, ["救我", "他不让我下车"], "李娜", locale)


class TestNumber:
    @pytest.mark.parametrize(
        ("country", "area_code", "number", "from_elsewhere", "by_text"),
        [
            ("CN", "0571", "110", "0571110", "12110571"),
            ("HK", None, "999", None, "992"),
            ("TW", None, "110", None, None),
            ("GB", None, "999", None, "999"),
            ("SG", None, "999", None, "70999"),
        ],
    )
    def test_it_is_the_one_valid_at_the_vehicle(
        self,
        country: str,
        area_code: str | None,
        number: str,
        from_elsewhere: str | None,
        by_text: str | None,
    ) -> None:
        script = _script(Place(country, "x", area_code, "trip"))
        assert (script["numbers"][0]["number"], script["numbers"][0]["from_elsewhere"]) == (
            number,
            from_elsewhere,
        )
        assert (script["text_number"] or {}).get("number") == by_text

    def test_nobody_knows_where_so_the_language_decides(self) -> None:
        assert _script(Place())["numbers"][0]["number"] == "110"
        assert _script(Place(), locale="en")["numbers"][0]["number"] == "112"

    def test_somebody_elses_ride_goes_before_where_the_reporter_is_and_that_before_nothing(self) -> None:
        london = {"country": "GB", "city_name": {"zh": "伦敦", "en": "London"}, "area_code": None}
        mother = Conversation(locale="en", location={"place": {**london, "country": "SG"}, "at": iso(now())})
        assert place_of_case(_case(trip=london, trip_id="t_daughter"), mother).country == "GB"
        assert place_of_case(_case(), mother).country == "SG"
        assert place_of_case(_case(), Conversation(locale="en")).country is None


class TestWords:
    def test_everything_known_is_read(self) -> None:
        text = "\n".join(_script(Place("CN", "杭州", "0571", "trip"))["lines"])
        for known in ("李娜", "浙A·D1234", "白色 比亚迪 秦", "王师傅", "30.25000", "120.21000", "40 秒", "武林广场", "林晓",
                      "他不让我下车", "V-7"):  # fmt: skip
            assert known in text

    def test_what_is_missing_is_said_as_missing(self) -> None:
        lines = script_for(_case(), Place(), None, [], "Li Na", "en")["lines"]
        text = "\n".join(lines)
        assert text.count("not known") == 4 and "not matched yet" in text and "has said nothing" in text
        assert "None" not in text

    def test_the_car_is_told_in_the_language_of_the_place(self) -> None:
        driver = {**TRIP["driver"], "vehicle_in": {"zh": "白色 Toyota Prius", "en": "white Toyota Prius"}}
        script = _script(Place("GB"), {**TRIP, "driver": driver})
        assert any("白色 Toyota Prius" in line for line in script["lines"])
        assert any("white Toyota Prius" in line for line in script["lines_there"])

    def test_an_old_position_says_that_it_is_old(self) -> None:
        old = {**TRIP, "position": {"lat": 30.25, "lng": 120.21, "age_s": 600.0}}
        line = next(one for one in _script(Place("CN"), old)["lines"] if "30.25" in one)
        assert "10 分钟" in line and "可能已经开走" in line

    def test_a_reporter_who_cannot_speak_is_not_rung(self) -> None:
        assert "不要回拨" in _script(Place("CN"), modifiers=["cannot_speak"])["lines"][-2]

    @pytest.mark.parametrize(
        ("country", "locale", "there"), [("GB", "zh", True), ("CN", "en", True), ("CN", "zh", False)]
    )
    def test_the_language_of_the_place_stands_beside_the_agents(
        self, country: str, locale: str, there: bool
    ) -> None:
        assert bool(_script(Place(country), locale=locale)["lines_there"]) is there
