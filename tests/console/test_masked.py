"""Phones that colleagues type to each other are masked like any other, and a refusal speaks one language."""

from __future__ import annotations

from datetime import timedelta

from bot.kit.now import iso, now
from tests.console.conftest import Room, act, done

PHONE, HIDDEN = "13800138000", "138****8000"


class TestColleaguesWords:
    async def test_a_note_and_a_task_show_the_phone_to_those_who_may_see_one(self, room: Room) -> None:
        chat, _ = await room.chat("I want to talk to a human")
        sam, mia = await room.staff("agent"), await room.staff("outsourced")
        li = await room.staff("safety")
        await done(sam, chat, "accept")
        await done(sam, chat, "note", text="Her number is 138 0013 8000")
        task = {
            "department": "dispatch",
            "what": f"ring {PHONE}",
            "owner": "Sam",
            "due_at": iso(now() + timedelta(days=1)),
        }
        await done(sam, chat, "departments", **task)
        full = (await li.get(f"/api/console/conversations/{chat}")).json()
        hidden = (await mia.get(f"/api/console/conversations/{chat}")).json()
        assert full["notes"][-1]["text"] == "Her number is 138 0013 8000"
        assert hidden["notes"][-1]["text"] == f"Her number is {HIDDEN}"
        assert full["departments"]["tasks"][0]["what"] == f"ring {PHONE}"
        assert hidden["departments"]["tasks"][0]["what"] == f"ring {HIDDEN}"
        assert PHONE not in str(hidden)

    async def test_whom_it_is_handed_to_reads_the_note_without_the_phone(self, room: Room) -> None:
        chat, _ = await room.chat("I want to talk to a human")
        sam, mia = await room.staff("agent"), await room.staff("outsourced")
        await done(sam, chat, "accept")
        me = (await mia.get("/api/staff/me")).json()["id"]
        await mia.post("/api/staff/me/presence", json={"state": "online"})
        await done(sam, chat, "person", staff_id=me, reason=f"please call {PHONE}")
        screen = (await mia.get(f"/api/console/conversations/{chat}")).json()
        assert screen["handover"]["note"] == f"please call {HIDDEN}"
        wanted = (await mia.get("/api/console/mentions")).json()["mentions"]
        assert [one["text"] for one in wanted] == [f"please call {HIDDEN}"]


async def test_a_refused_step_is_named_in_the_language_of_the_page(room: Room) -> None:
    mia = await room.staff("outsourced")
    assert (await mia.get("/api/staff/me")).json()["locale"] == "zh"
    english = (await mia.get("/api/staff/accounts")).json()["error"]["message"]
    assert english.isascii(), english
    answer = await mia.get("/api/staff/accounts", headers={"Accept-Language": "zh"})
    assert "主管" in answer.json()["error"]["message"]
    assert (await act(mia, "none", "note", text="x")).status_code == 404
