"""A network that lets no WebSocket through: whoever goes on reading and answering over HTTP is there."""

from __future__ import annotations

import httpx
import pytest

from bot.handoff.tasks import Attendance
from bot.kit.due import fire_due
from bot.kit.now import MovableClock
from bot.policy import policy
from tests.macros.conftest import CRY, Room, act, done, refused, reply, room

__all__ = ["room"]


async def _state(page: httpx.AsyncClient, chat: str) -> tuple[str, str | None]:
    screen = (await page.get(f"/api/console/conversations/{chat}")).json()
    return screen["state"]["holder"], screen["cases"][0]["accepted_by"]


async def _fire(room: Room) -> None:
    while await fire_due(room.desk.database):
        continue


async def _polls(room: Room, clock: MovableClock, page: httpx.AsyncClient, seconds: int) -> None:
    """The page asks the desk every now and then, as the console does while its socket does not open."""
    for _ in range(seconds // 15):
        clock.move(15)
        await page.get("/api/console/queue")
        await _fire(room)


class TestHttpAlone:
    async def test_an_s0_stays_with_whoever_reads_and_answers(self, clock: MovableClock, room: Room) -> None:
        chat, _ = await room.chat(CRY)
        li = await room.staff("safety")
        await done(li, chat, "accept")
        await Attendance(room.desk.database).step()
        await _polls(room, clock, li, 150)
        answer = await reply(li, chat, "I am Li Na. Can you talk?")
        assert answer.status_code == 200, answer.text
        await _polls(room, clock, li, 150)
        holder, accepted_by = await _state(li, chat)
        assert holder == "person" and "Li Na" in str(accepted_by)

    async def test_once_the_page_is_closed_the_minute_runs_from_its_last_request(
        self, clock: MovableClock, room: Room
    ) -> None:
        chat, _ = await room.chat(CRY)
        li, boss = await room.staff("safety"), await room.staff("supervisor")
        await done(li, chat, "accept")
        await Attendance(room.desk.database).step()
        await _polls(room, clock, li, 90)
        # The row may have been put off some seconds ago: the minute is counted from what was asked last, not from that.
        for _ in range(2):
            clock.move(policy().clocks.agent_absent_s / 2)
            await _fire(room)
        assert await _state(boss, chat) == ("queue", None)

    async def test_whoever_lost_it_reads_that_the_connection_was_gone_and_not_that_they_ended_it(
        self, clock: MovableClock, room: Room
    ) -> None:
        chat, _ = await room.chat(CRY)
        li = await room.staff("safety")
        await done(li, chat, "accept")
        await Attendance(room.desk.database).step()
        clock.move(policy().clocks.agent_absent_s)
        await _fire(room)
        error = refused(await reply(li, chat, "Are you there?"), 409, "ended_offline")
        assert "Li Na" in error["message"] and "ended" not in error["message"]


class TestWhyNot:
    @pytest.mark.parametrize(
        ("how", "code"), [("escalate", "ended_handed_on"), ("return", "ended_meanwhile")]
    )
    async def test_an_answer_that_came_too_late_says_what_happened(
        self, room: Room, how: str, code: str
    ) -> None:
        chat, _ = await room.chat("I want to talk to a human")
        sam = await room.staff("agent")
        await done(sam, chat, "accept")
        body = {"team": "senior", "reason": "above my limit"} if how == "escalate" else {"reason": "done"}
        assert (await act(sam, chat, how, **body)).status_code == 200
        refused(await reply(sam, chat, "One more thing"), 409, code)
