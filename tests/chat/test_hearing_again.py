"""Messages that could not be heard: tried again with growing pauses, and at once when the NLU is seen to be back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from aiohttp import web
from sqlalchemy import select

from bot.chat.hearing import HEAR_AGAIN, HearingWorker
from bot.chat.listeners.nlu import NluListener
from bot.kit.database import Database
from bot.kit.due import Due, fire_due
from bot.kit.now import MovableClock, use_clock
from tests.chat.conftest import Open, Say

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Ear:
    """A stand-in for Rasa's hearing that can be away (503 at every door) or fail at one text alone."""

    def __init__(self) -> None:
        self.url, self.away, self.parsed = "", False, list[str]()

    async def parse(self, request: web.Request) -> web.Response:
        text = (await request.json())["text"]
        self.parsed.append(text)
        if self.away or text == "poison":
            return web.json_response({}, status=503)
        safety: dict[str, Any] = {"decision": "routine", "probability": 0.01}
        return web.json_response({"intent": {"name": "lost_item"}, "entities": [], "safety": safety})

    async def health(self, request: web.Request) -> web.Response:
        return web.json_response({}, status=503 if self.away else 200)


@pytest.fixture
async def ear(ports: Callable[[], int]) -> AsyncIterator[Ear]:
    made, app, port = Ear(), web.Application(), ports()
    app.router.add_post("/webhooks/vigil/parse", made.parse)
    app.router.add_get("/webhooks/vigil/health", made.health)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    made.url = f"http://127.0.0.1:{port}"
    yield made
    await runner.cleanup()


@pytest.fixture
def clock() -> Iterator[MovableClock]:
    made = MovableClock(NOON)
    use_clock(made)
    yield made
    use_clock(None)


class Desk:
    """Hearing and clocks, one round at a time."""

    def __init__(self, database: Database, worker: HearingWorker, clock: MovableClock) -> None:
        self.database, self.worker, self.clock = database, worker, clock

    async def goes_on(self, seconds: float = 0) -> None:
        """Time passes; what is due fires and is heard."""
        self.clock.move(seconds)
        for _ in range(2):
            await fire_due(self.database)
            await self.worker.step()
            await asyncio.gather(*self.worker._running)

    async def waits(self) -> list[float]:
        """In how many seconds the unheard messages are tried again."""
        async with self.database.reading() as session:
            query = select(Due.due).where(Due.kind == HEAR_AGAIN, Due.done.is_(False)).order_by(Due.due)
            return [(due - self.clock.at).total_seconds() for due in (await session.execute(query)).scalars()]


@pytest.fixture
async def desk(database: Database, ear: Ear, clock: MovableClock) -> AsyncIterator[Desk]:
    async with httpx.AsyncClient(trust_env=False, timeout=60.0) as client:
        yield Desk(database, HearingWorker(database, NluListener(client, ear.url, "s", 5.0)), clock)


async def test_pauses_grow_to_five_minutes_and_no_further(
    desk: Desk, ear: Ear, open_chat: Open, say: Say
) -> None:
    ear.away = True
    await say(await open_chat(), "where is my umbrella")
    await desk.goes_on()
    pauses = []
    for _ in range(6):
        (pause,) = await desk.waits()
        pauses.append(pause)
        await desk.goes_on(pause)
    assert pauses == [30, 60, 120, 240, 300, 300]
    assert ear.parsed == ["where is my umbrella"] * 7


async def test_what_was_not_heard_is_heard_as_soon_as_it_is_back(
    desk: Desk, ear: Ear, open_chat: Open, say: Say
) -> None:
    ear.away = True
    chat = await open_chat()
    for text in ("where is my umbrella", "it is red"):
        await say(chat, text)
    await desk.goes_on()
    for pause in (30, 60, 120):
        await desk.goes_on(pause)
    assert min(await desk.waits()) > 200
    ear.away, ear.parsed = False, []
    await desk.goes_on(5)
    await desk.goes_on()
    assert sorted(ear.parsed) == ["it is red", "where is my umbrella"] and await desk.waits() == []


async def test_a_desk_that_starts_hears_at_once_what_another_left_unheard(
    desk: Desk, ear: Ear, open_chat: Open, say: Say
) -> None:
    ear.away = True
    await say(await open_chat(), "where is my umbrella")
    await desk.goes_on()
    ear.away, ear.parsed = False, []
    desk.worker = HearingWorker(desk.database, desk.worker._nlu)
    await desk.goes_on()
    await desk.goes_on()
    assert ear.parsed == ["where is my umbrella"]


async def test_one_message_that_always_fails_does_not_hurry_while_the_nlu_is_well(
    desk: Desk, ear: Ear, open_chat: Open, say: Say
) -> None:
    await desk.goes_on()
    await say(await open_chat(), "poison")
    await desk.goes_on()
    for _ in range(5):
        await desk.goes_on(5)
    assert ear.parsed == ["poison"] and await desk.waits() == [5]
