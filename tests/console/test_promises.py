"""The case screen: what was promised to the reporter, and what the desk has to say about it in the reader's language."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any

import httpx

from bot.conversations import service as conversations
from bot.handoff import service as handoff
from bot.incidents.reporting import Report, report
from bot.kit.due import fire_due
from bot.kit.now import MovableClock, iso
from tests.console.conftest import CRY, Room, act, done, refused, reply

# A word in English.
_LATIN = re.compile(r"(?<![A-Za-z])[a-z]{3,}")


async def screen_of(page: httpx.AsyncClient, chat: str, language: str = "en") -> dict[str, Any]:
    answer = await page.get(f"/api/console/conversations/{chat}", headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    screen: dict[str, Any] = answer.json()
    return screen


async def passed(room: Room, clock: MovableClock, **span: int) -> None:
    """Time goes by and every clock that runs out rings."""
    clock.at += timedelta(**span)
    while await fire_due(room.desk.database):
        await asyncio.sleep(0)


async def promised(room: Room, clock: MovableClock) -> tuple[str, httpx.AsyncClient]:
    """A chat in danger, and the page of who has taken it and promised to write within three minutes."""
    chat, _ = await room.chat(CRY)
    page = await room.staff("safety")
    await done(page, chat, "accept")
    due = clock.at + timedelta(minutes=3)
    await reply(page, chat, "I will write to you within 3 minutes.", promise_at=due.isoformat())
    return chat, page


class TestPromises:
    async def test_a_promise_runs_is_broken_and_stands_until_staff_have_spoken(
        self, clock: MovableClock, room: Room
    ) -> None:
        chat, _ = await room.chat(CRY)
        page = await room.staff("safety")
        await done(page, chat, "accept")
        due = clock.at + timedelta(minutes=3)
        sent = await reply(page, chat, "I will write to you within 3 minutes.", promise_at=due.isoformat())
        assert sent.status_code == 200, sent.text
        running = (await screen_of(page, chat))["promises"]
        assert [(one["due_at"], one["broken"], one["label"]) for one in running] == [
            (iso(due), False, "Promised time")
        ]
        assert running[0]["by"]
        await passed(room, clock, minutes=4)
        screen = await screen_of(page, chat, "zh-CN")
        assert [(one["broken"], one["label"]) for one in screen["promises"]] == [(True, "承诺的时间")]
        assert "承诺未兑现" in [entry["label"] for entry in screen["timeline"]]
        assert (await reply(page, chat, "I am here, sorry that I am late.")).status_code == 200
        assert (await screen_of(page, chat))["promises"] == []

    async def test_a_kept_promise_is_shown_no_more(self, clock: MovableClock, room: Room) -> None:
        chat, page = await promised(room, clock)
        clock.at += timedelta(minutes=2)
        await reply(page, chat, "Are you alone?")
        assert len((await screen_of(page, chat))["promises"]) == 1
        await passed(room, clock, minutes=2)
        screen = await screen_of(page, chat)
        assert screen["promises"] == []
        assert "promise_kept" in [entry["act"] for entry in screen["timeline"]]

    async def test_a_word_in_the_first_half_keeps_nothing(self, clock: MovableClock, room: Room) -> None:
        chat, page = await promised(room, clock)
        clock.at += timedelta(minutes=1)
        await reply(page, chat, "Are you alone?")
        await passed(room, clock, minutes=3)
        assert [one["broken"] for one in (await screen_of(page, chat))["promises"]] == [True]

    async def test_a_promise_is_marked_as_kept_by_name_and_with_what_was_done(
        self, clock: MovableClock, room: Room
    ) -> None:
        chat, _ = await room.chat(CRY)
        page = await room.staff("safety")
        await done(page, chat, "accept")
        made = await done(page, chat, "promise", minutes=15)
        kept = {"promise_id": made["promises"][0]["id"]}
        refused(await act(page, chat, "promise-kept", **kept, reason=" "), 422, "reason_needed")
        screen = await done(page, chat, "promise-kept", **kept, reason="I called her, she is home")
        assert screen["promises"] == []
        entry = next(one for one in screen["timeline"] if one["act"] == "promise_kept")
        assert entry["who"].startswith("staff:") and entry["details"]["reason"] == "I called her, she is home"
        refused(await act(page, chat, "promise-kept", **kept, reason="again"), 404, "no_promise")
        await passed(room, clock, minutes=16)
        acts = [one["act"] for one in (await screen_of(page, chat))["timeline"]]
        assert "promise_broken" not in acts and acts.count("promise_kept") == 1

    async def test_only_who_made_it_or_holds_the_chat_marks_it_as_kept(self, room: Room) -> None:
        chat, _ = await room.chat(CRY)
        page = await room.staff("safety")
        await done(page, chat, "accept")
        made = await done(page, chat, "promise", minutes=15)
        other = await room.staff("supervisor")
        kept = {"promise_id": made["promises"][0]["id"], "reason": "done"}
        answer = await act(other, chat, "promise-kept", **kept)
        assert answer.status_code in (403, 409), answer.text
        assert len((await screen_of(page, chat))["promises"]) == 1

    async def test_the_look_that_an_s2_was_promised_is_broken_until_somebody_accepts(
        self, clock: MovableClock, room: Room
    ) -> None:
        chat, _ = await room.chat("my receipt please")
        async with room.desk.database.unit_of_work() as uow:
            one = await conversations.lock(uow, chat)
            made = Report("discrimination", "S2", "nlu", because=["told so"], key=None)
            await report(uow, one, made)
            await handoff.to_people(uow, one, team="senior", reason="a complaint", who="software:complaint")
        page = await room.staff("safety")
        screen = await screen_of(page, chat)
        assert screen["promises"] == []
        assert "incident.promised" in [one["kind"] for one in screen["cases"][0]["clocks"]]
        await passed(room, clock, minutes=61)
        promises = (await screen_of(page, chat))["promises"]
        assert [(one["broken"], one["by"]) for one in promises] == [(True, None)]
        await done(page, chat, "accept")
        assert (await screen_of(page, chat))["promises"] == []


class TestInWords:
    async def test_the_timeline_the_evidence_and_the_hearing_are_chinese_on_a_chinese_page(
        self, room: Room
    ) -> None:
        chat, _ = await room.chat(CRY)
        page = await room.staff("safety")
        screen = await screen_of(page, chat, "zh-CN")
        opened = next(entry for entry in screen["timeline"] if entry["act"] == "opened")
        told = {fact["label"]: fact["value"] for fact in opened["facts"]}
        assert told["事由"] == "乘客有危险" and told["等级"] == "S0" and "锁" in told["依据"]
        assert opened["by"] == "哨兵规则"
        latin = [
            fact
            for entry in screen["timeline"]
            for fact in entry["facts"]
            if _LATIN.search(fact["label"] + " " + fact["value"])
        ]
        assert latin == []
        heard = screen["messages"][0]["listening"]["sentinel"]
        assert heard["intent_label"] == "乘客有危险" and any("锁" in reason for reason in heard["reasons"])
        assert all(reason.partition(":")[0].startswith("en-") for reason in heard["because"])

    async def test_who_may_not_see_phones_sees_none_in_what_listening_found(self, room: Room) -> None:
        chat, _ = await room.chat("call me on 13800138000 about my receipt")
        async with room.desk.database.unit_of_work() as uow:
            one = await conversations.lock(uow, chat)
            evidence = {
                "words": "call me on 13800138000",
                "entities": [{"entity": "phone", "value": "13800138000"}],
            }
            made = Report(
                "lost_item", "S3", "action", because=["it rang at 13800138000"], key=None, evidence=evidence
            )
            await report(uow, one, made)
        for role, seen in (("safety", True), ("outsourced", False)):
            page = await room.staff(role)
            answer = await page.get(f"/api/console/conversations/{chat}")
            assert answer.status_code == 200 and ("13800138000" in answer.text) is seen
