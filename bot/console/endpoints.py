"""Agents' endpoints: read models and commands. Every command answers with the screen as it is after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from bot.chat import checkins
from bot.chat.talkback import HAND_BACK
from bot.console import answering, colleagues, service
from bot.console.detail import case_in_hand, conversation_for, detail
from bot.console.queue import queue
from bot.console.schemas import (
    Acceptance,
    EmergencyCall,
    Escalation,
    Lowering,
    NoteText,
    ReadUpTo,
    Reason,
    RefundAsked,
    Reply,
    Resolution,
    TypingState,
)
from bot.console.trips import TripCards
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import NotAllowed
from bot.handoff import service as handoff
from bot.identity import service as identity
from bot.identity.endpoints import csrf_guard, signed_in
from bot.identity.schemas import Member
from bot.incidents import store as case_store
from bot.incidents.emergency import place_of_case
from bot.incidents.models import Case
from bot.kit import outbox
from bot.kit.database import Database, Event, UnitOfWork, again_on_conflict
from bot.kit.http import caller_locale, database_of
from bot.kit.now import iso, now
from bot.macros import service as macros
from bot.paging import service as paging
from bot.protocols import service as protocols
from bot.protocols.script import script_for

router = APIRouter(prefix="/api/console", tags=["console"], dependencies=[Depends(csrf_guard)])
Db = Annotated[Database, Depends(database_of)]


async def in_the_pages_language(request: Request, member: Annotated[Member, Depends(signed_in)]) -> Member:
    """The signed-in member, spoken to in the language that the page shows."""
    return replace(member, locale=caller_locale(request))


Staff = Annotated[Member, Depends(in_the_pages_language)]
Act = Callable[[UnitOfWork, Conversation], Awaitable[Any]]


@router.get("/queue")
async def read_queue(db: Db, staff: Staff) -> dict[str, Any]:
    """What waits, is watched or is held, in the order in which it must be looked at; and who is on call."""
    async with db.reading() as session:
        rows = await queue(session, staff)
        people = [
            one.wire()
            for team in ("safety", "supervisor")
            for one in await paging.on_call(session, team, now())
        ]
    return {"now": iso(now()), "rows": rows, "on_call": people}


@router.get("/conversations/{conversation_id}")
async def read_conversation(conversation_id: str, request: Request, db: Db, staff: Staff) -> dict[str, Any]:
    """One case, one screen. Reading it is audited. A page refreshes itself, so reading is not opening (see `open`)."""
    return await _screen(request, db, staff, conversation_id)


async def _screen(request: Request, db: Database, staff: Member, conversation_id: str) -> dict[str, Any]:
    cards: TripCards = request.app.state.trip_cards
    async with db.unit_of_work() as uow:
        conversation = await conversation_for(uow.session, staff, conversation_id)
        grant = await identity.grant(uow, staff, f"conversation:{conversation_id}", "console")
    async with db.reading() as session:
        screen = await detail(session, staff, grant, conversation)
        cases = await case_store.of_conversation(session, conversation_id)
    known = next((case.trip for case in cases if case.trip), None)
    reference = cases[0].reference if cases else conversation_id
    screen["trip"] = await cards.card(
        (known or {}).get("id") or conversation.trip_id, known, grant, reference
    )
    screen["script"] = _script(screen, cases, conversation, staff)
    return screen


def _script(
    screen: dict[str, Any], cases: Sequence[Case], conversation: Conversation, staff: Member
) -> dict[str, Any] | None:
    """What to read to the emergency services, for whoever may call them."""
    case = case_in_hand(list(cases))
    if case is None or not staff.may("call_emergency"):
        return None
    said = [one["text"] for one in screen["messages"] if one["author"] == "reporter"]
    place = place_of_case(case, conversation.location)
    return script_for(case, place, screen["trip"], said, staff.name, staff.locale)


async def _do(
    request: Request, db: Database, staff: Member, conversation_id: str, act: Act
) -> dict[str, Any]:
    """Carry out one command in one transaction, then read the screen anew."""

    async def work() -> None:
        async with db.unit_of_work() as uow:
            conversation = await conversations.lock(uow, conversation_id)
            await conversation_for(uow.session, staff, conversation_id)
            await act(uow, conversation)
            conversations.changed(uow, conversation)

    await again_on_conflict(work)
    return await _screen(request, db, staff, conversation_id)


@router.post("/conversations/{conversation_id}/accept")
async def accept(
    conversation_id: str, request: Request, db: Db, staff: Staff, body: Acceptance | None = None
) -> dict[str, Any]:
    """Take the conversation and its cases. 409 `held` says who holds it."""
    take_over = body is not None and body.take_over

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        offered = await macros.accepts_offer(uow, one, staff)
        await handoff.accept(uow, one, staff, take_over=take_over, offered=offered)

    return await _do(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/reply")
async def reply(conversation_id: str, body: Reply, db: Db, staff: Staff) -> dict[str, Any]:
    """Answer the reporter. The same client_id again is the same answer. What speaks against sending it is in the error's
    details (`concerns`); 409 `look_again` lists what may be overruled with `despite`."""
    async with db.unit_of_work() as uow:
        return await answering.answer(uow, staff, conversation_id, body)


@router.post("/conversations/{conversation_id}/open", status_code=204)
async def opened(conversation_id: str, db: Db, staff: Staff) -> None:
    """A person has chosen this conversation on their page: for a watched one, its opening clock stops with their name."""
    async with db.unit_of_work() as uow:
        conversation = await conversations.lock(uow, conversation_id)
        await conversation_for(uow.session, staff, conversation_id)
        await macros.seen(uow, staff, conversation_id=conversation_id)
        if staff.may("clear_watch"):
            await checkins.opened(uow, conversation, staff.id, staff.name)


@router.post("/conversations/{conversation_id}/note")
async def note(
    conversation_id: str, body: NoteText, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    return await _do(
        request, db, staff, conversation_id, lambda uow, one: colleagues.note(uow, one, staff, body.text)
    )


@router.post("/conversations/{conversation_id}/return")
async def give_back(
    conversation_id: str, body: Reason, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Hand the conversation back to the assistant, which is told what was said."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await handoff.give_back(uow, one, staff, body.reason)
        await _tell_assistant(uow, one)

    return await _do(request, db, staff, conversation_id, act)


async def _tell_assistant(uow: UnitOfWork, conversation: Conversation) -> None:
    payload = {"conversation": conversation.id}
    await outbox.put(uow, HAND_BACK, f"{conversation.id}:{conversation.holder_version}", payload)


@router.post("/conversations/{conversation_id}/escalate")
async def escalate(
    conversation_id: str, body: Escalation, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Raise (S0 unless a grade is named), or hand to a team. Open to every role."""

    async with db.unit_of_work() as uow:
        await service.escalate(uow, await conversations.lock(uow, conversation_id), staff, body)
    async with db.reading() as session:
        visible = await _visible(session, staff, conversation_id)
    return await _screen(request, db, staff, conversation_id) if visible else {"raised": True}


