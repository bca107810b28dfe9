"""Signing in and out: the cookie, the words, the limits."""

from __future__ import annotations

import asyncio
import statistics
import time

import httpx
import pytest
from sqlalchemy import select

from bot.identity import accounts, passwords, service, store
from bot.identity.models import SignInCounter, StaffAccount, StaffSession
from bot.identity.schemas import Subject
from bot.kit.database import Database, Event
from bot.kit.ids import hashed
from bot.kit.now import MovableClock
from bot.policy import policy
from bot.settings import settings
from tests.identity.conftest import CHANGE, PASSWORD, AddStaff, Browser, sign_in

LIMIT = policy().limits.sign_in_attempts_per_quarter_hour


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cheap hashing where a test needs many attempts; the code that runs is the same."""
    monkeypatch.setattr(
        passwords, "_hasher", passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )
    passwords._nobody.cache_clear()


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


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


@pytest.mark.usefixtures("quick", "password_hash")
class TestThrottle:
    @pytest.fixture
    def password_hash(self, quick: None) -> str:
        return passwords.hash_now(PASSWORD)

    async def test_guessing_one_email_ends_at_the_limit_from_wherever(
        self, add_staff: AddStaff, browser: Browser
    ) -> None:
        await add_staff("a@example.com")
        for turn in range(LIMIT):
            answer = await sign_in(browser(f"192.0.2.{turn + 10}"), "a@example.com", f"guess {turn}")
            assert code_of(answer) == (401, "sign_in_failed")
        refused = await sign_in(browser("192.0.2.200"), "a@example.com")
        assert code_of(refused) == (429, "sign_in_throttled")
        assert 0 < refused.json()["error"]["details"]["retry_after_s"] <= 900

    async def test_trying_many_emails_from_one_address_ends_at_the_limit(self, browser: Browser) -> None:
        page = browser("192.0.2.5")
        for turn in range(LIMIT):
            assert code_of(await sign_in(page, f"guess{turn}@example.com")) == (401, "sign_in_failed")
        assert code_of(await sign_in(page, "one.more@example.com")) == (429, "sign_in_throttled")
        assert code_of(await sign_in(browser("192.0.2.6"), "one.more@example.com")) == (401, "sign_in_failed")

    async def test_ends_after_a_quarter_of_an_hour(self, browser: Browser, clock: MovableClock) -> None:
        page = browser()
        for _ in range(LIMIT + 1):
            answer = await sign_in(page, "a@example.com")
        assert answer.status_code == 429
        clock.move(15 * 60 - 1)
        assert (await sign_in(page, "a@example.com")).status_code == 429
        clock.move(2)
        assert (await sign_in(page, "a@example.com")).status_code == 401

    async def test_a_stranger_cannot_keep_a_member_out_of_a_place_they_know(
        self, add_staff: AddStaff, browser: Browser
    ) -> None:
        await add_staff("li.na@example.com", "safety")
        assert (await sign_in(browser("198.51.100.7"), "li.na@example.com")).status_code == 200
        for turn in range(LIMIT + 1):
            answer = await sign_in(browser(f"192.0.2.{turn + 10}"), "li.na@example.com", f"guess {turn}")
        assert answer.status_code == 429
        assert (await sign_in(browser("198.51.100.7"), "li.na@example.com")).status_code == 200

    async def test_the_known_place_has_a_limit_of_its_own(
        self, add_staff: AddStaff, browser: Browser
    ) -> None:
        await add_staff("a@example.com")
        page = browser("198.51.100.7")
        assert (await sign_in(page, "a@example.com")).status_code == 200
        for turn in range(LIMIT):
            assert (await sign_in(page, "a@example.com", f"guess {turn}")).status_code == 401
        assert (await sign_in(page, "a@example.com")).status_code == 429

    async def test_signing_in_rightly_never_uses_up_the_limit(
        self, add_staff: AddStaff, browser: Browser
    ) -> None:
        await asyncio.gather(*(add_staff(f"agent{turn}@example.com") for turn in range(LIMIT + 5)))
        office = browser("203.0.113.9")
        for turn in range(LIMIT + 5):
            assert (await sign_in(office, f"agent{turn}@example.com")).status_code == 200

    async def test_parallel_guesses_are_all_counted(self, add_staff: AddStaff, browser: Browser) -> None:
        await add_staff("a@example.com")
        tries = (
            sign_in(browser(f"192.0.2.{n + 10}"), "a@example.com", f"guess {n}") for n in range(LIMIT + 15)
        )
        statuses = [answer.status_code for answer in await asyncio.gather(*tries)]
        assert statuses.count(401) == LIMIT and statuses.count(429) == 15

    async def test_old_windows_are_swept_away_and_addresses_are_not_readable(
        self, browser: Browser, clock: MovableClock, database: Database
    ) -> None:
        await sign_in(browser("192.0.2.77"), "a@example.com")
        clock.move(3600)
        await sign_in(browser("192.0.2.78"), "b@example.com")
        async with database.reading() as session:
            rows = list((await session.execute(select(SignInCounter))).scalars())
        assert len(rows) == 3 and all(row.since == clock.at for row in rows)
        assert all(len(row.key) == 64 and row.key != hashed("192.0.2.78") for row in rows)


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

    async def test_last_seen_moves_with_use_once_a_minute(
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

        clock.move(59)
        await page.get("/api/staff/me")
        assert await seen() == 59
        clock.move(2)
        await page.get("/api/staff/me")
        assert await seen() == 0
