"""What is owed goes on being owed: through a join, a second matter in one chat, a raise, a reopening, and a platform that is
away for longer than anybody tries."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff import service as handoff
from bot.incidents import clocks, holds
from bot.incidents import service as incidents
from bot.incidents.models import Case, DispatchHold
from bot.incidents.timeline import read
from bot.kit.database import Database
from bot.kit.due import fire_due, open_row
from bot.kit.now import MovableClock
from bot.kit.outbox import OutboxRow
from bot.paging.models import PagedSubject
from bot.rides.client import PlatformClient
from sandbox.testing import RunningSandbox
from tests.chat.conftest import Open, Say
from tests.incidents.conftest import CHEN, LI_NA, SAM, Settle
from tests.incidents.test_joining import _case, _join, _report

LOCKED = "司机把车门锁了不让我下车"


async def _acts(database: Database, case: Case) -> list[str]:
    async with database.reading() as session:
        return [one["act"] for one in await read(session, case_ids=[case.id], conversation_id=None)]


async def _called(database: Database, subject: str) -> PagedSubject | None:
    async with database.reading() as session:
        return await session.get(PagedSubject, subject)


async def _held(database: Database) -> list[str]:
    async with database.reading() as session:
        return [one.asked_by for one in (await session.execute(select(DispatchHold))).scalars()]


async def _accept(database: Database, chat: Conversation) -> None:
    async with database.unit_of_work() as uow:
        await handoff.accept(uow, await conversations.lock(uow, chat.id), LI_NA)


async def _fire(database: Database) -> None:
    while await fire_due(database):
        continue


async def test_an_hour_that_was_named_runs_on_when_the_case_is_joined_into_another(
    database: Database, open_chat: Open, clock: MovableClock
) -> None:
    older = await _report(database, await open_chat(), "dangerous_driving", "S1")
    clock.move(60)
    chat = await open_chat()
    newer = await _report(database, chat, "driver_misconduct", "S2")
    async with database.unit_of_work() as uow:
        promised = await clocks.due_of(uow, newer)
    joined = await _join(database, newer, older)
    async with database.unit_of_work() as uow:
        assert promised is not None and await clocks.due_of(uow, joined) == promised
    clock.at = promised
    await _fire(database)
    assert "promise_broken" in await _acts(database, joined)
    assert await _called(database, f"promised:{joined.id}") is not None


async def test_and_is_kept_by_whoever_has_that_other_case(database: Database, open_chat: Open) -> None:
    first, second = await open_chat(), await open_chat()
    older = await _report(database, first, "dangerous_driving", "S1")
    await _accept(database, first)
    joined = await _join(database, await _report(database, second, "driver_misconduct", "S2"), older)
    async with database.unit_of_work() as uow:
        assert await clocks.due_of(uow, joined) is None
        assert await open_row(uow, clocks.JOINED, second.id) is not None


@pytest.mark.parametrize("accepted_first", [True, False])
async def test_who_is_put_out_on_the_road_after_something_else_is_owed_a_plan_too(
    database: Database, open_chat: Open, clock: MovableClock, accepted_first: bool
) -> None:
    chat = await open_chat()
    await _report(database, chat, "route_deviation", "S1")
    if accepted_first:
        await _accept(database, chat)
    clock.move(60)
    case = await _report(database, chat, "stranded", "S1", "sentinel")
    assert (case.kind, case.grade) == ("route_deviation", "S1"), "the first report gave the case its name"
    if not accepted_first:
        await _accept(database, chat)
    clock.move(1199)
    await _fire(database)
    assert await _called(database, f"plan:{case.id}") is None
    clock.move(2)
    await _fire(database)
    assert await _called(database, f"plan:{case.id}") is not None


async def test_a_routine_matter_that_a_person_makes_a_complaint_owes_a_decision(
    database: Database, open_chat: Open, clock: MovableClock
) -> None:
    chat = await open_chat()
    case = await _report(database, chat, "lost_item", "S3")
    async with database.unit_of_work() as uow:
        one = await incidents.locked(uow, case.id)
        one.driver_id, one.conduct = "d_wang", True
        await incidents.raise_by_person(uow, one, "S2", SAM, "he wants money for it, and threatens")
    clock.move(24 * 3600 - 1)
    await _fire(database)
    assert await _held(database) == []
    clock.move(2)
    await _fire(database)
    assert await _held(database) == ["software:clocks"]


async def test_a_driver_whom_nobody_has_looked_at_is_stopped_when_the_case_is_open_again(
    database: Database, open_chat: Open, settle: Settle, clock: MovableClock
) -> None:
    chat = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
    case = await _report(database, chat, "route_deviation", "S1", "nlu")
    await settle()
    async with database.unit_of_work() as uow:
        await incidents.resolve(uow, await incidents.locked(uow, case.id), CHEN, "explained", "a detour")
    clock.move(100)
    await settle()
    assert await _held(database) == [], "it ended before the minute was over"
    async with database.unit_of_work() as uow:
        one = await incidents.locked(uow, case.id)
        await incidents.reopen(uow, one, who=CHEN.who, reason="her mother rang", name=CHEN.name)
    clock.move(59)
    await settle()
    assert await _held(database) == []
    clock.move(2)
    await settle()
    assert await _held(database) == ["software:nlu"]


async def test_a_driver_whom_a_person_has_let_drive_is_not_stopped_by_the_reopening(
    database: Database, open_chat: Open, say: Say, settle: Settle, clock: MovableClock
) -> None:
    chat = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
    await say(chat, LOCKED)
    await settle()
    case = await _case(database, chat)
    async with database.unit_of_work() as uow:
        one = await incidents.locked(uow, case.id)
        await holds.release(uow, one, CHEN, "another driver's car")
        await incidents.resolve(uow, one, CHEN, "explained", "another driver's car")
        await incidents.reopen(uow, one, who=CHEN.who, reason="a question is left", name=CHEN.name)
    await settle()
    clock.move(61)
    await settle()
    assert await _held(database) == ["software:sentinel"], "the one that was lifted"


async def test_a_platform_that_is_away_for_long_still_stops_the_driver_and_lets_them_drive_again(
    database: Database,
    open_chat: Open,
    say: Say,
    settle: Settle,
    platform: PlatformClient,
    sandbox: RunningSandbox,
    clock: MovableClock,
) -> None:
    """The thousandth try is no last one."""

    async def tried_often() -> None:
        async with database.unit_of_work() as uow:
            await uow.session.execute(
                update(OutboxRow).where(OutboxRow.state == "waiting").values(attempt=1_000)
            )

    async def away(path: str) -> None:
        sandbox.demo("/faults", status=500, paths=[path])
        await settle()
        await tried_often()
        for _ in range(3):
            clock.move(61)
            await settle()
        sandbox.demo("/faults")
        clock.move(61)
        await settle()

    chat = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
    await say(chat, LOCKED)
    sandbox.demo("/faults", status=500, paths=["/drivers/d_wang/dispatch-hold"])
    await settle()
    case = await _case(database, chat)
    await away("/drivers/d_wang/dispatch-hold")
    assert not (await platform.dispatch("d_wang")).on_dispatch
    assert "driver_stopped" in await _acts(database, case)
    async with database.unit_of_work() as uow:
        await holds.release(uow, await incidents.locked(uow, case.id), CHEN, "looked into")
    await away("/drivers/d_wang/dispatch-hold")
    assert (await platform.dispatch("d_wang")).on_dispatch


async def test_a_complaint_that_nobody_decides_about_rings_the_supervisor_each_day_until_somebody_does(
    database: Database, open_chat: Open, clock: MovableClock
) -> None:
    chat = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
    case = await _report(database, chat, "driver_misconduct", "S2")
    await _accept(database, chat)
    subject = f"undecided:{case.id}"
    clock.move(86_399)
    await _fire(database)
    assert await _called(database, subject) is None
    for day in (1, 2):
        clock.move(2 if day == 1 else 86_400)
        await _fire(database)
        assert await _called(database, subject) is not None
        reminded = await _acts(database, case)
        assert reminded.count("reminded") >= day
    async with database.unit_of_work() as uow:
        one = await incidents.locked(uow, case.id)
        await incidents.resolve(uow, one, LI_NA, "explained", "spoke with both")
    before = (await _acts(database, case)).count("reminded")
    clock.move(90_000)
    await _fire(database)
    assert (await _acts(database, case)).count("reminded") == before
