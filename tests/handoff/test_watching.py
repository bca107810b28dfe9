"""What is watched is not forgotten: its clock runs until somebody has cleared it, raised it or answered its reporter."""

from __future__ import annotations

from typing import Any

import pytest

from bot.console import service as console
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import Conflict
from bot.handoff import service as handoff
from bot.handoff import watching
from bot.handoff.tasks import Attendance
from bot.handoff.waiting import back_to_queue
from bot.identity.schemas import Member
from bot.incidents import timeline
from bot.kit.database import Database, Event
from bot.kit.due import Due, open_row
from bot.kit.now import MovableClock, now
from bot.paging.models import PagedSubject
from tests.chat.conftest import Open, Say
from tests.handoff.conftest import Hire, Queue, fire, holds, leave, take
from tests.incidents.conftest import CHEN, LI_NA

DANGER = "he locked the doors and won't stop"


async def _watched(database: Database, chat: Conversation) -> Conversation:
    async with database.unit_of_work() as uow:
        await handoff.watch(uow, await conversations.lock(uow, chat.id), why={"intent": "route_deviation"})
    return chat


async def _opened(database: Database, chat: Conversation, staff: Member = LI_NA) -> None:
    async with database.unit_of_work() as uow:
        await watching.opened(uow, await conversations.lock(uow, chat.id), staff.id, staff.name)


async def _reply(database: Database, chat: Conversation, staff: Member) -> None:
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        await handoff.reply(uow, conversation, staff, text="Where are you?", client_id="a1", seen_seq=99)


async def _row(database: Database, chat: Conversation) -> Due | None:
    async with database.unit_of_work() as uow:
        return await open_row(uow, watching.WATCH_OPEN, chat.id)


async def _called(database: Database, chat: Conversation) -> PagedSubject | None:
    async with database.reading() as session:
        return await session.get(PagedSubject, f"watch:{chat.id}")


async def _acts(database: Database, chat: Conversation) -> list[dict[str, Any]]:
    async with database.reading() as session:
        return await timeline.read(session, case_ids=[], conversation_id=chat.id)


class TestOpened:
    async def test_opening_moves_the_clock_on_and_undecided_it_pages_again_and_again(
        self, database: Database, clock: MovableClock, open_chat: Open
    ) -> None:
        chat = await _watched(database, await open_chat())
        clock.move(170)
        await _opened(database, chat)
        clock.move(179)
        await fire(database)
        assert await _called(database, chat) is None
        for step in range(3):
            clock.move(1 if step == 0 else 180)
            await fire(database)
            called = await _called(database, chat)
            assert called is not None and (called.last_step, called.team) == (step, "supervisor")
        acts = [one["act"] for one in await _acts(database, chat)]
        assert acts.count("watch_undecided") == 3 and "watch_unopened" not in acts

    async def test_opening_it_once_more_postpones_nothing(
        self, database: Database, clock: MovableClock, open_chat: Open
    ) -> None:
        chat = await _watched(database, await open_chat())
        await _opened(database, chat)
        for _ in range(3):
            clock.move(60)
            await _opened(database, chat, CHEN)
        await fire(database)
        assert await _called(database, chat) is not None

    async def test_new_distress_puts_the_clock_off_no_further(
        self, database: Database, clock: MovableClock, open_chat: Open
    ) -> None:
        chat = await _watched(database, await open_chat())
        await _opened(database, chat)
        clock.move(170)
        await _watched(database, chat)
        clock.move(11)
        await fire(database)
        assert await _called(database, chat) is not None
        acts = [one["act"] for one in await _acts(database, chat)]
        assert "watch_unopened" in acts, "nobody has seen the newest of it"

    async def test_cleared_it_owes_nothing(
        self, database: Database, clock: MovableClock, open_chat: Open
    ) -> None:
        chat = await _watched(database, await open_chat())
        await _opened(database, chat)
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await console.clear_watch(uow, conversation, LI_NA, "a joke among friends", seen_seq=99)
        assert (await _row(database, chat), (await holds(database, chat)).watched_since) == (None, None)

    async def test_raised_its_case_pages_and_lowered_again_the_watch_is_still_owed(
        self, database: Database, clock: MovableClock, open_chat: Open, say: Say
    ) -> None:
        chat = await _watched(database, await open_chat())
        await _opened(database, chat)
        await say(chat, DANGER)
        clock.move(181)
        await fire(database)
        assert await _called(database, chat) is None, "the case's own pages are enough"
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await console.lower(uow, conversation, CHEN, "S3", "she meant the film", seen_seq=99)
        clock.move(181)
        await fire(database)
        assert await _called(database, chat) is not None


