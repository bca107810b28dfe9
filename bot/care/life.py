"""Aftercare with a name: resolving an S0/S1 opens it, a named person owns it, and the case cannot be closed while
anything in it is owed. Contacts can be declined by the victim with one tap or word, or by staff with a reason."""

from __future__ import annotations

from datetime import timedelta

from bot.care import store
from bot.care.models import OWED_STATES, CareCase, CareTask, EvidenceHold
from bot.conversations.models import Conversation
from bot.errors import Conflict, Missing, Unprocessable
from bot.identity.schemas import Member
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.history import worst_grade
from bot.incidents.models import Case
from bot.incidents.timeline import record
from bot.kit import outbox
from bot.kit.database import UnitOfWork
from bot.kit.due import cancel, schedule
from bot.kit.ids import new_id
from bot.kit.now import now
from bot.kit.vault import seal
from bot.paging import service as paging
from bot.policy import is_safety, policy

CONTACT, OUTCOME = "care.contact", "care.outcome"
REVERSE, SEPARATE, TELL = "care.reverse_charges", "care.never_match", "care.tell_outcome"
# How a case ends in which nobody was in danger: a person has said so twice if they had lowered it as well.
_NOTHING_HAPPENED = frozenset({"explained", "false_alarm"})
_PLATFORM = {"charges_reversed": REVERSE, "never_matched": SEPARATE}


@incidents.on_resolved
async def begin(uow: UnitOfWork, case: Case, staff: Member) -> None:
    """A person has resolved what ever was an S0/S1: care begins, or goes on if the case had been open again. The owner is that
    person. Lowering it before it is resolved ends the danger, not what is owed to who was in it; and a second look that finds
    nothing takes back nothing that the first ending has owed."""
    if case.kind == "police_request" or not is_safety(await worst_grade(uow.session, case)):
        return
    nothing = not is_safety(case.grade) and case.resolution in _NOTHING_HAPPENED  # type: ignore[arg-type]
    care = await store.of_case(uow.session, case.id)
    if care is None and nothing:
        return
    if care is None:
        care = await _open(uow, case, staff)
    else:
        care.state, care.owner_id, care.owner_name, care.ended_at = "open", staff.id, staff.name, None
        care.opened_at = now()
    # The first report may have come from a friend, or named no ride.
    if care.victim_conversation_id is None:
        victim = await store.victim_conversation(uow.session, case)
        care.victim_conversation_id = victim.id if victim else None
    if not nothing:
        await _owe_platform(uow, care, case)
    for task in await store.owed(uow.session, care.id, "contact"):
        await _owe_contact(uow, care, task)
    await record(uow, "care_opened", who=staff.who, case_id=case.id, name=staff.name)
    within = timedelta(seconds=policy().clocks.care_outcome_within_s)
    await schedule(uow, OUTCOME, care.id, now() + within)
    await outcome_if_ready(uow, care)


async def _open(uow: UnitOfWork, case: Case, staff: Member) -> CareCase:
    care = CareCase(
        id=new_id(), case_id=case.id, reference=case.reference, owner_id=staff.id, owner_name=staff.name, state="open",
        opened_at=now(),
    )  # fmt: skip
    uow.session.add(care)
    await uow.session.flush()
    await hold_evidence(uow, case, who=staff.who)
    _add(uow, care, "evidence_held", "done", by=staff)
    _add(uow, care, "outcome_told", "waiting")
    for day in policy().clocks.care_contacts_days:
        _add(uow, care, "contact", "waiting", day=day)
    await uow.session.flush()
    return care


