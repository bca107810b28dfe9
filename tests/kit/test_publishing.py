"""Events after the commit: nobody who stored something waits for a page that hangs, and order stays."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.kit import publishing
from bot.kit.database import Database, Event


class Hanging:
    """A subscriber that stands still until it is let go, like a Redis that takes and never answers."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.seen: list[object] = []

    async def __call__(self, event: Event) -> None:
        await self.go.wait()
        self.seen.append(event.data["n"])


async def _emit(database: Database, numbers: range, conversation: str | None = "c") -> float:
    """Seconds until the unit of work was done, which is what an acknowledgement waits for."""
    began = time.monotonic()
    async with database.unit_of_work() as uow:
        for number in numbers:
            about = {"conversation_id": conversation} if conversation else {}
            uow.emit("said", n=number, **about)
    return time.monotonic() - began


class TestPublishing:
    async def test_the_acknowledgement_does_not_wait_for_subscribers_that_hang(
        self, database: Database
    ) -> None:
        hanging = [Hanging(), Hanging()]
        told: list[object] = []

        async def well(event: Event) -> None:
            told.append(event.data["n"])

        database.subscribers.extend([hanging[0], well, hanging[1]])
        assert await _emit(database, range(6)) < 1.5
        assert told == list(range(6)), "who does not hang is told before the acknowledgement"

    async def test_order_stays_within_a_conversation_over_a_slow_subscriber(self, database: Database) -> None:
        slow = Hanging()
        database.subscribers.append(slow)
        for start in (0, 3, 6):
            await _emit(database, range(start, start + 3))
        slow.go.set()
        async with asyncio.timeout(5):
            await _emit(database, range(9, 10))
        assert slow.seen == list(range(10))

    async def test_one_conversation_that_hangs_holds_up_no_other(self, database: Database) -> None:
        told: list[object] = []
        stuck = asyncio.Event()

        async def listen(event: Event) -> None:
            if event.data["conversation_id"] == "stuck":
                await stuck.wait()
            told.append(event.data["n"])

        database.subscribers.append(listen)
        await _emit(database, range(1), "stuck")
        await _emit(database, range(1, 3), "other")
        assert told == [1, 2]
        stuck.set()

    async def test_what_a_subscriber_publishes_itself_comes_after_and_stops_nothing(
        self, database: Database
    ) -> None:
        told: list[object] = []

        took: list[float] = []

        async def again(event: Event) -> None:
            told.append(event.data["n"])
            if event.data["n"] == 0:
                took.append(await _emit(database, range(7, 8)))

        database.subscribers.append(again)
        await _emit(database, range(2))
        async with asyncio.timeout(5):
            await _emit(database, range(9, 10))
        assert told == [0, 1, 7, 9] and took[0] < publishing._WAIT_S, "it stands in its own lane"

    async def test_a_backlog_has_an_end(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(publishing, "_WAIT_S", 0.001)
        slow = Hanging()
        database.subscribers.append(slow)
        for number in range(publishing._BACKLOG + 20):
            await database.publish([Event("said", {"n": number})])
        slow.go.set()
        async with asyncio.timeout(10):
            while len(slow.seen) < publishing._BACKLOG:
                await database.publish([])
                await asyncio.sleep(0)
        assert slow.seen == list(range(publishing._BACKLOG))
        # It was not given up for good: once it moves again it is told again.
        monkeypatch.setattr(publishing, "_WAIT_S", 2.0)
        await database.publish([Event("said", {"n": "new"})])
        assert slow.seen[-1] == "new"
