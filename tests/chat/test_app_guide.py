"""docs/app.md is run as it stands: the examples in order, against a real desk; then a real push is checked by its recipe."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import socketio
from aiohttp import web

from bot.app import Desk
from bot.identity.tokens import sign_app_token
from bot.kit.due import fire_due
from bot.kit.now import MovableClock
from bot.kit.outbox import deliver_waiting
from bot.settings import settings
from tests.attachments import samples
from tests.ports import free_port
from tests.served import served_desk

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "app.md"
SECRET = "a-push-secret-of-enough-characters"
DANGER = "he locked the doors and won't let me out"


def examples() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


class Receiver:
    """A push service that keeps what it is told; `status` is what it answers."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, str, str]] = []
        self.status = 204

    async def take(self, request: web.Request) -> web.Response:
        headers = request.headers
        self.got.append((await request.read(), headers["X-Vigil-Timestamp"], headers["X-Vigil-Signature"]))
        return web.Response(status=self.status)


@pytest.fixture
async def pushes(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Receiver]:
    made, port = Receiver(), free_port()
    app = web.Application()
    app.router.add_post("/push", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    monkeypatch.setenv("VIGIL_PUSH_URL", f"http://127.0.0.1:{port}/push")
    monkeypatch.setenv("VIGIL_PUSH_SECRET", SECRET)
    settings.cache_clear()
    yield made
    await runner.cleanup()
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
async def served(pushes: Receiver, database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Desk, str]]:
    chosen = {"push_url": settings().push_url, "push_secret": SECRET}
    async with served_desk(database_url, tmp_path, **chosen) as desk:
        yield desk


@pytest.fixture
async def http(served: tuple[Desk, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=served[1], trust_env=False, timeout=30) as client:
        yield client


async def test_every_example_of_the_guide_runs(served: tuple[Desk, str], tmp_path: Path) -> None:
    script, photo = tmp_path / "guide.py", tmp_path / "car.jpg"
    photo.write_bytes(samples.photo())
    script.write_text("\n".join(examples()), "utf-8")
    environment = os.environ | {
        "DESK": served[1], "VIGIL_APP_TOKEN_SECRET": settings().app_token_secret, "PHOTO": str(photo),
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


class TestPush:
    async def _person(self, http: httpx.AsyncClient) -> dict[str, str]:
        """A rider's session, opened with the app's token."""
        app = {"Authorization": f"Bearer {sign_app_token('r_lin', 'rider', name='Lin')}"}
        opened: dict[str, str] = (
            await http.post("/api/chat/sessions", json={"locale": "en"}, headers=app)
        ).json()
        return opened

    async def _after(self, desk: Desk, clock: MovableClock, seconds: float) -> None:
        """That much later, with all that is due then done."""
        clock.move(seconds)
        await fire_due(desk.database)
        await deliver_waiting(desk.database)

    async def test_says_that_something_waits_and_nothing_of_it(
        self, served: tuple[Desk, str], http: httpx.AsyncClient, pushes: Receiver, clock: MovableClock
    ) -> None:
        desk, _ = served
        opened = await self._person(http)
        body = {"client_id": "1", "text": DANGER}
        header = {"Authorization": f"Bearer {opened['token']}"}
        await http.post("/api/chat/messages", json=body, headers=header)
        await self._until(desk, clock, pushes)
        content, stamp, signature = pushes.got[0]
        recipe: dict[str, Any] = {}
        exec("import time\n" + examples()[-1], recipe)  # noqa: S102 (our own page, as it stands)
        check: Callable[..., bool] = recipe["from_the_desk"]
        assert check(content, stamp, signature, SECRET)
        assert not check(content + b" ", stamp, signature, SECRET)
        assert not check(content, stamp, signature, "another-secret-of-enough-characters")
        told = json.loads(content)
        assert told["to"] == {"kind": "rider", "id": "r_lin"}
        # In-trip S0: nothing shown, nothing heard on a phone that somebody else may be looking at.
        assert (told["alert"], told["title"]) == (False, None)
        for telling in (b"doors", b"VG-", b"110", b"safety", b"S0"):
            assert telling not in content

    async def _until(self, desk: Desk, clock: MovableClock, pushes: Receiver) -> None:
        async with asyncio.timeout(30):
            while not pushes.got:
                await self._after(desk, clock, 6)

    async def test_words_of_routine_are_no_more_telling(
        self, served: tuple[Desk, str], http: httpx.AsyncClient, pushes: Receiver, clock: MovableClock
    ) -> None:
        desk, _ = served
        opened = await self._person(http)
        header = {"Authorization": f"Bearer {opened['token']}"}
        body = {"client_id": "1", "text": "", "payload": "/vigil_complaint"}
        await http.post("/api/chat/messages", json=body, headers=header)
        await self._until(desk, clock, pushes)
        told = json.loads(pushes.got[0][0])
        assert (told["alert"], told["title"]) == (True, "You have a new message")
        assert set(told) == {"id", "type", "at", "to", "alert", "title"}

    async def test_nobody_is_pushed_to_who_listens_or_has_read(
        self, served: tuple[Desk, str], http: httpx.AsyncClient, pushes: Receiver, clock: MovableClock
    ) -> None:
        desk, url = served
        opened = await self._person(http)
        header = {"Authorization": f"Bearer {opened['token']}"}
        socket = socketio.AsyncClient()
        await socket.connect(
            url, namespaces=["/chat"], auth={"token": opened["token"]}, transports=["websocket"]
        )
        await http.post("/api/chat/messages", json={"client_id": "1", "text": DANGER}, headers=header)
        await self._after(desk, clock, 6)
        assert pushes.got == []
        said = (await http.get("/api/chat/messages", headers=header)).json()["messages"]
        await http.post("/api/chat/read", json={"seq": said[-1]["seq"]}, headers=header)
        await socket.disconnect()
        await self._after(desk, clock, 60)
        assert pushes.got == []

    async def test_one_who_leaves_with_something_unread_is_pushed_to(
        self, served: tuple[Desk, str], http: httpx.AsyncClient, pushes: Receiver, clock: MovableClock
    ) -> None:
        desk, url = served
        opened = await self._person(http)
        socket = socketio.AsyncClient()
        await socket.connect(
            url, namespaces=["/chat"], auth={"token": opened["token"]}, transports=["websocket"]
        )
        header = {"Authorization": f"Bearer {opened['token']}"}
        await http.post("/api/chat/messages", json={"client_id": "1", "text": DANGER}, headers=header)
        await self._after(desk, clock, 6)
        assert pushes.got == []
        await socket.disconnect()
        await self._until(desk, clock, pushes)

    async def test_a_service_that_is_down_is_told_again_under_the_same_id(
        self, served: tuple[Desk, str], http: httpx.AsyncClient, pushes: Receiver, clock: MovableClock
    ) -> None:
        desk, _ = served
        pushes.status = 503
        opened = await self._person(http)
        header = {"Authorization": f"Bearer {opened['token']}"}
        await http.post("/api/chat/messages", json={"client_id": "1", "text": DANGER}, headers=header)
        await self._until(desk, clock, pushes)
        pushes.status = 204
        async with asyncio.timeout(30):
            while len(pushes.got) < 2:
                await self._after(desk, clock, 2)
        assert len({json.loads(content)["id"] for content, _, _ in pushes.got}) == 1
