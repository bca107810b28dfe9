"""Whether the assistant may take a "yes" for the answer to its own last question: the desk may have spoken since."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.models import Turn
from bot.chat.turns import TurnWorker
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.followups import service as followups
from bot.kit.database import Database
from bot.kit.now import MovableClock, now
from tests.chat.conftest import Open, Say

CANCEL: list[Any] = [{"title": "Yes, cancel", "payload": '/affirm{"choice":"yes"}'}]


class _Assistant:
    """Answers anything and keeps what it was sent."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    async def turn(self, body: dict[str, Any]) -> list[Any]:
        self.bodies.append(body)
        return []


@pytest.fixture
async def asked(database: Database, open_chat: Open, say: Say) -> Conversation:
    """A conversation in which the assistant has just asked whether to cancel."""
    chat = await open_chat("en", role="rider", identity="token", rider_id="r_tsai")
    await say(chat, "cancel my ride")
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        await conversations.append(
            uow, conversation, author="assistant", text="It costs 100 TWD. Shall I cancel?", buttons=CANCEL
        )
        turn = (await uow.session.execute(select(Turn))).scalar_one()
        turn.state = "answered"
    return chat


async def _delayed(database: Database, chat: Conversation) -> None:
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        await followups.tell(uow, conversation, "followup.delay.asked", minutes=9, reason="-")


async def _sent(database: Database) -> bool:
    """Let the worker of turns send what was said; returns what the assistant was told of it."""
    assistant = _Assistant()
    async with database.unit_of_work() as uow:
        for turn in (await uow.session.execute(select(Turn).where(Turn.state == "pending"))).scalars():
            turn.heard_at, turn.parse = now(), {"intent": {"name": "affirm"}, "entities": []}
    worker = TurnWorker(database, assistant)  # type: ignore[arg-type]
    await worker.step()
    for task in list(worker._running.values()):
        await task
    return bool(assistant.bodies[-1]["metadata"]["asked_since"])


async def test_an_answer_at_once_is_an_answer(database: Database, asked: Conversation, say: Say) -> None:
    await say(asked, "yes")
    assert not await _sent(database)


async def test_words_after_news_of_the_desk_may_be_meant_for_the_news(
    database: Database, asked: Conversation, say: Say
) -> None:
    await _delayed(database, asked)
    await say(asked, "ok")
    assert await _sent(database)


async def test_news_that_came_after_the_words_does_not_count(
    database: Database, asked: Conversation, say: Say
) -> None:
    await say(asked, "yes")
    await _delayed(database, asked)
    assert not await _sent(database)


async def test_the_button_under_the_question_answers_that_question(
    database: Database, asked: Conversation, say: Say
) -> None:
    await _delayed(database, asked)
    await say(asked, "Yes, cancel", payload=CANCEL[0]["payload"])
    assert not await _sent(database)


@pytest.mark.parametrize("payload", [None, CANCEL[0]["payload"]])
async def test_half_an_hour_later_it_is_asked_again_even_by_a_button(
    database: Database, asked: Conversation, say: Say, clock: MovableClock, payload: str | None
) -> None:
    clock.move(1801)
    await say(asked, "Yes, cancel" if payload else "yes", payload=payload)
    assert await _sent(database)
