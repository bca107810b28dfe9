"""Turns against a stand-in of the assistant's door that can be slow, dead or talk nonsense. (The real Rasa is driven in
tests/e2e; here its failures are.)"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from aiohttp import web
from sqlalchemy import select

from bot.chat import checkins
from bot.chat.assistant import Assistant
from bot.chat.hearing import HEAR_AGAIN, HearingWorker
from bot.chat.listeners.nlu import NluListener
from bot.chat.models import Turn
from bot.chat.turns import TurnWorker
from bot.conversations import service as conversations
from bot.conversations import store
from bot.conversations.models import Conversation, Message
from bot.handoff import service as handoff
from bot.incidents import store as case_store
from bot.kit.database import Database, Event
from bot.kit.due import fire_due, open_row
from bot.kit.now import MovableClock, now
from tests.chat.conftest import Open, Say
from tests.incidents.conftest import SAM

ROUTINE: dict[str, Any] = {"decision": "routine", "probability": 0.01, "because": []}
CHECK_IN: dict[str, Any] = {
    "decision": "checkin", "probability": 0.4, "intent": "route_deviation", "because": ["0.40"]
}  # fmt: skip
DANGER: dict[str, Any] = {
    "decision": "handover", "probability": 0.97, "intent": "route_deviation", "grade": "S1", "because": ["0.97 of danger"]
}  # fmt: skip


@dataclass
class Door:
    """What the stand-in answers, and what it was asked."""

    url: str = ""
    safety: dict[str, Any] = field(default_factory=lambda: dict(ROUTINE))
    status: int = 200
    release: asyncio.Event = field(default_factory=asyncio.Event)
    talking: asyncio.Event = field(default_factory=asyncio.Event)
    parsed: list[str] = field(default_factory=list)
    turns: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
async def door(ports: Callable[[], int]) -> AsyncIterator[Door]:
    made = Door()
    made.release.set()

    async def parse(request: web.Request) -> web.Response:
        text = (await request.json())["text"]
        made.parsed.append(text)
        intent = {"name": "lost_item", "confidence": 0.9}
        return web.json_response(
            {"text": text, "intent": intent, "entities": [], "safety": made.safety}, status=made.status
        )

    async def turn(request: web.Request) -> web.Response:
        body = await request.json()
        made.turns.append(body)
        made.talking.set()
        await made.release.wait()
        return web.json_response({"messages": [{"text": f"answer to {body['text']}"}]}, status=made.status)

    app = web.Application()
    app.router.add_post("/webhooks/vigil/parse", parse)
    app.router.add_post("/webhooks/vigil/turn", turn)
    runner = web.AppRunner(app)
    await runner.setup()
    port = ports()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    made.url = f"http://127.0.0.1:{port}"
    yield made
    made.release.set()
    await runner.cleanup()


@pytest.fixture
async def working(database: Database, door: Door) -> AsyncIterator[None]:
    """Hearing and talking at work on the database."""
    async with httpx.AsyncClient(trust_env=False, timeout=60.0) as client:
        workers = [
            HearingWorker(database, NluListener(client, door.url, "s", 0.5), every_s=0.05),
            TurnWorker(database, Assistant(client, door.url, "s", 0.5), every_s=0.05),
        ]
        tasks = [asyncio.create_task(worker.run()) for worker in workers]
        yield
        for worker in workers:
            worker.stop()
        await asyncio.gather(*tasks)


async def _until(database: Database, condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that another task commits; fails after 10 seconds."""
    news = asyncio.Event()

    async def listen(event: Event) -> None:
        news.set()

    database.subscribers.append(listen)
    async with asyncio.timeout(10):
        while not await condition():
            await news.wait()
            news.clear()
    database.subscribers.remove(listen)


async def _all_done(database: Database) -> bool:
    async with database.reading() as session:
        return not (await session.execute(select(Turn.id).where(Turn.state == "pending"))).first()


async def _questions(database: Database) -> int:
    async with database.reading() as session:
        return len((await session.execute(select(Message).where(Message.kind == "check_in"))).all())


async def _said(database: Database, chat: Conversation, author: str) -> list[str]:
    async with database.reading() as session:
        return [one.text for one in await store.messages_after(session, chat.id, 0) if one.author == author]


@pytest.mark.usefixtures("working")
class TestTalking:
    async def test_answers_come_once_and_in_order(
        self, database: Database, open_chat: Open, say: Say, door: Door
    ) -> None:
        chat = await open_chat()
        texts = [f"where is my receipt {number}" for number in range(5)]
        for text in texts:
            await say(chat, text)
        await _until(database, lambda: _all_done(database))
        assert await _said(database, chat, "assistant") == [f"answer to {text}" for text in texts]
        assert [turn["text"] for turn in door.turns] == texts

    async def test_an_answer_that_comes_after_a_person_accepted_is_dropped(
        self, database: Database, open_chat: Open, say: Say, door: Door
    ) -> None:
        chat = await open_chat()
        door.release.clear()
        await say(chat, "where is my receipt")
        await asyncio.wait_for(door.talking.wait(), 5)
        async with database.unit_of_work() as uow:
            await handoff.accept(uow, await conversations.lock(uow, chat.id), SAM)
        door.release.set()
        await _until(database, lambda: _all_done(database))
        assert await _said(database, chat, "assistant") == []

    async def test_while_a_person_holds_it_the_assistant_is_not_even_asked(
        self, database: Database, open_chat: Open, say: Say, door: Door
    ) -> None:
        chat = await open_chat()
        async with database.unit_of_work() as uow:
            await handoff.accept(uow, await conversations.lock(uow, chat.id), SAM)
        await say(chat, "are you there")
        await _until(database, lambda: _all_done(database))
        assert door.turns == []
        assert door.parsed == ["are you there"]

    @pytest.mark.parametrize("status", [500, 502])
    async def test_a_failing_assistant_gives_the_conversation_to_a_person(
        self, database: Database, open_chat: Open, say: Say, door: Door, status: int
    ) -> None:
        door.status = status
        chat = await open_chat("zh")
        await say(chat, "我要发票")
        await _until(database, lambda: _all_done(database))
        async with database.reading() as session:
            assert (await session.get_one(Conversation, chat.id)).holder == "queue"
        assert len(await _said(database, chat, "system")) == 1

    async def test_an_assistant_slower_than_its_budget_gives_the_conversation_to_a_person(
        self, database: Database, open_chat: Open, say: Say, door: Door
    ) -> None:
        door.release.clear()
        chat = await open_chat()
        await say(chat, "where is my receipt")
        await _until(database, lambda: _all_done(database))
        async with database.reading() as session:
            assert (await session.get_one(Conversation, chat.id)).holder == "queue"


