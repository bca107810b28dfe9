"""Supervisors' accounts: added, changed and ended, each with its trace."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from bot.errors import Conflict, NotAllowed, VigilError
from bot.identity import accounts, store
from bot.identity.accounts import Wanted
from bot.identity.schemas import Subject
from bot.kit.database import Database
from tests.identity.conftest import CHANGE, PASSWORD, AddStaff, Browser, sign_in

NEW = {"email": "New@Example.com", "name": "  新 同事 ", "roles": ["safety", "agent"], "locale": "zh"}


@pytest.fixture
async def boss(add_staff: AddStaff, browser: Browser) -> httpx.AsyncClient:
    """A signed-in supervisor's browser."""
    await add_staff("boss@example.com", "supervisor")
    page = browser()
    page.headers.update(CHANGE)
    assert (await sign_in(page, "boss@example.com")).status_code == 200
    return page


async def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


class TestAdding:
    async def test_gives_a_one_time_password_that_signs_in(
        self, boss: httpx.AsyncClient, browser: Browser
    ) -> None:
        made = await boss.post("/api/staff/accounts", json=NEW)
        assert made.status_code == 201
        account, password = made.json()["account"], made.json()["password"]
        assert (account["email"], account["name"], account["roles"]) == (
            "new@example.com", "新 同事", ["agent", "safety"],
        )  # fmt: skip
        assert (await sign_in(browser(), "new@example.com", password)).status_code == 200
        listed = (await boss.get("/api/staff/accounts")).json()["accounts"]
        assert {one["email"] for one in listed} == {"boss@example.com", "new@example.com"}
        assert "hash" not in str(listed) and password not in str(listed)

    @pytest.mark.parametrize(
        ("wrong", "expected"),
        [
            ({"email": "no address"}, "email_invalid"),
            ({"email": "boss@example.com"}, "email_taken"),
            ({"email": "BOSS@example.com"}, "email_taken"),
            ({"name": " \x00 "}, "name_needed"),
            ({"roles": []}, "roles_needed"),
            ({"roles": ["agent", "root"]}, "role_unknown"),
            ({"password": "short"}, "password_length"),
            ({"locale": "fr"}, "invalid_field"),
        ],
    )
    async def test_is_refused_in_words(
        self, boss: httpx.AsyncClient, wrong: dict[str, object], expected: str
    ) -> None:
        answer = await boss.post("/api/staff/accounts", json=NEW | wrong)
        assert answer.json()["error"]["code"] == expected and answer.status_code in (409, 422)
        assert "{" not in answer.json()["error"]["message"]

    async def test_two_at_once_with_one_email_make_one_account(self, boss: httpx.AsyncClient) -> None:
        answers = await asyncio.gather(*(boss.post("/api/staff/accounts", json=NEW) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]

    @pytest.mark.parametrize("role", ["agent", "safety", "trainer", "police_liaison"])
    async def test_is_for_supervisors_only(self, add_staff: AddStaff, browser: Browser, role: str) -> None:
        await add_staff("other@example.com", role)
        page = browser()
        page.headers.update(CHANGE)
        await sign_in(page, "other@example.com")
        assert await code(await page.post("/api/staff/accounts", json=NEW)) == (403, "not_allowed")
        assert (await page.get("/api/staff/accounts")).status_code == 403

    async def test_the_service_checks_for_itself(self, database: Database, add_staff: AddStaff) -> None:
        agent = await add_staff("agent@example.com")
        with pytest.raises(NotAllowed):
            async with database.unit_of_work() as uow:
                await accounts.add(uow, agent, Wanted("x@example.com", "X", ["agent"]), "hash")


class TestRoles:
    async def test_hold_from_the_next_request_on(
        self, boss: httpx.AsyncClient, add_staff: AddStaff, browser: Browser, database: Database
    ) -> None:
        member = await add_staff("a@example.com", "agent", in_house=False)
        page = browser()
        await sign_in(page, "a@example.com")
        assert "accept_safety" not in (await page.get("/api/staff/me")).json()["acts"]
        changed = await boss.post(
            f"/api/staff/accounts/{member.id}/roles", json={"roles": ["safety"], "in_house": True}
        )
        assert changed.json()["roles"] == ["safety"]
        assert "accept_safety" in (await page.get("/api/staff/me")).json()["acts"]
        async with database.reading() as session:
            entry = (await store.audit_of(session, Subject("staff", member.id)))[-1]
            by = await store.by_email(session, "boss@example.com")
        assert by is not None and entry.who == f"staff:{by.id}" and entry.act == "roles_changed"
        assert entry.details["before"] == {"roles": ["agent"], "in_house": False}
        assert (entry.details["roles"], entry.details["in_house"]) == (["safety"], True)

    async def test_the_last_supervisor_stays_one(self, boss: httpx.AsyncClient) -> None:
        me = (await boss.get("/api/staff/me")).json()["id"]
        for change in ({"roles": ["agent"]}, {"roles": ["supervisor"], "in_house": False}):
            assert await code(await boss.post(f"/api/staff/accounts/{me}/roles", json=change)) == (
                409,
                "last_manager",
            )
        assert (await boss.get("/api/staff/me")).json()["roles"] == ["supervisor"]

    async def test_of_nobody_are_missing(self, boss: httpx.AsyncClient) -> None:
        answer = await boss.post("/api/staff/accounts/nobody/roles", json={"roles": ["agent"]})
        assert await code(answer) == (404, "no_account")


class TestDisabling:
    async def test_ends_the_sessions_at_once_and_can_be_undone(
        self, boss: httpx.AsyncClient, add_staff: AddStaff, browser: Browser, database: Database
    ) -> None:
        member = await add_staff("a@example.com")
        page = browser()
        await sign_in(page, "a@example.com")
        told: list[str] = []

        async def listen(event: object) -> None:
            told.append(getattr(event, "topic", ""))

        database.subscribers.append(listen)
        answer = await boss.post(f"/api/staff/accounts/{member.id}/disable")
        assert answer.json()["disabled_at"] is not None and "staff.signed_out" in told
        assert (await page.get("/api/staff/me")).status_code == 401
        assert (await boss.post(f"/api/staff/accounts/{member.id}/enable")).json()["disabled_at"] is None
        assert (await page.get("/api/staff/me")).status_code == 401
        assert (await sign_in(page, "a@example.com")).status_code == 200

    async def test_oneself_is_refused(self, boss: httpx.AsyncClient, add_staff: AddStaff) -> None:
        await add_staff("second@example.com", "supervisor")
        me = (await boss.get("/api/staff/me")).json()["id"]
        assert await code(await boss.post(f"/api/staff/accounts/{me}/disable")) == (409, "not_yourself")

    async def test_two_supervisors_who_disable_each_other_leave_one(
        self, add_staff: AddStaff, database: Database
    ) -> None:
        one, two = (
            await add_staff("1@example.com", "supervisor"),
            await add_staff("2@example.com", "supervisor"),
        )

        async def disable(by: object, whom: str) -> str:
            try:
                async with database.unit_of_work() as uow:
                    await accounts.disable(uow, by, whom)  # type: ignore[arg-type]
            except VigilError as error:
                return error.code
            return "done"

        outcomes = await asyncio.gather(disable(one, two.id), disable(two, one.id))
        assert sorted(outcomes) == ["done", "last_manager"]

    async def test_the_command_line_cannot_end_the_last_supervisor_either(
        self, add_staff: AddStaff, database: Database
    ) -> None:
        only = await add_staff("1@example.com", "supervisor")
        with pytest.raises(Conflict, match="last_manager"):
            async with database.unit_of_work() as uow:
                await accounts.disable(uow, None, only.id)


class TestPasswords:
    async def test_ones_own_is_changed_with_the_present_one_and_ends_every_session(
        self, add_staff: AddStaff, browser: Browser
    ) -> None:
        await add_staff("a@example.com")
        page, other = browser(), browser()
        await sign_in(page, "a@example.com")
        await sign_in(other, "a@example.com")
        path, new = "/api/staff/me/password", "another long passphrase"
        wrong = await page.post(path, json={"current": "guess", "new": new}, headers=CHANGE)
        assert await code(wrong) == (422, "password_wrong")
        done = await page.post(path, json={"current": PASSWORD, "new": new}, headers=CHANGE)
        assert done.status_code == 204
        assert (await other.get("/api/staff/me")).status_code == 401
        assert (await sign_in(page, "a@example.com")).status_code == 401
        assert (await sign_in(page, "a@example.com", new)).status_code == 200

    async def test_a_borrowed_session_cannot_guess_for_long(
        self, add_staff: AddStaff, browser: Browser
    ) -> None:
        await add_staff("a@example.com")
        page = browser()
        await sign_in(page, "a@example.com")
        body = {"current": "guess", "new": "another long passphrase"}
        statuses = [
            (await page.post("/api/staff/me/password", json=body, headers=CHANGE)).status_code
            for _ in range(21)
        ]
        assert statuses == [422] * 20 + [429]

    async def test_a_supervisor_gives_a_new_one(
        self, boss: httpx.AsyncClient, add_staff: AddStaff, browser: Browser
    ) -> None:
        member = await add_staff("a@example.com")
        given = (await boss.post(f"/api/staff/accounts/{member.id}/password")).json()["password"]
        assert (await sign_in(browser(), "a@example.com")).status_code == 401
        assert (await sign_in(browser(), "a@example.com", given)).status_code == 200
