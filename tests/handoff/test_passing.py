"""A conversation handed on: with a note that is read first, the truth for the passenger, and no place lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest

from bot.conversations import service as conversations
from bot.handoff import service as handoff
from bot.kit.now import MovableClock
from tests.macros.conftest import CRY, Room, act, done, refused, reply, room
from tests.macros.test_colleagues import person
from tests.served import until

__all__ = ["room"]


async def said_to(room: Room, header: dict[str, str]) -> list[dict[str, Any]]:
    """What the passenger's own page shows."""
    async with httpx.AsyncClient(base_url=room.url, trust_env=False, timeout=60.0) as client:
        found = await client.get("/api/chat/messages", params={"after": 0}, headers=header)
    messages: list[dict[str, Any]] = found.json()["messages"]
    return messages


async def screen(page: httpx.AsyncClient, chat: str) -> dict[str, Any]:
    found: dict[str, Any] = (await page.get(f"/api/console/conversations/{chat}")).json()
    return found


class TestTeam:
    async def test_the_receiver_reads_the_note_first_until_they_answer_and_the_passenger_hears_the_truth(
        self, room: Room
    ) -> None:
        chat, header = await room.chat("I want to talk to a human")
        sam, boss = await room.staff("agent"), await room.staff("supervisor")
        await done(sam, chat, "accept")
        refused(await act(sam, chat, "escalate", team="expert", reason="  "), 422, "reason_needed")
        assert (await screen(sam, chat))["state"]["holder"] == "person"
        await done(sam, chat, "escalate", team="expert", reason="invoice with two tax numbers")
        shown = await screen(boss, chat)
        assert shown["state"]["holder"] == "queue"
        assert "Sam Wong" in shown["handover"]["by"] and shown["handover"]["mine"] is False
        assert shown["handover"]["note"] == "invoice with two tax numbers"
        last = (await said_to(room, header))[-1]
        assert last["text"] == (
            "Your chat has been passed on to our specialists, with a note. Everything you said is kept."
        )
        await done(boss, chat, "accept")
        assert (await screen(boss, chat))["handover"] is not None
        assert (await reply(boss, chat, "I have read everything. The invoice follows.")).status_code == 200
        shown = await screen(boss, chat)
        assert shown["handover"] is None
        assert any("two tax numbers" in one["text"] for one in shown["notes"])

    async def test_an_s0_goes_to_nobody_who_is_not_there_for_it(self, room: Room) -> None:
        chat, _ = await room.chat(CRY)
        li = await room.staff("safety")
        await done(li, chat, "accept")
        for team in ("expert", "liaison"):
            refused(await act(li, chat, "escalate", team=team, reason="difficult"), 422, "team_not_safety")
        assert (await screen(li, chat))["state"]["holder"] == "person"

    async def test_a_watched_chat_goes_to_nobody_who_may_not_open_it(self, room: Room) -> None:
        chat, _ = await room.chat("hello")
        async with room.desk.database.unit_of_work() as uow:
            await handoff.watch(uow, await conversations.lock(uow, chat), why={"intent": "route_deviation"})
        li = await room.staff("safety")
        await done(li, chat, "accept")
        refused(await act(li, chat, "escalate", team="support", reason="nothing"), 422, "team_not_safety")
        await done(li, chat, "escalate", team="supervisor", reason="please decide")

    @pytest.mark.parametrize("answered", [False, True])
    async def test_who_had_not_been_answered_keeps_their_place(
        self, clock: MovableClock, room: Room, answered: bool
    ) -> None:
        chat, _ = await room.chat("I want to talk to a human")
        sam = await room.staff("agent")

        async def queued() -> bool:
            return bool((await screen(sam, chat))["state"]["holder"] == "queue")

        await until(queued)
        wrote, _ = clock.at, clock.move(300)
        await done(sam, chat, "accept")
        if answered:
            assert (await reply(sam, chat, "One moment, I am looking at it.")).status_code == 200
        await done(sam, chat, "escalate", team="senior", reason="refund above my limit")
        found = (await screen(sam, chat))["state"]
        waits = datetime.fromisoformat(found["queue"]["since"]) - wrote
        assert (found["holder"], round(waits.total_seconds())) == ("queue", 300 if answered else 0)


class TestPerson:
    async def test_the_passenger_is_told_who_has_it_and_not_that_they_have_joined(self, room: Room) -> None:
        chat, header = await room.chat("I want to talk to a human")
        sam, mia = await room.staff("agent"), await room.staff("outsourced")
        await done(sam, chat, "accept")
        to = await person(sam, chat, "Mia Zhao")
        await done(sam, chat, "person", staff_id=to, reason="knows invoices")
        texts = [one["text"] for one in await said_to(room, header)]
        assert "Mia Zhao" in texts[-1] and "passed on" in texts[-1]
        assert not any("Mia Zhao" in text and "joined" in text for text in texts)
        assert (await screen(mia, chat))["handover"]["note"] == "knows invoices"

    async def test_an_s2_does_not_leave_the_house(self, room: Room) -> None:
        chat, _ = await room.chat("I want to talk to a human")
        sam = await room.staff("agent")
        await room.staff("outsourced")
        await done(sam, chat, "accept")
        await done(sam, chat, "escalate", grade="S2", reason="he was insulted")
        to = await person(sam, chat, "Mia Zhao")
        refused(await act(sam, chat, "person", staff_id=to, reason="x"), 422, "handover_in_house")

    async def test_an_offered_s0_shows_the_note_to_whoever_accepts(self, room: Room) -> None:
        chat, header = await room.chat(CRY)
        boss, li = await room.staff("supervisor"), await room.staff("safety")
        await done(boss, chat, "accept")
        before = len(await said_to(room, header))
        await done(boss, chat, "person", staff_id=await person(boss, chat, "Li Na"), reason="she is hiding")
        # Nothing has changed for the passenger yet, so nothing is said.
        assert len(await said_to(room, header)) == before
        assert (await done(li, chat, "accept"))["handover"]["note"] == "she is hiding"
        assert (await reply(li, chat, "Where are you now?")).status_code == 200
        assert (await screen(li, chat))["handover"] is None

    async def test_nor_does_an_outsourced_agent_take_one_by_hand(self, room: Room) -> None:
        chat, _ = await room.chat("I want to talk to a human")
        boss, mia = await room.staff("supervisor"), await room.staff("outsourced")
        await done(boss, chat, "escalate", grade="S2", reason="threatened on an earlier ride")
        refused(await act(mia, chat, "accept"), 403, "s2_in_house")
        await done(await room.staff("agent"), chat, "accept")
