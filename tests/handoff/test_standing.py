"""Whoever waits, waits with somebody who is called for them or offered them."""

from __future__ import annotations

import pytest

from bot.console import service as console
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff import passing
from bot.handoff import service as handoff
from bot.handoff.standing import TEAM
from bot.handoff.tasks import Assigner
from bot.identity.schemas import Member
from bot.incidents import store as case_store
from bot.kit.database import Database
from bot.kit.due import open_row
from bot.kit.now import MovableClock
from bot.paging.models import PagedSubject
from bot.policy import policy
from tests.chat.conftest import Open, Say
from tests.handoff.conftest import Hire, Queue, fire, holds, offered, take
from tests.incidents.conftest import CHEN

DANGER = "he locked the doors and won't stop"
AGAIN = policy().routing.team_again_s


async def _hand(database: Database, chat: Conversation, by: Member, team: str) -> None:
    async with database.unit_of_work() as uow:
        await passing.to_team(
            uow, await conversations.lock(uow, chat.id), by, team, "she sounds terrified, please look"
        )


async def _called(database: Database, chat: Conversation) -> PagedSubject | None:
    async with database.reading() as session:
        return await session.get(PagedSubject, f"team:{chat.id}")


async def _owed(database: Database, chat: Conversation) -> bool:
    async with database.unit_of_work() as uow:
        return await open_row(uow, TEAM, chat.id) is not None


class TestHanded:
    @pytest.mark.parametrize(
        ("team", "role", "grade"),
        [("safety", "safety", "S1"), ("supervisor", "supervisor", "S2"), ("liaison", "police_liaison", "S2")],
    )
    async def test_to_a_team_with_a_pager_it_is_paged_until_one_of_them_takes_it(
        self,
        database: Database,
        clock: MovableClock,
        hire: Hire,
        queue: Queue,
        team: str,
        role: str,
        grade: str,
    ) -> None:
        mia, receiver = await hire("Mia", in_house=False), await hire("Rita", role)
        chat = await queue()
        await take(database, chat, mia)
        await _hand(database, chat, mia, team)
        for step in range(3):
            await fire(database)
            called = await _called(database, chat)
            assert called is not None
            assert (called.team, called.grade, called.last_step, called.widen) == (
                team,
                grade,
                step,
                step > 0,
            )
            clock.move(AGAIN)
        await take(database, chat, receiver)
        assert not await _owed(database, chat)
        called = await _called(database, chat)
        assert called is not None and called.stopped_at is not None
        assert (await holds(database, chat)).holder_name == "Rita"

    async def test_whoever_takes_it_and_goes_away_leaves_the_team_called_again(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue
    ) -> None:
        sam, boss = await hire("Sam"), await hire("Boss", "supervisor")
        chat = await queue()
        await take(database, chat, sam)
        await _hand(database, chat, sam, "supervisor")
        await fire(database)
        await take(database, chat, boss)
        clock.move(60)
        async with database.unit_of_work() as uow:
            await handoff.release(uow, await conversations.lock(uow, chat.id), because="offline")
        await fire(database)
        called = await _called(database, chat)
        assert called is not None and (called.last_at, called.stopped_at) == (clock.at, None)

    async def test_handed_on_to_a_tier_it_is_offered_and_pages_nobody_any_more(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue
    ) -> None:
        sam, boss = await hire("Sam"), await hire("Boss", "supervisor")
        chat = await queue()
        await take(database, chat, sam)
        await _hand(database, chat, sam, "supervisor")
        await _hand(database, chat, boss, "support")
        assert not await _owed(database, chat)
        await Assigner(database).step()
        assert (await offered(database))[chat.id].name == "Sam"

    async def test_raised_while_it_waits_the_clocks_of_its_case_page_instead(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue, say: Say
    ) -> None:
        sam = await hire("Sam")
        chat = await queue()
        await take(database, chat, sam)
        await _hand(database, chat, sam, "supervisor")
        await say(chat, DANGER)
        await fire(database)
        assert not await _owed(database, chat)
        assert (await holds(database, chat)).team == "safety"
        async with database.reading() as session:
            case = (await case_store.of_conversation(session, chat.id))[0]
            assert await session.get(PagedSubject, case.id) is not None

    async def test_an_s0_to_the_safety_team_is_paged_by_its_own_clocks_alone(
        self, database: Database, hire: Hire, open_chat: Open, say: Say
    ) -> None:
        li = await hire("Li", "safety")
        chat = await open_chat()
        await say(chat, DANGER)
        await take(database, chat, li)
        await _hand(database, chat, li, "safety")
        await fire(database)
        assert await _called(database, chat) is None
        async with database.reading() as session:
            case = (await case_store.of_conversation(session, chat.id))[0]
            called = await session.get(PagedSubject, case.id)
        assert case.accepted_at is None and called is not None and called.stopped_at is None


class TestLowered:
    @pytest.mark.parametrize(("grade", "team"), [("S2", "senior"), ("S3", "support")])
    async def test_what_waits_goes_back_to_the_team_of_its_grade_and_is_offered(
        self, database: Database, hire: Hire, open_chat: Open, say: Say, grade: str, team: str
    ) -> None:
        await hire("Sue", skills=("en", "safety", "lost_item"), capacity=3)
        chat = await open_chat()
        await say(chat, DANGER)
        await Assigner(database).step()
        assert await offered(database) == {}
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await console.lower(uow, conversation, CHEN, grade, "it is about a lost bag", seen_seq=99)  # type: ignore[arg-type]
        found = await holds(database, chat)
        async with database.reading() as session:
            case = (await case_store.of_conversation(session, chat.id))[0]
        assert (found.holder, found.team, case.team) == ("queue", team, team)
        await Assigner(database).step()
        assert (await offered(database))[chat.id].name == "Sue"

    async def test_lowered_and_raised_again_it_is_the_safety_teams_again(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, DANGER)
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await console.lower(uow, conversation, CHEN, "S2", "she was joking", seen_seq=99)
        await say(chat, "help me, he has a knife")
        async with database.reading() as session:
            case = (await case_store.of_conversation(session, chat.id))[0]
        assert ((await holds(database, chat)).team, case.team, case.grade) == ("safety", "safety", "S0")

    async def test_a_second_reporter_who_still_waits_when_the_case_ends_is_offered_too(
        self, database: Database, hire: Hire, open_chat: Open, say: Say
    ) -> None:
        await hire("Sue")
        li = await hire("Li", "safety")
        first = await open_chat("en", role="rider", identity="token", rider_id="r_olivia")
        second = await open_chat("en", role="rider", identity="token", rider_id="r_olivia")
        await say(first, DANGER)
        await say(second, DANGER)
        await take(database, first, li)
        async with database.unit_of_work() as uow:
            other = await conversations.lock(uow, second.id)
            conversations.mark_read(uow, other, "staff", 99)
            conversation = await conversations.lock(uow, first.id)
            await handoff.resolve(uow, conversation, li, "safe_confirmed", "spoke with her", seen_seq=99)
        found = await holds(database, second)
        assert (found.holder, found.team, found.grade) == ("queue", "support", None)
        await Assigner(database).step()
        assert (await offered(database))[second.id].name == "Sue"
