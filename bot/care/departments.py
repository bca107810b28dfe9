"""Tasks of other departments (policy: departments): each has an owner, a clock and an end with a note."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.care.models import DepartmentTask
from bot.conversations.models import Conversation
from bot.errors import Conflict, Missing, Unprocessable
from bot.identity import service as identity
from bot.identity.schemas import Member
from bot.incidents import store as case_store
from bot.incidents.timeline import ran_out, record
from bot.kit.database import UnitOfWork
from bot.kit.due import cancel, schedule
from bot.kit.ids import new_id
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.kit.vault import seal
from bot.paging import service as paging
from bot.policy import policy

DUE = "care.department"


async def ask(
    uow: UnitOfWork,
    conversation: Conversation,
    staff: Member,
    *,
    department: str,
    what: str,
    owner: str,
    due_at: datetime,
) -> DepartmentTask:
    """Give a department a task. owner: who does it there, by name or by the e-mail of their account.

    Raises Unprocessable for an unknown department, no words, no owner, or a time that has passed.
    """
    staff.must("department_task")
    if department not in policy().departments:
        raise Unprocessable("unknown_department")
    if not what.strip():
        raise Unprocessable("task_empty")
    if not owner.strip():
        raise Unprocessable("owner_needed")
    if due_at.tzinfo is None or due_at <= now():
        raise Unprocessable("promise_in_past")
    wanted = owner.strip().casefold()
    members = await identity.enabled_members(uow.session)
    known = next((one for one in members if wanted in (one.name.casefold(), one.email.casefold())), None)
    case = next(iter(await case_store.of_conversation(uow.session, conversation.id)), None)
    task = DepartmentTask(
        id=new_id(), conversation_id=conversation.id, case_id=case.id if case else None,
        reference=case.reference if case else conversation.id[-6:].upper(), department=department,
        what=await seal(uow, conversation.id, {"what": what}), owner_id=known.id if known else None,
        owner_name=known.name if known else owner.strip(), made_by=staff.id, made_name=staff.name, made_at=now(),
        due_at=due_at, state="open",
    )  # fmt: skip
    uow.session.add(task)
    await uow.session.flush()
    await schedule(uow, DUE, task.id, due_at)
    await record(
        uow, "department_asked", who=staff.who, case_id=task.case_id, conversation_id=conversation.id, name=staff.name,
        department=department, what=what, owner=task.owner_name, due_at=iso(due_at),
    )  # fmt: skip
    return task


async def done(
    uow: UnitOfWork, conversation: Conversation, staff: Member, task_id: str, note: str
) -> DepartmentTask:
    """A person says that it is done, and how. Raises Missing, Conflict `task_over`, Unprocessable without a note."""
    staff.must("department_task")
    task = await uow.session.get(DepartmentTask, task_id, with_for_update=True, populate_existing=True)
    if task is None or task.conversation_id != conversation.id:
        raise Missing("no_task")
    if task.state != "open":
        raise Conflict("task_over", name=task.done_name or "-")
    if not note.strip():
        raise Unprocessable("note_needed")
    task.state, task.done_at, task.done_name = "done", now(), staff.name
    task.note = await seal(uow, conversation.id, {"note": note})
    await cancel(uow, task.id, DUE)
    await paging.stop(uow, f"department:{task.id}")
    await record(
        uow, "department_done", who=staff.who, case_id=task.case_id, conversation_id=conversation.id, name=staff.name,
        department=task.department, note=note,
    )  # fmt: skip
    return task


async def overdue(uow: UnitOfWork, task_id: str, step: int) -> None:
    """The time is over and it is not done: the owner and whoever asked are reminded, the supervisor is paged, and again."""
    task = await uow.session.get(DepartmentTask, task_id)
    if task is None or task.state != "open":
        return
    await ran_out(
        uow, DUE, since=task.due_at, case_id=task.case_id, conversation_id=task.conversation_id, step=step,
        department=task.department, owner=task.owner_name,
    )  # fmt: skip
    for staff_id in {task.owner_id or task.made_by, task.made_by}:
        uow.emit("reminder", conversation_id=task.conversation_id, clock=DUE, staff_id=staff_id)
    await paging.page(
        uow, subject=f"department:{task.id}", reference=task.reference, team="supervisor", grade="S2", step=step + 1,
        headline={locale: say("clock.care.department.breached", locale) for locale in ("zh", "en")}, widen=step > 0,
        everyone=False,
    )  # fmt: skip
    again = timedelta(seconds=policy().clocks.department_overdue_again_s)
    await schedule(uow, DUE, task.id, now() + again, step=step + 1)
