"""A desk over real HTTP, with its workers, and a reporter's session at it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app import Desk
from tests.served import served_desk

Send = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with served_desk(database_url, tmp_path) as (served, url):
        served.public.state.url = url
        yield served


@pytest.fixture
async def http(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    url = desk.public.state.url
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        yield client


async def open_session(http: httpx.AsyncClient, locale: str = "en") -> dict[str, Any]:
    """A new session; its answer."""
    opened: dict[str, Any] = (await http.post("/api/chat/sessions", json={"locale": locale})).json()
    return opened


def bearer(session: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {session['token']}"}


async def send_file(
    http: httpx.AsyncClient,
    session: dict[str, Any],
    content: bytes,
    *,
    name: str = "x.jpg",
    said: str = "image/jpeg",
    client_id: str = "1",
    language: str = "en",
    **fields: str,
) -> httpx.Response:
    """Upload as a form; `name` and `said` are what the sender claims the file to be."""
    return await http.post(
        "/api/chat/attachments", files={"file": (name, content, said)}, data={"client_id": client_id, **fields},
        headers={**bearer(session), "Accept-Language": language},
    )  # fmt: skip


async def messages(http: httpx.AsyncClient, session: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await http.get("/api/chat/messages", headers=bearer(session))
    found: list[dict[str, Any]] = answer.json()["messages"]
    return found
