"""Booking, re-dispatch, cancelling, changes."""

from __future__ import annotations

import httpx
import pytest

from sandbox.testing import RunningSandbox, act, code_of


class TestBooking:
    def test_a_ride_for_another_comes_and_is_paid_by_the_booker(
        self, http: httpx.Client, platform: RunningSandbox
    ) -> None:
        booked = act(
            http, "/trips", booker_id="r_chen", pickup={"name": "杭州东站"}, destination={"name": "西湖断桥"},
            passenger={"name": "妈妈", "phone": "199 0000 0077"},
        )  # fmt: skip
        trip = booked.json()
        assert booked.status_code == 201 and trip["status"] == "driver_assigned"
        assert (trip["rider_id"], trip["booker_id"], trip["driver"]["id"]) == (None, "r_chen", "d_sun")
        platform.pass_time(minutes=5)
        assert http.get(f"/trips/{trip['id']}").json()["status"] == "waiting"
        assert [each["id"] for each in http.get("/trips?phone=19900000077").json()["trips"]] == [trip["id"]]

    def test_without_a_free_driver_there_is_no_car(self, http: httpx.Client) -> None:
        way = {"pickup": {"name": "台北車站"}, "destination": {"name": "台北101"}}
        assert code_of(act(http, "/trips", booker_id="r_tsai", **way)) == (409, "no_car_available")
        quotes = http.post("/quotes", json={"rider_id": "r_tsai", **way}).json()["quotes"]
        assert not any(quote["available"] for quote in quotes)

    def test_held_and_restricted_drivers_get_no_orders(self, http: httpx.Client) -> None:
        way = {"pickup": {"name": "杭州东站"}, "destination": {"name": "西湖断桥"}}
        http.put("/drivers/d_sun/restriction", json={"reason_code": "lost_item_denied", "reference": "V-1"})
        assert code_of(act(http, "/trips", booker_id="r_chen", **way)) == (409, "no_car_available")
        http.delete("/drivers/d_sun/restriction?reference=V-1")
        http.put("/drivers/d_sun/dispatch-hold", json={"reason_code": "safety_report", "reference": "V-2"})
        assert code_of(act(http, "/trips", "k2", booker_id="r_chen", **way)) == (409, "no_car_available")
        http.delete("/drivers/d_sun/dispatch-hold?reference=V-2")
        assert act(http, "/trips", "k3", booker_id="r_chen", **way).json()["driver"]["id"] == "d_sun"

    def test_a_blocked_driver_is_never_matched_again(self, http: httpx.Client) -> None:
        assert act(http, "/riders/r_chen/blocked-drivers", driver_id="d_sun").json() == {
            "driver_ids": ["d_sun"]
        }
        booked = act(
            http, "/trips", booker_id="r_chen", pickup={"name": "杭州东站"}, destination={"name": "西湖断桥"}
        )
        assert code_of(booked) == (409, "no_car_available")

    def test_a_scheduled_ride_finds_its_car_in_time(
        self, http: httpx.Client, platform: RunningSandbox
    ) -> None:
        assert http.get("/trips/t_sg_later").json()["status"] == "scheduled"
        platform.pass_time(hours=20, minutes=55)
        assert http.get("/trips/t_sg_later").json()["status"] in ("searching", "driver_assigned")

    def test_a_time_too_soon_is_refused(self, http: httpx.Client, platform: RunningSandbox) -> None:
        soon = platform.world.now.isoformat()
        assert code_of(act(http, "/trips/t_sg_later/schedule", pickup_at=soon)) == (
            422,
            "pickup_time_invalid",
        )

    def test_a_new_car_takes_the_place_of_the_no_show(self, http: httpx.Client) -> None:
        terms = http.get("/trips/t_hk_noshow/cancellation-terms").json()
        assert terms["reason_code"] == "driver_late" and terms["fee"]["amount"] == "0.00"
        trip = act(http, "/trips/t_hk_noshow/redispatch", reason_code="driver_no_show").json()
        assert trip["driver"]["id"] == "d_ho" and trip["previous_driver_ids"] == ["d_lau"]
        assert trip["eta"]["minutes"] == 4

    def test_without_a_car_the_search_goes_on(self, http: httpx.Client) -> None:
        trip = act(http, "/trips/t_tp_call/redispatch", reason_code="cannot_reach_driver").json()
        assert trip["status"] == "searching" and trip["driver"] is None

    def test_cancelling_late_costs_and_a_waiver_does_not(self, http: httpx.Client) -> None:
        assert http.get("/trips/t_tp_call/cancellation-terms").json()["fee"]["amount"] == "100.00"
        trip = act(http, "/trips/t_tp_call/cancel", fee="standard").json()
        assert trip["charge"]["total"] == {"amount": "100.00", "currency": "TWD"}
        waived = act(http, "/trips/t_sg_late/cancel", fee="waived").json()
        assert waived["status"] == "cancelled" and waived["charge"] is None
        assert code_of(act(http, "/trips/t_hz_live/cancel", fee="standard")) == (409, "trip_in_progress")

    def test_another_destination_under_way_starts_where_the_car_is(self, http: httpx.Client) -> None:
        before = http.get("/trips/t_hz_live").json()
        changed = act(http, "/trips/t_hz_live/destination", place={"name": "杭州东站"}).json()
        after = http.get("/trips/t_hz_live").json()
        assert changed["destination"]["name"] == "杭州东站"
        assert changed["quote"]["total"] != before["quote"]["total"]
        assert after["last_position"]["lat"] == pytest.approx(before["last_position"]["lat"], abs=0.002)
        assert len(after["driven"]) >= len(before["driven"])
        unknown = act(http, "/trips/t_hz_live/destination", "k2", place={"name": "火星基地"})
        assert code_of(unknown) == (422, "place_not_found")

    def test_options_that_the_car_cannot_offer_are_refused(self, http: httpx.Client) -> None:
        answer = act(http, "/trips/t_tp_call/options", options=["wheelchair"])
        assert code_of(answer) == (422, "option_unavailable")
