"""What the assistant is told when it gets a conversation back: the newest words, however long the conversation has become,
and before it hears anything else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import httpx
import pytest
from aiohttp import web
from sqlalchemy import select

from bot.chat.assistant import Assistant
from bot.chat.models import Turn
from bot.chat.talkback import HAND_BACK, TalkBack
from bot.chat.turns import TurnWorker
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff import service as handoff
from bot.kit import outbox
from bot.kit.database import Database
from bot.kit.now import MovableClock, now
from bot.kit.outbox import Delivery, deliver_waiting
from tests.chat.conftest import Open, Say
from tests.incidents.conftest import SAM


@dataclass
class Rasa:
    """A stand-in of the assistant: what it was told in which order, and whether it is away."""

    assistant: Assistant
    away: bool = False
    said: list[list[str]] = field(default_factory=list)
    order: list[str] = field(default_factory=list)


@pytest.fixture
async def rasa(ports: Callable[[], int]) -> AsyncIterator[Rasa]:
    async def hand_back(request: web.Request) -> web.Response:
        if made.away:
            return web.json_response({}, status=503)
        made.said.append([one["text"] for one in (await request.json())["said"]])
        made.order.append("handback")
        return web.json_response({})

    async def turn(request: web.Request) -> web.Response:
        if made.away:
            return web.json_response({}, status=503)
        made.order.append(f"turn: {(await request.json())['text']}")
        return web.json_response({"messages": [{"text": "an answer"}]})

    app = web.Application()
    app.router.add_post("/webhooks/vigil/handback", hand_back)
    app.router.add_post("/webhooks/vigil/turn", turn)
    runner = web.AppRunner(app)
    await runner.setup()
    port = ports()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with httpx.AsyncClient(trust_env=False, timeout=60.0) as client:
        made = Rasa(Assistant(client, f"http://127.0.0.1:{port}", "s", 5))
        yield made
    await runner.cleanup()


async def test_the_last_words_of_a_long_conversation_are_told(
    database: Database, open_chat: Open, rasa: Rasa
) -> None:
    chat = await open_chat()
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        for number in range(520):
            await conversations.append(uow, conversation, author="reporter", text=f"line {number}")
        await conversations.append(uow, conversation, author="assistant", text="an answer")
        await conversations.append(uow, conversation, author="reporter", text="the newest words")
    await TalkBack(database, rasa.assistant).deliver(Delivery("d", "k", {"conversation": chat.id}, 1))
    assert rasa.said == [["the newest words"]]


async def _returned(database: Database, chat: Conversation) -> None:
    """A person has taken the conversation, written, and given it back."""
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        await handoff.to_people(uow, conversation, team="support", reason="asked", who="software:test")
        await handoff.accept(uow, conversation, SAM)
        await conversations.append(
            uow, conversation, author="staff", text="your ride stays", staff=("s", "Sam")
        )
        await handoff.give_back(uow, conversation, SAM, "done", seen_seq=conversation.next_seq - 1)
        key = f"{conversation.id}:{conversation.holder_version}"
        await outbox.put(uow, HAND_BACK, key, {"conversation": conversation.id})


async def _talked(database: Database, rasa: Rasa) -> str | None:
    """Mark what was said as heard and let the worker of turns do its work; returns the last turn's outcome."""
    async with database.unit_of_work() as uow:
        for turn in (await uow.session.execute(select(Turn).where(Turn.state == "pending"))).scalars():
            turn.heard_at, turn.parse = now(), {"intent": {"name": "affirm"}, "entities": []}
    worker = TurnWorker(database, rasa.assistant)
    await worker.step()
    for task in list(worker._running.values()):
        await task
    async with database.reading() as session:
        turns = (await session.execute(select(Turn).order_by(Turn.seq))).scalars().all()
    return turns[-1].outcome


class TestOrder:
    async def test_a_late_hand_back_is_heard_before_the_next_words_and_never_after_them(
        self, database: Database, open_chat: Open, say: Say, rasa: Rasa, clock: MovableClock
    ) -> None:
        chat = await open_chat()
        TalkBack(database, rasa.assistant).register()
        await _returned(database, chat)
        rasa.away = True
        for _ in range(3):
            await deliver_waiting(database)
            clock.move(10)
        await deliver_waiting(database)
        rasa.away = False
        await say(chat, "ok thanks")
        assert await _talked(database, rasa) == "answered"
        clock.move(120)
        await deliver_waiting(database)
        assert rasa.order == ["handback", "turn: ok thanks"]
        assert "your ride stays" in rasa.said[0] and "ok thanks" not in rasa.said[0]

    async def test_while_the_assistant_cannot_be_told_a_person_answers(
        self, database: Database, open_chat: Open, say: Say, rasa: Rasa, clock: MovableClock
    ) -> None:
        chat = await open_chat()
        TalkBack(database, rasa.assistant).register()
        await _returned(database, chat)
        rasa.away = True
        await say(chat, "ok thanks")
        assert await _talked(database, rasa) == "assistant_failed"
        async with database.reading() as session:
            assert (await session.get_one(Conversation, chat.id)).holder == "queue"

    async def test_a_hand_back_that_was_given_up_is_made_up_for(
        self, database: Database, open_chat: Open, say: Say, rasa: Rasa, clock: MovableClock
    ) -> None:
        chat = await open_chat()
        TalkBack(database, rasa.assistant).register()
        await _returned(database, chat)
        rasa.away = True
        for _ in range(31):
            await deliver_waiting(database)
            clock.move(61)
        rasa.away = False
        for words in ("ok", "thanks"):
            await say(chat, words)
            await _talked(database, rasa)
        assert rasa.order == ["handback", "turn: ok", "turn: thanks"]
