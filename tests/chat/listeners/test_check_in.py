"""Sentinel's check-in: the watch lane and the question, exactly as NLU's, and with Rasa down all the same."""

from __future__ import annotations

from sqlalchemy import select

from bot.chat import checkins
from bot.chat.hearing import take_in
from bot.chat.listeners import Heard
from bot.chat.listeners.sentinel import sentinel
from bot.chat.models import CheckIn, Listening, Turn
from bot.conversations.models import Conversation, Message
from bot.incidents import store as case_store
from bot.kit.database import Database
from bot.kit.due import open_row
from tests.chat.conftest import Open, Say

UNEASY = "something feels off, the driver took another road"
PLAIN = "where is my receipt"
ROUTINE = Heard("nlu", "routine", 0.05, "receipt_invoice")


async def _heard(database: Database, chat: Conversation, nlu: Heard | None, *, times: int = 1) -> Turn:
    """Hear the newest message of the conversation, as the hearing worker does."""
    for _ in range(times):
        async with database.unit_of_work() as uow:
            query = select(Turn).where(Turn.conversation_id == chat.id).order_by(Turn.seq.desc()).limit(1)
            turn = (await uow.session.execute(query)).scalar_one()
            message = await uow.session.get_one(Message, turn.message_id)
            await take_in(uow, turn.id, message, nlu)
    return turn


async def _asked(database: Database, chat: Conversation) -> list[CheckIn]:
    async with database.reading() as session:
        query = select(CheckIn).where(CheckIn.conversation_id == chat.id)
        return list((await session.execute(query)).scalars())


async def _now(database: Database, chat: Conversation) -> Conversation:
    async with database.reading() as session:
        return await session.get_one(Conversation, chat.id)


def test_the_words_of_these_tests_are_a_check_in() -> None:
    assert sentinel().hear(UNEASY).decision == "checkin"
    assert sentinel().hear(PLAIN).decision == "routine"


async def test_it_puts_the_conversation_in_the_watch_lane_and_asks(
    database: Database, open_chat: Open, say: Say
) -> None:
    chat = await open_chat()
    await say(chat, UNEASY)
    turn = await _heard(database, chat, ROUTINE)
    now = await _now(database, chat)
    assert turn.ask and now.watched_since is not None
    assert (now.grade, now.holder) == (None, "assistant")
    own = sentinel().hear(UNEASY)
    [asked] = await _asked(database, chat)
    assert (asked.intent, asked.probability) == (own.intent, own.probability)
    assert (now.watch_reason or {})["because"] == own.because
    async with database.unit_of_work() as uow:
        assert await open_row(uow, checkins.WATCH_OPEN, chat.id) is not None
        listening = await uow.session.get_one(Listening, (turn.message_id, "sentinel"))
        assert listening.decision == "checkin"
        assert not await case_store.open_of_conversation(uow.session, chat.id)


async def test_with_rasa_down_it_happens_all_the_same(database: Database, open_chat: Open, say: Say) -> None:
    chat = await open_chat()
    await say(chat, UNEASY)
    turn = await _heard(database, chat, None)
    assert turn.ask and (await _now(database, chat)).watched_since is not None
    assert len(await _asked(database, chat)) == 1


async def test_heard_again_the_question_is_still_owed_and_asked_once(
    database: Database, open_chat: Open, say: Say
) -> None:
    chat = await open_chat()
    await say(chat, UNEASY)
    await _heard(database, chat, None)
    turn = await _heard(database, chat, ROUTINE)
    assert turn.ask and len(await _asked(database, chat)) == 1


async def test_both_listeners_make_one_check_in_with_the_reasons_of_both(
    database: Database, open_chat: Open, say: Say
) -> None:
    chat = await open_chat()
    await say(chat, UNEASY)
    await _heard(database, chat, Heard("nlu", "checkin", 0.3, "stranded", "S1", ["0.30 of danger"]))
    assert len(await _asked(database, chat)) == 1
    because = ((await _now(database, chat)).watch_reason or {})["because"]
    assert "0.30 of danger" in because and set(sentinel().hear(UNEASY).because) < set(because)


async def test_it_holds_no_hand_over_back(database: Database, open_chat: Open, say: Say) -> None:
    chat = await open_chat()
    await say(chat, UNEASY)
    turn = await _heard(
        database, chat, Heard("nlu", "handover", 0.97, "route_deviation", "S1", ["0.97 of danger"])
    )
    assert not turn.ask and (await _now(database, chat)).grade == "S1"
    assert await _asked(database, chat) == []


async def test_routine_words_ask_nothing(database: Database, open_chat: Open, say: Say) -> None:
    chat = await open_chat()
    await say(chat, PLAIN)
    turn = await _heard(database, chat, None)
    assert not turn.ask and (await _now(database, chat)).watched_since is None
    assert await _asked(database, chat) == []
