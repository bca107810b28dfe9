"""Agents' endpoints: read models and commands. Every command answers with the screen as it is after it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request

from bot.chat import checkins
from bot.chat.talkback import HAND_BACK
from bot.console import answering, colleagues, deciding, refunds, service
from bot.console.detail import conversation_for
from bot.console.queue import queue
from bot.console.schemas import (
    Acceptance,
    EmergencyCall,
    Ending,
    Escalation,
    Lowering,
    NoteText,
    PlanText,
    ReadUpTo,
    Reason,
    RefundAsked,
    Reply,
    Resolution,
    TypingState,
)
from bot.console.screen import Db, Staff, carry_out, screen_of, visible_to
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff import seats
from bot.handoff import service as handoff
from bot.identity.endpoints import csrf_guard
from bot.incidents import store as case_store
from bot.kit import outbox
from bot.kit.database import UnitOfWork
from bot.kit.now import iso, now
from bot.kit.pages import version
from bot.macros import service as macros
from bot.paging import service as paging
from bot.protocols import service as protocols

router = APIRouter(prefix="/api/console", tags=["console"], dependencies=[Depends(csrf_guard)])


@router.get("/queue")
async def read_queue(db: Db, staff: Staff) -> dict[str, Any]:
    """What waits, is watched or is held, in the order in which it must be looked at; and who is on call.

    `version`: the build of the console that is served now, by which one left open knows that it is old. `taking`: whether
    this member is offered new ones.
    """
    async with db.reading(one_moment=True) as session:
        rows, taking = await queue(session, staff), await seats.is_taking(session, staff.id)
        people = [
            one.wire()
            for team in ("safety", "supervisor")
            for one in await paging.on_call(session, team, now())
        ]
    return {
        "now": iso(now()),
        "rows": rows,
        "on_call": people,
        "version": version("console"),
        "taking": taking,
    }


@router.get("/conversations/{conversation_id}")
async def read_conversation(conversation_id: str, request: Request, db: Db, staff: Staff) -> dict[str, Any]:
    """One case, one screen. Reading it is audited. A page refreshes itself, so reading is not opening (see `open`)."""
    return await screen_of(request, db, staff, conversation_id)


@router.post("/conversations/{conversation_id}/accept")
async def accept(
    conversation_id: str, request: Request, db: Db, staff: Staff, body: Acceptance | None = None
) -> dict[str, Any]:
    """Take the conversation and its cases. 409 `held` says who holds it."""
    take_over = body is not None and body.take_over

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        offered = await macros.accepts_offer(uow, one, staff)
        await handoff.accept(uow, one, staff, take_over=take_over, offered=offered)

    return await carry_out(request, db, staff, conversation_id, act)


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
    return await carry_out(
        request, db, staff, conversation_id, lambda uow, one: colleagues.note(uow, one, staff, body.text)
    )


@router.post("/conversations/{conversation_id}/return")
async def give_back(
    conversation_id: str, body: Ending, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Hand the conversation back to the assistant, which is told what was said."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await handoff.give_back(uow, one, staff, body.reason, seen_seq=body.seen_seq)
        await _tell_assistant(uow, one)

    return await carry_out(request, db, staff, conversation_id, act)


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
        visible = await visible_to(session, staff, conversation_id)
    return await screen_of(request, db, staff, conversation_id) if visible else {"raised": True}


@router.post("/conversations/{conversation_id}/lower")
async def lower(
    conversation_id: str, body: Lowering, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await service.lower(uow, one, staff, body.grade, body.reason, seen_seq=body.seen_seq)

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/resolve")
async def resolve(
    conversation_id: str, body: Resolution, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """End the cases with a code and a sentence; the conversation goes back to the assistant."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await handoff.resolve(uow, one, staff, body.code, body.reason, seen_seq=body.seen_seq)
        await _tell_assistant(uow, one)

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/clear")
async def clear(conversation_id: str, body: Ending, request: Request, db: Db, staff: Staff) -> dict[str, Any]:
    """A named person has looked at a watched conversation and clears it, with a reason."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await service.clear_watch(uow, one, staff, body.reason, seen_seq=body.seen_seq)

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/hold")
async def hold(conversation_id: str, body: Reason, request: Request, db: Db, staff: Staff) -> dict[str, Any]:
    """Take the driver off dispatch."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await service.hold_driver(uow, one, staff, body.reason)

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/release")
async def release(
    conversation_id: str, body: Reason, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Let the driver have orders again, with a reason."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await service.release_driver(uow, one, staff, body.reason)

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/emergency-call")
async def emergency_call(
    conversation_id: str, body: EmergencyCall, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Record the call to emergency services, or why there was none."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await deciding.emergency_call(uow, one, staff, body)

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/plan")
async def plan(
    conversation_id: str, body: PlanText, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Write down the plan for somebody who is stranded."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await deciding.plan(uow, one, staff, body.text)

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/protocol/{step}")
async def tick(conversation_id: str, step: str, request: Request, db: Db, staff: Staff) -> dict[str, Any]:
    """A step of the case's card was done; ticking it twice changes nothing."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        staff.must("note")
        await protocols.tick(uow, await service.worst_case(uow, one), staff, step)

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/refund")
async def refund(
    conversation_id: str, body: RefundAsked, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Refund within the member's own limit; said to the reporter once the platform has made it."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await refunds.refund(uow, one, staff, body)

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/read", status_code=204)
async def read_up_to(conversation_id: str, body: ReadUpTo, db: Db, staff: Staff) -> None:
    """The holder, or whoever accepted a case of it, has seen everything up to `seq`; others only look."""
    async with db.unit_of_work() as uow:
        conversation = await conversations.lock(uow, conversation_id)
        cases = await case_store.open_of_conversation(uow.session, conversation_id)
        if staff.id in (conversation.holder_staff_id, *(one.accepted_by for one in cases)):
            conversations.mark_read(uow, conversation, "staff", body.seq)


@router.post("/conversations/{conversation_id}/typing", status_code=204)
async def typing(conversation_id: str, body: TypingState, db: Db, staff: Staff) -> None:
    """Show the reporter that whoever has their conversation is writing. 409 `not_yours` for anybody else."""
    await answering.typing(db, staff, conversation_id, on=body.on)
