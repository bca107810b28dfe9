"""Somebody's account changes while they hold conversations: what they may not have any more is not left with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from bot.conversations import service as conversations
from bot.conversations import store as conversation_store
from bot.conversations.models import Conversation
from bot.errors import NotAllowed
from bot.handoff import service as handoff
from bot.identity import accounts
from bot.identity.schemas import Member
from bot.incidents import store as case_store
from bot.incidents.clocks import PAGE
from bot.kit.database import Database
from bot.kit.due import Due
from bot.kit.now import MovableClock
from bot.paging.tasks import ROTA_WATCH
from tests.chat.conftest import Open, Say
from tests.handoff.conftest import Hire, Queue, fire, hire, holds, open_chat, queue, say, take

__all__ = ["hire", "open_chat", "queue", "say"]
DANGER = "he locked the doors and won't stop"
Change = Callable[[Database, Member], Awaitable[None]]


async def roles(database: Database, member: Member, *names: str, in_house: bool = True) -> None:
    async with database.unit_of_work() as uow:
        await accounts.change_roles(uow, None, member.id, names, in_house)


async def _outsourced(database: Database, member: Member) -> None:
    await roles(database, member, "agent", in_house=False)


async def _disabled(database: Database, member: Member) -> None:
    async with database.unit_of_work() as uow:
        await accounts.disable(uow, None, member.id)


async def _answer(database: Database, chat: Conversation, staff: Member) -> None:
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        await handoff.reply(uow, conversation, staff, text="I am with you", client_id="a1", seen_seq=99)


async def _last_said(database: Database, chat: Conversation) -> str:
    async with database.reading() as session:
        return (await conversation_store.messages_after(session, chat.id, 0))[-1].text


class TestGrave:
    @pytest.mark.parametrize("change", [_outsourced, _disabled])
    async def test_an_s0_that_was_answered_lapses_and_is_paged_anew_at_once(
        self, database: Database, hire: Hire, open_chat: Open, say: Say, change: Change
    ) -> None:
        await hire("Boss", "supervisor")
        li, chat = await hire("Li", "safety"), await open_chat()
        await say(chat, DANGER)
        await take(database, chat, li)
        await _answer(database, chat, li)
        await change(database, li)
        await fire(database)
        found = await holds(database, chat)
        async with database.reading() as session:
            case = (await case_store.of_conversation(session, chat.id))[0]
            owed = await session.execute(select(Due).where(Due.open_key == f"{PAGE}|{case.id}"))
        assert (found.holder, found.team, found.grade) == ("queue", "safety", "S0")
        assert (case.accepted_at, case.state) == (None, "paged")
        assert owed.scalar_one_or_none() is not None
        assert "no longer in charge" in await _last_said(database, chat)

    async def test_whoever_keeps_the_reporter_company_goes_on_doing_so(
        self, database: Database, hire: Hire, queue: Queue, say: Say
    ) -> None:
        await hire("Boss", "supervisor")
        mia, chat = await hire("Mia", in_house=False), await queue()
        await take(database, chat, mia)
        await say(chat, DANGER)
        # She never was one who may have an S0; being taken in-house takes nothing from her.
        await roles(database, mia, "agent")
        await fire(database)
        assert (await holds(database, chat)).holder_staff_id == mia.id

    async def test_what_was_accepted_while_the_account_changed_does_not_stay(
        self, database: Database, clock: MovableClock, hire: Hire, open_chat: Open, say: Say
    ) -> None:
        await hire("Boss", "supervisor")
        li, chat = await hire("Li", "safety"), await open_chat()
        await say(chat, DANGER)
        await _outsourced(database, li)
        await fire(database)
        # A request that had read the old account commits only now.
        await take(database, chat, li)
        clock.move(10)
        await fire(database)
        assert (await holds(database, chat)).holder == "queue"


class TestRoutine:
    async def test_a_trainer_keeps_no_chat_and_answers_none(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue
    ) -> None:
        await hire("Boss", "supervisor")
        sam, chat = await hire("Sam"), await queue()
        began = (await holds(database, chat)).holder_since
        clock.move(30)
        await take(database, chat, sam)
        trainer = Member(sam.id, sam.email, sam.name, ("trainer",), True)
        with pytest.raises(NotAllowed):
            await _answer(database, chat, trainer)
        await roles(database, sam, "trainer")
        await fire(database)
        found = await holds(database, chat)
        assert (found.holder, found.holder_since) == ("queue", began)

    async def test_what_they_may_still_have_stays(self, database: Database, hire: Hire, queue: Queue) -> None:
        await hire("Boss", "supervisor")
        sam, chat = await hire("Sam"), await queue()
        await take(database, chat, sam)
        await _outsourced(database, sam)
        await fire(database)
        assert (await holds(database, chat)).holder_staff_id == sam.id


@pytest.mark.parametrize("change", [_outsourced, _disabled])
async def test_the_rota_that_counted_on_them_is_looked_over_at_once(
    database: Database, clock: MovableClock, hire: Hire, change: Change
) -> None:
    await hire("Boss", "supervisor")
    li = await hire("Li", "safety")
    await change(database, li)
    began = clock.at
    await fire(database)
    async with database.reading() as session:
        query = select(Due).where(Due.kind == ROTA_WATCH, Due.fired)
        assert [row.due for row in (await session.execute(query)).scalars()] == [began]
