"""Routing through the doors: an agent with a page open is offered what waits, and supervisors say who can do what."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import socketio

from bot.identity.models import AuditEntry
from tests.macros.conftest import CRY, Room, done, refused, reply, room

__all__ = ["room"]


async def page_of(room: Room, client: httpx.AsyncClient) -> socketio.AsyncClient:
    """Their console is open: its socket is connected."""
    socket = socketio.AsyncClient(reconnection=False)
    cookie = f"vigil_staff={client.cookies['vigil_staff']}"
    await socket.connect(room.url, headers={"Cookie": cookie}, namespaces=["/staff"])
    return socket


async def rows(client: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    return {one["conversation_id"]: one for one in (await client.get("/api/console/queue")).json()["rows"]}


async def offered_to(client: httpx.AsyncClient, chat: str, name: str | None) -> dict[str, Any]:
    """The row once it is offered to this name. The queue is read until it is: the desk offers after the commit."""
    async with asyncio.timeout(30):
        while True:
            row = (await rows(client)).get(chat)
            if row is not None and (name in (row["offered_to"] or "") if name else row["offered_to"] is None):
                return row
            await asyncio.sleep(0.05)


async def seat_of(client: httpx.AsyncClient, name: str) -> dict[str, Any]:
    found = (await client.get("/api/console/routing/seats")).json()["seats"]
    return next(one for one in found if name in one["name"])


class TestOffer:
    async def test_an_open_page_is_offered_what_waits_and_one_key_takes_it(self, room: Room) -> None:
        sam, boss = await room.staff("agent"), await room.staff("supervisor")
        socket = await page_of(room, sam)
        chat, _ = await room.chat("I want to talk to a human")
        mine = await offered_to(sam, chat, "Sam Wong")
        assert (mine["lane"], mine["holder"], mine["next_clock"]["kind"]) == (
            "mine",
            "queue",
            "handoff.offer",
        )
        assert (await rows(boss))[chat]["lane"] == "queue"
        await done(sam, chat, "accept")
        assert (await rows(sam))[chat]["next_clock"]["kind"] == "handoff.answer"
        assert (await reply(sam, chat, "Hello, what can I do for you?")).status_code == 200
        found = (await rows(sam))[chat]
        assert (found["holder"], found["offered_to"], found["next_clock"]) == ("person", None, None)
        await socket.disconnect()

    async def test_no_new_ones_and_a_closed_page_mean_no_offers(self, room: Room) -> None:
        sam, boss = await room.staff("agent"), await room.staff("supervisor")
        socket = await page_of(room, sam)
        chat, _ = await room.chat("I want to talk to a human")
        await offered_to(boss, chat, "Sam Wong")
        answer = await sam.post("/api/console/routing/me", json={"taking": False})
        assert (answer.json()["taking"], answer.json()["there"]) == (False, True)
        await offered_to(boss, chat, None)
        await sam.post("/api/console/routing/me", json={"taking": True})
        await offered_to(boss, chat, "Sam Wong")
        await socket.disconnect()
        await offered_to(boss, chat, None)

    async def test_an_s0_is_offered_to_nobody_and_shown_to_all_who_may_take_it(self, room: Room) -> None:
        li, boss = await room.staff("safety"), await room.staff("supervisor")
        seat = await seat_of(boss, "Li Na")
        wanted = {"skills": seat["skills"], "capacity": 5, "tier": "expert"}
        await boss.put(f"/api/console/routing/seats/{seat['staff_id']}", json=wanted)
        socket = await page_of(room, li)
        grave, _ = await room.chat(CRY)
        routine, _ = await room.chat("I want to talk to a human")
        await offered_to(li, routine, "Li Na")
        for page in (li, boss):
            assert (await rows(page))[grave]["offered_to"] is None
            assert (await rows(page))[grave]["lane"] == "safety"
        await socket.disconnect()


class TestLive:
    async def test_the_board_shows_who_is_offered_what_until_when_and_who_is_there(self, room: Room) -> None:
        sam, boss = await room.staff("agent"), await room.staff("supervisor")
        before = (await boss.get("/api/console/routing/live")).json()
        assert before["offers"] == [] and not any(one["there"] for one in before["seats"])
        socket = await page_of(room, sam)
        chat, _ = await room.chat("I want to talk to a human")
        row = await offered_to(boss, chat, "Sam Wong")
        answer = await boss.get("/api/console/routing/live", headers={"Accept-Language": "zh-CN"})
        live = answer.json()
        [offer] = live["offers"]
        assert (offer["conversation_id"], offer["grade"]) == (chat, row["grade"])
        assert "Sam Wong" in offer["name"] and offer["until"] == row["next_clock"]["due_at"]
        assert {one["value"]: one["label"] for one in live["tiers"]}["senior"] == "L2 资深客服"
        seat = live["seats"][0]  # the only one who is there stands first
        assert (seat["staff_id"], seat["there"], seat["taking"]) == (offer["staff_id"], True, True)
        assert (seat["load"], seat["capacity"], seat["tier"]) == (1, 4, "senior")
        assert set(seat["skills"]) == {"zh", "en", "lost_item"}
        await sam.post("/api/console/routing/me", json={"taking": False})
        await offered_to(boss, chat, None)
        after = (await boss.get("/api/console/routing/live")).json()
        assert (
            after["offers"] == [] and after["seats"][0]["taking"] is False and after["seats"][0]["load"] == 0
        )
        await socket.disconnect()

    async def test_what_became_grave_is_offered_to_nobody_any_more(self, room: Room) -> None:
        sam, boss = await room.staff("agent"), await room.staff("supervisor")
        socket = await page_of(room, sam)
        chat, header = await room.chat("I want to talk to a human")
        await offered_to(boss, chat, "Sam Wong")
        await room.write(header, CRY)
        assert (await boss.get("/api/console/routing/live")).json()["offers"] == []
        await socket.disconnect()

    async def test_it_is_for_supervisors(self, room: Room) -> None:
        refused(await (await room.staff("agent")).get("/api/console/routing/live"), 403, "not_allowed")


class TestSeats:
    async def test_a_supervisor_sets_them_and_sets_them_back_and_the_audit_knows(self, room: Room) -> None:
        boss = await room.staff("supervisor")
        before = await seat_of(boss, "Sam Wong")
        assert (before["capacity"], before["tier"], before["own"]) == (4, "senior", False)
        at = f"/api/console/routing/seats/{before['staff_id']}"
        set_to = {"skills": ["en"], "capacity": 2, "tier": "support"}
        assert (await boss.put(at, json=set_to)).status_code == 200
        after = await seat_of(boss, "Sam Wong")
        assert {key: after[key] for key in set_to} == set_to and after["own"] is True
        assert (await boss.put(at, json={})).status_code == 200
        assert await seat_of(boss, "Sam Wong") == before
        async with room.desk.database.reading() as session:
            written = (await session.execute(AuditEntry.__table__.select())).mappings().all()
        changed = [one for one in written if one["act"] == "seat_changed"]
        assert [one["subject_id"] for one in changed] == [before["staff_id"]] * 2
        assert changed[0]["details"]["capacity"] == 2

    async def test_what_cannot_be_is_refused_in_words(self, room: Room) -> None:
        boss, sam = await room.staff("supervisor"), await room.staff("agent")
        mia = f"/api/console/routing/seats/{(await seat_of(boss, 'Mia Zhao'))['staff_id']}"
        good = {"skills": ["zh"], "capacity": 2, "tier": "support"}
        for wrong, code in (
            ({"skills": ["zh", "cooking"]}, "seat_skills"),
            ({"skills": ["lost_item"]}, "seat_language"),
            ({"capacity": 21}, "seat_capacity"),
            ({"capacity": -1}, "seat_capacity"),
            ({"tier": "boss"}, "seat_tier"),
            ({"tier": "senior"}, "seat_outsourced"),
        ):
            refused(await boss.put(mia, json={**good, **wrong}), 422, code)
        refused(await boss.put("/api/console/routing/seats/nobody", json=good), 404, "no_account")
        refused(await sam.put(mia, json=good), 403, "not_allowed")
        refused(await sam.get("/api/console/routing/seats"), 403, "not_allowed")
