"""One-time codes and two facts."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from sandbox.testing import RunningSandbox, act, code_of


class TestIdentity:
    def send(self, http: httpx.Client, key: str = "k", **body: Any) -> str:
        code_id: str = act(http, "/codes", key, **body).json()["code_id"]
        return code_id

    def test_a_code_works_once(self, http: httpx.Client, platform: RunningSandbox) -> None:
        code_id = self.send(http, phone="19900000002")
        check = {"code_id": code_id, "code": f" {platform.code(code_id)} "}
        assert http.post("/codes/verify", json=check).json()["rider_id"] == "r_chen"
        assert code_of(http.post("/codes/verify", json=check)) == (422, "code_used")

    def test_guessing_and_waiting_end_it(self, http: httpx.Client, platform: RunningSandbox) -> None:
        code_id = self.send(http, phone="19900000002")
        for _ in range(5):
            assert (
                code_of(http.post("/codes/verify", json={"code_id": code_id, "code": "x"}))[1] == "code_wrong"
            )
        right = {"code_id": code_id, "code": platform.code(code_id)}
        assert code_of(http.post("/codes/verify", json=right)) == (429, "rate_limited")
        late = self.send(http, "k2", phone="19900000002")
        platform.pass_time(minutes=11)
        answer = http.post("/codes/verify", json={"code_id": late, "code": platform.code(late)})
        assert code_of(answer) == (422, "code_expired")

    def test_an_unknown_phone_gets_the_same_answer(
        self, http: httpx.Client, platform: RunningSandbox
    ) -> None:
        code_id = self.send(http, phone="19911111111")
        proven = http.post("/codes/verify", json={"code_id": code_id, "code": platform.code(code_id)}).json()
        assert (proven["rider_id"], proven["driver_id"], proven["trip_ids"]) == (None, None, [])

    def test_too_many_codes_to_one_phone_are_refused(self, http: httpx.Client) -> None:
        for number in range(5):
            assert act(http, "/codes", str(number), phone="19900000003").status_code == 201
        assert code_of(act(http, "/codes", "more", phone="19900000003")) == (429, "rate_limited")

    def test_phone_change_needs_a_code_to_the_new_number(
        self, http: httpx.Client, platform: RunningSandbox
    ) -> None:
        new = "+8619900000055"
        code_id = self.send(http, phone=new, purpose="change_phone")
        change = {"new_phone": new, "code_id": code_id}
        assert code_of(act(http, "/riders/r_chen/phone", "a", **change)) == (422, "code_not_verified")
        http.post("/codes/verify", json={"code_id": code_id, "code": platform.code(code_id)})
        assert act(http, "/riders/r_chen/phone", "b", **change).json()["phone_masked"] == "+86 199****0055"

    def test_a_locked_account_is_unlocked_by_its_own_phone(
        self, http: httpx.Client, platform: RunningSandbox
    ) -> None:
        assert http.get("/riders/r_noah").json()["account_status"] == "locked"
        for phone, key in (("+447700900101", "a"), ("+447700900103", "b")):
            code_id = self.send(http, key, phone=phone, purpose="sign_in")
            http.post("/codes/verify", json={"code_id": code_id, "code": platform.code(code_id)})
            answer = act(http, "/riders/r_noah/unlock", key, code_id=code_id)
            assert answer.status_code == (200 if key == "b" else 422)
        assert http.get("/riders/r_noah").json()["account_status"] == "active"

    @pytest.mark.parametrize(
        ("facts", "expected"),
        [
            ({"plate": "浙A·F26739", "place": "武林"}, 200),
            ({"plate": "浙A·F26739", "fare": "28"}, 200),
            ({"place": "杭州东站", "fare": "28.06"}, 200),
            ({"plate": "浙A·F26739", "place": "武林", "fare": "999"}, 200),
            ({"plate": "浙A·F26739", "place": "上海"}, 404),
            ({"place": "站", "fare": "x"}, 404),
            ({"plate": "浙A·F26739"}, 400),
            ({"time": "yesterday", "fare": "NaN"}, 404),
        ],
    )
    def test_two_facts_are_needed(self, http: httpx.Client, facts: dict[str, str], expected: int) -> None:
        answer = http.post("/trips/confirm", json={"facts": facts, "requester": "c"})
        assert answer.status_code == expected
        if expected == 200:
            assert answer.json() == {"trip_id": "t_hz_phone"}

    def test_time_is_local_at_the_trip(self, http: httpx.Client, platform: RunningSandbox) -> None:
        began = platform.world.trips["t_hz_phone"].started_at
        assert began is not None
        local = began.astimezone(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None).isoformat(timespec="minutes")
        facts = {"time": local, "plate": "浙AF26739"}
        answer = http.post("/trips/confirm", json={"facts": facts, "requester": "c"})
        assert answer.json() == {"trip_id": "t_hz_phone"}

    def test_guessing_is_limited(self, http: httpx.Client) -> None:
        body = {"facts": {"place": "nowhere", "fare": "1"}, "requester": "c"}
        codes = [http.post("/trips/confirm", json=body).status_code for _ in range(6)]
        assert codes == [404] * 5 + [429]


def test_a_restricted_account_cannot_book_or_be_unlocked(http: httpx.Client) -> None:
    reason = {"reason_code": "account_takeover", "reference": "V-1"}
    assert http.put("/riders/r_noah/restriction", json=reason).json()["restricted"]
    assert http.get("/riders/r_noah").json()["account_status"] == "restricted"
    assert code_of(act(http, "/riders/r_noah/unlock", code_id="x")) == (409, "restricted")
    way = {"pickup": {"name": "Camden Town"}, "destination": {"name": "Brixton Station"}}
    assert code_of(act(http, "/trips", booker_id="r_noah", **way)) == (422, "account_restricted")
    assert not http.delete("/riders/r_noah/restriction?reference=V-1").json()["restricted"]
