"""Who waits and fits nobody is not forgotten: the supervisors hear of it, and again, until somebody takes it."""

from __future__ import annotations

from sqlalchemy import select

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff import passing
from bot.handoff.tasks import Assigner
from bot.identity.schemas import Member
from bot.kit.database import Database
from bot.kit.now import MovableClock
from bot.paging.models import Page, PagedSubject
from bot.policy import policy
from tests.handoff.conftest import Hire, Queue, fire, hire, offered, open_chat, queue, say, sit_down, take

__all__ = ["hire", "open_chat", "queue", "say"]


def _limit() -> float:
    return policy().routing.untaken_s


async def _called(database: Database, chat: Conversation) -> list[str]:
    """Who has been paged about this waiting conversation, in order."""
    async with database.reading() as session:
        query = select(Page.person).where(Page.subject == f"untaken:{chat.id}").order_by(Page.made_at)
        return list((await session.execute(query)).scalars())


async def _pass(database: Database, clock: MovableClock, seconds: float) -> None:
    clock.move(seconds)
    await Assigner(database).step()
    await fire(database)


class TestNobodyTakesIt:
    async def test_the_supervisors_are_paged_and_again_until_somebody_does(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue
    ) -> None:
        boss = await hire("Boss", "supervisor")
        eve = await hire("Eve", capacity=5, skills=("en",))
        chat = await queue("zh")
        await Assigner(database).step()
        assert await offered(database) == {}
        await _pass(database, clock, _limit() - 1)
        assert await _called(database, chat) == []
        await _pass(database, clock, 1)
        assert await _called(database, chat) == [boss.id]
        await _pass(database, clock, _limit())
        assert await _called(database, chat) == [boss.id, boss.id]
        await take(database, chat, eve)
        async with database.reading() as session:
            paged = await session.get_one(PagedSubject, f"untaken:{chat.id}")
        assert paged.stopped_at is not None
        clock.move(_limit())
        await fire(database)
        assert len(await _called(database, chat)) == 2

    async def test_many_that_wait_are_one_page(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue
    ) -> None:
        await hire("Boss", "supervisor")
        first = await queue("zh")
        clock.move(1)
        others = [await queue("zh") for _ in range(3)]
        await _pass(database, clock, _limit())
        assert len(await _called(database, first)) == 1
        assert [await _called(database, one) for one in others] == [[], [], []]

    async def test_an_s2_that_waits_longer_keeps_the_others_from_nobody(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue
    ) -> None:
        """Its own clocks call people, twenty minutes later and about it alone."""
        boss = await hire("Boss", "supervisor")
        await queue("zh", intent="driver_misconduct", team="senior")
        clock.move(1)
        chat = await queue("zh")
        await Assigner(database).step()
        await _pass(database, clock, _limit())
        assert await _called(database, chat) == [boss.id]

    async def test_taken_in_time_nobody_hears_of_it(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue
    ) -> None:
        await hire("Boss", "supervisor")
        ann, chat = await hire("Ann", capacity=3), await queue()
        await Assigner(database).step()
        await take(database, chat, ann)
        clock.move(_limit() - 1)
        await sit_down(database, ann)
        assert await _called(database, chat) == []


async def _to_expert(database: Database, chat: Conversation, by: Member) -> None:
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        await passing.to_team(uow, conversation, by, "expert", "two tax numbers")
    await fire(database)


class TestHandedOn:
    async def test_a_tier_without_a_seat_for_it_is_told_to_the_supervisors_at_once(
        self, database: Database, hire: Hire, queue: Queue
    ) -> None:
        boss, ann, chat = await hire("Boss", "supervisor"), await hire("Ann", capacity=3), await queue()
        await take(database, chat, ann)
        await _to_expert(database, chat, ann)
        assert await _called(database, chat) == [boss.id]

    async def test_a_tier_with_one_is_given_its_time(
        self, database: Database, hire: Hire, queue: Queue
    ) -> None:
        await hire("Boss", "supervisor")
        await hire("Xi", capacity=2, tier="expert")
        ann, chat = await hire("Ann", capacity=3), await queue()
        await take(database, chat, ann)
        await _to_expert(database, chat, ann)
        assert await _called(database, chat) == []
