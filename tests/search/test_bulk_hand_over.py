"""Several routine conversations handed on at once: each says what became of it, and S0/S1 never go that way."""

from __future__ import annotations

from typing import Any

import httpx

from tests.macros.conftest import CRY, Room, done, refused, room
from tests.macros.test_colleagues import mentions, person

__all__ = ["room"]


async def hand(
    page: httpx.AsyncClient, *chats: str, note: str = "my shift ends", **to: str
) -> httpx.Response:
    body = {"conversation_ids": list(chats), "note": note, **to}
    return await page.post("/api/console/bulk/hand-over", json=body)


def told(answer: httpx.Response) -> list[tuple[str, bool, str | None]]:
    assert answer.status_code == 200, answer.text
    return [(one["conversation_id"], one["done"], one["code"]) for one in answer.json()["outcomes"]]


async def state(page: httpx.AsyncClient, chat: str) -> dict[str, Any]:
    found: dict[str, Any] = (await page.get(f"/api/console/conversations/{chat}")).json()
    return found


async def test_what_waits_goes_to_a_tier_and_an_s0_is_refused_with_a_sentence(room: Room) -> None:
    one, _ = await room.chat("I want to talk to a human")
    two, _ = await room.chat("我要转人工", "zh")
    grave, _ = await room.chat(CRY)
    boss = await room.staff("supervisor")
    answer = await hand(boss, one, grave, two, one, "nobody", team="senior")
    assert told(answer) == [
        (one, True, None), (grave, False, "bulk_grave"), (two, True, None), ("nobody", False, "no_conversation"),
    ]  # fmt: skip
    assert "S0" in answer.json()["outcomes"][1]["message"]
    for chat in (one, two):
        shown = await state(boss, chat)
        assert (shown["state"]["holder"], shown["handover"]["note"]) == ("queue", "my shift ends")
    assert (await state(boss, grave))["cases"][0]["state"] == "paged"


async def test_a_supervisor_assigns_to_a_person_and_a_colleague_may_not_take_from_a_colleague(
    room: Room,
) -> None:
    mine, _ = await room.chat("I want to talk to a human")
    waiting, _ = await room.chat("I want to talk to a human")
    sam, mia, boss = await room.staff("agent"), await room.staff("outsourced"), await room.staff("supervisor")
    await done(sam, mine, "accept")
    to = await person(boss, waiting, "Mia Zhao")
    assert told(await hand(mia, mine, team="senior")) == [(mine, False, "bulk_held")]
    assert told(await hand(boss, mine, waiting, staff_id=to)) == [(mine, True, None), (waiting, True, None)]
    for chat in (mine, waiting):
        assert "Mia Zhao" in (await state(mia, chat))["state"]["holder_name"]
    assert {one["conversation_id"] for one in await mentions(mia)} == {mine, waiting}


async def test_nothing_is_touched_without_a_note_or_with_two_receivers_or_for_somebody_away(
    room: Room,
) -> None:
    chat, _ = await room.chat("I want to talk to a human")
    boss = await room.staff("supervisor")
    to = await person(boss, chat, "Mia Zhao")
    refused(await hand(boss, chat, note=" ", team="senior"), 422, "reason_needed")
    refused(await hand(boss, chat, team="senior", staff_id=to), 422, "bulk_one_receiver")
    refused(await hand(boss, chat), 422, "bulk_one_receiver")
    refused(await hand(boss, chat, staff_id=to), 422, "colleague_away")
    assert (await hand(boss, chat, team="safety")).status_code == 422
    assert (await state(boss, chat))["handover"] is None
