"""How a case ends, and begins again: resolved and closed by a named person with a reason, never by silence and never by
the driver's denial; reopened by anybody on the staff, and by a new report on the same matter from anyone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.errors import Conflict, Unprocessable
from bot.identity.schemas import Member
from bot.incidents import clocks, holds
from bot.incidents.life import decided, derive_all, page, reach_safety
from bot.incidents.models import Case
from bot.incidents.telling import owe_news
from bot.incidents.timeline import record
from bot.kit import outbox
from bot.kit.database import UnitOfWork
from bot.kit.due import cancel
from bot.kit.now import now
from bot.policy import is_safety, policy

UNRESTRICT = "dispatch.unrestrict"
# Told to the reporters as what it is; any other code is the staff's own word for how it ended.
_FOUND_SAFE = "safe_confirmed"

Resolved = Callable[[UnitOfWork, Case, Member], Awaitable[None]]
Changing = Callable[[UnitOfWork, Case], Awaitable[None]]
_on_resolved: list[Resolved] = []
_on_closing: list[Changing] = []
_on_reopened: list[Changing] = []


def on_resolved(listener: Resolved) -> Resolved:
    """Register what follows when a person has resolved a case, in the same transaction (care)."""
    if listener not in _on_resolved:
        _on_resolved.append(listener)
    return listener


def on_closing(listener: Changing) -> Changing:
    """Register who may still object to closing, by raising."""
    if listener not in _on_closing:
        _on_closing.append(listener)
    return listener


def on_reopened(listener: Changing) -> Changing:
    """Register what stops while a case is open again."""
    if listener not in _on_reopened:
        _on_reopened.append(listener)
    return listener


async def resolve(uow: UnitOfWork, case: Case, staff: Member, code: str, reason: str) -> None:
    """A named person ends the case with a code and a sentence. Raises Unprocessable without either."""
    if code not in policy().resolution_codes:
        raise Unprocessable("unknown_code")
    if not reason.strip():
        raise Unprocessable("reason_needed")
    if not case.open:
        raise Conflict("case_closed", reference=case.reference)
    case.state, case.resolved_at, case.resolution = "resolved", now(), code
    decided(case)
    await record(uow, "resolved", who=staff.who, case_id=case.id, code=code, reason=reason, name=staff.name)
    await clocks.stop_all(uow, case)
    await cancel(uow, case.id, clocks.UNDECIDED)
    if driver := case.evidence.get("restricted_driver"):
        payload = {"driver": driver, "reference": case.reference, "case": case.id}
        await outbox.put(uow, UNRESTRICT, f"{case.id}:{case.resolved_at.isoformat()}", payload)
    await owe_news(uow, case, "safe" if code == _FOUND_SAFE else "resolved")
    for listener in _on_resolved:
        await listener(uow, case, staff)
    await derive_all(uow, case)


async def close(uow: UnitOfWork, case: Case, staff: Member, reason: str) -> None:
    """A named person closes a resolved case for good, with a reason; care objects while anything is owed to people.

    Raises Unprocessable without a reason, Conflict `not_resolved` or what an objection raises.
    """
    if not reason.strip():
        raise Unprocessable("reason_needed")
    if case.state != "resolved":
        raise Conflict("not_resolved", reference=case.reference)
    for objection in _on_closing:
        await objection(uow, case)
    case.state, case.closed_at = "closed", now()
    await record(uow, "closed", who=staff.who, case_id=case.id, reason=reason, name=staff.name)
    await derive_all(uow, case)


async def reopen(uow: UnitOfWork, case: Case, *, who: str, reason: str, name: str | None = None) -> None:
    """What was resolved or closed is not: it is paged anew and nobody has accepted it. An open case stays as it is.

    name: the person's, None for a report that came in by itself.
    """
    if case.state not in ("resolved", "closed"):
        return
    before = case.state
    case.state, case.resolved_at, case.resolution, case.closed_at = "opened", None, None, None
    case.accepted_by = case.accepted_name = case.accepted_at = None
    # What was decided then was decided about what was known then.
    case.emergency_call = case.decided_at = None
    await record(uow, "reopened", who=who, case_id=case.id, reason=reason, before=before, name=name)
    for listener in _on_reopened:
        await listener(uow, case)
    if case.grade != "S3":
        await page(uow, case, step=0)
        await clocks.promise_a_person(uow, case)
        await clocks.owe_decision(uow, case)
    await holds.reopened(uow, case)
    await derive_all(uow, case)
    if is_safety(case.grade):  # type: ignore[arg-type]
        # Each reporter goes to people and hears the first words again; who still waits when somebody accepts has a clock.
        await reach_safety(uow, case)
    await owe_news(uow, case, "reopened")
