"""Mentions, and giving a conversation to one colleague."""

from __future__ import annotations

import httpx
import pytest

from tests.macros.conftest import CRY, Room, act, done, refused


async def mentions(page: httpx.AsyncClient) -> list[dict]:  # type: ignore[type-arg]
    found: list[dict] = (await page.get("/api/console/mentions")).json()["mentions"]  # type: ignore[type-arg]
    return found


async def person(page: httpx.AsyncClient, chat: str, name: str) -> str:
    found = (await page.get(f"/api/console/conversations/{chat}/colleagues")).json()["colleagues"]
    return next(str(one["id"]) for one in found if name in one["name"])


class TestMention:
    async def test_a_mentioned_colleague_finds_it_on_their_list_until_they_look(self, room: Room) -> None:
        chat, _ = await room.chat("my receipt please")
        sam, boss = await room.staff("agent"), await room.staff("supervisor")
        await done(sam, chat, "note", text="@Chen Jing may I refund this? sam@example.com agrees")
        found = await mentions(boss)
        assert [(one["kind"], one["conversation_id"]) for one in found] == [("note", chat)]
        assert "may I refund" in found[0]["text"] and "Sam Wong" in found[0]["by"]
        assert await mentions(sam) == []
        await act(boss, chat, "open")
        assert await mentions(boss) == []

    async def test_one_who_may_not_see_the_conversation_is_not_mentioned(self, room: Room) -> None:
        chat, _ = await room.chat(CRY)
        li, mia = await room.staff("safety"), await room.staff("outsourced")
        refused(await act(li, chat, "note", text="@赵敏 please look"), 422, "mention_cannot_see")
        refused(await act(li, chat, "note", text="@Nobody please look"), 422, "mention_unknown")
        assert await mentions(mia) == []
        screen = (await li.get(f"/api/console/conversations/{chat}")).json()
        assert screen["notes"] == []

    @pytest.mark.parametrize(
        "text", ["麻烦@李娜看一下，乘客很着急", "已通知@李娜", "请@li.na看一下", "cc，＠李娜"]
    )
    async def test_chinese_writes_no_space_before_a_name(self, room: Room, text: str) -> None:
        chat, _ = await room.chat("我要人工客服", "zh")
        sam, li = await room.staff("agent"), await room.staff("safety")
        await done(sam, chat, "note", text=text)
        assert [one["text"] for one in await mentions(li)] == [text]

    async def test_an_address_names_nobody_and_a_wrong_name_is_said(self, room: Room) -> None:
        chat, _ = await room.chat("我要人工客服", "zh")
        sam, li = await room.staff("agent"), await room.staff("safety")
        await done(sam, chat, "note", text="发到 li.na@example.com 或 李娜@example.com")
        assert await mentions(li) == []
        refused(await act(sam, chat, "note", text="麻烦@李四看一下"), 422, "mention_unknown")

    async def test_words_are_hidden_once_the_conversation_has_become_an_s0(self, room: Room) -> None:
        chat, _ = await room.chat("my receipt please")
        sam, mia = await room.staff("agent"), await room.staff("outsourced")
        await done(sam, chat, "note", text="@mia.zhao can you take it?")
        assert (await mentions(mia))[0]["text"]
        await done(sam, chat, "escalate", grade="S0", reason="she is afraid")
        found = await mentions(mia)
        assert (found[0]["text"], found[0]["conversation_id"]) == ("", None)
        sent = await mia.post(f"/api/console/mentions/{found[0]['id']}/seen", json={})
        assert sent.status_code == 204 and await mentions(mia) == []


class TestToPerson:
    async def test_routine_changes_hands_at_once_but_not_to_somebody_away(self, room: Room) -> None:
        chat, _ = await room.chat("my receipt please")
        sam, mia = await room.staff("agent"), await room.staff("outsourced")
        await done(sam, chat, "accept")
        to = await person(sam, chat, "Mia Zhao")
        await mia.post("/api/staff/me/presence", json={"state": "away"})
        refused(await act(sam, chat, "person", staff_id=to, reason="invoices"), 422, "colleague_away")
        await mia.post("/api/staff/me/presence", json={"state": "online"})
        refused(await act(sam, chat, "person", staff_id=to, reason=" "), 422, "reason_needed")
        screen = await done(sam, chat, "person", staff_id=to, reason="you know invoices")
        assert "Mia Zhao" in screen["state"]["holder_name"]
        assert any("you know invoices" in one["text"] for one in screen["notes"])
        assert (await mentions(mia))[0]["kind"] == "handed"
        refused(await act(sam, chat, "reply", client_id="a", text="one more", seen_seq=99), 409, "not_yours")

    async def test_an_s0_stays_with_its_holder_until_the_colleague_accepts(self, room: Room) -> None:
        chat, _ = await room.chat(CRY)
        boss, li = await room.staff("supervisor"), await room.staff("safety")
        await done(boss, chat, "accept")
        await li.post("/api/staff/me/presence", json={"state": "online"})
        refused(await act(li, chat, "accept"), 409, "held")
        screen = await done(
            boss, chat, "person", staff_id=await person(boss, chat, "Li Na"), reason="my shift ends"
        )
        assert "Chen Jing" in screen["state"]["holder_name"] and screen["cases"][0]["accepted_by"]
        assert (await mentions(li))[0]["kind"] == "offer"
        screen = await done(li, chat, "accept")
        assert "Li Na" in screen["state"]["holder_name"] and "Li Na" in screen["cases"][0]["accepted_by"]
        assert await mentions(li) == []
        outsourced = await person(li, chat, "Mia Zhao")
        refused(await act(li, chat, "person", staff_id=outsourced, reason="x"), 422, "mention_cannot_see")
