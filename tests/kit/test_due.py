"""Due rows fire once, when due, and again only if told to."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.kit import due
from bot.kit.database import Database, UnitOfWork
from bot.kit.due import Firing, fire_due, schedule
from bot.kit.now import MovableClock, now


@pytest.fixture
def fired(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    seen: list[tuple[str, int]] = []

    async def handler(uow: UnitOfWork, firing: Firing) -> None:
        seen.append((firing.subject, firing.step))

    monkeypatch.setitem(due._handlers, "test.kind", handler)
    return seen


async def _owe(database: Database, subject: str, in_s: float, step: int = 0) -> None:
    async with database.unit_of_work() as uow:
        await schedule(uow, "test.kind", subject, now() + timedelta(seconds=in_s), step=step)


class TestFiring:
    async def test_waits_until_due(
        self, database: Database, clock: MovableClock, fired: list[tuple[str, int]]
    ) -> None:
        await _owe(database, "a", 20)
        clock.move(19.9)
        assert await fire_due(database) == 0
        clock.move(0.2)
        assert await fire_due(database) == 1
        assert fired == [("a", 0)]

    async def test_fires_once_across_workers(
        self, database: Database, clock: MovableClock, fired: list[tuple[str, int]]
    ) -> None:
        for number in range(20):
            await _owe(database, f"s{number}", 1)
        clock.move(2)
        counts = await asyncio.gather(*(fire_due(database) for _ in range(5)))
        assert sum(counts) == 20
        assert sorted(fired) == sorted((f"s{number}", 0) for number in range(20))

    async def test_scheduling_again_moves_the_row(
        self, database: Database, clock: MovableClock, fired: list[tuple[str, int]]
    ) -> None:
        await _owe(database, "a", 10)
        await _owe(database, "a", 100, step=3)
        clock.move(50)
        assert await fire_due(database) == 0
        clock.move(60)
        assert await fire_due(database) == 1
        assert fired == [("a", 3)]

    async def test_cancelled_rows_stay_silent(
        self, database: Database, clock: MovableClock, fired: list[tuple[str, int]]
    ) -> None:
        await _owe(database, "a", 1)
        async with database.unit_of_work() as uow:
            await due.cancel(uow, "a", "test.kind")
        clock.move(5)
        assert await fire_due(database) == 0
        assert fired == []

    async def test_a_handler_that_fails_is_tried_again_and_half_writes_nothing(
        self, database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tries: list[int] = []

        async def flaky(uow: UnitOfWork, firing: Firing) -> None:
            tries.append(firing.step)
            await schedule(uow, "test.other", firing.subject, now() + timedelta(hours=1))
            if len(tries) == 1:
                raise RuntimeError("first time")

        monkeypatch.setitem(due._handlers, "test.kind", flaky)
        await _owe(database, "a", 1)
        clock.move(2)
        assert await fire_due(database) == 0
        async with database.unit_of_work() as uow:
            assert await due.open_row(uow, "test.other", "a") is None
        clock.move(10)
        assert await fire_due(database) == 1
        assert tries == [0, 0]

    async def test_in_the_order_in_which_they_fell_due(
        self, database: Database, clock: MovableClock, fired: list[tuple[str, int]]
    ) -> None:
        owed = [("a", 30), ("b", 10), ("a", 20), ("c", 25), ("b", 40)]
        async with database.unit_of_work() as uow:
            for subject, in_s in owed:
                at = now() + timedelta(seconds=in_s)
                await schedule(uow, "test.kind", subject, at, step=in_s, key=str(in_s))
        clock.move(60)
        assert await fire_due(database) == 5
        assert fired == sorted(owed, key=lambda one: one[1])

    @pytest.mark.parametrize("template", ["postgres"], indirect=True)
    async def test_a_subject_that_takes_long_holds_up_no_other(
        self, database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """PostgreSQL alone: SQLite has one writer."""
        other_has_fired = asyncio.Event()

        async def handler(uow: UnitOfWork, firing: Firing) -> None:
            if firing.subject == "long":
                await other_has_fired.wait()
            else:
                other_has_fired.set()

        monkeypatch.setitem(due._handlers, "test.kind", handler)
        await _owe(database, "long", 1)
        await _owe(database, "other", 2)
        clock.move(5)
        async with asyncio.timeout(60):
            assert await fire_due(database) == 2