class TestTaken:
    async def test_accepted_and_then_silent_it_pages(
        self, database: Database, clock: MovableClock, open_chat: Open
    ) -> None:
        chat = await _watched(database, await open_chat())
        told: list[Event] = []

        async def listen(event: Event) -> None:
            told.append(event)

        database.subscribers.append(listen)
        clock.move(100)
        await take(database, chat, LI_NA)
        found = await holds(database, chat)
        assert found.watched_since is not None and (found.watch_reason or {})["opened_by"] == "Li Na"
        clock.move(180)
        await fire(database)
        assert await _called(database, chat) is not None
        reminded = [one.data["staff_id"] for one in told if one.topic == "reminder"]
        assert reminded == [LI_NA.id]

    async def test_answered_the_watch_is_over(
        self, database: Database, clock: MovableClock, open_chat: Open
    ) -> None:
        chat = await _watched(database, await open_chat())
        await take(database, chat, LI_NA)
        await _reply(database, chat, LI_NA)
        assert (await holds(database, chat)).watched_since is None
        assert await _row(database, chat) is None
        ended = next(one for one in await _acts(database, chat) if one["act"] == "watch_ended")
        assert ended["who"] == LI_NA.who

    async def test_an_outsourced_holders_answer_ends_no_watch_and_safety_can_take_it(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue
    ) -> None:
        mia, li = await hire("Mia", in_house=False), await hire("Li", "safety")
        chat = await queue()
        await take(database, chat, mia)
        await _watched(database, chat)
        await _reply(database, chat, mia)
        assert (await holds(database, chat)).watched_since is not None
        clock.move(181)
        await fire(database)
        assert await _called(database, chat) is not None
        await take(database, chat, li)
        assert (await holds(database, chat)).holder_name == "Li"
        with pytest.raises(Conflict):
            await take(database, chat, await hire("Bo", "safety"))

    async def test_an_accepted_s0_is_watched_no_longer(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await _watched(database, await open_chat())
        await say(chat, DANGER)
        await take(database, chat, LI_NA)
        assert ((await holds(database, chat)).watched_since, await _row(database, chat)) == (None, None)


class TestLeft:
    @pytest.mark.parametrize("live", [True, False])
    async def test_unanswered_it_is_back_in_the_lane_as_if_nobody_had_opened_it(
        self, database: Database, clock: MovableClock, open_chat: Open, live: bool
    ) -> None:
        chat = await _watched(database, await open_chat())
        await take(database, chat, LI_NA)
        clock.move(100)
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            conversation.trip_live = live
            await back_to_queue(uow, conversation, because="offline", text="handoff.agent_gone")
        found = await holds(database, chat)
        assert found.holder == "queue" and found.watched_since is not None
        assert "opened_by" not in (found.watch_reason or {})
        row = await _row(database, chat)
        assert row is not None and (row.due - now()).total_seconds() == (30 if live else 80)

    async def test_whoever_held_it_before_it_was_watched_and_goes_away_gives_it_no_more_time(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue
    ) -> None:
        mia, chat = await hire("Mia", in_house=False), await queue()
        await take(database, chat, mia)
        await _watched(database, chat)
        clock.move(170)
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await back_to_queue(uow, conversation, because="offline", text="handoff.agent_gone")
        clock.move(11)
        await fire(database)
        assert await _called(database, chat) is not None

    async def test_an_absent_holder_loses_what_is_watched_though_they_have_answered(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue
    ) -> None:
        mia = await hire("Mia", in_house=False)
        chat = await queue()
        await take(database, chat, mia)
        await _watched(database, chat)
        await _reply(database, chat, mia)
        await leave(database, mia)
        await Attendance(database).step()
        clock.move(61)
        await fire(database)
        assert (await holds(database, chat)).holder == "queue"
        assert await _row(database, chat) is not None
