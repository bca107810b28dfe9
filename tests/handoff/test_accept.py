"""Who holds a conversation: one person at a time, safety first, nobody dropped mid-sentence."""

from __future__ import annotations

import asyncio

import pytest

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import Conflict, NotAllowed, Unprocessable
from bot.handoff import service as handoff
from bot.identity.schemas import Member
from bot.incidents import store as case_store
from bot.incidents.models import Case
from bot.kit.database import Database
from bot.kit.due import open_row
from tests.chat.conftest import Open, Say, open_chat, say
from tests.incidents.conftest import CHEN, LI_NA, OUTSIDER, SAM

__all__ = ["open_chat", "say"]
DANGER = "he locked the doors and won't stop"


async def _accept(
    database: Database, chat: Conversation, staff: Member, *, take_over: bool = False
) -> Conversation:
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        await handoff.accept(uow, conversation, staff, take_over=take_over)
    return conversation


async def _case(database: Database, chat: Conversation) -> Case:
    async with database.reading() as session:
        return (await case_store.of_conversation(session, chat.id))[0]


class TestAccept:
    async def test_a_named_person_is_shown_and_the_pages_stop(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, DANGER)
        conversation = await _accept(database, chat, LI_NA)
        case = await _case(database, chat)
        assert (conversation.holder, conversation.holder_name) == ("person", "Li Na")
        assert (case.state, case.accepted_name) == ("accepted", "Li Na")
        async with database.unit_of_work() as uow:
            assert await open_row(uow, "incident.page", case.id) is None
            assert await open_row(uow, "incident.silent", case.id) is not None
            assert await open_row(uow, "incident.emergency_call", case.id) is not None

    async def test_second_agent_is_told_who_holds_it(self, database: Database, open_chat: Open) -> None:
        chat = await open_chat()
        await _accept(database, chat, SAM)
        other = Member("m-other", "o@example.com", "Other", ("agent",), True)
        with pytest.raises(Conflict) as refused:
            await _accept(database, chat, other)
        assert refused.value.code == "held"
        assert refused.value.values["name"] == "Sam Wong"

    async def test_two_at_once_one_gets_it(self, database: Database, open_chat: Open) -> None:
        chat = await open_chat()
        others = [
            Member(f"m{number}", "x@example.com", f"N{number}", ("agent",), True) for number in range(8)
        ]
        results = await asyncio.gather(
            *(_accept(database, chat, one) for one in others), return_exceptions=True
        )
        assert sum(isinstance(result, Conversation) for result in results) == 1
        assert sum(isinstance(result, Conflict) for result in results) == 7

    @pytest.mark.parametrize("staff", [SAM, OUTSIDER], ids=["agent", "outsourced"])
    async def test_safety_is_not_for_everyone(
        self, database: Database, open_chat: Open, say: Say, staff: Member
    ) -> None:
        chat = await open_chat()
        await say(chat, DANGER)
        with pytest.raises(NotAllowed):
            await _accept(database, chat, staff)

    async def test_the_holder_keeps_it_until_safety_accepts_then_loses_it(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await _accept(database, chat, SAM)
        await say(chat, DANGER)
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            assert (conversation.holder_staff_id, conversation.team) == (SAM.id, "safety")
            await handoff.reply(uow, conversation, SAM, text="I am here", client_id="r1", seen_seq=99)
        await _accept(database, chat, LI_NA)
        with pytest.raises(Conflict):
            async with database.unit_of_work() as uow:
                conversation = await conversations.lock(uow, chat.id)
                await handoff.reply(uow, conversation, SAM, text="still here", client_id="r2", seen_seq=99)


class TestReply:
    async def test_an_answer_written_before_the_newest_message_was_seen_is_held_back(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        conversation = await _accept(database, chat, SAM)
        await say(chat, "hello are you there")
        with pytest.raises(Conflict) as refused:
            async with database.unit_of_work() as uow:
                conversation = await conversations.lock(uow, chat.id)
                await handoff.reply(uow, conversation, SAM, text="yes", client_id="r1", seen_seq=0)
        assert refused.value.code == "unseen"


class TestEnd:
    async def test_an_open_s0_is_not_handed_back_without_name_and_reason(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, DANGER)
        await _accept(database, chat, LI_NA)
        for code, reason in (("", ""), ("safe_confirmed", "  ")):
            with pytest.raises(Unprocessable):
                async with database.unit_of_work() as uow:
                    conversation = await conversations.lock(uow, chat.id)
                    if code:
                        await handoff.resolve(uow, conversation, LI_NA, code, reason)
                    else:
                        await handoff.give_back(uow, conversation, LI_NA, "")
        assert (await _case(database, chat)).state == "accepted"
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await handoff.resolve(uow, conversation, LI_NA, "safe_confirmed", "spoke with her, she is home")
        case = await _case(database, chat)
        assert (case.state, conversation.holder) == ("resolved", "assistant")

    async def test_a_supervisor_can_take_over_but_not_by_accident(
        self, database: Database, open_chat: Open
    ) -> None:
        chat = await open_chat()
        await _accept(database, chat, SAM)
        with pytest.raises(Conflict):
            await _accept(database, chat, CHEN)
        conversation = await _accept(database, chat, CHEN, take_over=True)
        assert conversation.holder_name == "Chen Jing"

    async def test_what_an_absent_agent_held_goes_back_to_the_queue_with_everything(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, "left my phone in the car")
        await _accept(database, chat, SAM)
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await handoff.release(uow, conversation, because="offline")
        assert (conversation.holder, conversation.team) == ("queue", "support")
