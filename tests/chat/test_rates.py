"""A flood is stored and heard like anything else; only the assistant stops answering it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import socketio
from sqlalchemy import func, select

from bot.app import Desk
from bot.chat.models import Turn
from bot.chat.rates import Rates
from bot.conversations.models import Message
from bot.kit.locale import say
from bot.policy import policy
from tests.ports import free_port
from tests.served import served_desk

DANGER = "he locked the doors and won't let me out"


@pytest.fixture
async def served(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Desk, str]]:
    async with served_desk(database_url, tmp_path) as desk:
        yield desk


@pytest.fixture
def two_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy that lets the assistant answer two messages a day of one session: no minute ends in the midst of a slow test."""
    few = policy().rates.model_copy(update={"answers_per_session": "2/day", "mails_per_session": "1/day"})
    changed = policy().model_copy(update={"rates": few})
    monkeypatch.setattr("bot.chat.rates.policy", lambda: changed)


async def _say(http: httpx.AsyncClient, header: dict[str, str], text: str) -> dict[str, Any]:
    body = {"client_id": uuid.uuid4().hex, "text": text}
    answer = await http.post("/api/chat/messages", json=body, headers=header)
    assert answer.status_code == 202
    receipt: dict[str, Any] = answer.json()
    return receipt


@pytest.mark.usefixtures("two_a_day")
class TestFlood:
    async def test_every_word_is_stored_and_danger_in_it_reaches_people(
        self, served: tuple[Desk, str]
    ) -> None:
        desk, url = served
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
            opened = (await http.post("/api/chat/sessions", json={"locale": "en"})).json()
            header = {"Authorization": f"Bearer {opened['token']}"}
            for number in range(6):
                await _say(http, header, f"still here {number}")
            receipt = await _say(http, header, DANGER)
            said = (await http.get("/api/chat/messages", headers=header)).json()["messages"]
        assert receipt["conversation"]["grade"] == "S0"
        assert sum(one["author"] == "reporter" for one in said) == 7
        # Without an assistant the first two go to a person, who is told of no pause; else it is told once.
        assert [one["text"] for one in said].count(say("rates.withheld", "en")) <= 1
        async with desk.database.reading() as session:
            owed = select(func.count()).select_from(Turn).where(Turn.talk.is_(True))
            assert (await session.execute(owed)).scalar_one() == 2

    async def test_the_socket_counts_together_with_the_other_door(self, served: tuple[Desk, str]) -> None:
        desk, url = served
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
            opened = (await http.post("/api/chat/sessions", json={})).json()
            header = {"Authorization": f"Bearer {opened['token']}"}
            await _say(http, header, "one")
            await _say(http, header, "two")
        client = socketio.AsyncClient()
        await client.connect(
            url, namespaces=["/chat"], auth={"token": opened["token"]}, transports=["websocket"]
        )
        answer = await client.call("send", {"client_id": "s", "text": "three"}, namespace="/chat")
        await client.disconnect()
        assert answer["ok"]
        async with desk.database.reading() as session:
            third = (
                await session.execute(
                    select(Turn).join(Message, Message.id == Turn.message_id).where(Message.text == "three")
                )
            ).scalar_one()
        assert not third.talk


class TestCounting:
    async def test_one_address_is_not_another_and_a_session_is_not_another(self) -> None:
        rates = Rates("")
        most = int(policy().rates.answers_per_session.split("/")[0])
        over = [await rates.withheld("mine", "192.0.2.1") for _ in range(most + 3)]
        assert over == [False] * most + [True] * 3
        assert not await rates.withheld("another", "192.0.2.1")

    async def test_counters_that_cannot_be_reached_keep_nobody_from_being_answered_in_time(self) -> None:
        rates = Rates(f"redis://127.0.0.1:{free_port()}")
        async with asyncio.timeout(5):
            assert not await rates.withheld("mine", "192.0.2.1")
