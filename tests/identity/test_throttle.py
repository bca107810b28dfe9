"""Guessing passwords ends at a limit; a member is never kept out by a stranger's guesses."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from bot.identity import passwords
from bot.identity.models import SignInCounter
from bot.kit.database import Database
from bot.kit.ids import hashed
from bot.kit.now import MovableClock
from bot.policy import policy
from tests.conftest import hash_cheaply
from tests.identity.conftest import PASSWORD, AddStaff, Browser, code_of, sign_in

LIMIT = policy().limits.sign_in_attempts_per_quarter_hour


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cheap hashing where a test needs many attempts."""
    hash_cheaply(monkeypatch)


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