@pytest.mark.usefixtures("working")
class TestHearing:
    async def test_a_second_message_is_heard_while_the_first_is_still_being_answered(
        self, database: Database, open_chat: Open, say: Say, door: Door
    ) -> None:
        chat = await open_chat()
        door.release.clear()
        await say(chat, "where is my receipt")
        await asyncio.wait_for(door.talking.wait(), 5)
        door.safety = DANGER
        await say(chat, "this is not the way to my house and he turned off the map")

        async def raised() -> bool:
            async with database.reading() as session:
                return bool(await case_store.open_of_conversation(session, chat.id))

        await _until(database, raised)
        door.release.set()
        await _until(database, lambda: _all_done(database))
        assert "answer to where is my receipt" not in await _said(database, chat, "assistant")

    async def test_while_a_person_holds_it_hearing_can_still_raise(
        self, database: Database, open_chat: Open, say: Say, door: Door
    ) -> None:
        chat = await open_chat()
        async with database.unit_of_work() as uow:
            await handoff.accept(uow, await conversations.lock(uow, chat.id), SAM)
        door.safety = DANGER
        await say(chat, "the app says we should have turned twenty minutes ago")
        await _until(database, lambda: _all_done(database))
        async with database.reading() as session:
            current = await session.get_one(Conversation, chat.id)
        assert (current.grade, current.holder, current.team) == ("S1", "person", "safety")

    async def test_a_check_in_comes_with_the_answer_and_the_watch_lane_before_it(
        self, database: Database, open_chat: Open, say: Say, door: Door
    ) -> None:
        door.safety = CHECK_IN
        chat = await open_chat()
        await say(chat, "he is taking a funny way")
        await _until(database, lambda: _all_done(database))
        async with database.reading() as session:
            current = await session.get_one(Conversation, chat.id)
            said = (await session.execute(select(Message).where(Message.kind == "check_in"))).scalar_one()
        assert current.watched_since is not None and current.holder == "assistant"
        assert said.buttons is not None and len(said.buttons) == 2
        assert await _said(database, chat, "assistant") == ["answer to he is taking a funny way"]

    async def test_a_question_that_is_heard_only_after_an_outage_is_asked_then(
        self, database: Database, open_chat: Open, say: Say, door: Door, clock: MovableClock
    ) -> None:
        door.status = 503
        chat = await open_chat()
        async with database.unit_of_work() as uow:
            (await conversations.lock(uow, chat.id)).trip_live = True
        await say(chat, "he is taking a funny way")
        await _until(database, lambda: _all_done(database))
        assert await _questions(database) == 0
        door.status = 200
        door.safety = CHECK_IN
        async with database.unit_of_work() as uow:
            turn = (await uow.session.execute(select(Turn))).scalar_one()
            row = await open_row(uow, HEAR_AGAIN, turn.id)
            assert row is not None and turn.state == "answered"
        clock.move((row.due - now()).total_seconds() + 1)
        assert await fire_due(database) == 1

        async def asked() -> bool:
            return await _questions(database) == 1

        await _until(database, asked)
        async with database.unit_of_work() as uow:
            assert await open_row(uow, checkins.SILENCE, chat.id) is not None
        clock.move(61)
        await fire_due(database)
        async with database.reading() as session:
            assert (await session.get_one(Conversation, chat.id)).grade == "S1"

    async def test_tapping_for_help_is_s0(
        self, database: Database, open_chat: Open, say: Say, door: Door
    ) -> None:
        door.safety = CHECK_IN
        chat = await open_chat()
        await say(chat, "he is taking a funny way")
        await _until(database, lambda: _all_done(database))
        receipt = await say(chat, "I need help now", payload="/vigil_need_help")
        assert receipt.body["conversation"]["grade"] == "S0"

    async def test_tapping_fine_leaves_the_watch_lane_as_it_is(
        self, database: Database, open_chat: Open, say: Say, door: Door
    ) -> None:
        door.safety = CHECK_IN
        chat = await open_chat()
        await say(chat, "he is taking a funny way")
        await _until(database, lambda: _all_done(database))
        receipt = await say(chat, "I'm fine", payload="/vigil_fine")
        assert receipt.body["conversation"]["watched"] is True
        assert receipt.body["conversation"]["grade"] is None
