"""Lost and found."""

from __future__ import annotations

from typing import Any

import httpx

from sandbox.testing import RunningSandbox, act, code_of


class TestLostItems:
    def report(self, http: httpx.Client, trip: str = "t_hz_phone") -> dict[str, Any]:
        body = {"category": "phone", "item": "黑色手机", "description": "在后座"}
        item: dict[str, Any] = act(http, f"/trips/{trip}/lost-items", **body).json()
        return item

    def test_driver_and_next_passenger_are_asked(self, http: httpx.Client, platform: RunningSandbox) -> None:
        item = self.report(http)
        assert item["status"] == "asked" and item["next_passenger_asked_at"]
        asked = [noted.to for noted in platform.world.outbox if noted.about == item["id"]]
        assert sorted(asked) == ["d_zhao", "next_passenger"]

    def test_all_denials_are_a_denial_and_one_find_is_a_find(
        self, http: httpx.Client, platform: RunningSandbox
    ) -> None:
        item = self.report(http)
        path = f"/lost-items/{item['id']}"
        assert platform.demo(f"{path}/driver-answer", found=False, note="没有")["status"] == "asked"
        assert platform.demo(f"{path}/next-passenger-answer", found=False)["status"] == "denied"
        assert code_of(act(http, f"{path}/return", method="service_point")) == (409, "not_found_yet")
        assert platform.demo(f"{path}/driver-answer", found=True)["status"] == "found"
        arranged = act(http, f"{path}/return", "k2", method="meet", place={"name": "武林广场"}).json()
        assert (
            arranged["status"] == "return_arranged"
            and arranged["return_arrangement"]["place"]["name"] == "武林广场"
        )
        told = [
            event["type"]
            for event in http.get("/events").json()["events"]
            if event["lost_item_id"] == item["id"]
        ]
        assert told == [
            "lost_item.driver_answered", "lost_item.next_passenger_answered", "lost_item.driver_answered",
            "lost_item.return_arranged",
        ]  # fmt: skip

    def test_a_driver_who_finds_something_answers_the_open_report(self, http: httpx.Client) -> None:
        item = self.report(http)
        found = act(http, "/trips/t_hz_phone/found-items", category="phone", item="手机").json()
        assert found["id"] == item["id"] and found["status"] == "found"

    def test_nothing_is_lost_before_the_ride(self, http: httpx.Client) -> None:
        answer = act(http, "/trips/t_tp_call/lost-items", category="phone", item="手机")
        assert code_of(answer) == (409, "trip_not_begun")

    def test_an_id_is_never_given_out_twice(self, http: httpx.Client, platform: RunningSandbox) -> None:
        first = self.report(http)
        platform.demo("/reset")
        assert http.get(f"/lost-items/{first['id']}").status_code == 404
        assert self.report(http)["id"] != first["id"]
