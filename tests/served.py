"""The desk served over real HTTP on a port of its own, with nothing behind it: no Rasa, no platform."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from bot.app import Desk, build, running
from bot.settings import Settings
from tests.ports import free_port

_WITHIN_S = 60.0


@asynccontextmanager
async def served_desk(
    database_url: str, folder: Path, *, platform: str | None = None, tick_s: float = 1.0, **more: Any
) -> AsyncIterator[tuple[Desk, str]]:
    """The desk with its workers and its address, until the block ends. platform: a ride platform's address; tick_s: how often
    the clocks are looked at, a long time where a test fires them itself; more: other
    settings."""
    nobody, port = f"http://127.0.0.1:{free_port()}", free_port()
    chosen = Settings(
        env="test", var=folder, database_url=database_url, rasa_hear_url=nobody, rasa_talk_url=nobody,
        ride_platform_url=platform or nobody, actions_url=nobody, port=port, tick_s=tick_s, **more,
    )  # fmt: skip
    desk = build(chosen)
    server = uvicorn.Server(uvicorn.Config(desk.asgi, port=port, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client, asyncio.timeout(60):
        while not server.started:
            await asyncio.sleep(0.01)
        (await client.get(f"{url}/healthz")).raise_for_status()
    async with running(desk):
        yield desk, url
        server.should_exit = True
        await serving


async def until(done: Callable[[], Awaitable[Any]]) -> Any:
    """What `done` gives as soon as it gives something. Raises TimeoutError when that takes too long."""
    end = time.monotonic() + _WITHIN_S
    while time.monotonic() < end:
        if found := await done():
            return found
        await asyncio.sleep(0.02)
    raise TimeoutError
