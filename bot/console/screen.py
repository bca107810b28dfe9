"""What every door of the desk shares: who asks, the screen of a conversation, and one command carried out on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from bot.chat.receive import EMERGENCY, START
from bot.console.detail import case_in_hand, conversation_for, detail
from bot.console.trips import TripCards
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import NotAllowed
from bot.identity import service as identity
from bot.identity.endpoints import in_the_pages_language
from bot.identity.schemas import Member
from bot.incidents import store as case_store
from bot.incidents.emergency import place_of_case
from bot.incidents.models import Case
from bot.kit.database import Database, UnitOfWork, again_on_conflict
from bot.kit.http import database_of
from bot.kit.locale import say
from bot.protocols.script import script_for

Db = Annotated[Database, Depends(database_of)]
Staff = Annotated[Member, Depends(in_the_pages_language)]
Act = Callable[[UnitOfWork, Conversation], Awaitable[Any]]


async def screen_of(request: Request, db: Database, staff: Member, conversation_id: str) -> dict[str, Any]:
    """The screen of a conversation as this member sees it now; reading it is audited. Raises what `conversation_for` does."""
    cards: TripCards = request.app.state.trip_cards
    async with db.unit_of_work() as uow:
        conversation = await conversation_for(uow.session, staff, conversation_id)
        grant = await identity.grant(uow, staff, f"conversation:{conversation_id}", "console")
    async with db.reading(one_moment=True) as session:
        screen = await detail(session, staff, grant, conversation)
        cases = await case_store.of_conversation(session, conversation_id)
    trip_id, known = trip_in_hand(cases, conversation)
    reference = cases[0].reference if cases else conversation_id
    screen["trip"] = await cards.card(trip_id, known, grant, reference)
    screen["script"] = _script(screen, cases, conversation, staff)
    return screen


def trip_in_hand(
    cases: Sequence[Case], conversation: Conversation
) -> tuple[str | None, dict[str, Any] | None]:
    """The trip to show, and the card of it that was seen last. An open incident shows its own and no other: the reporter's ride
    is not the one of the person they report."""
    case = case_in_hand(list(cases))
    if case is not None and case.grade in case_store.INCIDENT_GRADES:
        return case.trip_id, case.trip
    known = next((one.trip for one in cases if one.trip), None)
    return (known or {}).get("id") or conversation.trip_id, known


def _script(
    screen: dict[str, Any], cases: Sequence[Case], conversation: Conversation, staff: Member
) -> dict[str, Any] | None:
    """What to read to the emergency services, for whoever may call them."""
    case = case_in_hand(list(cases))
    if case is None or not staff.may("call_emergency"):
        return None
    # A chat that was merely opened, or opened with the button, has said nothing that could be read out.
    wordless = {EMERGENCY, START, say("tap", "zh"), say("tap", "en")}
    said = [
        one["text"]
        for one in screen["messages"]
        if one["author"] == "reporter" and one["text"] not in wordless
    ]
    place = place_of_case(case, conversation)
    return script_for(case, place, screen["trip"], said, staff.name, staff.locale)


async def carry_out(
    request: Request, db: Database, staff: Member, conversation_id: str, act: Act
) -> dict[str, Any]:
    """Carry out one command in one transaction, then read the screen anew. Raises what `conversation_for` and `act` do."""

    async def work() -> None:
        async with db.unit_of_work() as uow:
            conversation = await conversations.lock(uow, conversation_id)
            await conversation_for(uow.session, staff, conversation_id)
            await act(uow, conversation)
            conversations.changed(uow, conversation)

    await again_on_conflict(work)
    return await screen_of(request, db, staff, conversation_id)


async def visible_to(session: AsyncSession, staff: Member, conversation_id: str) -> bool:
    """After raising, somebody outsourced no longer sees the conversation, unless they still hold it."""
    try:
        await conversation_for(session, staff, conversation_id)
    except NotAllowed:
        return False
    return True
