"""The clocks of a case as due rows. Scheduling is here, what happens when they fire is in tasks.py."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.incidents import store
from bot.incidents.models import Case
from bot.kit.database import UnitOfWork
from bot.kit.due import cancel, open_row, schedule
from bot.kit.now import now
from bot.paging import service as paging
from bot.policy import Clock, Grade, policy

PAGE, SILENT, EMERGENCY_CALL, PLAN = (
    "incident.page",
    "incident.silent",
    "incident.emergency_call",
    "incident.plan",
)
JOINED, PROMISED = "incident.joined", "incident.promised"
HOLD_REVIEW, HOLD_ALONE = "hold.review", "hold.model_alone"


def page_delay(clock: Clock, step: int) -> float | None:
    """Seconds from the opening to page number `step` (1 is the first repeat); None when nothing more is owed.

    After the named steps S0 goes on: everyone on call, every `page_everyone_every_s` until accepted.
    """
    if step <= len(clock.page_again_s):
        return clock.page_again_s[step - 1]
    if clock.page_everyone_every_s is None:
        return None
    return clock.page_again_s[-1] + clock.page_everyone_every_s * (step - len(clock.page_again_s))


async def owe_next_page(uow: UnitOfWork, case: Case, step: int, *, since_s: float = 0.0) -> None:
    """Owe page `step`, measured from `since_s` seconds before now."""
    grade: Grade = case.grade  # type: ignore[assignment]
    if grade == "S3":
        return
    clock = policy().clocks.of(grade)
    delay = page_delay(clock, step)
    if delay is None:
        # The last named step went to the supervisor: it goes on at that pace, because an unaccepted case is never silent.
        delay = since_s + clock.page_again_s[-1]
    await schedule(uow, PAGE, case.id, now() + timedelta(seconds=max(0.0, delay - since_s)), step=step)


async def owe_after_acceptance(uow: UnitOfWork, case: Case) -> None:
    """Nobody needs paging any more; from here on silence, the call to emergency services and the plan are owed."""
    await cancel(uow, case.id, PAGE, PROMISED)
    grade: Grade = case.grade  # type: ignore[assignment]
    clock = policy().clocks.of(grade)
    if clock.accepted_silent_s is not None:
        await schedule(uow, SILENT, case.id, now() + timedelta(seconds=clock.accepted_silent_s))
    if clock.emergency_call_decided_s is not None and case.emergency_call is None:
        await schedule(
            uow, EMERGENCY_CALL, case.id, now() + timedelta(seconds=clock.emergency_call_decided_s)
        )
    if case.kind == "stranded" and clock.stranded_plan_s is not None:
        await schedule(uow, PLAN, case.id, now() + timedelta(seconds=clock.stranded_plan_s))


async def owe_other_reporters(uow: UnitOfWork, case: Case) -> None:
    """Somebody has the case and its pages stop; whoever else reported it and still waits in the queue gets a clock of their
    own until a person holds their chat, which tasks.on_joined_unheld looks at."""
    if case.grade == "S3":
        return
    for conversation_id in await store.waiting_reporters(uow.session, case.id):
        if await open_row(uow, JOINED, conversation_id) is None:
            await schedule(uow, JOINED, conversation_id, now(), payload={"case": case.id})


async def owe_by_lowered_grade(uow: UnitOfWork, case: Case) -> None:
    """A person has lowered the grade: from now on the milder grade's clocks run, the graver one's stop."""
    await cancel(uow, case.id, PAGE, EMERGENCY_CALL)
    if case.accepted_at is not None:
        await owe_after_acceptance(uow, case)
    else:
        await owe_next_page(uow, case, 1)


# Pages about an accepted case that has become graver.
RAISED = "raised"
REMINDERS = ("silent", "emergency_call", "plan", "hold_failing", "promised", RAISED)


async def staff_spoke(uow: UnitOfWork, case: Case) -> None:
    """Somebody spoke to a reporter: the silence clock runs from whoever of the joined reporters has waited longest. While
    another of them waits beyond it, its reminders and pages go on: answering one is not answering all."""
    clock = policy().clocks.of(case.grade)  # type: ignore[arg-type]
    if case.accepted_at is None or clock.accepted_silent_s is None:
        await paging.stop(uow, f"silent:{case.id}")
        return
    await uow.session.flush()
    longest = await store.silent_since(uow.session, case.id) or now()
    due = max(longest, case.accepted_at) + timedelta(seconds=clock.accepted_silent_s)
    if due > now() or await open_row(uow, SILENT, case.id) is None:
        await paging.stop(uow, f"silent:{case.id}")
        await schedule(uow, SILENT, case.id, max(due, now()))


async def stop_all(uow: UnitOfWork, case: Case) -> None:
    """A person resolved it: nothing more is owed for the case (holds keep their review), and its pages stop."""
    for subject in (case.id, *(f"{clock}:{case.id}" for clock in REMINDERS)):
        await paging.stop(uow, subject)
    await cancel(uow, case.id, PAGE, PROMISED, SILENT, EMERGENCY_CALL, PLAN)


async def promise_a_person(uow: UnitOfWork, case: Case) -> None:
    """S2: a person looks within the hour (policy). The time may be named to the reporter, because this timer holds it."""
    within = policy().clocks.of(case.grade).accept_target.get("p100_s")  # type: ignore[arg-type]
    if case.grade == "S2" and within is not None:
        await schedule(uow, PROMISED, case.id, now() + timedelta(seconds=within))


async def due_of(uow: UnitOfWork, case: Case) -> datetime | None:
    """When a person must have looked at the case, if a timer runs for that: the only time that may be named."""
    row = await open_row(uow, PROMISED, case.id)
    return row.due if row is not None else None
