"""A reporter of an accepted case has somebody who may have them, or a clock: whoever talks with them, and whoever leaves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import Conflict, NotAllowed
from bot.handoff import passing
from bot.handoff import service as handoff
from bot.handoff.waiting import back_to_queue
from bot.identity import accounts
from bot.identity.schemas import Member
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.clocks import JOINED
from bot.incidents.models import Case
from bot.kit.database import Database
from bot.kit.due import open_row
from bot.kit.ids import new_id
from bot.kit.now import MovableClock
from bot.paging.models import PagedSubject
from tests.chat.conftest import Open, Say
from tests.handoff.conftest import Hire, fire, hire, holds, take

__all__ = ["hire"]
Two = Callable[[], Awaitable[tuple[Conversation, Conversation, Member, Member]]]
CRY = "he locked the doors and won't stop"


async def _case(database: Database, chat: Conversation) -> Case:
    async with database.reading() as session:
        return (await case_store.of_conversation(session, chat.id))[0]


async def _reports_too(database: Database, chat: Conversation, case: Case, *, grade: str = "S0") -> None:
    """The chat's cry is about the case that a colleague has."""
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        made = incidents.Report(case.kind, grade, "sentinel", key=f"report:{new_id()}", into=case.id)  # type: ignore[arg-type]
        await incidents.report(uow, conversation, made)
        await handoff.to_people(uow, conversation, team=case.team, reason="cry", who="software:sentinel")


async def _called(database: Database, chat: Conversation) -> PagedSubject | None:
    async with database.reading() as session:
        return await session.get(PagedSubject, f"joined:{chat.id}")


async def _owed(database: Database, chat: Conversation) -> bool:
    async with database.unit_of_work() as uow:
        return await open_row(uow, JOINED, chat.id) is not None


@pytest.fixture
def two(database: Database, open_chat: Open, say: Say, hire: Hire) -> Two:
    """The victim's chat, accepted by Li Na; another chat, held by an outsourced agent before anybody cried in it."""

    async def made() -> tuple[Conversation, Conversation, Member, Member]:
        mia, li = await hire("Mia", in_house=False), await hire("Li", "safety")
        first, second = await open_chat(), await open_chat()
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, second.id)
            await handoff.to_people(uow, conversation, team="support", reason="asked", who="reporter")
        await take(database, second, mia)
        await say(first, CRY)
        return first, second, mia, li

    return made


class TestHeldByWhoMayNot:
    async def test_an_outsourced_holder_stops_no_page_and_keeps_nobody_from_safety(
        self,
        database: Database,
        clock: MovableClock,
        two: Two,
        hire: Hire,
    ) -> None:
        first, second, mia, li = await two()
        bo = await hire("Bo", "safety")
        await take(database, first, li)
        await _reports_too(database, second, await _case(database, first))
        for step in range(3):
            await fire(database)
            called = await _called(database, second)
            assert called is not None and called.last_step == step
            clock.move(20)
        assert (await holds(database, second)).holder_staff_id == mia.id, "nobody is dropped meanwhile"
        async with database.unit_of_work() as uow:
            # The desk's page asks for it as a take-over, because somebody holds the chat.
            await handoff.accept(uow, await conversations.lock(uow, second.id), bo, take_over=True)
        found = await holds(database, second)
        assert (found.holder_name, await _owed(database, second)) == ("Bo", False)
        assert (await _case(database, second)).accepted_name == "Li", "whoever takes the chat helps"
        called = await _called(database, second)
        assert called is not None and called.stopped_at is not None
        # From one who may have it, it is taken by nobody but a supervisor who means to.
        with pytest.raises(Conflict) as refused:
            await take(database, second, li)
        assert refused.value.code == "held"

    async def test_nor_when_their_reporter_was_in_the_case_before_it_was_accepted(
        self,
        database: Database,
        two: Two,
    ) -> None:
        first, second, _, li = await two()
        await _reports_too(database, second, await _case(database, first))
        await take(database, first, li)
        await fire(database)
        assert await _called(database, second) is not None

    async def test_a_holder_who_may_is_enough_until_their_account_is_disabled(
        self,
        database: Database,
        clock: MovableClock,
        two: Two,
        hire: Hire,
    ) -> None:
        first, second, _, li = await two()
        bo, boss = await hire("Bo", "safety"), await hire("Boss", "supervisor")
        await hire("Chief", "supervisor")
        await take(database, first, li)
        case = await _case(database, first)
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, second.id)
            await handoff.accept(uow, conversation, boss, take_over=True)
        await _reports_too(database, second, case)
        await fire(database)
        assert await _called(database, second) is None
        with pytest.raises(Conflict):
            await take(database, second, bo)
        async with database.unit_of_work() as uow:
            await accounts.disable(uow, None, boss.id)
        await take(database, second, bo)

    async def test_a_routine_chat_is_not_taken_from_anybody_by_accident(
        self,
        database: Database,
        two: Two,
    ) -> None:
        _, second, mia, li = await two()
        with pytest.raises(Conflict):
            await take(database, second, li)
        assert (await holds(database, second)).holder_staff_id == mia.id

    async def test_who_may_not_have_it_takes_it_from_nobody(
        self,
        database: Database,
        two: Two,
        hire: Hire,
    ) -> None:
        first, second, _, li = await two()
        sam = await hire("Sam")
        await take(database, first, li)
        await _reports_too(database, second, await _case(database, first))
        with pytest.raises(NotAllowed):
            await take(database, second, sam)


class TestHelperLeaves:
    @pytest.mark.parametrize("how", ["offline", "handed_on"])
    async def test_their_reporter_has_a_clock_again_and_the_case_stays_accepted(
        self,
        database: Database,
        clock: MovableClock,
        two: Two,
        hire: Hire,
        how: str,
    ) -> None:
        first, second, _, li = await two()
        bo = await hire("Bo", "safety")
        await take(database, first, li)
        await _reports_too(database, second, await _case(database, first))
        await take(database, second, bo)
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, second.id)
            if how == "offline":
                await back_to_queue(uow, conversation, because="offline", text="handoff.agent_gone")
            else:
                await passing.to_team(uow, conversation, bo, "safety", "end of shift")
        assert (await _case(database, first)).accepted_name == "Li"
        for step in range(2):
            await fire(database)
            called = await _called(database, second)
            assert called is not None and (called.last_step, called.stopped_at) == (step, None)
            clock.move(20)
        await take(database, second, li)
        assert not await _owed(database, second)

    async def test_an_s2_too_at_its_own_pace(
        self, database: Database, clock: MovableClock, two: Two, hire: Hire
    ) -> None:
        first, second, _, li = await two()
        bo = await hire("Bo", "safety")
        await take(database, first, li)
        await _reports_too(database, second, await _case(database, first))
        await take(database, second, bo)
        async with database.unit_of_work() as uow:
            case = await incidents.locked(uow, (await _case(database, first)).id)
            await incidents.lower_to(uow, case, "S2", li, "words only, she is home")
            await handoff.release(uow, await conversations.lock(uow, second.id), because="offline")
        for step, seconds in enumerate((1200, 1199)):
            await fire(database)
            called = await _called(database, second)
            assert called is not None and (called.team, called.last_step) == ("senior", step)
            clock.move(seconds)
        await fire(database)
        called = await _called(database, second)
        assert called is not None and called.last_step == 1
