"""Who may pass a staff door."""

from __future__ import annotations

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI

from bot.identity import accounts
from bot.identity.endpoints import act, member_from_cookie_header
from bot.identity.schemas import Member
from bot.kit.database import Database
from bot.policy import policy
from tests.identity.conftest import CHANGE, AddStaff, Browser, sign_in

CHANGES = [
    "/api/staff/sign-out", "/api/staff/me/presence", "/api/staff/me/password", "/api/staff/accounts",
    "/api/staff/accounts/x/roles", "/api/staff/accounts/x/disable", "/api/staff/accounts/x/enable",
    "/api/staff/accounts/x/password",
]  # fmt: skip


class TestAnotherSitesPage:
    @pytest.mark.parametrize("path", CHANGES)
    @pytest.mark.parametrize("header", [None, "0", "true"])
    async def test_cannot_change_anything_without_the_header(
        self, add_staff: AddStaff, browser: Browser, path: str, header: str | None
    ) -> None:
        await add_staff("boss@example.com", "supervisor")
        page = browser()
        await sign_in(page, "boss@example.com")
        answer = await page.post(path, json={}, headers={"X-Vigil": header} if header else {})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "x_vigil_missing")

    async def test_every_change_among_the_routes_is_in_that_list(self, app: FastAPI) -> None:
        paths = app.openapi()["paths"]
        posts = {path.replace("{staff_id}", "x") for path, verbs in paths.items() if "post" in verbs}
        assert posts - {"/api/staff/sign-in"} == set(CHANGES)
        assert {verb for verbs in paths.values() for verb in verbs} == {"get", "post"}

    async def test_cannot_sign_anybody_in_with_a_form(self, add_staff: AddStaff, browser: Browser) -> None:
        await add_staff("a@example.com")
        body = '{"email": "a@example.com", "password": "a long enough passphrase"}'
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            answer = await browser().post("/api/staff/sign-in", content=body, headers={"Content-Type": kind})
            assert answer.status_code == 422 and "set-cookie" not in answer.headers


class TestAct:
    async def test_lets_in_who_may_and_tells_others_who_may(
        self, app: FastAPI, add_staff: AddStaff, browser: Browser
    ) -> None:
        @app.get("/rota")
        async def rota(member: Annotated[Member, Depends(act("edit_rota"))]) -> str:
            return member.name

        await add_staff("boss@example.com", "supervisor", name="陈静")
        await add_staff("agent@example.com", "agent", locale="zh")
        await add_staff("outside@example.com", "supervisor", in_house=False)
        assert (await browser().get("/rota")).status_code == 401
        for email, status in (("boss", 200), ("agent", 403), ("outside", 403)):
            page = browser(language="zh" if email == "agent" else "en")
            await sign_in(page, f"{email}@example.com")
            answer = await page.get("/rota")
            assert answer.status_code == status
            if email == "agent":
                told = answer.json()["error"]
                assert told["code"] == "not_allowed" and told["details"] == {"act": "edit_rota"}
                assert "主管" in told["message"] and "修改值班表" in told["message"]


class TestCookieHeader:
    async def test_opens_a_socket_for_the_signed_in_member_alone(
        self, add_staff: AddStaff, browser: Browser, database: Database
    ) -> None:
        await add_staff("boss@example.com", "supervisor")
        member = await add_staff("a@example.com", "safety")
        page = browser()
        await sign_in(page, "a@example.com")
        header = f"theme=dark; broken; vigil_staff={page.cookies['vigil_staff']}; x=1"
        assert await member_from_cookie_header(database, header) == member
        for other in ("", "vigil_staff=", "vigil_staff=invented", "=;=", "vigil_staff"):
            assert await member_from_cookie_header(database, other) is None
        async with database.unit_of_work() as uow:
            await accounts.disable(uow, None, member.id)
        assert await member_from_cookie_header(database, header) is None


class TestMember:
    def test_acts_are_the_policys(self) -> None:
        outsourced = Member("1", "o@example.com", "O", ("agent",), False)
        in_house = Member("2", "s@example.com", "S", ("safety",), True)
        assert "accept_safety" not in outsourced.acts and "escalate" in outsourced.acts
        assert "accept_safety" in in_house.acts
        assert Member("3", "s@example.com", "S", ("safety",), False).may("accept_safety") is False

    @pytest.mark.parametrize("role", policy().roles)
    def test_raising_is_open_to_every_role_in_house_or_not(self, role: str) -> None:
        assert Member("1", "x@example.com", "X", (role,), False).may("escalate")


async def test_a_change_with_the_header_passes(add_staff: AddStaff, browser: Browser) -> None:
    await add_staff("a@example.com")
    page = browser()
    await sign_in(page, "a@example.com")
    answer = await page.post("/api/staff/me/presence", json={"state": "away"}, headers=CHANGE)
    assert answer.status_code == 204
