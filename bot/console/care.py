"""How cases end and begin again, aftercare, other departments' tasks, reviews of holds, erasure: the staff's doors."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.care import service as care
from bot.care.models import CareCase, CareTask
from bot.console.schemas import Reason
from bot.console.screen import Db, Staff, carry_out, screen_of, visible_to
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import Conflict, Missing, Unprocessable
from bot.handoff import service as handoff
from bot.identity.endpoints import csrf_guard
from bot.identity.schemas import Member
from bot.incidents import reviews
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.models import Case
from bot.kit.database import UnitOfWork, again_on_conflict
from bot.kit.now import iso
from bot.policy import is_safety

router = APIRouter(prefix="/api/console", tags=["care"], dependencies=[Depends(csrf_guard)])


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore")


class NoteOrReason(_Wire):
    note: str = Field("", max_length=4000)


class DepartmentAsked(_Wire):
    """owner: a name, or the e-mail of their account; due_at: with its zone."""

    department: str = Field(max_length=40)
    what: str = Field(max_length=4000)
    owner: str = Field(max_length=200)
    due_at: AwareDatetime


class HoldReviewed(_Wire):
    """why: what the driver is told (policy: hold_reasons); reason: for the timeline alone."""

    keep: bool
    why: str = Field(max_length=40)
    reason: str = Field(max_length=2000)


class ErasureAsked(_Wire):
    """First with a reason; then again with `confirm`, the id that the first answer gave."""

    reason: str = Field("", max_length=2000)
    confirm: str | None = Field(None, max_length=100)


@router.post("/conversations/{conversation_id}/close")
async def close(conversation_id: str, body: Reason, request: Request, db: Db, staff: Staff) -> dict[str, Any]:
    """Close what is resolved here, with a reason; 409 `care_owed` while care of an S0/S1 is neither done nor declined."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        resolved = [case for case in await _cases(uow, one) if case.state == "resolved"]
        if not resolved:
            raise Conflict("nothing_resolved")
        for case in resolved:
            staff.must("close_safety" if is_safety(case.grade) else "close_routine")  # type: ignore[arg-type]
            await incidents.close(uow, await incidents.locked(uow, case.id), staff, body.reason)

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/reopen")
async def reopen(
    conversation_id: str, body: Reason, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Open the newest ended case again: paged anew, and its reporters' chats go to people. Open to every
    role, without reading what was said: an outsourced agent may not."""
    staff.must("reopen")

    async def work() -> None:
        async with db.unit_of_work() as uow:
            await _reopen(uow, await conversations.lock(uow, conversation_id), staff, body.reason)

    await again_on_conflict(work)
    async with db.reading() as session:
        visible = await visible_to(session, staff, conversation_id)
    return await screen_of(request, db, staff, conversation_id) if visible else {"reopened": True}


async def _reopen(uow: UnitOfWork, one: Conversation, staff: Member, reason: str) -> None:
    if not reason.strip():
        raise Unprocessable("reason_needed")
    ended = [case for case in await _cases(uow, one) if case.state in ("resolved", "closed")]
    if not ended:
        raise Conflict("nothing_ended")
    newest = max(ended, key=lambda case: case.resolved_at or case.opened_at)
    case = await incidents.locked(uow, newest.id)
    await incidents.reopen(uow, case, who=staff.who, reason=reason, name=staff.name)
    for chat in sorted(await case_store.conversations_of(uow.session, case.id)):
        other = await conversations.lock(uow, chat)
        await handoff.to_people(uow, other, team=case.team, reason=reason, who=staff.who)


async def _cases(uow: UnitOfWork, one: Conversation) -> list[Case]:
    return list(await case_store.of_conversation(uow.session, one.id))


@router.get("/care")
async def owed(db: Db, staff: Staff) -> dict[str, Any]:
    """What is owed after cases and by other departments, the most pressing first; nothing of what was said."""
    async with db.reading() as session:
        return await care.owed_list(session, staff)


@router.post("/conversations/{conversation_id}/care/{task_id}/{step}")
async def care_step(
    conversation_id: str, task_id: str, step: str, body: NoteOrReason, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """One step of a care task: done (with a note), decline (with a reason), carry-out (the platform does it), offer (in the
    victim's chat, when that is safe), take (own this care)."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        found, task = await care.task_of(uow, one, task_id)
        await _step(uow, found, task, staff, step, body.note)

    return await carry_out(request, db, staff, conversation_id, act)


async def _step(uow: UnitOfWork, of: CareCase, task: CareTask, staff: Member, step: str, note: str) -> None:
    if step == "done":
        await care.done(uow, of, task, staff, note)
    elif step == "decline":
        await care.decline(uow, of, task, staff, note)
    elif step == "carry-out":
        await care.carry_out(uow, of, task, staff)
    elif step == "offer":
        await care.offer(uow, of, task, staff)
    elif step == "take":
        await care.take(uow, of, staff)
    else:
        raise Missing("no_task")


@router.post("/conversations/{conversation_id}/lift-evidence")
async def lift_evidence(
    conversation_id: str, body: Reason, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Let the evidence of the cases here go, with a reason."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        held = [case for case in await _cases(uow, one) if case.state in ("resolved", "closed")]
        if not held:
            raise Conflict("nothing_ended")
        for case in held:
            await care.lift_evidence(uow, await incidents.locked(uow, case.id), staff, body.reason)

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/departments")
async def ask_department(
    conversation_id: str, body: DepartmentAsked, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Give another department a task, with an owner and a time."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await care.ask_department(
            uow, one, staff, department=body.department, what=body.what, owner=body.owner, due_at=body.due_at
        )

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/departments/{task_id}/done")
async def department_done(
    conversation_id: str, task_id: str, body: NoteOrReason, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """The department's task is done, with a note that says how."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await care.department_done(uow, one, staff, task_id, body.note)

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/review")
async def review_hold(
    conversation_id: str, body: HoldReviewed, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Review the dispatch hold of a case here: keep or lift it; the driver learns why, never who, once it is safe."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        for case in await _cases(uow, one):
            if await reviews.open_hold(uow.session, case.id) is not None:
                current = await incidents.locked(uow, case.id)
                await reviews.review(uow, current, staff, keep=body.keep, why=body.why, reason=body.reason)
                return
        raise Missing("no_hold")

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/people/{key}/erase")
async def erase(key: str, body: ErasureAsked, db: Db, staff: Staff) -> dict[str, Any]:
    """Erase a person (`rider:<id>`, `driver:<id>` or `conversation:<id>`). The first call, with a reason, says what would be
    erased and erases nothing; the second, with its `confirm`, does it. Refused while a case of theirs is open or held."""
    async with db.unit_of_work() as uow:
        if body.confirm is None:
            made = await care.ask_to_erase(uow, key, staff, body.reason)
        else:
            made = await care.erase(uow, key, staff, body.confirm)
    return {
        "person": made.person, "state": made.state, "conversations": made.conversations, "cases": made.cases,
        "confirm": made.id if made.state == "asked" else None, "asked_at": iso(made.asked_at), "done_at": iso(made.done_at),
    }  # fmt: skip
