"""A chat that was opened before the ride: what needs a live ride sees it all the same. The real sandbox."""

from __future__ import annotations

import uuid

import pytest

from bot.chat import checkins
from bot.chat.listeners import Heard
from bot.chat.receive import Incoming, receive
from bot.conversations import service as conversations
from bot.conversations import store
from bot.conversations.models import Conversation
from bot.followups import service as followups
from bot.incidents import store as case_store
from bot.kit.database import Database
from bot.kit.due import fire_due, open_row
from bot.kit.now import MovableClock, now
from bot.rides.schemas import TripStatus
from sandbox.testing import RunningSandbox
from tests.chat.conftest import Open, Say
from tests.incidents.conftest import Settle

HEARD = Heard("nlu", "checkin", 0.4, "route_deviation", "S1", ["0.40 of danger"])


TRIP = "t_hz_live"


@pytest.fixture
async def early(database: Database, open_chat: Open, sandbox: RunningSandbox, settle: Settle) -> Conversation:
    """Lin's chat, opened (and looked at) while the platform knows no live ride of hers."""
    sandbox.world.trip(TRIP).status = TripStatus.SCHEDULED
    chat = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
    async with database.unit_of_work() as uow:
        await followups.find_trip(uow, await conversations.lock(uow, chat.id))
    await settle()
    assert not (await _now(database, chat)).trip_live
    return chat


def _rides(sandbox: RunningSandbox) -> None:
    """Lin is in a car now."""
    sandbox.world.trip(TRIP).status = TripStatus.IN_PROGRESS


async def _now(database: Database, chat: Conversation) -> Conversation:
    async with database.reading() as session:
        found = await store.get(session, chat.id)
    assert found is not None
    return found


async def _check_in(database: Database, chat: Conversation) -> None:
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        assert await checkins.begin(uow, conversation, HEARD, "m1")
        await checkins.ask(uow, conversation)


async def test_a_lone_position_on_the_ride_that_began_since_reaches_people(
    database: Database, early: Conversation, sandbox: RunningSandbox, settle: Settle
) -> None:
    _rides(sandbox)
    where = {"lat": 30.27, "lng": 120.16}
    await receive(database, early.id, Incoming(uuid.uuid4().hex, "", location=where))
    await settle()
    current = await _now(database, early)
    assert (current.trip_live, current.trip_id, current.holder) == (True, TRIP, "queue")
    async with database.reading() as session:
        (case,) = await case_store.open_of_conversation(session, early.id)
    assert (case.grade, case.source) == ("S1", "unheard")


async def test_a_check_in_before_the_ride_was_known_has_the_clocks_of_a_live_one(
    database: Database,
    early: Conversation,
    sandbox: RunningSandbox,
    say: Say,
    settle: Settle,
    clock: MovableClock,
) -> None:
    _rides(sandbox)
    await say(early, "司机走的路有点怪")
    await _check_in(database, early)
    async with database.unit_of_work() as uow:
        row = await open_row(uow, checkins.WATCH_OPEN, early.id)
        assert row is not None and (row.due - now()).total_seconds() == 180
    await settle()
    async with database.unit_of_work() as uow:
        row = await open_row(uow, checkins.WATCH_OPEN, early.id)
        assert row is not None and (row.due - now()).total_seconds() <= 30
        assert await open_row(uow, checkins.SILENCE, early.id) is not None
    clock.move(61)
    await fire_due(database)
    assert (await _now(database, early)).grade == "S1"


async def test_the_end_of_the_ride_is_seen_too(
    database: Database,
    early: Conversation,
    sandbox: RunningSandbox,
    say: Say,
    settle: Settle,
    clock: MovableClock,
) -> None:
    _rides(sandbox)
    await say(early, "你好")
    await settle()
    assert (await _now(database, early)).trip_live
    sandbox.world.trip(TRIP).status = TripStatus.FINISHED
    clock.move(60)
    await say(early, "谢谢")
    await settle()
    assert not (await _now(database, early)).trip_live


async def test_a_stranger_is_not_looked_for(
    database: Database, open_chat: Open, say: Say, sandbox: RunningSandbox, settle: Settle
) -> None:
    chat = await open_chat("zh")
    await say(chat, "你好")
    await settle()
    assert (await _now(database, chat)).trip_id is None