async def _owe_platform(uow: UnitOfWork, care: CareCase, case: Case) -> None:
    """Owe what the platform does, as far as it is known which ride and which two people it is about; each once."""
    known = {task.kind for task in await store.tasks_of(uow.session, care.id)}
    # What the platform does by itself follows a report on the driver's conduct that proved no false alarm; in any other
    # case (somebody fell ill) a person decides.
    plain = case.resolution != "false_alarm"
    wronged = plain and (case.conduct or case.kind == "driver_under_threat")
    if case.trip_id is not None and "charges_reversed" not in known:
        _add(
            uow,
            care,
            "charges_reversed",
            "proposed" if case.reporter_role == "driver" or not wronged else "owed",
        )
    if case.rider_id is not None and case.driver_id is not None and "never_matched" not in known:
        _add(uow, care, "never_matched", "owed" if wronged else "proposed")
    await uow.session.flush()
    for task in await store.owed(uow.session, care.id):
        if task.state == "owed" and task.kind not in known:
            await _ask_platform(uow, care, task)


def _add(
    uow: UnitOfWork, care: CareCase, kind: str, state: str, *, day: float = 0.0, by: Member | None = None
) -> None:
    done = state == "done"
    uow.session.add(
        CareTask(
            id=new_id(), care_id=care.id, kind=kind, day=day, state=state, done_at=now() if done else None,
            done_by=by.id if by else None, done_name=by.name if by else None,
        )
    )  # fmt: skip


async def _owe_contact(uow: UnitOfWork, care: CareCase, task: CareTask) -> None:
    task.due_at = care.opened_at + timedelta(days=task.day)
    before = timedelta(seconds=policy().clocks.care_remind_before_s)
    await schedule(uow, CONTACT, task.id, task.due_at - before)


async def _ask_platform(uow: UnitOfWork, care: CareCase, task: CareTask) -> None:
    task.state = "owed"
    await outbox.put(uow, _PLATFORM[task.kind], task.id, {"task": task.id, "case": care.case_id})


async def hold_evidence(uow: UnitOfWork, case: Case, *, who: str) -> None:
    """Messages and trip of the case stay as they are until a supervisor lifts this. Held once."""
    if not await store.evidence_of(uow.session, [case.id]):
        uow.session.add(
            EvidenceHold(id=new_id(), case_id=case.id, set_by=who, set_at=now(), open_key=case.id)
        )
        await uow.session.flush()
        await record(uow, "evidence_held", who=who, case_id=case.id, trip=case.trip_id)


async def lift_evidence(uow: UnitOfWork, case: Case, staff: Member, reason: str) -> None:
    """A supervisor lets the evidence go. Raises Unprocessable without a reason, Missing when nothing is held."""
    staff.must("lift_evidence")
    needs(reason)
    held = await store.evidence_of(uow.session, [case.id])
    if not held:
        raise Missing("no_evidence_hold", reference=case.reference)
    for hold in held:
        hold.open_key, hold.lifted_by, hold.lifted_at, hold.lift_reason = None, staff.who, now(), reason
    await record(uow, "evidence_released", who=staff.who, case_id=case.id, name=staff.name, reason=reason)


@incidents.on_reopened
async def pause(uow: UnitOfWork, case: Case) -> None:
    """The case is open again: nobody is asked how they are after it while it goes on. Holds and platform acts stay."""
    care = await store.of_case(uow.session, case.id)
    if care is None:
        return
    care.state = "paused"
    await cancel(uow, care.id, OUTCOME)
    for task in await store.owed(uow.session, care.id, "contact"):
        task.offered_at = None
        await stop_clock(uow, task)


@incidents.on_closing
async def object_to_closing(uow: UnitOfWork, case: Case) -> None:
    """Raises Conflict `care_owed` while care of a case that ever was an S0/S1 is neither done nor declined."""
    care = await store.of_case(uow.session, case.id)
    if care is None and (case.kind == "police_request" or not is_safety(case.grade)):  # type: ignore[arg-type]
        return
    left = await store.owed(uow.session, care.id) if care is not None else []
    if care is None or left:
        details = {"owed": [{"kind": task.kind, "day": task.day} for task in left]}
        raise Conflict("care_owed", details=details, reference=case.reference, count=len(left))


async def take(uow: UnitOfWork, care: CareCase, staff: Member) -> None:
    """Another named person becomes the owner."""
    staff.must("care")
    if care.owner_id != staff.id:
        before, care.owner_id, care.owner_name = care.owner_name, staff.id, staff.name
        await record(uow, "care_taken", who=staff.who, case_id=care.case_id, name=staff.name, before=before)


