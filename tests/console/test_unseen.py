"""Nobody ends or lowers what they have not read: the reporter's last words come first."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.chat import checkins
from bot.chat.listeners import Heard
from bot.conversations import service as conversations
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.clocks import EMERGENCY_CALL
from bot.incidents.models import CaseConversation
from bot.kit.due import open_row
from bot.kit.now import now
from tests.console.conftest import Room, act, done, refused

WORSE = "he has a knife, help me"
ENDING = {"code": "safe_confirmed", "reason": "she is home"}


async def _stalked(room: Room) -> tuple[str, dict[str, str], httpx.AsyncClient, int]:
    """An S1 that a safety person holds; (conversation, header of the reporter, their page, the last that it shows)."""
    chat, header = await room.chat("my receipt please")
    page = await room.staff("safety")
    async with room.desk.database.unit_of_work() as uow:
        made = incidents.Report("stalking_after_ride", "S1", "person")
        await incidents.report(uow, await conversations.lock(uow, chat), made)
    screen = await done(page, chat, "accept")
    return chat, header, page, screen["messages"][-1]["seq"]


async def _state(room: Room, page: httpx.AsyncClient, chat: str) -> dict[str, Any]:
    screen: dict[str, Any] = (await page.get(f"/api/console/conversations/{chat}")).json()
    return screen


class TestEnding:
    @pytest.mark.parametrize(
        ("path", "body"), [("resolve", ENDING), ("lower", {"grade": "S2", "reason": "she is home"})]
    )
    async def test_what_came_while_the_button_was_on_its_way_is_not_ended_by_it(
        self, room: Room, path: str, body: dict[str, str]
    ) -> None:
        chat, header, page, shown = await _stalked(room)
        await room.write(header, WORSE)
        error = refused(await act(page, chat, path, **body, seen_seq=shown), 409, "unseen")
        assert error["details"]["first"] > shown and "try again" in error["message"]
        screen = await _state(room, page, chat)
        assert (screen["state"]["grade"], screen["state"]["holder"]) == ("S0", "person")
        assert screen["cases"][0]["state"] == "accepted"
        async with room.desk.database.unit_of_work() as uow:
            assert await open_row(uow, EMERGENCY_CALL, screen["cases"][0]["id"]) is not None
        await done(page, chat, path, **body, seen_seq=screen["messages"][-1]["seq"])

    async def test_a_client_that_names_nothing_ends_only_what_it_was_shown(self, room: Room) -> None:
        chat, header, page, _ = await _stalked(room)
        await room.write(header, WORSE)
        refused(await act(page, chat, "resolve", **ENDING), 409, "unseen")
        last = (await _state(room, page, chat))["messages"][-1]["seq"]
        assert (await act(page, chat, "read", seq=last)).status_code == 204
        await done(page, chat, "resolve", **ENDING)

    async def test_whoever_does_not_hold_it_names_what_they_have_seen(self, room: Room) -> None:
        chat, _, _, shown = await _stalked(room)
        boss = await room.staff("supervisor")
        lower = {"grade": "S2", "reason": "spoke with her"}
        assert "seen_seq" in refused(await act(boss, chat, "lower", **lower), 422, "seen_needed")["message"]
        await done(boss, chat, "lower", **lower, seen_seq=shown)

    async def test_a_routine_one_is_not_handed_back_over_new_words(self, room: Room) -> None:
        chat, header = await room.chat("my receipt please")
        page = await room.staff("agent")
        shown = (await done(page, chat, "accept"))["messages"][-1]["seq"]
        await room.write(header, "and which card was charged?")
        refused(await act(page, chat, "return", reason="done", seen_seq=shown), 409, "unseen")
        last = (await _state(room, page, chat))["messages"][-1]["seq"]
        await done(page, chat, "return", reason="done", seen_seq=last)


class TestClearing:
    async def test_a_newer_distress_keeps_its_question_and_its_clock(self, room: Room) -> None:
        chat, header = await room.chat("my receipt please")
        page = await room.staff("safety")
        heard = Heard("nlu", "checkin", 0.4, "route_deviation", "S1", ["an odd way"])
        async with room.desk.database.unit_of_work() as uow:
            one = await conversations.lock(uow, chat)
            one.trip_live = True
            await checkins.begin(uow, one, heard, "m1")
        shown = (await _state(room, page, chat))["messages"][-1]["seq"]
        await room.write(header, "hmm he looks at me in the mirror")
        async with room.desk.database.unit_of_work() as uow:
            await checkins.ask(uow, await conversations.lock(uow, chat))
        why = {"reason": "a joke"}
        refused(await act(page, chat, "clear", **why), 422, "seen_needed")
        refused(await act(page, chat, "clear", **why, seen_seq=shown), 409, "unseen")
        async with room.desk.database.unit_of_work() as uow:
            assert await open_row(uow, checkins.WATCH_OPEN, chat) is not None
            assert await open_row(uow, checkins.SILENCE, chat) is not None
        last = (await _state(room, page, chat))["messages"][-1]["seq"]
        assert (await done(page, chat, "clear", **why, seen_seq=last))["watch"] is None


class TestTheOtherReporter:
    """One case, two chats: whoever ends it from one of them has read the other."""

    @pytest.mark.parametrize(
        ("path", "body"), [("resolve", ENDING), ("lower", {"grade": "S2", "reason": "she is home"})]
    )
    async def test_her_own_cry_is_not_closed_from_her_friends_chat(
        self, room: Room, path: str, body: dict[str, str]
    ) -> None:
        chat, _, page, shown = await _stalked(room)
        own, header = await room.chat("my receipt please")
        async with room.desk.database.unit_of_work() as uow:
            case = (await case_store.open_of_conversation(uow.session, chat))[0]
            uow.session.add(
                CaseConversation(case_id=case.id, conversation_id=own, relation="again", at=now())
            )
        await room.write(header, WORSE)
        error = refused(await act(page, chat, path, **body, seen_seq=shown), 409, "others_wait")
        assert error["details"]["conversations"] == [own] and "another reporter" in error["message"].lower()
        other = (await _state(room, page, own))["messages"][-1]["seq"]
        assert (await act(page, own, "read", seq=other)).status_code == 204
        await done(page, chat, path, **body, seen_seq=shown)
