"""Care as the staff pages show it. What was written down about a person is opened for a screen that was granted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import store
from bot.care.erasure import key_of
from bot.care.models import OWED_STATES, CareCase, CareTask, DepartmentTask
from bot.conversations.models import Conversation
from bot.identity.schemas import Member
from bot.incidents import store as case_store
from bot.incidents.models import Case
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.kit.vault import unseal_many
from bot.policy import policy


async def care_of(session: AsyncSession, staff: Member, cases: Sequence[Case]) -> list[dict[str, Any]]:
    """The care of these cases with its tasks; nothing for somebody who may not do care. The caller holds the grant."""
    if not staff.may("care"):
        return []
    by_id = {case.id: case for case in cases}
    cares = await store.of_cases(session, list(by_id))
    return [await _care(session, staff, care, by_id[care.case_id]) for care in cares]


async def _care(session: AsyncSession, staff: Member, care: CareCase, case: Case) -> dict[str, Any]:
    tasks = await store.tasks_of(session, care.id)
    opened = await unseal_many(session, [(care.case_id, task.note) for task in tasks if task.note])
    notes = iter([one.get("note") for one in opened])
    chat = None
    if care.victim_conversation_id is not None:
        chat = await session.get(Conversation, care.victim_conversation_id)
    safe = await store.chat_is_safe(session, chat)
    held = await store.evidence_of(session, [case.id])
    return {
        "id": care.id, "case_id": case.id, "reference": care.reference, "state": care.state, "owner": care.owner_name,
        "mine": care.owner_id == staff.id, "opened_at": iso(care.opened_at), "evidence_held": bool(held),
        "may_lift": bool(held) and staff.may("lift_evidence"),
        "tasks": [
            _task(task, staff, next(notes) if task.note else None, safe=safe and care.state == "open") for task in tasks
        ],
    }  # fmt: skip


def _task(task: CareTask, staff: Member, note: str | None, *, safe: bool) -> dict[str, Any]:
    owed = task.state in OWED_STATES
    acts = ["done", "decline"] if owed else []
    if task.state == "proposed":
        acts = ["carry-out", "done", "decline"]
    if owed and task.kind == "contact" and safe:
        acts = ["offer", *acts]
    return {
        "id": task.id, "kind": task.kind, "day": task.day, "state": task.state, "due_at": iso(task.due_at),
        "label": say(f"care.task.{task.kind}", staff.locale, day=f"{task.day:g}"),
        "state_label": say(f"care.state.{task.state}", staff.locale), "offered_at": iso(task.offered_at),
        "overdue": owed and task.due_at is not None and task.due_at < now(),
        "done_at": iso(task.done_at), "done_by": task.done_name, "note": note, "acts": acts,
    }  # fmt: skip


async def departments_of(session: AsyncSession, staff: Member, conversation: Conversation) -> dict[str, Any]:
    """The tasks of other departments, and the departments that one can be given to."""
    tasks = await store.departments_of(session, conversation.id)
    return {
        "tasks": [await _department(session, task, staff) for task in tasks],
        "departments": [
            {"code": code, "label": say(f"department.{code}", staff.locale)} for code in policy().departments
        ],
        "may_ask": staff.may("department_task"),
    }  # fmt: skip


async def _department(session: AsyncSession, task: DepartmentTask, staff: Member) -> dict[str, Any]:
    sealed = [(task.conversation_id, one) for one in (task.what, task.note) if one]
    opened = await unseal_many(session, sealed)
    return {
        "id": task.id, "conversation_id": task.conversation_id, "reference": task.reference,
        "department": task.department, "label": say(f"department.{task.department}", staff.locale),
        "what": opened[0].get("what") if opened else None, "owner": task.owner_name, "made_by": task.made_name,
        "made_at": iso(task.made_at), "due_at": iso(task.due_at), "state": task.state,
        "overdue": task.state == "open" and task.due_at < now(), "done_at": iso(task.done_at),
        "done_by": task.done_name, "note": opened[1].get("note") if len(opened) > 1 else None,
    }  # fmt: skip


def erasable_of(staff: Member, conversation: Conversation, cases: Sequence[Case]) -> dict[str, Any] | None:
    """Whom a supervisor may erase from here: the person of an open request for it, None without one."""
    asked = next((case for case in cases if case.kind == "privacy_complaint" and case.open), None)
    if asked is None or not staff.may("erase_person"):
        return None
    return {"person": key_of(conversation), "reference": asked.reference, "name": conversation.person_name}


async def owed_list(session: AsyncSession, staff: Member) -> dict[str, Any]:
    """Everything that is owed after cases and by departments, the most pressing first: the page of whoever looks after it."""
    care = []
    if staff.may("care"):
        for task, of in await store.all_owed(session):
            chats = await case_store.conversations_of(session, of.case_id)
            if chats:
                entry = _task(task, staff, None, safe=False)
                care.append(
                    {
                        **{name: entry[name] for name in ("id", "kind", "label", "state", "state_label", "due_at", "overdue")},
                        "reference": of.reference, "owner": of.owner_name, "mine": of.owner_id == staff.id,
                        "conversation_id": of.victim_conversation_id or min(chats),
                    }
                )  # fmt: skip
    departments = []
    if staff.may("department_task"):
        departments = [
            await _department(session, task, staff) for task in await store.all_departments_open(session)
        ]
    return {"now": iso(now()), "care": care, "departments": departments}
