"""After a routine conversation: a rating and a transcript for those who want them, and never after anything grave."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from bot.app import Desk
from bot.conversations import service as conversations
from bot.conversations.models import Conversation, Message
from bot.followups.afterwards import stars_given
from bot.kit.now import now
from bot.kit.outbox import deliver_waiting
from bot.settings import settings
from tests.ports import free_port
from tests.served import served_desk


class _Box:
    """A mail server's box."""

    def __init__(self) -> None:
        self.got: list[tuple[list[str], str]] = []
        self.came = threading.Event()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        found = message_from_bytes(envelope.content, policy=policy.default)
        body = found.get_body(("plain", "html"))
        self.got.append((envelope.rcpt_tos, str(body.get_content()) if body else ""))
        self.came.set()
        return "250 OK"


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Box]:
    made, port = _Box(), free_port()
    server = Controller(made, hostname="127.0.0.1", port=port)
    server.start()
    monkeypatch.setenv("VIGIL_MAIL_URL", f"mailto://127.0.0.1:{port}?from=help@company.example&mode=insecure")
    settings.cache_clear()
    yield made
    server.stop()
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
async def desk(box: _Box, database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Desk, httpx.AsyncClient]]:
    async with (
        served_desk(database_url, tmp_path) as (made, url),
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http,
    ):
        yield made, http


async def _talked(desk: tuple[Desk, httpx.AsyncClient], said: str, locale: str = "en") -> dict[str, str]:
    """A conversation that asked `said` and was answered by the assistant; the header that opens it."""
    made, http = desk
    opened = (await http.post("/api/chat/sessions", json={"locale": locale})).json()
    header = {"Authorization": f"Bearer {opened['token']}", "Accept-Language": locale}
    body = {"client_id": "1", "text": said, "payload": None}
    receipt = (await http.post("/api/chat/messages", json=body, headers=header)).json()
    async with asyncio.timeout(30):
        while (await http.get("/api/chat/conversation", headers=header)).json()["holder"] == "assistant":
            await asyncio.sleep(0.05)
    # There is no assistant here, so the question has gone to people; somebody has answered and handed it back.
    async with made.database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, await _whose(made, receipt["id"]))
        await conversations.append(
            uow, conversation, author="staff", text="It is in your mail.", staff=("s", "Wei")
        )
        conversations.give_to(uow, conversation, "assistant")
    return header


async def _whose(made: Desk, message_id: str) -> str:
    async with made.database.reading() as session:
        return (await session.get_one(Message, message_id)).conversation_id


class TestRating:
    async def test_is_offered_taken_once_and_counted(self, desk: tuple[Desk, httpx.AsyncClient]) -> None:
        made, http = desk
        header = await _talked(desk, "where is my receipt")
        assert (await http.get("/api/chat/conversation", headers=header)).json()["afterwards"]["rating"]
        body = {"stars": 4, "words": "quick"}
        assert (await http.post("/api/chat/rating", json=body, headers=header)).status_code == 204
        again = await http.post("/api/chat/rating", json=body, headers=header)
        assert (again.status_code, again.json()["error"]["code"]) == (409, "already_rated")
        assert not (await http.get("/api/chat/conversation", headers=header)).json()["afterwards"]["rating"]
        async with made.database.reading() as session:
            start = now().replace(year=now().year - 1)
            assert list(await stars_given(session, start, now())) == [4]

    @pytest.mark.parametrize("stars", [0, 6, "5", None])
    async def test_other_than_one_to_five_is_refused(
        self, desk: tuple[Desk, httpx.AsyncClient], stars: object
    ) -> None:
        header = await _talked(desk, "where is my receipt")
        answer = await desk[1].post("/api/chat/rating", json={"stars": stars}, headers=header)
        assert answer.status_code == 422

    @pytest.mark.parametrize(
        "grave", ["he locked the doors and won't let me out", "someone is hurt, we crashed"]
    )
    async def test_is_never_asked_for_after_danger_even_when_it_is_over(
        self, desk: tuple[Desk, httpx.AsyncClient], grave: str
    ) -> None:
        made, http = desk
        header = await _talked(desk, grave)
        async with made.database.unit_of_work() as uow:
            only = (await uow.session.execute(select(Conversation.id))).scalar_one()
            current = await conversations.lock(uow, only)
            current.grade, current.quiet = None, False
        state = (await http.get("/api/chat/conversation", headers=header)).json()
        assert state["afterwards"] == {"rating": False, "transcript": False}
        answer = await http.post("/api/chat/rating", json={"stars": 1}, headers=header)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_rateable")
        answer = await http.post("/api/chat/transcript", json={"email": "me@home.example"}, headers=header)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_mailed")


class TestTranscript:
    async def test_is_mailed_to_the_address_that_asked(
        self, desk: tuple[Desk, httpx.AsyncClient], box: _Box
    ) -> None:
        made, http = desk
        header = await _talked(desk, "where is my receipt")
        assert (await http.get("/api/chat/conversation", headers=header)).json()["afterwards"]["transcript"]
        answer = await http.post("/api/chat/transcript", json={"email": "me@home.example"}, headers=header)
        assert answer.status_code == 202
        await deliver_waiting(made.database)
        assert await asyncio.to_thread(box.came.wait, 30)
        ((to, body),) = box.got
        assert to == ["me@home.example"]
        assert "where is my receipt" in body and "It is in your mail." in body and "Wei" in body

    @pytest.mark.parametrize(
        "email", ["me", "a@b", "a@b.c,d@e.f", "a@b.c?to=x@y.z", "a b@c.d", "x@y.z\nBcc: q@r.s"]
    )
    async def test_what_is_no_address_is_refused_in_words(
        self, desk: tuple[Desk, httpx.AsyncClient], box: _Box, email: str
    ) -> None:
        header = await _talked(desk, "我的发票在哪里", "zh")
        answer = await desk[1].post("/api/chat/transcript", json={"email": email}, headers=header)
        assert answer.status_code == 422 and "邮箱" in answer.json()["error"]["message"]
        assert box.got == []