async def task_of(uow: UnitOfWork, conversation: Conversation, task_id: str) -> tuple[CareCase, CareTask]:
    """A task of the conversation's cases that is still owed. Raises Missing, or Conflict `task_over` saying by whom."""
    task = await uow.session.get(CareTask, task_id, with_for_update=True, populate_existing=True)
    care = await uow.session.get(CareCase, task.care_id) if task is not None else None
    cases = {case.id for case in await case_store.of_conversation(uow.session, conversation.id)}
    if task is None or care is None or care.case_id not in cases:
        raise Missing("no_task")
    if task.state not in OWED_STATES:
        raise Conflict("task_over", name=task.done_name or "-")
    return care, task


async def done(uow: UnitOfWork, care: CareCase, task: CareTask, staff: Member, note: str) -> None:
    """A person has done it; the note says how (sealed). Raises Unprocessable without a note."""
    staff.must("care")
    needs(note, "note_needed")
    await finish(uow, care, task, who=staff.who, name=staff.name, note=note)


async def decline(uow: UnitOfWork, care: CareCase, task: CareTask, staff: Member, reason: str) -> None:
    """A person decides that it is not done. Raises Unprocessable without a reason."""
    staff.must("care")
    needs(reason)
    await finish(uow, care, task, who=staff.who, name=staff.name, note=reason, state="declined")


async def carry_out(uow: UnitOfWork, care: CareCase, task: CareTask, staff: Member) -> None:
    """A person decides that the platform does it (charges back, never matched). Raises Conflict for any other task."""
    staff.must("care")
    if task.kind not in _PLATFORM or task.state != "proposed":
        raise Conflict("task_not_proposed")
    await record(uow, "care_decided", who=staff.who, case_id=care.case_id, name=staff.name, task=task.kind)
    await _ask_platform(uow, care, task)


async def finish(
    uow: UnitOfWork,
    care: CareCase,
    task: CareTask,
    *,
    who: str,
    name: str | None,
    note: str,
    state: str = "done",
) -> None:
    """End a task with its entry in the timeline; the last one ends the care."""
    # Of two tasks that end in the same moment, the later one sees the other's end: neither would end the care else.
    await uow.session.refresh(care, with_for_update=True)
    task.state, task.done_at, task.done_by, task.done_name = state, now(), who, name
    task.note = await seal(uow, care.case_id, {"note": note})
    await stop_clock(uow, task)
    act = f"care_{task.kind}" if state == "done" else "care_declined"
    await record(
        uow, act, who=who, case_id=care.case_id, name=name, task=task.kind, day=task.day, note=note,
    )  # fmt: skip
    await uow.session.flush()
    await outcome_if_ready(uow, care)
    if care.state == "open" and not await store.owed(uow.session, care.id):
        care.state, care.ended_at = "done", now()
        await record(uow, "care_done", who=who, case_id=care.case_id, name=name)
    uow.emit("case.changed", case_id=care.case_id)


async def outcome_if_ready(uow: UnitOfWork, care: CareCase) -> None:
    """Once the platform has done what was asked, the outcome is owed to the victim and to earlier complainants."""
    owed = await store.owed(uow.session, care.id)
    asked = any(task.state in ("owed", "failing") for task in owed)
    ready = care.state == "open" and not asked and any(task.kind == "outcome_told" for task in owed)
    # Tried before and found unsafe, it waits for its clock, which then is all that still owes it.
    if ready and await outbox.put(uow, TELL, f"{care.id}:{care.opened_at.isoformat()}", {"care": care.id}):
        await cancel(uow, care.id, OUTCOME)


async def stop_clock(uow: UnitOfWork, task: CareTask) -> None:
    """The contact is owed no more: its clock and its page stop."""
    await cancel(uow, task.id, CONTACT)
    await paging.stop(uow, f"care:{task.id}")


def needs(words: str, code: str = "reason_needed") -> None:
    """Raises Unprocessable `code` for words that say nothing."""
    if not words.strip():
        raise Unprocessable(code)