async def _visible(session: Any, staff: Member, conversation_id: str) -> bool:
    """After raising, somebody outsourced no longer sees the conversation, unless they still hold it."""
    try:
        await conversation_for(session, staff, conversation_id)
    except NotAllowed:
        return False
    return True


@router.post("/conversations/{conversation_id}/lower")
async def lower(
    conversation_id: str, body: Lowering, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await service.lower(uow, one, staff, body.grade, body.reason)

    return await _do(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/resolve")
async def resolve(
    conversation_id: str, body: Resolution, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """End the cases with a code and a sentence; the conversation goes back to the assistant."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await handoff.resolve(uow, one, staff, body.code, body.reason)
        await _tell_assistant(uow, one)

    return await _do(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/clear")
async def clear(conversation_id: str, body: Reason, request: Request, db: Db, staff: Staff) -> dict[str, Any]:
    """A named person has looked at a watched conversation and clears it, with a reason."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await service.clear_watch(uow, one, staff, body.reason)

    return await _do(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/hold")
async def hold(conversation_id: str, body: Reason, request: Request, db: Db, staff: Staff) -> dict[str, Any]:
    """Take the driver off dispatch."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await service.hold_driver(uow, one, staff, body.reason)

    return await _do(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/release")
async def release(
    conversation_id: str, body: Reason, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Let the driver have orders again, with a reason."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await service.release_driver(uow, one, staff, body.reason)

    return await _do(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/emergency-call")
async def emergency_call(
    conversation_id: str, body: EmergencyCall, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Record the call to emergency services, or why there was none."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await service.emergency_call(uow, one, staff, body)

    return await _do(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/protocol/{step}")
async def tick(conversation_id: str, step: str, request: Request, db: Db, staff: Staff) -> dict[str, Any]:
    """A step of the case's card was done; ticking it twice changes nothing."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        staff.must("note")
        await protocols.tick(uow, await service.worst_case(uow, one), staff, step)

    return await _do(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/refund")
async def refund(
    conversation_id: str, body: RefundAsked, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Refund within the member's own limit; said to the reporter once the platform has made it."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await service.refund(uow, one, staff, body)

    return await _do(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/read", status_code=204)
async def read_up_to(conversation_id: str, body: ReadUpTo, db: Db, staff: Staff) -> None:
    """The holder has seen everything up to `seq`; others only look."""
    async with db.unit_of_work() as uow:
        conversation = await conversations.lock(uow, conversation_id)
        if conversation.holder_staff_id == staff.id:
            conversations.mark_read(uow, conversation, "staff", body.seq)


@router.post("/conversations/{conversation_id}/typing", status_code=204)
async def typing(conversation_id: str, body: TypingState, db: Db, staff: Staff) -> None:
    data = {"conversation_id": conversation_id, "staff_id": staff.id, "name": staff.name, "on": body.on}
    await db.publish([Event("staff.typing", data)])
