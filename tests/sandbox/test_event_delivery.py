"""Events reach a desk that really listens, and wait for one that does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
from aiohttp import web

from bot.rides.events import read_event
from bot.rides.schemas import Event
from sandbox.settings import SandboxSettings
from sandbox.testing import RunningSandbox, running_sandbox
from tests.ports import free_port

SECRET = "only-for-this-test"


@dataclass
class Desk:
    """A receiver of events; `answers` are the statuses that it gives, one after another, then 204."""

    port: int
    answers: list[int] = field(default_factory=list)
    received: asyncio.Queue[Event] = field(default_factory=asyncio.Queue)
    runner: web.AppRunner | None = None

    async def open(self) -> None:
        app = web.Application()
        app.router.add_post("/api/rides/events", self.take)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.port).start()

    async def close(self) -> None:
        if self.runner:
            await self.runner.cleanup()

    async def take(self, request: web.Request) -> web.Response:
        event = read_event(await request.read(), request.headers, SECRET, datetime.now(UTC))
        await self.received.put(event)
        return web.Response(status=self.answers.pop(0) if self.answers else 204)

    async def next(self) -> Event:
        async with asyncio.timeout(10):
            return await self.received.get()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    listener = Desk(free_port())
    yield listener
    await listener.close()


@pytest.fixture
def platform(desk: Desk) -> Iterator[RunningSandbox]:
    with running_sandbox(SandboxSettings(secret=SECRET, desk_url=f"http://127.0.0.1:{desk.port}")) as running:
        yield running


async def report_delay(platform: RunningSandbox, minutes: int) -> None:
    await asyncio.to_thread(
        platform.demo, "/trips/t_tp_call/delay", minutes=minutes, reason_code="traffic", reason="塞車"
    )


async def test_a_delay_is_told_with_its_reason_and_a_good_signature(
    desk: Desk, platform: RunningSandbox
) -> None:
    await desk.open()
    await report_delay(platform, 12)
    event = await desk.next()
    assert (event.type, event.trip_id) == ("trip.delayed", "t_tp_call")
    assert event.data["minutes"] == 12 and event.data["reason"] == "塞車"


async def test_a_refused_event_comes_again_and_does_not_hold_up_the_next(
    desk: Desk, platform: RunningSandbox
) -> None:
    await desk.open()
    desk.answers = [500]
    await report_delay(platform, 12)
    first = await desk.next()
    await report_delay(platform, 20)
    seen = [await desk.next(), await desk.next()]
    assert [event.data["minutes"] for event in seen] == [20, 12]
    assert seen[1].id == first.id


async def test_an_event_waits_for_a_desk_that_is_down(desk: Desk, platform: RunningSandbox) -> None:
    await report_delay(platform, 7)
    await desk.open()
    assert (await desk.next()).data["minutes"] == 7


async def test_what_was_missed_can_be_read(platform: RunningSandbox) -> None:
    headers = {"X-Platform-Key": platform.key}
    async with httpx.AsyncClient(
        base_url=platform.url, headers=headers, trust_env=False, timeout=60.0
    ) as http:
        await report_delay(platform, 5)
        await report_delay(platform, 0)
        everything = (await http.get("/events")).json()
        assert [event["data"]["minutes"] for event in everything["events"]] == [5, 0]
        first = everything["events"][0]["id"]
        rest = (await http.get("/events", params={"after": first})).json()
        assert [event["data"]["minutes"] for event in rest["events"]] == [0] and not rest["gap"]
        page = (await http.get("/events", params={"limit": 1})).json()
        assert len(page["events"]) == 1 and page["more"]
        lost = (await http.get("/events", params={"after": "evt_from_before"})).json()
        assert lost["gap"] and len(lost["events"]) == 2


async def test_a_trip_that_moves_on_is_told(desk: Desk, platform: RunningSandbox) -> None:
    await desk.open()
    await asyncio.to_thread(platform.demo, "/trips/t_tp_call/status", status="waiting")
    event = await desk.next()
    assert event.type == "trip.status"
    assert event.data == {"status": "waiting", "previous": "driver_arriving"}
