"""A second grave case in a chat that somebody already holds is nobody's until a person accepts it too."""

from __future__ import annotations

from typing import Any

import httpx

from bot.console.sockets import ringing_conversation
from bot.conversations import service as conversations
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.clocks import EMERGENCY_CALL
from bot.kit.due import open_row
from tests.console.conftest import CRY, Room, act, done, refused


async def _row(page: httpx.AsyncClient, chat: str) -> dict[str, Any]:
    rows = (await page.get("/api/console/queue")).json()["rows"]
    return next(row for row in rows if row["conversation_id"] == chat)


async def _cries_from_another_ride(room: Room, chat: str, header: dict[str, str]) -> None:
    """The first case was of last week's ride; this cry makes a second one."""
    async with room.desk.database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat)
        first = (await case_store.open_of_conversation(uow.session, chat))[0]
        first.trip_id = "trip-of-last-week"
        conversation.role, conversation.rider_id = "rider", "r-of-this-test"
        conversation.trip_id, conversation.trip_live = "trip-of-now", True
    await room.write(header, "help, this driver has a knife")


async def test_the_holder_is_alarmed_for_it_and_may_accept_it(room: Room) -> None:
    chat, header = await room.chat(CRY)
    page = await room.staff("safety")
    await done(page, chat, "accept")
    await _cries_from_another_ride(room, chat, header)
    row = await _row(page, chat)
    assert row["holder"] == "person" and row["accepted_by"] is None, "it stands as unaccepted, and alarms"
    screen = (await page.get(f"/api/console/conversations/{chat}")).json()
    assert len(screen["cases"]) == 2 and "accept" in screen["allowed"]
    await done(page, chat, "accept")
    assert (await _row(page, chat))["accepted_by"] is not None
    screen = (await page.get(f"/api/console/conversations/{chat}")).json()
    assert all(one["accepted_by"] for one in screen["cases"]) and "accept" not in screen["allowed"]


async def test_each_of_two_cases_has_its_own_call_to_emergency_services(room: Room) -> None:
    chat, header = await room.chat(CRY)
    page = await room.staff("safety")
    await done(page, chat, "accept")
    await _cries_from_another_ride(room, chat, header)
    await done(page, chat, "accept")
    called = {"decision": "called", "service": "police", "station": "Xihu", "officer": "Wang"}
    for number in ("2026-17", "2026-18"):
        await done(page, chat, "emergency-call", **called, number=number)
    async with room.desk.database.unit_of_work() as uow:
        cases = await case_store.open_of_conversation(uow.session, chat)
        assert len(cases) == 2
        for case in cases:
            assert case.emergency_call is not None and case.emergency_call["decision"] == "called"
            assert await open_row(uow, EMERGENCY_CALL, case.id) is None, "no clock rings on for it"


async def test_nobody_is_taken_from_mid_case_by_a_second_one(room: Room) -> None:
    chat, _ = await room.chat(CRY)
    page = await room.staff("safety")
    await done(page, chat, "accept")
    async with room.desk.database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat)
        await incidents.report(uow, conversation, incidents.Report("police_request", "S1", "person"))
    boss = await room.staff("supervisor")
    refused(await act(boss, chat, "accept"), 409, "held")
    await done(boss, chat, "accept", take_over=True)


async def test_an_alarm_opens_the_chat_in_which_was_written_last(room: Room) -> None:
    victim, header = await room.chat(CRY)
    friend, _ = await room.chat("hello")
    async with room.desk.database.unit_of_work() as uow:
        case = (await case_store.open_of_conversation(uow.session, victim))[0]
        case.plate = "浙AD8C61"
        found = incidents.Report("missing_person", "S0", "sentinel", clues={"licence_plate": case.plate})
        await incidents.report(uow, await conversations.lock(uow, friend), found)
    async with room.desk.database.reading() as session:
        assert set(await case_store.conversations_of(session, case.id)) == {victim, friend}
        assert await ringing_conversation(session, case.id) == friend
    await room.write(header, "he has a knife")
    async with room.desk.database.reading() as session:
        assert await ringing_conversation(session, case.id) == victim
