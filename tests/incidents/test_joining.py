"""What a join may not take away: the next page, the time somebody has waited, the hold, the person."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.conversations import service as conversations
from bot.conversations import store
from bot.conversations.models import Conversation
from bot.handoff import service as handoff
from bot.incidents import clocks, holds, joining, reviews
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.models import Case, CaseConversation, DispatchHold
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

CRY = "he locked the doors and won't stop"


async def _case(database: Database, chat: Conversation) -> Case:
    async with database.reading() as session:
        return (await case_store.of_conversation(session, chat.id))[0]


async def _report(
    database: Database, chat: Conversation, intent: str, grade: str, source: str = "action"
) -> Case:
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        made = incidents.Report(intent, grade, source)  # type: ignore[arg-type]
        return (await incidents.report(uow, conversation, made)).case


async def _join(database: Database, newer: Case, older: Case) -> Case:
    async with database.unit_of_work() as uow:
        one, other = await incidents.locked(uow, newer.id), await incidents.locked(uow, older.id)
        return await joining.join_into(uow, one, other)


async def test_pages_that_had_widened_go_on_from_there(
    database: Database, open_chat: Open, say: Say, clock: MovableClock
) -> None:
    first, second = await open_chat(), await open_chat()
    older = await _report(database, first, "driver_misconduct", "S2")
    await say(second, CRY)
    for _ in range(3):
        clock.move(31)
        await fire_due(database)
    newer = await _case(database, second)
    async with database.unit_of_work() as uow:
        before = await open_row(uow, clocks.PAGE, newer.id)
        assert before is not None and before.step >= 3
        due, step = before.due, before.step
    joined = await _join(database, newer, older)
    assert (joined.id, joined.grade) == (older.id, "S0")
    async with database.unit_of_work() as uow:
        after = await open_row(uow, clocks.PAGE, joined.id)
        assert after is not None and after.step >= step and after.due <= due
        assert await open_row(uow, clocks.PAGE, newer.id) is None


async def test_an_s2_that_turns_out_to_be_the_matter_of_an_s0_gets_people_and_the_words(
    database: Database, open_chat: Open, say: Say
) -> None:
    cry, complaint = await open_chat(), await open_chat()
    await say(cry, CRY)
    older = await _case(database, cry)
    newer = await _report(database, complaint, "driver_misconduct", "S2")
    async with database.unit_of_work() as uow:
        await handoff.accept(uow, await conversations.lock(uow, cry.id), LI_NA)
        await handoff.accept(uow, await conversations.lock(uow, complaint.id), SAM)
    await _join(database, newer, older)
    joined = await _case(database, complaint)
    assert (joined.id, joined.accepted_name) == (older.id, "Li Na")
    async with database.unit_of_work() as uow:
        chat = await conversations.lock(uow, complaint.id)
        assert (chat.grade, chat.holder) == ("S0", "person"), "nobody is dropped mid-sentence"


async def test_a_milder_acceptance_lapses_and_safety_is_paged_when_the_join_raises_it(
    database: Database, open_chat: Open
) -> None:
    first, second = await open_chat(), await open_chat()
    older = await _report(database, first, "driver_misconduct", "S2")
    await _report(database, second, "driver_misconduct", "S2")
    async with database.unit_of_work() as uow:
        await handoff.accept(uow, await conversations.lock(uow, second.id), SAM)
    joined = await _join(database, await _case(database, second), older)
    assert (joined.id, joined.grade, joined.accepted_name) == (older.id, "S1", None)
    async with database.unit_of_work() as uow:
        assert await open_row(uow, clocks.PAGE, joined.id) is not None
        assert (await conversations.lock(uow, second.id)).holder_name == "Sam Wong"


async def test_whoever_has_waited_longest_still_has(
    database: Database, open_chat: Open, say: Say, clock: MovableClock
) -> None:
    first, second = await open_chat(), await open_chat()
    await say(second, CRY)
    said = clock.at
    clock.move(120)
    await say(first, CRY)
    older, newer = await _case(database, first), await _case(database, second)
    await _join(database, newer, older)
    async with database.reading() as session:
        assert (await session.get_one(CaseConversation, (older.id, second.id))).at == said


@pytest.mark.parametrize("located", [True, False])
async def test_a_reporter_of_the_same_driver_on_another_trip_is_linked(
    database: Database, open_chat: Open, say: Say, settle: Settle, located: bool
) -> None:
    """located: whether anybody knows the older case's trip; without it another passenger's report is another matter too."""
    other = await open_chat("zh", role="rider", identity="token", rider_id="r_chen")
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, other.id)
        made = incidents.Report("past_safety_complaint", "S2", "action")
        older = (await incidents.report(uow, conversation, made)).case
        older.driver_id, older.plate = "d_wang", "浙AD8C61"
        older.trip_id = "t_before" if located else None
    async with database.unit_of_work() as uow:
        for row in (await uow.session.execute(select(OutboxRow))).scalars():
            row.state = "done"
    chat = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
    await say(chat, "司机把车门锁了不让我下车")
    await settle()
    case = await _case(database, chat)
    assert (case.trip_id, case.rider_id, case.id != older.id) == ("t_hz_live", "r_lin", True)
    async with database.reading() as session:
        linked = await case_store.links_of(session, [case.id])
        still = await session.get_one(Case, older.id)
    assert [(relation, one.id) for _, relation, one in linked] == [("earlier_complaint", older.id)]
    assert (still.grade, still.open) == ("S2", True)


async def test_the_hold_follows_what_was_heard_best_whoever_opened_the_case(
    database: Database, open_chat: Open, say: Say, settle: Settle
) -> None:
    chat = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
    await _report(database, chat, "route_deviation", "S1", "nlu")
    await say(chat, "司机把车门锁了不让我下车")
    await settle()
    async with database.reading() as session:
        held = (await session.execute(select(DispatchHold))).scalars().all()
    assert [(one.driver_id, one.state) for one in held] == [("d_wang", "held")]


async def test_what_is_said_of_an_earlier_ride_stays_with_it_whatever_ride_one_is_on(
    database: Database, open_chat: Open, settle: Settle, platform: PlatformClient
) -> None:
    before = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, before.id)
        made = incidents.Report("past_safety_complaint", "S2", "action")
        older = (await incidents.report(uow, conversation, made)).case
        older.driver_id, older.trip_id = "d_sun", "t_hz_lin_home"
        older.trip = {"id": "t_hz_lin_home", "driver": {"id": "d_sun", "name": "孙丽"}, "live": False}
        for row in (await uow.session.execute(select(OutboxRow))).scalars():
            row.state = "done"
    today = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
    await _report(database, today, "past_safety_complaint", "S1", "person")
    await settle()
    case = await _case(database, today)
    assert (case.id, case.driver_id, case.trip_id) == (older.id, "d_sun", "t_hz_lin_home")
    assert (await platform.dispatch("d_wang")).on_dispatch, "who drives her now has done nothing"


async def test_after_another_driver_was_sent_the_first_stays_reported_until_the_ride_begins(
    database: Database, open_chat: Open, settle: Settle, platform: PlatformClient, sandbox: RunningSandbox
) -> None:
    chat = await open_chat("zh", role="rider", identity="token", rider_id="r_xu")
    await _report(database, chat, "passenger_in_danger", "S0", "sentinel")
    await settle()
    sandbox.world.trips["t_sh_late"].driver = sandbox.world.drivers["d_gu"]
    await _report(database, chat, "passenger_in_danger", "S0", "sentinel")
    await settle()
    assert (await _case(database, chat)).driver_id == "d_shen"
    assert (await platform.dispatch("d_gu")).on_dispatch
    sandbox.demo("/trips/t_sh_late/status", status="in_progress")
    await _report(database, chat, "passenger_in_danger", "S0", "sentinel")
    await settle()
    assert (await _case(database, chat)).driver_id == "d_gu"
    assert not (await platform.dispatch("d_gu")).on_dispatch


@pytest.mark.parametrize("complaint_accepted", [True, False])
async def test_whoever_has_accepted_the_s0_has_it_on_though_the_complaint_that_holds_the_driver_goes_on(
    database: Database, open_chat: Open, say: Say, complaint_accepted: bool
) -> None:
    complaint, cry = await open_chat(), await open_chat()
    older = await _report(database, complaint, "driver_misconduct", "S2")
    async with database.unit_of_work() as uow:
        held = await incidents.locked(uow, older.id)
        held.driver_id = "d_wang"
        await holds.request(uow, held, by="staff:m-chen", reason="driver_misconduct")
        if complaint_accepted:
            await handoff.accept(uow, await conversations.lock(uow, complaint.id), SAM)
    await say(cry, CRY)
    newer = await _case(database, cry)
    async with database.unit_of_work() as uow:
        await handoff.accept(uow, await conversations.lock(uow, cry.id), LI_NA)
        joined, lasting = await joining._joined_and_lasting(
            uow, await incidents.locked(uow, newer.id), await incidents.locked(uow, older.id)
        )
        assert lasting.id == older.id
        await joining.join_into(uow, joined, lasting)
    case = await _case(database, cry)
    assert (case.id, case.grade, case.accepted_name) == (older.id, "S0", "Li Na")
    async with database.unit_of_work() as uow:
        assert await open_row(uow, clocks.PAGE, case.id) is None
        assert await open_row(uow, clocks.EMERGENCY_CALL, case.id) is not None
    async with database.reading() as session:
        words = [one.text for one in await store.messages_after(session, cry.id, 0) if one.kind == "safety"]
        acts = [one["act"] for one in await read(session, case_ids=[case.id], conversation_id=None)]
    assert "Li Na from the safety team has joined" in words[-1] and len(words) == 2
    assert "acceptance_lapsed" not in acts and ("helps" in acts) is complaint_accepted


@pytest.mark.parametrize("both", [True, False])
async def test_who_has_cried_again_and_was_not_answered_is_called_for_still(
    database: Database, open_chat: Open, say: Say, clock: MovableClock, both: bool
) -> None:
    first, second = await open_chat(), await open_chat()
    for chat in (first, second):
        await say(chat, CRY)
        async with database.unit_of_work() as uow:
            await handoff.accept(uow, await conversations.lock(uow, chat.id), LI_NA)
    clock.move(60)
    for chat in (first, second) if both else (second,):
        await say(chat, "help me, he has a knife")
    case = await _join(database, await _case(database, second), await _case(database, first))
    clock.move(1)
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, first.id)
        await handoff.reply(uow, conversation, LI_NA, text="I am here", client_id="a1", seen_seq=99)
        row = await open_row(uow, clocks.CRIED, case.id)
        assert row is not None and await clocks.unheard_cries(uow, row.payload) == [second.id]
    clock.move(20)
    await fire_due(database)
    async with database.reading() as session:
        called = await session.get_one(PagedSubject, f"{clocks.RAISED}:{case.id}")
    assert called.everyone and called.stopped_at is None


async def test_a_driver_whom_both_cases_held_drives_again_once_a_person_says_so(
    database: Database, open_chat: Open, settle: Settle, platform: PlatformClient
) -> None:
    """A case that was joined into one that was joined: its hold is lifted as well, under its own reference."""
    cases = []
    for _ in range(3):
        case = await _report(database, await open_chat(), "driver_misconduct", "S2")
        async with database.unit_of_work() as uow:
            held = await incidents.locked(uow, case.id)
            held.driver_id = "d_wang"
            await holds.request(uow, held, by="staff:m-chen", reason="driver_misconduct")
        cases.append(case)
    await settle()
    await _join(database, cases[2], cases[1])
    lasting = await _join(database, cases[1], cases[0])
    async with database.unit_of_work() as uow:
        case = await incidents.locked(uow, lasting.id)
        await reviews.review(uow, case, CHEN, keep=False, why="conduct", reason="it was another car")
    await settle()
    assert (await platform.dispatch("d_wang")).on_dispatch
    async with database.reading() as session:
        states = (await session.execute(select(DispatchHold.state))).scalars().all()
        assert (set(states), await reviews.open_hold(session, lasting.id)) == ({"released"}, None)
