"""A case that rises while somebody has it, and reports that join it: nobody is left without a person, a page or the words."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.chat.alarm import raise_alarm
from bot.chat.hearing import take_in
from bot.chat.listeners import Heard
from bot.chat.models import Turn
from bot.console.queue import queue
from bot.conversations import service as conversations
from bot.conversations import store
from bot.conversations.models import Conversation, Message
from bot.handoff import service as handoff
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents import timeline
from bot.incidents.clocks import due_of
from bot.incidents.models import Case
from bot.kit.database import Database
from bot.kit.due import fire_due, open_row
from bot.kit.now import MovableClock
from tests.chat.conftest import Open, Say
from tests.incidents.conftest import LI_NA, SAM, Settle

CRY = "he locked the doors and won't stop"


async def _case(database: Database, chat: Conversation) -> Case:
    async with database.reading() as session:
        return (await case_store.of_conversation(session, chat.id))[0]


async def _safety_words(database: Database, chat: Conversation) -> list[str]:
    async with database.reading() as session:
        return [one.text for one in await store.messages_after(session, chat.id, 0) if one.kind == "safety"]


async def _accept(database: Database, chat: Conversation, staff: object) -> None:
    async with database.unit_of_work() as uow:
        await handoff.accept(uow, await conversations.lock(uow, chat.id), staff)  # type: ignore[arg-type]


class TestRaisedWhileHeld:
    async def test_an_accepted_s2_that_becomes_s0_is_paged_and_safety_can_take_it(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await incidents.report(uow, conversation, incidents.Report("driver_misconduct", "S2", "action"))
        await _accept(database, chat, SAM)
        await say(chat, CRY)
        case = await _case(database, chat)
        assert (case.grade, case.accepted_name, case.team) == ("S0", None, "safety")
        async with database.unit_of_work() as uow:
            assert await open_row(uow, "incident.page", case.id) is not None
        assert "nobody has joined yet" in (await _safety_words(database, chat))[-1]
        await _accept(database, chat, LI_NA)
        assert (await _case(database, chat)).accepted_name == "Li Na"

    async def test_whoever_goes_away_leaves_the_case_paged_anew(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, CRY)
        await _accept(database, chat, LI_NA)
        async with database.unit_of_work() as uow:
            await handoff.release(uow, await conversations.lock(uow, chat.id), because="offline")
        case = await _case(database, chat)
        assert case.accepted_at is None
        async with database.unit_of_work() as uow:
            assert await open_row(uow, "incident.page", case.id) is not None


class TestSecondReporter:
    async def test_gets_the_words_and_a_clock_of_their_own_though_the_case_is_accepted(
        self, database: Database, open_chat: Open, say: Say, settle: Settle, clock: MovableClock
    ) -> None:
        first = await open_chat("en", role="rider", identity="token", rider_id="r_olivia")
        await say(first, CRY)
        await settle()
        await _accept(database, first, LI_NA)
        second = await open_chat("en", role="rider", identity="token", rider_id="r_olivia")
        await say(second, "help me, he has a knife")
        assert (await _case(database, second)).id == (await _case(database, first)).id
        words = (await _safety_words(database, second))[-1]
        assert "nobody has joined this chat yet" in words and "Li Na has joined" not in words
        clock.move(1)
        assert await fire_due(database) >= 1
        async with database.unit_of_work() as uow:
            row = await open_row(uow, "incident.joined", second.id)
            assert row is not None and row.step == 1
        await _accept(database, second, LI_NA)
        async with database.unit_of_work() as uow:
            assert await open_row(uow, "incident.joined", second.id) is None

    async def test_hears_the_first_words_once_when_the_cry_raises_a_waiting_s2(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        first = await open_chat("en", role="rider", identity="token", rider_id="r_olivia")
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, first.id)
            await incidents.report(uow, conversation, incidents.Report("driver_misconduct", "S2", "action"))
        second = await open_chat("en", role="rider", identity="token", rider_id="r_olivia")
        await say(second, CRY)
        assert len(await _safety_words(database, second)) == 1
        assert len(await _safety_words(database, first)) == 1


class TestPromise:
    async def test_an_s2_names_only_the_time_that_a_timer_holds_and_a_broken_one_is_written_down(
        self, database: Database, open_chat: Open, clock: MovableClock
    ) -> None:
        chat = await open_chat()
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            case = (
                await incidents.report(
                    uow, conversation, incidents.Report("driver_misconduct", "S2", "action")
                )
            ).case
            due = await due_of(uow, case)
        assert due == clock.at + timedelta(hours=1)
        clock.move(3601)
        while await fire_due(database):
            continue
        async with database.reading() as session:
            acts = [
                one["act"] for one in await timeline.read(session, case_ids=[case.id], conversation_id=None)
            ]
        assert "promise_broken" in acts


class TestQueue:
    async def test_an_s0_cannot_be_pushed_off_by_newer_chats(
        self, database: Database, open_chat: Open, say: Say, clock: MovableClock
    ) -> None:
        chat = await open_chat()
        await say(chat, CRY)
        clock.move(60)
        async with database.unit_of_work() as uow:
            for _ in range(510):
                made = await conversations.open_conversation(
                    uow, door="widget", channel="test", locale="en", person=conversations.Person()
                )
                made.conversation.last_reporter_at = clock.at
                made.conversation.holder = "queue"
        async with database.reading() as session:
            rows = await queue(session, LI_NA)
        assert rows[0]["conversation_id"] == chat.id


class TestModifiers:
    async def test_a_child_in_the_words_raises_what_the_model_hears(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, "this is a strange road and I have my 5 year old daughter with me")
        async with database.unit_of_work() as uow:
            turn = (
                await uow.session.execute(select(Turn).where(Turn.conversation_id == chat.id))
            ).scalar_one()
            message = await uow.session.get_one(Message, turn.message_id)
            await take_in(
                uow, turn.id, message, Heard("nlu", "handover", 0.9, "route_deviation", "S1", ["0.9"])
            )
        case = await _case(database, chat)
        assert (case.grade, "vulnerable" in case.modifiers) == ("S0", True)

    async def test_a_message_that_could_not_be_heard_is_heard_again(
        self, database: Database, open_chat: Open, say: Say, clock: MovableClock
    ) -> None:
        chat = await open_chat()
        await say(chat, "where is my receipt")
        async with database.unit_of_work() as uow:
            turn = (
                await uow.session.execute(select(Turn).where(Turn.conversation_id == chat.id))
            ).scalar_one()
            await take_in(uow, turn.id, await uow.session.get_one(Message, turn.message_id), None)
            turn.state = "answered"
        clock.at += timedelta(seconds=31)
        await fire_due(database)
        async with database.reading() as session:
            assert (await session.get_one(Turn, turn.id)).heard_at is None


class TestOwnCase:
    async def test_a_role_learned_after_the_first_cry_opens_no_second_case(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, CRY)
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            conversation.role = "driver"
            heard = Heard("nlu", "handover", 0.9, "driver_under_threat", "S0", ["0.9"])
            await raise_alarm(uow, conversation, heard, source="nlu", key="second")
        async with database.reading() as session:
            assert len(await case_store.of_conversation(session, chat.id)) == 1
