"""The rehearsal against a served desk: an agent who does everything at once is praised, an empty desk is not."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app import Desk
from bot.identity import service as identity
from bot.kit.now import now
from bot.rehearsal.play import Refused, Rehearsal
from sandbox.testing import RunningSandbox, running_sandbox
from tests.served import served_desk, until

FASTER = 3000.0


@pytest.fixture
async def running(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Desk, str, RunningSandbox]]:
    with running_sandbox() as sandbox:
        async with served_desk(database_url, tmp_path, platform=sandbox.url) as (desk, url):
            desk.settings.public_url = url
            desk.settings.ride_platform_key = sandbox.key
            yield desk, url, sandbox


async def _on_duty(desk: Desk, url: str) -> None:
    """A member of the safety team who accepts, calls the police, answers, and stops the driver, as soon as they see it."""
    async with desk.database.unit_of_work() as uow:
        made = await identity.ensure_demo_staff(uow)
    email, password = next((email, password) for email, password, roles in made if "safety" in roles)
    async with httpx.AsyncClient(base_url=url, trust_env=False, headers={"X-Vigil": "1"}, timeout=60) as page:
        (
            await page.post("/api/staff/sign-in", json={"email": email, "password": password})
        ).raise_for_status()
        while True:
            rows = (await page.get("/api/console/queue")).raise_for_status().json()["rows"]
            for row in [row for row in rows if row["holder"] == "queue" and row["grade"] == "S0"]:
                path = f"/api/console/conversations/{row['conversation_id']}"
                screen = (await page.post(f"{path}/accept", json={})).raise_for_status().json()
                call = {
                    "decision": "called",
                    "service": "police",
                    "station": "永宁",
                    "officer": "李",
                    "number": "1",
                }
                await page.post(f"{path}/emergency-call", json=call)
                await _answer(page, path, screen)
            await asyncio.sleep(0.1)


async def _answer(page: httpx.AsyncClient, path: str, screen: dict[str, Any]) -> None:
    """The friend goes on writing meanwhile: whoever has not seen the newest words is refused, reads them and answers."""
    body = {"client_id": uuid.uuid4().hex, "text": "我是安全组的，我接手了。"}
    while True:
        seen = screen["messages"][-1]["seq"]
        answer = await page.post(f"{path}/reply", json={**body, "seen_seq": seen})
        if answer.status_code != 409:
            return
        screen = (await page.get(path)).raise_for_status().json()


@asynccontextmanager
async def _drops_the_second_look(platform: str, *, every_look: bool = False) -> AsyncIterator[str]:
    """The address of a way to the platform that hangs up on the second look at the driver's dispatch, or on every one."""
    looks = 0

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal looks
        head = ""
        with suppress(asyncio.IncompleteReadError):  # whoever stops watching hangs up
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if not head:
            writer.close()
            return
        target = head.split()[1]
        looks += "/dispatch-hold" in target
        if "/dispatch-hold" not in target or (looks != 2 and not every_look):
            key = next(line for line in head.splitlines() if line.lower().startswith("x-platform-key"))
            async with httpx.AsyncClient(trust_env=False) as client:
                answer = await client.get(
                    f"{platform}{target}", headers={"X-Platform-Key": key.partition(": ")[2]}
                )
            top = f"HTTP/1.1 {answer.status_code} .\r\ncontent-length: {len(answer.content)}\r\nconnection: close\r\n\r\n"
            writer.write(top.encode() + answer.content)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


class TestRehearsal:
    async def test_what_was_done_is_scored_from_outside(
        self, running: tuple[Desk, str, RunningSandbox]
    ) -> None:
        desk, url, _ = running
        told: list[str] = []
        rehearsal = Rehearsal(desk.settings, "zh", FASTER, lambda text, **_: told.append(text))
        duty = asyncio.create_task(_on_duty(desk, url))
        playing = asyncio.create_task(rehearsal.play("t_hz_live", watch_s=20))
        await asyncio.wait({duty, playing}, return_when=asyncio.FIRST_COMPLETED)
        duty.cancel()
        await asyncio.gather(duty, return_exceptions=True)
        score = await playing
        reached = {name for name, seconds in score.reached.items() if seconds is not None}
        wanted = {"first_reply", "joined", "accepted", "human_words", "emergency_call", "driver_stopped"}
        assert wanted <= reached
        assert "police_answered" not in reached, "nobody answered the police, and the score must not say so"
        page = rehearsal.report(now())
        assert page.count("| ") > 20 and "没有做到" in page
        assert len([line for line in told if "朋友第" in line]) == 7

    async def test_an_empty_desk_scores_what_software_alone_does(
        self, running: tuple[Desk, str, RunningSandbox]
    ) -> None:
        desk, _, _ = running
        rehearsal = Rehearsal(desk.settings, "en", FASTER, lambda *_, **__: None)
        score = await rehearsal.play("t_hz_live", watch_s=1)
        assert score.reached.get("accepted") is None and score.reached["first_reply"] is not None
        assert not score.complete

    async def test_a_dropped_look_is_told_and_the_next_one_is_made(
        self, running: tuple[Desk, str, RunningSandbox]
    ) -> None:
        desk, url, sandbox = running
        told: list[str] = []
        async with _drops_the_second_look(sandbox.url) as platform:
            desk.settings.ride_platform_url = platform
            rehearsal = Rehearsal(desk.settings, "en", FASTER, lambda text, **_: told.append(text))
            playing = asyncio.create_task(rehearsal.play("t_hz_live", watch_s=60))
            duty = asyncio.create_task(_on_duty(desk, url))

            async def looked_again() -> bool:
                answered = rehearsal.score.reached.get("human_words") is not None
                page = rehearsal.report(now())
                return playing.done() or (answered and "failed: 1" in page and "At the end" not in page)

            await until(looked_again)
            playing.cancel()
            duty.cancel()
            await asyncio.gather(playing, duty, return_exceptions=True)
        assert rehearsal.score.reached.get("human_words") is not None
        assert len([line for line in told if "No look at the ride platform" in line]) == 1
        page = rehearsal.report(now())
        assert "Looks that failed: 1." in page and "At the end" not in page

    async def test_a_platform_that_is_gone_is_not_the_team_s_fault(
        self, running: tuple[Desk, str, RunningSandbox]
    ) -> None:
        desk, _, sandbox = running
        async with _drops_the_second_look(sandbox.url, every_look=True) as platform:
            desk.settings.ride_platform_url = platform
            rehearsal = Rehearsal(desk.settings, "en", FASTER, lambda *_, **__: None)
            await rehearsal.play("t_hz_live", watch_s=1)
        assert "At the end there was no look at the ride platform" in rehearsal.report(now())

    async def test_an_unknown_trip_is_refused_in_words(
        self, running: tuple[Desk, str, RunningSandbox]
    ) -> None:
        desk, _, _ = running
        with pytest.raises(Refused, match="--trip"):
            await Rehearsal(desk.settings, "en", FASTER).play("t_nowhere", watch_s=1)
