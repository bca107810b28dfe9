"""Calls to the outside: written with the decision, carried out after commit, retried, never doubled by a repeat."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork
from bot.kit.now import MovableClock
from bot.kit.outbox import Delivery, OutboxRow, deliver_waiting, put


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_handlers", {})


class TestOutbox:
    async def test_a_repeat_is_the_same_call(self, database: Database, clock: MovableClock) -> None:
        made: list[str] = []

        async def call(delivery: Delivery) -> None:
            made.append(delivery.key)

        outbox.delivers("test", call)
        for _ in range(3):
            async with database.unit_of_work() as uow:
                await put(uow, "test", "one", {})
        await asyncio.gather(*(deliver_waiting(database) for _ in range(4)))
        assert made == ["one"]

    async def test_nothing_is_called_when_the_transaction_fails(
        self, database: Database, clock: MovableClock
    ) -> None:
        async def call(delivery: Delivery) -> None:
            raise AssertionError("must not be called")

        outbox.delivers("test", call)
        with pytest.raises(RuntimeError):
            async with database.unit_of_work() as uow:
                await put(uow, "test", "one", {})
                raise RuntimeError("decision undone")
        assert await deliver_waiting(database) == 0

    async def test_failures_back_off_then_are_given_up_and_each_is_told(
        self, database: Database, clock: MovableClock
    ) -> None:
        attempts: list[int] = []
        told: list[int] = []

        async def call(delivery: Delivery) -> None:
            attempts.append(delivery.attempt)
            raise ConnectionError("nobody there")

        async def failed(uow: UnitOfWork, delivery: Delivery, error: str) -> None:
            assert "nobody there" in error
            told.append(delivery.attempt)

        outbox.delivers("test", call, attempts=3, on_failure=failed)
        async with database.unit_of_work() as uow:
            await put(uow, "test", "one", {})
        for wait in (0, 0.5, 1, 2, 60, 60):
            clock.move(wait)
            await deliver_waiting(database)
        assert attempts == [1, 2, 3]
        assert told == [1, 2, 3]

    async def test_after_weeks_it_is_tried_once_a_minute_still(
        self, database: Database, clock: MovableClock
    ) -> None:
        attempts: list[int] = []

        async def call(delivery: Delivery) -> None:
            attempts.append(delivery.attempt)
            raise ConnectionError("nobody there")

        outbox.delivers("test", call, attempts=outbox.UNTIL_DONE)
        async with database.unit_of_work() as uow:
            await put(uow, "test", "one", {})
            row = (await uow.session.execute(select(OutboxRow))).scalar_one()
            row.attempt = 100_024
        for _ in range(3):
            await deliver_waiting(database)
            clock.move(60)
        assert attempts == [100_025, 100_026, 100_027]

    async def test_what_a_dead_worker_held_comes_back(self, database: Database, clock: MovableClock) -> None:
        """A worker that claims a row and dies leaves it to another once the lease has run out."""
        made: list[int] = []
        started = asyncio.Event()

        async def hangs(delivery: Delivery) -> None:
            started.set()
            await asyncio.Event().wait()

        outbox.delivers("test", hangs)
        async with database.unit_of_work() as uow:
            await put(uow, "test", "one", {})
        dying = asyncio.create_task(deliver_waiting(database))
        await started.wait()
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)

        async def works(delivery: Delivery) -> None:
            made.append(delivery.attempt)

        outbox.delivers("test", works)
        assert await deliver_waiting(database) == 0
        clock.move(31)
        assert await deliver_waiting(database) == 1
        assert made == [2]
