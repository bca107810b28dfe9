"""Clients with no replay of their own: what was said while they were away is told when they come back, in order and once."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import socketio
from sqlalchemy import select

from bot.app import Desk
from bot.conversations import delivery
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from tests.served import served_desk

CRY = "he locked the doors and won't stop"


class Served:
    """A desk, and what a colleague says into its one conversation."""

    def __init__(self, desk: Desk, url: str) -> None:
        self.desk, self.url, self.open = desk, url, list[socketio.AsyncClient]()

    async def say(self, *texts: str) -> None:
        for text in texts:
            async with self.desk.database.unit_of_work() as uow:
                only = (await uow.session.execute(select(Conversation.id))).scalar_one()
                chat = await conversations.lock(uow, only)
                await conversations.append(uow, chat, author="staff", text=text, staff=("m-li", "Li Na"))

    async def client(self, session_id: str | None = None) -> Client:
        made = Client(self)
        await made.connect(session_id)
        return made

    async def webhook(self, sender: str, text: str, message_id: str | None = None) -> list[str]:
        body = {"sender": sender, "message": text, "message_id": message_id}
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=20) as http:
            answer = await http.post("/webhooks/rest/webhook", json=body)
        assert answer.status_code == 200
        return [one["text"] for one in answer.json()]


class Client:
    """A Rasa widget: what it is told, and the session it was given."""

    def __init__(self, served: Served) -> None:
        self._served, self.told, self._io = served, list[str](), socketio.AsyncClient(reconnection=False)
        self._confirmed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._io.on("bot_uttered", self._heard)
        self._io.on("session_confirm", self._confirm)
        served.open.append(self._io)

    async def _heard(self, said: dict[str, Any]) -> None:
        self.told.append(said["text"])

    async def _confirm(self, session_id: str) -> None:
        if not self._confirmed.done():
            self._confirmed.set_result(session_id)

    async def connect(self, session_id: str | None) -> None:
        await self._io.connect(self._served.url, transports=["websocket"])
        await self.ask(session_id)
        self.session = await asyncio.wait_for(self._confirmed, 5)

    async def ask(self, session_id: str | None) -> None:
        await self._io.emit("session_request", {"session_id": session_id})

    async def cry(self) -> None:
        await self._io.emit("user_uttered", {"message": CRY, "session_id": self.session})
        await self.has("VG-")

    async def has(self, text: str) -> None:
        async with asyncio.timeout(5):
            while not any(text in one for one in self.told):
                await asyncio.sleep(0.02)

    async def leave(self) -> None:
        await self._io.disconnect()
        await asyncio.sleep(0.3)


@pytest.fixture
async def served(database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with served_desk(database_url, tmp_path) as (desk, url):
        made = Served(desk, url)
        yield made
        for one in made.open:
            await one.disconnect()


class TestARasaWidgetThatComesBack:
    async def test_is_told_what_was_said_meanwhile_in_order_and_once(self, served: Served) -> None:
        first = await served.client()
        await first.cry()
        await first.leave()
        await served.say("The police are at the next junction.", "Get out when the car stops.")
        back = await served.client(first.session)
        await back.has("Get out")
        await served.say("I stay with you.")
        await back.has("I stay")
        assert back.told == [
            "The police are at the next junction.", "Get out when the car stops.", "I stay with you.",
        ]  # fmt: skip
        await back.leave()
        again = await served.client(first.session)
        await served.say("Are you out?")
        await again.has("Are you out?")
        assert again.told == ["Are you out?"]

    async def test_is_told_again_what_a_connection_may_not_have_carried_any_more(
        self, served: Served
    ) -> None:
        """A phone changes networks: the desk still holds the dead connection open while the widget is back on a new one."""
        lost = await served.client()
        await lost.cry()
        await served.say("Get out when the car stops.")
        back = await served.client(lost.session)
        await back.has("Get out")

    async def test_is_not_told_twice_for_asking_for_its_session_again(self, served: Served) -> None:
        client = await served.client()
        await client.cry()
        await served.say("I am here.")
        await client.has("I am here.")
        await client.ask(client.session)
        await served.say("Still here.")
        await client.has("Still here.")
        assert client.told.count("I am here.") == 1

    async def test_is_told_the_newest_hundred_at_most(
        self, served: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(delivery, "MOST", 2)
        first = await served.client()
        await first.cry()
        await first.leave()
        await served.say("one", "two", "three")
        back = await served.client(first.session)
        await back.has("three")
        assert back.told == ["two", "three"]

    async def test_of_another_session_is_told_nothing_of_it(self, served: Served) -> None:
        first = await served.client()
        await first.cry()
        await first.leave()
        await served.say("Get out when the car stops.")
        other = await served.client(uuid.uuid4().hex)
        await asyncio.sleep(0.3)
        assert other.told == [] and other.session != first.session


class TestAWebhookClient:
    async def test_is_told_with_its_next_message_what_was_said_since_the_last(self, served: Served) -> None:
        sender = str(uuid.uuid4())
        assert "VG-" in (await served.webhook(sender, CRY))[0]
        await served.say("The police are coming.", "Get out when the car stops.")
        told = await served.webhook(sender, "are you there?")
        assert told[:2] == ["The police are coming.", "Get out when the car stops."]
        later = await served.webhook(sender, "hello?")
        assert not {"The police are coming.", "Get out when the car stops."} & set(later)

    async def test_whose_answer_was_lost_asks_again_and_gets_it_again(self, served: Served) -> None:
        sender = str(uuid.uuid4())
        first = await served.webhook(sender, CRY, "m1")
        await served.say("The police are coming.")
        assert await served.webhook(sender, CRY, "m1") == [*first, "The police are coming."]
