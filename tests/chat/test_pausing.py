"""Somebody who writes too fast to be answered: a wish for a person is not withheld, and the pause ends with an answer."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import httpx
import pytest
from aiohttp import web
from sqlalchemy import select

from bot.chat import checkins
from bot.chat.assistant import Assistant
from bot.chat.hearing import HearingWorker
from bot.chat.listeners.nlu import NluListener
from bot.chat.models import Turn
from bot.chat.pausing import WITHHELD
from bot.chat.rates import pause_s
from bot.chat.receive import Incoming, receive
from bot.chat.turns import TurnWorker
from bot.chat.unheard import ASK_PERSON
from bot.conversations import service as conversations
from bot.conversations import store
from bot.conversations.models import Conversation
from bot.handoff import service as handoff
from bot.kit.database import Database, Event
from bot.kit.due import fire_due, open_row, schedule
from bot.kit.locale import say as said_text
from bot.kit.now import MovableClock
from tests.chat.conftest import Open
from tests.incidents.conftest import SAM

Flood = Callable[..., Awaitable[Conversation]]
PAUSED = said_text("rates.withheld", "en")


@pytest.fixture
async def asked(database: Database, ports: Callable[[], int]) -> AsyncIterator[list[str]]:
    """What the assistant is asked, hearing and talking being at work. It hears who wants a human."""
    turns: list[str] = []

    async def parse(request: web.Request) -> web.Response:
        text = (await request.json())["text"]
        intent = {"name": "speak_to_human" if "human" in text else "chitchat", "confidence": 0.9}
        decision = "checkin" if "odd" in text else "routine"
        safety = {"decision": decision, "probability": 0.5, "intent": "route_deviation", "because": []}
        return web.json_response({"text": text, "intent": intent, "entities": [], "safety": safety})

    async def turn(request: web.Request) -> web.Response:
        turns.append((await request.json())["text"])
        return web.json_response({"messages": [{"text": f"answer to {turns[-1]}"}]})

    app, port = web.Application(), ports()
    app.router.add_post("/webhooks/vigil/parse", parse)
    app.router.add_post("/webhooks/vigil/turn", turn)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with httpx.AsyncClient(trust_env=False, timeout=60.0) as client:
        url = f"http://127.0.0.1:{port}"
        workers = [
            HearingWorker(database, NluListener(client, url, "s", 5.0), every_s=0.05),
            TurnWorker(database, Assistant(client, url, "s", 5.0), every_s=0.05),
        ]
        tasks = [asyncio.create_task(worker.run()) for worker in workers]
        yield turns
        for worker in workers:
            worker.stop()
        await asyncio.gather(*tasks)
    await runner.cleanup()


@pytest.fixture
def flood(database: Database, open_chat: Open) -> Flood:
    """A chat in which these texts were written over the limit, and heard; the last as a tap, where one is named."""

    async def written(*texts: str, tap: str | None = None) -> Conversation:
        chat = await open_chat("en")
        for text in texts:
            payload = tap if text == texts[-1] else None
            await receive(database, chat.id, Incoming(uuid.uuid4().hex, text, payload, withheld=True))
        await _done(database)
        return chat

    return written


async def _done(database: Database) -> None:
    """Waits until no turn is pending; fails after 20 seconds."""
    news = asyncio.Event()

    async def listen(event: Event) -> None:
        news.set()

    database.subscribers.append(listen)
    async with asyncio.timeout(20):
        while await _pending(database):
            await news.wait()
            news.clear()
    database.subscribers.remove(listen)


async def _pending(database: Database) -> bool:
    async with database.reading() as session:
        return bool((await session.execute(select(Turn.id).where(Turn.state == "pending"))).first())


async def _last(database: Database, chat: Conversation) -> str:
    async with database.reading() as session:
        return (await store.messages_after(session, chat.id, 0))[-1].text


async def test_a_flood_is_not_answered_and_that_is_said(
    database: Database, flood: Flood, asked: list[str]
) -> None:
    chat = await flood("are you there", "hello")
    assert asked == []
    async with database.reading() as session:
        said = [one.text for one in await store.messages_after(session, chat.id, 0)]
        outcomes = (await session.execute(select(Turn.outcome))).scalars().all()
    assert said == ["are you there", PAUSED, "hello"] and set(outcomes) == {WITHHELD}


async def test_words_for_a_person_are_answered_within_it(
    database: Database, flood: Flood, asked: list[str]
) -> None:
    chat = await flood("are you there", "please, I want to talk to a human")
    assert asked == ["please, I want to talk to a human"]
    assert await _last(database, chat) == "answer to please, I want to talk to a human"


async def test_so_is_a_tap_for_a_person(database: Database, open_chat: Open, asked: list[str]) -> None:
    chat = await open_chat("en")
    async with database.unit_of_work() as uow:
        locked = await conversations.lock(uow, chat.id)
        buttons = [{"title": "A person", "payload": ASK_PERSON}, {"title": "Yes", "payload": "/affirm"}]
        await conversations.append(uow, locked, author="system", text="?", buttons=buttons)  # type: ignore[arg-type]
    await receive(database, chat.id, Incoming("t1", "Yes", "/affirm", withheld=True))
    await receive(database, chat.id, Incoming("t2", "A person", ASK_PERSON, withheld=True))
    await _done(database)
    assert asked == ["A person"]


class TestWhenThePauseIsOver:
    async def test_the_newest_is_answered(
        self, database: Database, flood: Flood, asked: list[str], clock: MovableClock
    ) -> None:
        chat = await flood("are you there", "where is my car")
        clock.move(pause_s() - 1)
        await fire_due(database)
        assert asked == []
        clock.move(2)
        await fire_due(database)
        await _done(database)
        assert asked == ["where is my car"] and await _last(database, chat) == "answer to where is my car"

    async def test_nothing_is_said_over_a_later_answer(
        self, database: Database, flood: Flood, asked: list[str], clock: MovableClock
    ) -> None:
        chat = await flood("are you there")
        clock.move(30)
        await receive(database, chat.id, Incoming("later", "where is my car"))
        await _done(database)
        clock.move(pause_s())
        await fire_due(database)
        await _done(database)
        assert asked == ["where is my car"]

    async def test_nothing_is_said_over_a_person(
        self, database: Database, flood: Flood, asked: list[str], clock: MovableClock
    ) -> None:
        chat = await flood("are you there")
        async with database.unit_of_work() as uow:
            await handoff.accept(uow, await conversations.lock(uow, chat.id), SAM)
        clock.move(pause_s() + 1)
        await fire_due(database)
        await _done(database)
        assert asked == []


async def test_a_check_in_is_asked_once_and_its_silence_counts_from_then(
    database: Database, flood: Flood, asked: list[str], clock: MovableClock
) -> None:
    chat = await flood("hello", "the way he drives is odd")
    async with database.unit_of_work() as uow:
        due = clock.at + timedelta(seconds=61)
        (await conversations.lock(uow, chat.id)).trip_live = True
        await schedule(uow, checkins.SILENCE, chat.id, due)
    clock.move(pause_s() + 0.5)
    await fire_due(database)
    await _done(database)
    assert asked == ["the way he drives is odd"]
    async with database.unit_of_work() as uow:
        said = await store.messages_after(uow.session, chat.id, 0)
        assert len([one for one in said if one.kind == "check_in"]) == 1
        row = await open_row(uow, checkins.SILENCE, chat.id)
        assert row is not None and row.due == due
