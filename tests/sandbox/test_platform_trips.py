"""Keys, finding trips, and cars that move."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from sandbox.testing import RunningSandbox, act, code_of


class TestKeys:
    def test_without_the_key_nothing_is_told(self, platform: RunningSandbox) -> None:
        for headers in ({}, {"X-Platform-Key": "wrong"}, {"X-Platform-Key": ""}):
            answer = httpx.get(
                f"{platform.url}/trips/t_hz_live", headers=headers, trust_env=False, timeout=60.0
            )
            assert code_of(answer) == (401, "unauthorized")

    def test_a_key_used_for_another_body_is_refused(self, http: httpx.Client) -> None:
        assert act(http, "/trips/t_hz_phone/compliments", text="谢谢").status_code == 201
        assert code_of(act(http, "/trips/t_hz_phone/compliments", text="多谢")) == (
            409,
            "idempotency_key_reused",
        )

    def test_a_key_counts_per_path(self, http: httpx.Client) -> None:
        assert act(http, "/trips/t_tp_call/calls", **{"from": "passenger", "to": "driver"}).status_code == 201
        pushed = act(http, "/drivers/d_hsu/pushes", kind="passenger_waiting", text="乘客在等您")
        assert pushed.json()["result"] == "delivered"

    def test_a_refusal_is_remembered_and_a_fault_is_not(
        self, http: httpx.Client, platform: RunningSandbox
    ) -> None:
        money = {"amount": "3.00", "currency": "CNY", "reason": "detour"}
        platform.demo("/faults", status=500)
        assert act(http, "/trips/t_hz_phone/refunds", **money).status_code == 500
        platform.demo("/faults")
        assert act(http, "/trips/t_hz_phone/refunds", **money).status_code == 201
        too_much = money | {"amount": "999.00"}
        assert code_of(act(http, "/trips/t_hz_phone/refunds", "k2", **too_much)) == (
            422,
            "refund_exceeds_charge",
        )
        assert code_of(act(http, "/trips/t_hz_phone/refunds", "k2", **too_much)) == (
            422,
            "refund_exceeds_charge",
        )

    def test_a_lost_answer_is_given_again_and_the_act_is_done_once(
        self, http: httpx.Client, platform: RunningSandbox
    ) -> None:
        money = {"amount": "3.00", "currency": "CNY", "reason": "detour"}
        platform.demo("/faults", lost=True, times=1)
        assert act(http, "/trips/t_hz_phone/refunds", **money).status_code == 504
        assert len(platform.world.trip("t_hz_phone").refunds) == 1
        assert act(http, "/trips/t_hz_phone/refunds", **money).status_code == 201
        assert len(platform.world.trip("t_hz_phone").refunds) == 1

    def test_without_the_key_nothing_is_done_that_is_lost(self, platform: RunningSandbox) -> None:
        platform.demo("/faults", lost=True, times=1)
        headers = {"Idempotency-Key": "k"}
        body = {"amount": "3.00", "currency": "CNY", "reason": "detour"}
        httpx.post(
            f"{platform.url}/trips/t_hz_phone/refunds",
            json=body,
            headers=headers,
            trust_env=False,
            timeout=60.0,
        )
        assert platform.world.trip("t_hz_phone").refunds == []


class TestSearch:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("account=r_zhou&live=true", ["t_sh_mother"]),
            ("rider=r_chloe", ["t_sg_minor"]),
            ("booker=r_jane", ["t_sg_minor"]),
            ("rider=r_jane", []),
            ("phone=19900000093&live=true", ["t_sh_mother"]),
            ("phone=%2B6581000002&live=true", ["t_sg_minor"]),
            ("plate=%E6%B5%99A%20D8C61", ["t_hz_live"]),
            ("plate_part=8c61", ["t_hz_live"]),
            ("order=cn%202107000001", ["t_hz_live"]),
            ("driver=d_lau", ["t_hk_noshow"]),
            ("account=r_ravi&status=scheduled", ["t_sg_later"]),
            ("phone=nonsense", []),
            ("plate=", []),
        ],
    )
    def test_filters(self, http: httpx.Client, query: str, expected: list[str]) -> None:
        assert [trip["id"] for trip in http.get(f"/trips?{query}").json()["trips"]] == expected

    @pytest.mark.parametrize(
        "query",
        [
            "",
            "live=true",
            "status=finished",
            "account=r_lin&nonsense=1",
            "account=r_lin&limit=0",
            "plate_part=8c",
        ],
    )
    def test_a_search_for_everybody_or_nonsense_is_refused(self, http: httpx.Client, query: str) -> None:
        assert code_of(http.get(f"/trips?{query}")) == (400, "bad_request")

    def test_the_newest_comes_first_and_more_says_that_there_are_others(self, http: httpx.Client) -> None:
        page = http.get("/trips?account=r_chen&limit=1").json()
        assert [trip["id"] for trip in page["trips"]] == ["t_hz_phone"] and page["more"]


class TestMovement:
    def test_a_live_car_moves_along_and_arrives(self, http: httpx.Client, platform: RunningSandbox) -> None:
        first = http.get("/trips/t_hz_live").json()
        platform.pass_time(minutes=20)
        later = http.get("/trips/t_hz_live").json()
        assert later["last_position"]["lng"] > first["last_position"]["lng"] + 0.05
        assert len(later["driven"]) > len(first["driven"])
        assert later["eta"]["minutes"] == first["eta"]["minutes"] - 20
        platform.pass_time(minutes=60)
        over = http.get("/trips/t_hz_live").json()
        assert over["status"] == "finished" and over["eta"] is None
        assert over["last_position"]["lng"] == pytest.approx(over["destination"]["lng"], abs=1e-4)
        assert Decimal(over["charge"]["total"]["amount"]) > 0

    def test_a_car_on_its_way_arrives_waits_and_rides(
        self, http: httpx.Client, platform: RunningSandbox
    ) -> None:
        seen = []
        for _ in range(14):
            seen.append(http.get("/trips/t_tp_call").json()["status"])
            platform.pass_time(minutes=1)
        assert list(dict.fromkeys(seen)) == ["driver_arriving", "waiting", "in_progress"]

    def test_the_no_show_does_not_move(self, http: httpx.Client, platform: RunningSandbox) -> None:
        first = http.get("/trips/t_hk_noshow").json()
        platform.pass_time(minutes=30)
        later = http.get("/trips/t_hk_noshow").json()
        assert later["last_position"] == first["last_position"] and later["status"] == "driver_assigned"
        assert later["driver_device_last_seen"] == first["driver_device_last_seen"]

    def test_trips_that_nobody_looked_at_stay_live(
        self, http: httpx.Client, platform: RunningSandbox
    ) -> None:
        platform.pass_time(hours=30)
        late = http.get("/trips/t_sh_late").json()
        assert (
            late["status"] == "driver_arriving"
            and late["eta"]["minutes"] <= 8
            and late["delay"]["minutes"] == 14
        )
        assert http.get("/trips/t_ld_live").json()["status"] == "in_progress"

    def test_a_ride_ended_early_is_charged_and_ends_where_the_car_is(
        self, http: httpx.Client, platform: RunningSandbox
    ) -> None:
        platform.demo("/trips/t_hz_live/status", status="finished")
        trip = http.get("/trips/t_hz_live").json()
        assert abs(trip["last_position"]["lng"] - trip["destination"]["lng"]) > 0.1
        assert trip["charge"]["distance_m"] < trip["quote"]["distance_m"] / 2
