"""Two workers of the desk on one database and one Redis: what one of them learns must hold on the pages of the other."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import socketio

from bot.identity import accounts
from tests.console.conftest import Room, demo_sign_ins
from tests.served import served_desk

REDIS = os.environ.get("VIGIL_TEST_REDIS", "redis://127.0.0.1:6379")
CRY = "he has a knife, help me"


class Page:
    """An open console on one worker: what its socket was told."""

    def __init__(self) -> None:
        self.socket = socketio.AsyncClient(reconnection=False)
        self.words: list[str] = []
        self.viewers: list[set[str]] = []
        self.gone = asyncio.Event()
        self._news = asyncio.Event()

    async def open(self, room: Room, client: httpx.AsyncClient, chat: str) -> None:
        async def message(data: dict[str, Any]) -> None:
            self.words.append(data["message"]["text"])
            self._news.set()

        async def presence(data: dict[str, Any]) -> None:
            self.viewers.append({one["name"] for one in data["viewers"]})
            self._news.set()

        async def disconnect(*_why: Any) -> None:
            self.gone.set()

        for name, handler in (("message", message), ("presence", presence), ("disconnect", disconnect)):
            self.socket.on(name, handler, namespace="/staff")
        cookie = f"vigil_staff={client.cookies['vigil_staff']}"
        await self.socket.connect(room.url, headers={"Cookie": cookie}, namespaces=["/staff"])
        await self.socket.emit("view", {"conversation_id": chat}, namespace="/staff")
        await self.until(lambda: bool(self.viewers))

    async def until(self, holds: Any) -> None:
        """Wait for something the socket is told; fails after 15 seconds."""
        async with asyncio.timeout(15):
            while not holds():
                self._news.clear()
                await self._news.wait()


@pytest.fixture
async def rooms(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Room, Room]]:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    async with (
        served_desk(database_url, folders[0], redis_url=REDIS) as (desk, url),
        served_desk(database_url, folders[1], redis_url=REDIS) as (other, other_url),
    ):
        sign_ins = await demo_sign_ins(desk.database)
        made = Room(desk, url, sign_ins), Room(other, other_url, sign_ins)
        yield made
        for room in made:
            await room.close()


async def test_an_outsourced_viewer_on_the_other_worker_hears_no_word_of_an_s0_and_leaves(
    rooms: tuple[Room, Room],
) -> None:
    one, two = rooms
    chat, header = await one.chat("my receipt please")
    safety, outsider = Page(), Page()
    await outsider.open(two, await two.staff("outsourced"), chat)
    await safety.open(two, await two.staff("safety"), chat)
    await one.write(header, "it was yesterday")
    await outsider.until(lambda: "it was yesterday" in outsider.words)
    await one.write(header, CRY)
    await safety.until(lambda: CRY in safety.words)
    await safety.until(lambda: len(safety.viewers[-1]) == 1)
    await one.write(header, "please hurry")
    await safety.until(lambda: "please hurry" in safety.words)
    assert not {CRY, "please hurry"} & set(outsider.words)
    for page in (safety, outsider):
        await page.socket.disconnect()


async def test_an_account_that_one_worker_disables_has_no_open_page_on_the_other(
    rooms: tuple[Room, Room],
) -> None:
    one, two = rooms
    chat, _ = await one.chat("my receipt please")
    page, client = Page(), await two.staff("outsourced")
    await page.open(two, client, chat)
    staff_id = (await client.get("/api/staff/me")).json()["id"]
    async with one.desk.database.unit_of_work() as uow:
        await accounts.disable(uow, None, staff_id)
    async with asyncio.timeout(15):
        await page.gone.wait()
