"""Several people report one matter, or one person several: a word to one, or the end of one case, silences nobody else."""

from __future__ import annotations

from typing import Any

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff import service as handoff
from bot.incidents import clocks
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.models import Case, CaseConversation
from bot.kit.database import Database
from bot.kit.due import fire_due, open_row
from bot.kit.now import MovableClock
from bot.paging.models import PagedSubject
from tests.chat.conftest import Open, Say
from tests.incidents.conftest import LI_NA

CRY = "he locked the doors and won't stop"
KNIFE = "help me, he has a knife"


async def _case(database: Database, chat: Conversation) -> Case:
    async with database.reading() as session:
        return (await case_store.of_conversation(session, chat.id))[0]


async def _take(database: Database, chat: Conversation) -> None:
    async with database.unit_of_work() as uow:
        await handoff.accept(uow, await conversations.lock(uow, chat.id), LI_NA)


async def _answer(database: Database, chat: Conversation, key: str) -> None:
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        await handoff.reply(uow, conversation, LI_NA, text="I am here", client_id=key, seen_seq=99)


async def _two(database: Database, open_chat: Open, say: Say) -> tuple[Conversation, Conversation]:
    """Two chats of one S0, both in the hands of whoever has accepted it."""
    chats = []
    for _ in range(2):
        chat = await open_chat("en", role="rider", identity="token", rider_id="r_olivia")
        await say(chat, CRY)
        await _take(database, chat)
        chats.append(chat)
    assert (await _case(database, chats[0])).id == (await _case(database, chats[1])).id
    return chats[0], chats[1]


async def _everybody_called(database: Database, case: Case) -> bool:
    async with database.reading() as session:
        called = await session.get(PagedSubject, f"{clocks.RAISED}:{case.id}")
    return called is not None and called.everyone and called.stopped_at is None


class TestCries:
    async def test_the_first_word_to_another_reporter_does_not_answer_a_cry(
        self, database: Database, open_chat: Open, say: Say, clock: MovableClock
    ) -> None:
        cried, other = await _two(database, open_chat, say)
        await say(cried, KNIFE)
        await _answer(database, other, "a1")
        clock.move(20)
        await fire_due(database)
        assert await _everybody_called(database, await _case(database, cried))

    async def test_whoever_cries_within_the_call_for_another_is_answered_too_or_everybody_is_called(
        self, database: Database, open_chat: Open, say: Say, clock: MovableClock
    ) -> None:
        first, second = await _two(database, open_chat, say)
        await _answer(database, first, "a0")
        clock.move(1)
        await say(first, KNIFE)
        clock.move(1)
        await say(second, KNIFE)
        clock.move(1)
        await _answer(database, first, "a1")
        clock.move(20)
        await fire_due(database)
        case = await _case(database, second)
        assert await _everybody_called(database, case)
        await _answer(database, second, "b1")
        assert not await _everybody_called(database, case)
        async with database.unit_of_work() as uow:
            assert await open_row(uow, clocks.CRIED, case.id) is None

    async def test_answered_and_crying_again_while_another_waits_is_a_cry_of_its_own(
        self, database: Database, open_chat: Open, say: Say, clock: MovableClock
    ) -> None:
        first, second = await _two(database, open_chat, say)
        for chat in (first, second):
            clock.move(1)
            await say(chat, KNIFE)
        clock.move(1)
        await _answer(database, first, "a1")
        clock.move(1)
        await say(first, "he is going to kill me")
        clock.move(1)
        await _answer(database, second, "b1")
        clock.move(20)
        await fire_due(database)
        assert await _everybody_called(database, await _case(database, first))


async def _reports_both(database: Database, chat: Conversation, *cases: Case) -> None:
    """The chat waits in the queue and belongs to these cases, which somebody else has."""
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        for one in cases:
            case = await incidents.locked(uow, one.id)
            tie: dict[str, Any] = {"case_id": case.id, "conversation_id": chat.id, "relation": "repeat"}
            uow.session.add(CaseConversation(**tie, at=case.opened_at))
            await uow.session.flush()
            await clocks.owe_reporter(uow, case, chat.id)
        await incidents.derive_grade(uow, conversation)
        await handoff.to_people(uow, conversation, team="safety", reason="both", who="software:test")


class TestWhoReportsTwoCases:
    async def test_still_waits_when_one_of_them_ends(
        self, database: Database, open_chat: Open, say: Say, clock: MovableClock
    ) -> None:
        first, second, both = await open_chat(), await open_chat(), await open_chat()
        for chat in (first, second):
            await say(chat, CRY)
            await _take(database, chat)
        one, other = await _case(database, first), await _case(database, second)
        await _reports_both(database, both, one, other)
        await fire_due(database)
        async with database.unit_of_work() as uow:
            await incidents.resolve(uow, await incidents.locked(uow, one.id), LI_NA, "other", "settled")
        clock.move(21)
        await fire_due(database)
        async with database.reading() as session:
            called = await session.get_one(PagedSubject, f"joined:{both.id}")
        assert (called.reference, called.stopped_at) == (other.reference, None)

    async def test_is_paged_for_no_more_once_what_is_left_is_routine(
        self, database: Database, open_chat: Open, say: Say, clock: MovableClock
    ) -> None:
        first, waiting = await open_chat(), await open_chat()
        await say(first, CRY)
        await _take(database, first)
        case = await _case(database, first)
        await _reports_both(database, waiting, case)
        await fire_due(database)
        async with database.unit_of_work() as uow:
            await incidents.lower_to(uow, await incidents.locked(uow, case.id), "S3", LI_NA, "about a film")
        clock.move(21)
        await fire_due(database)
        async with database.reading() as session:
            assert (await session.get_one(PagedSubject, f"joined:{waiting.id}")).stopped_at is not None
