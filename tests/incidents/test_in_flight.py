"""One chat that has told of two rides: looks for them that are on their way at once, where the last to come home must not undo
what the other has found, and what each case counts when they part."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.incidents import joining
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.models import Case
from bot.incidents.splitting import split_off
from bot.incidents.tasks import PlatformCalls
from bot.kit.database import Database
from bot.kit.now import MovableClock
from bot.kit.outbox import Delivery, OutboxRow
from bot.rides import schemas as wire
from bot.rides.client import PlatformClient, TripFilter
from sandbox.testing import RunningSandbox
from tests.chat.conftest import Open, Say
from tests.incidents.conftest import CHEN

CRY = "司机把车门锁了不让我下车"
# A ride of the same passenger that is over for longer than the one that their account leads to.
NAMED = "救命，他锁了车门，车牌浙A·7K392"


class Held(PlatformClient):
    """The real platform, whose answer to the first question stays on its way until the test lets it go."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        super().__init__(sandbox.url, sandbox.key)
        self.asked, self.let_go = asyncio.Event(), asyncio.Event()

    async def find_trips(self, wanted: TripFilter) -> wire.TripList:
        found = await super().find_trips(wanted)
        if not self.asked.is_set():
            self.asked.set()
            await self.let_go.wait()
        return found


async def _looks(database: Database) -> list[Delivery]:
    """The looks that are owed, the oldest first."""
    async with database.reading() as session:
        query = select(OutboxRow).where(OutboxRow.kind == incidents.LOCATE).order_by(OutboxRow.set_at)
        rows = (await session.execute(query)).scalars().all()
    return [Delivery(row.id, row.key, dict(row.payload), 1) for row in rows]


async def _cases(database: Database, chat: Conversation) -> list[Case]:
    async with database.reading() as session:
        return list(await case_store.of_conversation(session, chat.id))


@pytest.mark.parametrize("words", [(CRY, NAMED), (NAMED, CRY)], ids=["named second", "named first"])
@pytest.mark.parametrize("late", [0, 1], ids=["first is late", "second is late"])
async def test_two_cries_of_one_chat_stay_one_case_on_the_ride_that_was_named(
    database: Database,
    open_chat: Open,
    say: Say,
    sandbox: RunningSandbox,
    words: tuple[str, str],
    late: int,
) -> None:
    chat = await open_chat("zh", role="rider", identity="token", rider_id="r_chen")
    for said in words:
        await say(chat, said)
    looks = await _looks(database)
    assert len(looks) == 2
    async with Held(sandbox) as slow, PlatformClient(sandbox.url, sandbox.key) as quick:
        behind = asyncio.create_task(PlatformCalls(database, slow).locate(looks[late]))
        await slow.asked.wait()
        await PlatformCalls(database, quick).locate(looks[1 - late])
        slow.let_go.set()
        await behind
    cases = await _cases(database, chat)
    assert [(one.trip_id, one.reports) for one in cases] == [("t_hz_detour", 1)]


async def test_what_goes_on_in_a_case_of_its_own_is_counted_there_and_no_more_in_the_first(
    database: Database, open_chat: Open, say: Say, platform: PlatformClient, clock: MovableClock
) -> None:
    chat, other = (
        await open_chat("zh", role="rider", identity="token", rider_id="r_chen"),
        await open_chat("zh"),
    )
    for _ in range(2):
        await say(chat, CRY)
        clock.move(200)
    await say(other, CRY)
    trip = await platform.trip("t_hz_phone")
    async with database.unit_of_work() as uow:
        one, others = [(await case_store.of_conversation(uow.session, each.id))[0] for each in (chat, other)]
        first = await joining.join_into(uow, others, await incidents.locked(uow, one.id))
        assert first.reports == 3
        own = await split_off(uow, first, await conversations.lock(uow, chat.id), trip)
        assert own is not None and (own.reports, first.reports) == (2, 1)


async def test_what_a_person_has_made_grave_is_not_made_milder_by_parting_it(
    database: Database, open_chat: Open, platform: PlatformClient
) -> None:
    chat, other = (
        await open_chat("zh", role="rider", identity="token", rider_id="r_chen"),
        await open_chat("zh"),
    )
    for each in (chat, other):
        async with database.unit_of_work() as uow:
            made = incidents.Report("route_deviation", "S1", "nlu")
            await incidents.report(uow, await conversations.lock(uow, each.id), made)
    trip = await platform.trip("t_hz_phone")
    async with database.unit_of_work() as uow:
        one, others = [(await case_store.of_conversation(uow.session, each.id))[0] for each in (chat, other)]
        first = await joining.join_into(uow, one, await incidents.locked(uow, others.id))
        await incidents.lower_to(uow, first, "S1", CHEN, "a known road works")
        await incidents.raise_by_person(uow, first, "S0", CHEN, "she whispers")
        own = await split_off(uow, first, await conversations.lock(uow, chat.id), trip)
        assert own is None, "its report stands in the case that was joined"
        await incidents.report(
            uow, await conversations.lock(uow, chat.id), incidents.Report("route_deviation", "S1", "nlu")
        )
        own = await split_off(uow, first, await conversations.lock(uow, chat.id), trip)
        assert own is not None and own.grade == "S0"
        assert (await conversations.lock(uow, chat.id)).grade == "S0"
