"""Somebody known by nothing but their words names a plate: what they see is the same whether or not others have reported it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.chat.seen import as_seen
from bot.chat.state import conversation_state
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff import service as handoff
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.kit.database import Database
from tests.chat.conftest import Open, Say
from tests.incidents.conftest import LI_NA, Settle

_S1 = "司机一边开车一边看手机，还闯红灯，车牌{}"
_UNKNOWN, _WANGS = "浙A·00000", "浙A·D8C61"


async def _state(database: Database, chat: Conversation, *, for_staff: bool = False) -> dict[str, Any]:
    """Without what differs between any two reports."""
    async with database.reading() as session:
        current = await session.get_one(Conversation, chat.id)
        state = await conversation_state(session, current, for_staff=for_staff)
        case = (await case_store.of_conversation(session, chat.id))[0]
        told = await as_seen(session, current, case)
    assert told.reference == state["incident"].pop("reference")
    for timed in (state["incident"], state["queue"] or {}):
        timed.pop("opened_at", None), timed.pop("since", None)
    return {**state, "told": (told.kind, told.grade, told.state, told.accepted_by)}


async def _reported(database: Database, chat: Conversation, intent: str, grade: str) -> None:
    """Another has reported the car of d_wang."""
    made = incidents.Report(intent, grade, "action", clues={"licence_plate": _WANGS})  # type: ignore[arg-type]
    async with database.unit_of_work() as uow:
        await incidents.report(uow, await conversations.lock(uow, chat.id), made)


@pytest.mark.parametrize("others", ["an open case", "an earlier complaint"])
async def test_nothing_in_their_state_tells_of_anothers_case(
    database: Database, open_chat: Open, say: Say, settle: Settle, others: str
) -> None:
    alone, other, stranger = await open_chat("zh"), await open_chat("zh"), await open_chat("zh")
    await say(alone, _S1.format(_UNKNOWN))
    await settle()
    if others == "an open case":
        await _reported(database, other, "accident", "S0")
    else:
        await _reported(database, other, "past_safety_complaint", "S2")
        async with database.unit_of_work() as uow:
            case = (await case_store.of_conversation(uow.session, other.id))[0]
            current = await incidents.locked(uow, case.id)
            await incidents.resolve(uow, current, LI_NA, "explained", "talked with her")
    await say(stranger, _S1.format(_WANGS))
    await settle()
    seen = await _state(database, stranger)
    assert seen == await _state(database, alone)
    assert (seen["grade"], seen["quiet"], seen["told"][0]) == ("S1", True, "dangerous_driving")
    assert (await _state(database, stranger, for_staff=True))["grade"] == "S0", "the desk knows better"
    async with database.unit_of_work() as uow:
        await handoff.accept(uow, await conversations.lock(uow, stranger.id), LI_NA)
    assert (await _state(database, stranger))["grade"] == "S0", "a person has looked"


async def test_what_their_own_words_make_of_it_is_shown(
    database: Database, open_chat: Open, say: Say, settle: Settle
) -> None:
    chat = await open_chat("zh")
    await say(chat, _S1.format(_UNKNOWN))
    await say(chat, "司机把车门锁了不让我下车")
    await settle()
    seen = await _state(database, chat)
    assert (seen["grade"], seen["incident"]["grade"], seen["told"][0]) == ("S0", "S0", "passenger_in_danger")


async def test_what_a_named_person_has_lowered_is_shown_lowered(
    database: Database, open_chat: Open, say: Say
) -> None:
    chat = await open_chat("zh")
    await say(chat, _S1.format(_UNKNOWN))
    async with database.unit_of_work() as uow:
        case = (await case_store.of_conversation(uow.session, chat.id))[0]
        await incidents.lower_to(uow, await incidents.locked(uow, case.id), "S2", LI_NA, "about a film")
    assert (await _state(database, chat))["grade"] == "S2"
