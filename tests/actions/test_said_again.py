"""An act whose answer was lost is said again: the platform does it once, and the passenger hears what became of it."""

from __future__ import annotations

import itertools

import pytest
import requests

BOOKED = "I need a car from Camden Town to Waterloo please"


def _book(me) -> str:
    me.say(BOOKED, "book_ride")
    return me.tap("Book it")


def _book_for_later(me, end: str, lost_by=None) -> None:
    """Rides for later are not limited by the cars that are free now. lost_by: the platform whose answer gets lost."""
    me.say(f"a ride from Camden Town to {end} tomorrow at 7:30 am", "scheduled_ride")
    if lost_by:
        lost_by.break_with(lost=True, paths=["/trips"], times=1)
    me.tap("Book it")


def _rides(platform) -> list[dict]:
    trips = platform.get("/trips", booker="r_emma")["trips"]
    return [trip for trip in trips if trip["pickup"]["name"] == "Camden Town"]


def _tips(platform) -> list[str]:
    return [sent["text"] for sent in platform.outbox("push") if sent["text"].startswith("+")]


def _take_all_cars(platform) -> None:
    ride = {
        "booker_id": "r_olivia",
        "pickup": {"name": "Camden Town"},
        "destination": {"name": "Waterloo Station"},
    }
    for number in itertools.count():
        headers = {**platform._headers, "Idempotency-Key": f"another-{number}"}
        if requests.post(f"{platform.url}/trips", json=ride, headers=headers, timeout=30).status_code == 409:
            return


class TestABooking:
    def test_the_answer_was_lost(self, talk, desk, platform):
        me = talk("en", rider="r_emma")
        me.say(BOOKED, "book_ride")
        platform.break_with(lost=True, paths=["/trips"], times=1)
        assert "cannot reach the ride system" in me.tap("Book it") and len(_rides(platform)) == 1
        answer = _book(me)
        [ride] = _rides(platform)
        assert f"order {ride['order_no']}" in answer and desk.acts == ["ride_booked"]

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_it_was_booked_and_could_not_be_recorded(self, talk, desk, platform, language):
        me = talk(language, rider="r_emma")
        me.say(BOOKED, "book_ride")
        desk.broken = True
        me.tap("Book it" if language == "en" else "叫车")
        desk.broken = False
        me.say(BOOKED, "book_ride")
        me.tap("Book it" if language == "en" else "叫车")
        [ride] = _rides(platform)
        assert ride["order_no"] in me.text and desk.acts == ["ride_booked"]

    def test_the_ride_has_taken_the_last_car(self, talk, desk, platform):
        me = talk("en", rider="r_emma")
        me.say(BOOKED, "book_ride")
        desk.broken = True
        me.tap("Book it")
        desk.broken = False
        _take_all_cars(platform)
        answer = _book(me)
        [ride] = _rides(platform)
        assert ride["order_no"] in answer

    def test_the_first_ride_is_over_meanwhile(self, talk, desk, platform):
        me = talk("en", rider="r_emma")
        me.say(BOOKED, "book_ride")
        desk.broken = True
        me.tap("Book it")
        desk.broken = False
        [ride] = _rides(platform)
        platform.demo(f"/trips/{ride['id']}/status", status="cancelled")
        answer = _book(me)
        live = [trip for trip in _rides(platform) if trip["status"] != "cancelled"]
        assert len(live) == 1 and live[0]["order_no"] in answer

    def test_another_ride_wished_for_after_a_lost_answer_is_another(self, talk, desk, platform):
        me = talk("en", rider="r_emma")
        _book_for_later(me, "Waterloo Station", lost_by=platform)
        _book_for_later(me, "King's Cross Station", lost_by=platform)
        _book_for_later(me, "Waterloo Station")
        ends = sorted(trip["destination"]["name"] for trip in _rides(platform))
        assert ends == ["King's Cross Station", "Waterloo Station"] and "Waterloo Station" in me.text

    def test_a_second_ride_on_purpose_is_booked(self, talk, platform):
        me = talk("en", rider="r_emma")
        _book_for_later(me, "Waterloo Station")
        _book_for_later(me, "Waterloo Station")
        assert len(_rides(platform)) == 2

    def test_and_so_it_is_after_a_lost_answer_was_made_good(self, talk, platform):
        me = talk("en", rider="r_emma")
        for booked, lost_by in ((1, platform), (1, None), (2, None)):
            _book_for_later(me, "Waterloo Station", lost_by)
            assert len(_rides(platform)) == booked


class TestATip:
    def test_the_answer_was_lost(self, talk, desk, platform):
        me = talk("en", rider="r_emma")
        me.say("I'd like to tip my driver", "compliment_tip", trip_id="t_ld_phone")
        platform.break_with(lost=True, paths=["/trips/t_ld_phone/tips"], times=1)
        assert "cannot reach the ride system" in me.say("5", "nlu_fallback") and _tips(platform)
        me.say("tip my driver £5", "compliment_tip", trip_id="t_ld_phone")
        assert _tips(platform) == ["+5.00 GBP"] and desk.acts == ["tip_given"]
        me.say("tip my driver £5 more", "compliment_tip", trip_id="t_ld_phone")
        assert _tips(platform) == ["+5.00 GBP"] * 2

    def test_another_amount_is_another_tip(self, talk, desk, platform):
        me = talk("en", rider="r_emma")
        desk.broken = True
        me.say("tip my driver £5", "compliment_tip", trip_id="t_ld_phone")
        desk.broken = False
        me.say("tip my driver £2", "compliment_tip", trip_id="t_ld_phone")
        assert sorted(_tips(platform)) == ["+2.00 GBP", "+5.00 GBP"]


class TestANewCar:
    def test_the_answer_was_lost(self, talk, desk, platform):
        me = talk("en", rider="r_ravi")
        desk.broken = True
        me.tap_payload('/driver_late{"choice":"new_car","trip_id":"t_sg_late"}')
        desk.broken = False
        sent = platform.trip("t_sg_late")
        answer = me.tap_payload('/driver_late{"choice":"new_car","trip_id":"t_sg_late"}')
        assert platform.trip("t_sg_late")["driver"] == sent["driver"] and sent["vehicle"]["plate"] in answer
