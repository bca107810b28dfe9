"""Changing the rota and the channels, through the HTTP doors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from bot.identity import service as identity
from bot.identity.endpoints import signed_in
from bot.identity.schemas import Member
from bot.kit.http import install_error_handlers
from bot.kit.now import MovableClock, iso, now
from bot.paging import service
from bot.paging.endpoints import router
from bot.paging.models import Override, RotaChange, Shift
from tests.paging.conftest import Hook, House

pytestmark = pytest.mark.usefixtures("clock")


class Browser:
    """A staff browser: who is signed in can be changed."""

    def __init__(self, client: httpx.AsyncClient, house: House) -> None:
        self._client, self._house, self.who = client, house, "sue"

    async def member(self) -> Member:
        async with self._house.database.reading() as session:
            members = await identity.enabled_members(session)
        return next(one for one in members if one.id == self.who)

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self._client.request(method, f"/api/paging{path}", json=body)

    async def rota(self) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.ask("GET", "/rota")).json()
        return answer


@pytest.fixture
async def browser(house: House) -> AsyncIterator[Browser]:
    app = FastAPI()
    app.state.database = house.database
    install_error_handlers(app)
    app.include_router(router)
    headers = {"X-Vigil": "1", "Accept-Language": "en"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk", headers=headers) as client:
        made = Browser(client, house)
        app.dependency_overrides[signed_in] = made.member
        yield made


def plain(shift: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {**{key: value for key, value in shift.items() if key != "id"}, **changed}


async def count(house: House, table: type[Any]) -> int:
    async with house.database.reading() as session:
        found: int = (await session.execute(select(func.count()).select_from(table))).scalar_one()
        return found


class TestWeeklyRota:
    async def test_what_was_read_can_be_saved_and_is_recorded(self, house: House, browser: Browser) -> None:
        read = await browser.rota()
        assert read["gaps"] == [] and read["may_edit"] is True
        body = {"version": read["version"], "shifts": [plain(one) for one in read["shifts"]]}
        saved = await browser.ask("PUT", "/rota", body)
        assert saved.status_code == 200
        assert {str(plain(one)) for one in saved.json()["shifts"]} == {str(one) for one in body["shifts"]}
        async with house.database.reading() as session:
            change = (await session.execute(select(RotaChange))).scalar_one()
        assert (change.number, change.who) == (1, "staff:sue")

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"staff_id": "nobody"}, "no enabled member"),
            ({"staff_id": "out"}, "may not be on call"),
            ({"team": "cooks"}, "no team"),
            ({"zone": "Mars/Olympus"}, "no time zone"),
        ],
    )
    async def test_a_turn_that_cannot_be_is_refused_and_nothing_is_written(
        self, house: House, browser: Browser, changed: dict[str, Any], words: str
    ) -> None:
        read = await browser.rota()
        extra = plain(next(one for one in read["shifts"] if one["team"] == "safety"), **changed)
        body = {"version": read["version"], "shifts": [*map(plain, read["shifts"]), extra]}
        refused = await browser.ask("PUT", "/rota", body)
        assert refused.status_code == 422 and words in refused.json()["error"]["message"]
        assert await browser.rota() == {**read, "now": (await browser.rota())["now"]}
        assert await count(house, RotaChange) == 0

    async def test_a_gap_is_refused_with_its_hours(self, house: House, browser: Browser) -> None:
        read = await browser.rota()
        shifts = [
            plain(one, **({"end": "23:00"} if one["team"] == "liaison" else {})) for one in read["shifts"]
        ]
        refused = await browser.ask("PUT", "/rota", {"version": read["version"], "shifts": shifts})
        assert refused.status_code == 422
        error = refused.json()["error"]
        assert error["code"] == "rota_gap" and "liaison" in error["message"]
        assert {one["team"] for one in error["details"]["gaps"]} == {"liaison"}
        assert await count(house, Shift) == len(read["shifts"])

    async def test_a_team_that_may_close_may_have_gaps(self, browser: Browser) -> None:
        read = await browser.rota()
        shifts = [plain(one) for one in read["shifts"] if one["team"] != "support"]
        saved = await browser.ask("PUT", "/rota", {"version": read["version"], "shifts": shifts})
        assert saved.status_code == 200

    async def test_of_two_who_edit_the_second_is_told(self, browser: Browser) -> None:
        read = await browser.rota()
        body = {"version": read["version"], "shifts": [plain(one) for one in read["shifts"]]}
        assert (await browser.ask("PUT", "/rota", body)).status_code == 200
        late = await browser.ask("PUT", "/rota", body)
        assert late.status_code == 409 and "Reload" in late.json()["error"]["message"]

    async def test_only_who_may_edit_may_edit(self, browser: Browser) -> None:
        read = await browser.rota()
        browser.who = "ann"
        assert (await browser.rota())["may_edit"] is False
        assert (await browser.ask("PUT", "/rota", {"version": 0, "shifts": []})).status_code == 403
        assert (await browser.rota())["shifts"] == read["shifts"]

    async def test_a_malformed_time_is_a_clear_error(self, browser: Browser) -> None:
        read = await browser.rota()
        shifts = [plain(read["shifts"][0], start="25:00")]
        refused = await browser.ask("PUT", "/rota", {"version": read["version"], "shifts": shifts})
        assert refused.status_code == 422 and "start" in refused.json()["error"]["message"]

    async def test_a_hole_that_a_change_of_the_clocks_will_open_is_refused(
        self, house: House, browser: Browser, clock: MovableClock
    ) -> None:
        """In winter twelve hours of Shanghai and twelve of London are a whole day; from March on an hour is missing."""
        clock.at = datetime(2026, 11, 23, 3, tzinfo=UTC)
        read = await browser.rota()
        others = [plain(one) for one in read["shifts"] if one["team"] != "safety"]
        mine = plain(next(one for one in read["shifts"] if one["team"] == "safety"), days=list(range(7)))
        day = mine | {"start": "08:00", "end": "20:00", "zone": "Asia/Shanghai"}
        night = mine | {"start": "12:00", "end": "24:00", "zone": "Europe/London"}
        body = {"version": read["version"], "shifts": [*others, day, night]}
        refused = await browser.ask("PUT", "/rota", body)
        assert refused.status_code == 422, refused.text
        assert refused.json()["error"]["details"]["gaps"][0]["start"] == "2027-03-28T23:00:00.000Z"
        assert await count(house, Shift) == len(read["shifts"])
        body["shifts"][-1] = night | {"end": "01:00"}
        assert (await browser.ask("PUT", "/rota", body)).status_code == 200

    async def test_a_hole_that_a_dated_change_hides_for_some_weeks_is_refused(
        self, house: House, browser: Browser
    ) -> None:
        read = await browser.rota()
        mine = plain(next(one for one in read["shifts"] if one["team"] == "safety"), days=list(range(7)))
        there = {"team": "safety", "starts": iso(now()), "ends": iso(now() + timedelta(days=40))}
        made = await browser.ask(
            "POST", "/overrides", there | {"staff_id": mine["staff_id"], "reason": "new here"}
        )
        assert made.status_code == 201, made.text
        others = [plain(one) for one in read["shifts"] if one["team"] != "safety"]
        short = mine | {"start": "00:00", "end": "23:00"}
        version = (await browser.rota())["version"]
        refused = await browser.ask("PUT", "/rota", {"version": version, "shifts": [*others, short]})
        assert refused.status_code == 422 and refused.json()["error"]["code"] == "rota_gap"
        assert await count(house, Shift) == len(read["shifts"])


class TestOverrides:
    def body(self, **changed: Any) -> dict[str, Any]:
        start = now() + timedelta(hours=1)
        return {
            "team": "safety",
            "starts": iso(start),
            "ends": iso(start + timedelta(hours=8)),
            "staff_id": "zoe",
            "replaces_id": "ann",
            "reason": "ill",
            **changed,
        }

    async def test_a_swap_holds_for_its_hours(
        self, house: House, browser: Browser, clock: MovableClock
    ) -> None:
        made = await browser.ask("POST", "/overrides", self.body())
        assert made.status_code == 201
        async with house.database.reading() as session:
            during = await service.on_call(session, "safety", clock.at + timedelta(hours=2))
            after = await service.on_call(session, "safety", clock.at + timedelta(hours=10))
        assert [one.staff_id for one in during] == ["bob", "zoe"]
        assert [one.staff_id for one in after] == ["ann", "bob"]
        assert during[1].until is not None

    async def test_taking_off_the_last_one_is_refused(self, house: House, browser: Browser) -> None:
        refused = await browser.ask(
            "POST", "/overrides", self.body(team="liaison", staff_id=None, replaces_id="lee")
        )
        assert refused.status_code == 422 and refused.json()["error"]["code"] == "rota_gap"
        assert await count(house, Override) == 0

    async def test_taking_back_what_fills_a_gap_is_refused(self, house: House, browser: Browser) -> None:
        await house.hire("lou", "police_liaison")
        first = await browser.ask(
            "POST", "/overrides", self.body(team="liaison", staff_id="lou", replaces_id=None)
        )
        await browser.ask("POST", "/overrides", self.body(team="liaison", staff_id=None, replaces_id="lee"))
        assert await count(house, Override) == 2
        refused = await browser.ask("DELETE", f"/overrides/{first.json()['id']}")
        assert refused.status_code == 422
        assert await count(house, Override) == 2

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"ends": "2020-01-01T00:00:00Z"}, "override_times"),
            ({"starts": "2020-01-01T00:00:00Z"}, "override_times"),
            ({"staff_id": None, "replaces_id": None}, "override_nobody"),
            ({"staff_id": "nobody"}, "rota_unknown_person"),
            ({"team": "cooks"}, "rota_team"),
            ({"starts": "2026-01-01T00:00:00"}, "invalid_field"),
        ],
    )
    async def test_what_cannot_be_is_refused(
        self, house: House, browser: Browser, changed: dict[str, Any], code: str
    ) -> None:
        refused = await browser.ask("POST", "/overrides", self.body(**changed))
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, code)
        assert await count(house, Override) == 0

    async def test_taking_back_and_taking_back_again(self, browser: Browser) -> None:
        made = (await browser.ask("POST", "/overrides", self.body())).json()
        assert (await browser.ask("DELETE", f"/overrides/{made['id']}")).status_code == 204
        assert (await browser.ask("DELETE", f"/overrides/{made['id']}")).status_code == 404


class TestHandover:
    async def test_the_one_on_duty_gives_the_rest_away(self, house: House, browser: Browser) -> None:
        browser.who = "ann"
        made = await browser.ask("POST", "/handover", {"team": "safety", "staff_id": "zoe"})
        assert made.status_code == 201 and made.json()["kind"] == "handover"
        async with house.database.reading() as session:
            assert [one.staff_id for one in await service.on_call(session, "safety", now())] == ["bob", "zoe"]

    async def test_who_is_not_on_duty_has_nothing_to_give(self, browser: Browser) -> None:
        browser.who = "zoe"
        refused = await browser.ask("POST", "/handover", {"team": "safety", "staff_id": "ann"})
        assert refused.status_code == 403 and "nothing to hand over" in refused.json()["error"]["message"]

    async def test_it_goes_to_somebody_of_the_team(self, browser: Browser) -> None:
        browser.who = "ann"
        for wrong, status in (("out", 422), ("ann", 422), ("nobody", 422)):
            refused = await browser.ask("POST", "/handover", {"team": "safety", "staff_id": wrong})
            assert refused.status_code == status


class TestChannels:
    async def test_ones_own_are_kept_in_order_and_shown_to_nobody_else(
        self, browser: Browser, hook: Hook
    ) -> None:
        browser.who = "ann"
        addresses = [hook.address("one"), hook.address("two")]
        saved = await browser.ask("PUT", "/channels/ann", {"addresses": addresses})
        assert saved.json() == {"kinds": ["json", "json"], "addresses": addresses}
        browser.who = "sue"
        assert (await browser.ask("GET", "/channels/ann")).json() == {
            "kinds": ["json", "json"],
            "addresses": None,
        }
        browser.who = "bob"
        assert (await browser.ask("GET", "/channels/ann")).status_code == 403
        assert (await browser.ask("PUT", "/channels/ann", {"addresses": []})).status_code == 403

    async def test_an_address_that_does_not_parse_is_refused_and_the_old_ones_stay(
        self, browser: Browser, hook: Hook
    ) -> None:
        await browser.ask("PUT", "/channels/sue", {"addresses": [hook.address()]})
        refused = await browser.ask("PUT", "/channels/sue", {"addresses": [hook.address(), "phone me"]})
        assert refused.status_code == 422
        error = refused.json()["error"]
        assert "Address 2" in error["message"] and list(error["details"]["wrong"]) == ["2"]
        assert (await browser.ask("GET", "/channels/sue")).json()["addresses"] == [hook.address()]

    async def test_somebody_unknown_has_no_channels(self, browser: Browser) -> None:
        assert (await browser.ask("PUT", "/channels/nobody", {"addresses": []})).status_code == 404

    async def test_a_change_without_the_csrf_header_is_refused(self, house: House, browser: Browser) -> None:
        refused = await browser._client.put(
            "/api/paging/channels/sue", json={"addresses": []}, headers={"X-Vigil": ""}
        )
        assert refused.status_code == 403
