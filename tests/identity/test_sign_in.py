"""Signing in and out: the cookie, the words, presence."""

from __future__ import annotations

import statistics
import time

import pytest
from sqlalchemy import select

from bot.identity import accounts, passwords, service, store
from bot.identity.models import StaffAccount, StaffSession
from bot.identity.schemas import Subject
from bot.kit.database import Database, Event
from bot.kit.ids import hashed
from bot.kit.now import MovableClock
from bot.policy import policy
from bot.settings import settings
from tests.identity.conftest import CHANGE, PASSWORD, AddStaff, Browser, code_of, sign_in


class TestSignIn:
    async def test_sets_the_cookie_and_says_who_and_what_is_allowed(
        self, add_staff: AddStaff, browser: Browser
    ) -> None:
        li_na = await add_staff("li.na@example.com", "safety", name="李娜", locale="zh")
        page = browser()
        answer = await sign_in(page, " Li.Na@Example.com ")
        assert answer.status_code == 200
        told = answer.json()
        assert (told["id"], told["name"], told["roles"], told["locale"]) == (
            li_na.id,
            "李娜",
            ["safety"],
            "zh",
        )
        assert "accept_safety" in told["acts"] and "manage_staff" not in told["acts"]
        cookie = answer.headers["set-cookie"].lower()
        assert "vigil_staff=" in cookie and "httponly" in cookie and "samesite=strict" in cookie
        assert (await page.get("/api/staff/me")).json() == told

    async def test_the_cookie_is_for_https_only_where_the_desk_is(
        self, add_staff: AddStaff, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await add_staff("a@example.com")
        assert "secure" not in (await sign_in(browser(), "a@example.com")).headers["set-cookie"].lower()
        monkeypatch.setattr(settings(), "public_url", "https://desk.example")
        assert "secure" in (await sign_in(browser(), "a@example.com")).headers["set-cookie"].lower()

    async def test_the_database_holds_no_secret(
        self, add_staff: AddStaff, browser: Browser, database: Database
    ) -> None:
        await add_staff("a@example.com")
        page = browser()
        await sign_in(page, "a@example.com")
        async with database.reading() as session:
            opened = (await session.execute(select(StaffSession))).scalar_one()
            account = (await session.execute(select(StaffAccount))).scalar_one()
        assert opened.secret_hash == hashed(page.cookies["vigil_staff"])
        assert account.password_hash.startswith("$argon2id$") and PASSWORD not in account.password_hash

    async def test_a_wrong_password_and_an_unknown_email_get_the_same_answer(
        self, add_staff: AddStaff, browser: Browser
    ) -> None:
        await add_staff("a@example.com")
        wrong = await sign_in(browser(), "a@example.com", "not the password")
        unknown = await sign_in(browser(), "nobody@example.com", "not the password")
        assert code_of(wrong) == (401, "sign_in_failed")
        assert wrong.json() == unknown.json() and "set-cookie" not in wrong.headers

    async def test_an_unknown_email_takes_as_long_as_a_wrong_password(
        self, add_staff: AddStaff, database: Database
    ) -> None:
        member = await add_staff("a@example.com")
        async with database.reading() as session:
            stored = (await session.get_one(StaffAccount, member.id)).password_hash
        assert not await passwords.verify(None, "warm up")

        async def took(hash_: str | None) -> float:
            began = time.perf_counter()
            assert not await passwords.verify(hash_, "not the password")
            return time.perf_counter() - began

        # Measured alternately, so that what else runs on the machine weighs on both.
        pairs = [(await took(stored), await took(None)) for _ in range(9)]
        known, unknown = (statistics.median(side) for side in zip(*pairs, strict=True))
        assert 0.5 < unknown / known < 2

    async def test_the_words_are_in_the_callers_language(self, browser: Browser) -> None:
        english = await sign_in(browser(), "nobody@example.com")
        chinese = await sign_in(browser(language="zh-CN,zh"), "nobody@example.com")
        assert "supervisor" in english.json()["error"]["message"]
        assert "主管" in chinese.json()["error"]["message"]

    async def test_a_disabled_account_is_told_only_with_the_right_password(
        self, add_staff: AddStaff, browser: Browser, database: Database
    ) -> None:
        await add_staff("boss@example.com", "supervisor")
        gone = await add_staff("gone@example.com")
        async with database.unit_of_work() as uow:
            await accounts.disable(uow, None, gone.id)
        assert code_of(await sign_in(browser(), "gone@example.com")) == (403, "account_disabled")
        assert code_of(await sign_in(browser(), "gone@example.com", "wrong")) == (401, "sign_in_failed")

    @pytest.mark.parametrize("email", ["\x00", "a\x00@example.com", "' OR 1=1 --", "a" * 320])
    async def test_odd_emails_are_only_unknown(self, browser: Browser, email: str) -> None:
        assert code_of(await sign_in(browser(), email)) == (401, "sign_in_failed")

    async def test_the_same_characters_from_another_input_method_are_the_same_password(
        self, add_staff: AddStaff, browser: Browser
    ) -> None:
        await add_staff("a@example.com")
        wide = "".join(chr(ord(one) + 0xFEE0) if one != " " else one for one in PASSWORD)
        assert (await sign_in(browser(), "a@example.com", wide)).status_code == 200

    async def test_is_written_to_the_audit(
        self, add_staff: AddStaff, browser: Browser, database: Database
    ) -> None:
        member = await add_staff("a@example.com")
        await sign_in(browser(), "a@example.com")
        async with database.reading() as session:
            entries = await store.audit_of(session, Subject("staff", member.id))
        assert [(one.act, one.who) for one in entries] == [
            ("account_added", "software:command-line"), ("signed_in", member.who),
        ]  # fmt: skip

    async def test_a_hash_of_weaker_parameters_is_made_anew(
        self, add_staff: AddStaff, browser: Browser, database: Database
    ) -> None:
        member = await add_staff("a@example.com")
        weak = passwords.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
        async with database.unit_of_work() as uow:
            await accounts.set_password(uow, None, member.id, weak)
        assert (await sign_in(browser(), "a@example.com")).status_code == 200
        async with database.reading() as session:
            account = await session.get_one(StaffAccount, member.id)
        assert account.password_hash != weak and not passwords.outdated(account.password_hash)


class TestSession:
    async def test_ends_with_the_policys_hours(
        self, add_staff: AddStaff, browser: Browser, clock: MovableClock
    ) -> None:
        await add_staff("a@example.com")
        page = browser()
        await sign_in(page, "a@example.com")
        clock.move(policy().limits.staff_session_hours * 3600 - 1)
        assert (await page.get("/api/staff/me")).status_code == 200
        clock.move(2)
        assert code_of(await page.get("/api/staff/me")) == (401, "sign_in_needed")

    async def test_signing_out_ends_it_on_the_server_and_only_there(
        self, add_staff: AddStaff, browser: Browser
    ) -> None:
        await add_staff("a@example.com")
        one, other = browser(), browser()
        await sign_in(one, "a@example.com")
        await sign_in(other, "a@example.com")
        stolen = dict(one.cookies)
        assert (await one.post("/api/staff/sign-out", headers=CHANGE)).status_code == 204
        assert "vigil_staff" not in one.cookies
        one.cookies.update(stolen)
        assert (await one.get("/api/staff/me")).status_code == 401
        assert (await other.get("/api/staff/me")).status_code == 200

    async def test_signing_out_twice_or_without_signing_in_is_fine(self, browser: Browser) -> None:
        assert (await browser().post("/api/staff/sign-out", headers=CHANGE)).status_code == 204

    @pytest.mark.parametrize("cookie", ["", "invented", "\\x00", "a" * 4000])
    async def test_an_invented_cookie_opens_nothing(self, browser: Browser, cookie: str) -> None:
        answer = await browser().get("/api/staff/me", headers={"Cookie": f"vigil_staff={cookie}"})
        assert code_of(answer) == (401, "sign_in_needed")


class TestPresence:
    async def test_signed_in_is_online_and_signed_out_is_away(
        self, add_staff: AddStaff, browser: Browser, database: Database
    ) -> None:
        member = await add_staff("a@example.com")
        told: list[Event] = []

        async def listen(event: Event) -> None:
            if event.topic == "staff.presence":
                told.append(event)

        database.subscribers.append(listen)

        async def online() -> list[str]:
            async with database.reading() as session:
                return [one.id for one in await service.online_members(session)]

        page = browser()
        assert await online() == []
        await sign_in(page, "a@example.com")
        assert await online() == [member.id]
        away = await page.post("/api/staff/me/presence", json={"state": "away"}, headers=CHANGE)
        assert away.status_code == 204 and await online() == []
        await page.post("/api/staff/me/presence", json={"state": "online"}, headers=CHANGE)
        assert await online() == [member.id]
        await page.post("/api/staff/sign-out", headers=CHANGE)
        assert await online() == []
        assert [event.data["state"] for event in told] == ["online", "away", "online", "away"]

    async def test_who_vanished_is_no_longer_online_when_the_session_ends(
        self, add_staff: AddStaff, browser: Browser, database: Database, clock: MovableClock
    ) -> None:
        await add_staff("a@example.com")
        await sign_in(browser(), "a@example.com")
        clock.move(policy().limits.staff_session_hours * 3600 + 1)
        async with database.reading() as session:
            assert await service.online_members(session) == []

    async def test_last_seen_moves_with_use_every_twenty_seconds(
        self, add_staff: AddStaff, browser: Browser, database: Database, clock: MovableClock
    ) -> None:
        member = await add_staff("a@example.com")
        page = browser()
        await sign_in(page, "a@example.com")

        async def seen() -> float:
            async with database.reading() as session:
                account = await session.get_one(StaffAccount, member.id)
            assert account.last_seen_at is not None
            return (clock.at - account.last_seen_at).total_seconds()

        clock.move(19)
        await page.get("/api/staff/me")
        assert await seen() == 19
        clock.move(2)
        await page.get("/api/staff/me")
        assert await seen() == 0
