"""The doors' one way in: stored before acknowledged, danger to people in the same transaction."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import event, func, select

from bot.chat.models import Turn
from bot.chat.receive import EMERGENCY
from bot.conversations import store
from bot.conversations.models import Conversation, Message
from bot.errors import BadRequest, TooLarge
from bot.incidents import store as case_store
from bot.incidents.models import Case
from bot.kit.database import Database
from bot.kit.due import open_row
from tests.chat.conftest import Open, Say


async def _count(database: Database, table: type) -> int:
    async with database.reading() as session:
        return int((await session.execute(select(func.count()).select_from(table))).scalar_one())


class TestAcknowledgement:
    async def test_ten_at_once_are_stored_once_and_answered_alike(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        receipts = await asyncio.gather(
            *(say(chat, "left my phone in the car", client_id="same") for _ in range(10))
        )
        assert await _count(database, Message) == 1
        assert await _count(database, Turn) == 1
        assert sum(not receipt.again for receipt in receipts) == 1
        assert len({str(sorted(receipt.body.items())) for receipt in receipts}) == 1

    async def test_a_failing_commit_acknowledges_nothing(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()

        def refuse(connection: object) -> None:
            raise OSError("disk full")

        event.listen(database.engine.sync_engine, "commit", refuse)
        with pytest.raises(OSError, match="disk full"):
            await say(chat, "he locked the doors and won't stop")
        event.remove(database.engine.sync_engine, "commit", refuse)
        assert await _count(database, Message) == 0
        assert await _count(database, Case) == 0

    @pytest.mark.parametrize("text", ["", "   ", "\n\t"])
    async def test_an_empty_message_is_refused_and_not_stored(
        self, database: Database, open_chat: Open, say: Say, text: str
    ) -> None:
        chat = await open_chat()
        with pytest.raises(BadRequest):
            await say(chat, text)
        assert await _count(database, Message) == 0

    async def test_4000_characters_are_taken_and_4001_are_not(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, "x" * 4000)
        with pytest.raises(TooLarge):
            await say(chat, "x" * 4001)
        assert await _count(database, Message) == 1

    async def test_broken_unicode_is_stored_as_far_as_it_can_be(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, "a\ud800b\x00c 😀\u202e")
        async with database.reading() as session:
            stored = (await store.messages_after(session, chat.id, 0))[0]
        assert stored.text == "a\ufffdb\ufffdc 😀\u202e"


@pytest.mark.parametrize(
    ("locale", "text", "number"),
    [("zh", "司机把车门锁了不让我下车", "110"), ("en", "he locked the doors and won't stop", "112")],
)
class TestDanger:
    async def test_opens_an_incident_for_people_and_says_the_number_first(
        self, database: Database, open_chat: Open, say: Say, locale: str, text: str, number: str
    ) -> None:
        chat = await open_chat(locale)
        receipt = await say(chat, text)
        state = receipt.body["conversation"]
        assert (state["holder"], state["grade"], state["quiet"]) == ("queue", "S0", True)
        assert state["incident"]["accepted_by"] is None
        async with database.reading() as session:
            said = (await store.messages_after(session, chat.id, receipt.body["seq"]))[0]
            case = (await case_store.open_of_conversation(session, chat.id))[0]
        assert said.kind == "safety"
        assert number in said.text.splitlines()[0]
        assert case.reference in said.text
        assert said.links and said.links[0]["href"] == f"tel:{number}"

    async def test_is_paged_with_a_running_clock(
        self, database: Database, open_chat: Open, say: Say, locale: str, text: str, number: str
    ) -> None:
        chat = await open_chat(locale)
        await say(chat, text)
        async with database.unit_of_work() as uow:
            case = (await case_store.open_of_conversation(uow.session, chat.id))[0]
            assert case.state == "paged"
            owed = await open_row(uow, "incident.page", case.id)
            assert owed is not None and owed.step == 1

    async def test_said_again_joins_the_same_case(
        self, database: Database, open_chat: Open, say: Say, locale: str, text: str, number: str
    ) -> None:
        chat = await open_chat(locale)
        await say(chat, text)
        await say(chat, text)
        assert await _count(database, Case) == 1


class TestTaps:
    async def test_a_slash_that_was_not_offered_is_text(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, "/restart")
        async with database.reading() as session:
            stored = (await store.messages_after(session, chat.id, 0))[0]
        assert stored.payload is None
        assert stored.text == "/restart"

    async def test_the_emergency_button_needs_no_words(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat("zh")
        receipt = await say(chat, "", payload=EMERGENCY)
        assert receipt.body["conversation"]["grade"] == "S0"

    async def test_language_follows_what_is_written(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat("en")
        await say(chat, "我的手机落在车上了")
        async with database.reading() as session:
            current = await session.get_one(Conversation, chat.id)
        assert current.locale == "zh"
