"""A served desk with its demo staff, and passengers who write."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.app import Desk
from bot.conversations import store as conversation_store
from bot.identity import service as identity
from bot.identity.models import AuditEntry, StaffAccount
from bot.kit.database import Database
from bot.kit.now import now
from tests.served import served_desk

CRY = "he locked the doors and won't stop"


class Room:
    """The desk's doors, as staff and passengers use them."""

    def __init__(self, desk: Desk, url: str, sign_ins: dict[str, tuple[str, str]]) -> None:
        self.desk, self.url, self._sign_ins = desk, url, sign_ins
        self._open: list[httpx.AsyncClient] = []

    async def staff(self, role: str) -> httpx.AsyncClient:
        """A signed-in page of the demo member with this role (`outsourced` is the one who is not in-house)."""
        client = httpx.AsyncClient(
            base_url=self.url, trust_env=False, headers={"X-Vigil": "1", "Accept-Language": "en"}, timeout=30
        )
        self._open.append(client)
        email, password = self._sign_ins[role]
        answer = await client.post("/api/staff/sign-in", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        return client

    async def chat(self, text: str, locale: str = "en") -> tuple[str, dict[str, str]]:
        """Somebody writes; (conversation id, header that lets them write on)."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=30) as client:
            session = (await client.post("/api/chat/sessions", json={"locale": locale})).json()
        header = {"Authorization": f"Bearer {session['token']}"}
        await self.write(header, text)
        async with self.desk.database.reading() as reading:
            conversation = await conversation_store.by_token(reading, session["token"])
        assert conversation is not None
        return conversation.id, header

    async def write(self, header: dict[str, str], text: str) -> None:
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=30) as client:
            body = {"client_id": uuid.uuid4().hex, "text": text}
            sent = await client.post("/api/chat/messages", json=body, headers=header)
            sent.raise_for_status()

    async def close(self) -> None:
        for client in self._open:
            await client.aclose()


@dataclass(frozen=True)
class _Hired:
    """The demo staff as the product has made it once: what stands in the tables, and e-mail and password by role."""

    rows: list[tuple[type[StaffAccount] | type[AuditEntry], dict[str, Any]]]
    sign_ins: dict[str, tuple[str, str]]


_hired: list[_Hired] = []


async def _hire(database: Database) -> _Hired:
    async with database.unit_of_work() as uow:
        made = await identity.ensure_demo_staff(uow)
    async with database.reading() as session:
        rows = [
            (kind, {column.key: getattr(one, column.key) for column in kind.__table__.columns})
            for kind in (StaffAccount, AuditEntry)
            for one in (await session.execute(select(kind))).scalars()
        ]
    keys = {
        ("outsourced" if "partner" in email else roles[0]): (email, password)
        for email, password, roles in made
    }
    return _Hired(rows, keys)


async def demo_sign_ins(database: Database) -> dict[str, tuple[str, str]]:
    """E-mail and password of the demo staff by role; `outsourced` is the one who is not in-house. The first call lets the
    product hire them; the others store the same rows, as of now."""
    if not _hired:
        _hired.append(await _hire(database))
        return _hired[0].sign_ins
    async with database.unit_of_work() as uow:
        for kind, row in _hired[0].rows:
            time = {"created_at": now()} if kind is StaffAccount else {"at": now()}
            uow.session.add(kind(**row | time))
    return _hired[0].sign_ins


@pytest.fixture
async def room(database_url: str, tmp_path: Path) -> AsyncIterator[Room]:
    async with served_desk(database_url, tmp_path) as (desk, url):
        room = Room(desk, url, await demo_sign_ins(desk.database))
        yield room
        await room.close()


async def act(page: httpx.AsyncClient, conversation: str, path: str, **body: Any) -> httpx.Response:
    """One command on a conversation."""
    return await page.post(f"/api/console/conversations/{conversation}/{path}", json=body)


async def done(page: httpx.AsyncClient, conversation: str, path: str, **body: Any) -> dict[str, Any]:
    """One command that must succeed; its answer."""
    answer = await act(page, conversation, path, **body)
    assert answer.status_code == 200, answer.text
    screen: dict[str, Any] = answer.json()
    return screen


async def reply(page: httpx.AsyncClient, conversation: str, text: str, **more: Any) -> httpx.Response:
    """An answer that has seen everything."""
    body = {"client_id": uuid.uuid4().hex, "text": text, "seen_seq": 9999, **more}
    return await act(page, conversation, "reply", **body)


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The error of a refusal."""
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text
    error: dict[str, Any] = answer.json()["error"]
    return error
