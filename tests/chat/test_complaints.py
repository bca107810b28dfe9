"""The complaint button: what is written next is filed before anybody asks anything."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from bot.chat.complaints import COMPLAINT
from bot.chat.models import Turn
from bot.chat.receive import Incoming, receive
from bot.conversations import service as conversations
from bot.conversations import store
from bot.incidents import store as case_store
from bot.kit.database import Database
from tests.chat.conftest import Open, Say


class TestComplaint:
    @pytest.mark.parametrize(
        ("locale", "words", "told"),
        [
            ("zh", "司机一路抽烟还骂人", "已立案"),
            ("en", "the driver smoked and shouted all the way", "is now case"),
        ],
    )
    async def test_the_words_after_the_button_are_a_case_and_the_assistant_stays_out(
        self, database: Database, open_chat: Open, say: Say, locale: str, words: str, told: str
    ) -> None:
        chat = await open_chat(locale)
        await say(chat, "", payload=COMPLAINT)
        receipt = await say(chat, words)
        assert receipt.body["conversation"]["grade"] == "S2"
        async with database.reading() as session:
            (case,) = await case_store.open_of_conversation(session, chat.id)
            said = await store.messages_after(session, chat.id, receipt.body["seq"])
            found = await session.execute(select(Turn).where(Turn.message_id == receipt.body["id"]))
            turn = found.scalar_one()
        assert (case.grade, case.team, case.source, case.state) == ("S2", "senior", "complaint", "paged")
        assert told in said[0].text and case.reference in said[0].text
        assert not turn.talk

    async def test_only_the_next_words_are_the_complaint(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, "", payload=COMPLAINT)
        await say(chat, "he was rude to my mother")
        await say(chat, "and where is my receipt")
        async with database.reading() as session:
            (case,) = await case_store.open_of_conversation(session, chat.id)
        assert case.reports == 1

    async def test_danger_in_the_complaint_is_danger(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, "", payload=COMPLAINT)
        receipt = await say(chat, "he locked the doors and won't let me out")
        assert receipt.body["conversation"]["grade"] == "S0"

    async def test_on_a_live_trip_it_rises_and_reaches_the_safety_team(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        async with database.unit_of_work() as uow:
            (await conversations.lock(uow, chat.id)).trip_live = True
        await say(chat, "", payload=COMPLAINT)
        receipt = await say(chat, "the driver is rude")
        state = receipt.body["conversation"]
        assert (state["grade"], state["holder"]) == ("S1", "queue")

    async def test_sent_again_it_is_filed_once(self, database: Database, open_chat: Open, say: Say) -> None:
        chat = await open_chat()
        await say(chat, "", payload=COMPLAINT)
        again = Incoming(uuid.uuid4().hex, "the car stank of smoke")
        first, second = await receive(database, chat.id, again), await receive(database, chat.id, again)
        assert second.again and first.body == second.body
        async with database.reading() as session:
            (case,) = await case_store.open_of_conversation(session, chat.id)
        assert case.reports == 1
