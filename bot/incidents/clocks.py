"""The clocks of a case as due rows. Scheduling is here, what happens when they fire is in tasks.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.conversations.models import Conversation
from bot.incidents import store
from bot.incidents.keeping import team_of, unattended
from bot.incidents.models import Case
from bot.kit.database import UnitOfWork
from bot.kit.due import cancel, open_row, schedule
from bot.kit.now import now
from bot.paging import service as paging
from bot.policy import Clock, Grade, is_safety, policy

PAGE, SILENT, EMERGENCY_CALL, PLAN = (
    "incident.page",
    "incident.silent",
    "incident.emergency_call",
    "incident.plan",
)
JOINED, PROMISED = "incident.joined", "incident.promised"
# A reporter has cried again in a case that somebody has accepted; a complaint that nobody has decided about in its time.
CRIED, UNDECIDED = "incident.cried", "incident.undecided"
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
    """Nobody needs paging any more; from here on silence, the call to emergency services and the plan are owed. What makes an
    accepted case worse puts off no reminder of silence that runs."""
    await cancel(uow, case.id, PAGE, PROMISED)
    grade: Grade = case.grade  # type: ignore[assignment]
    clock = policy().clocks.of(grade)
    if clock.accepted_silent_s is not None:
        due, row = now() + timedelta(seconds=clock.accepted_silent_s), await open_row(uow, SILENT, case.id)
        if row is None or row.due > due:
            await schedule(uow, SILENT, case.id, due, step=row.step if row is not None else 0)
    if clock.emergency_call_decided_s is not None and case.emergency_call is None:
        await schedule(
            uow, EMERGENCY_CALL, case.id, now() + timedelta(seconds=clock.emergency_call_decided_s)
        )
    if case.kind == "stranded":
        await owe_plan(uow, case)


async def owe_plan(uow: UnitOfWork, case: Case) -> None:
    """Somebody stands in the street: a car or a person's plan within the policy's time."""
    within = policy().clocks.of(case.grade).stranded_plan_s  # type: ignore[arg-type]
    if within is not None:
        await schedule(uow, PLAN, case.id, now() + timedelta(seconds=within))


async def owe_other_reporters(uow: UnitOfWork, case: Case) -> None:
    """Somebody has the case and its pages stop; whoever else reported it and still waits, in the queue or with somebody who may
    not have them, gets a clock of their own."""
    if case.grade != "S3":
        for conversation_id in await unattended(uow.session, case.id):
            await owe_reporter(uow, case, conversation_id)


async def owe_reporter(uow: UnitOfWork, case: Case, conversation_id: str) -> None:
    """Somebody has the case, but nobody who may has this reporter of it: they have a clock of their own until such a person
    holds their chat (tasks.on_joined_unheld). S3 owes none, nor does a case that nobody has: that one is paged itself."""
    if case.grade == "S3" or case.accepted_at is None:
        return
    if await open_row(uow, JOINED, conversation_id) is None:
        await schedule(uow, JOINED, conversation_id, now(), payload={"case": case.id})


async def owe_by_lowered_grade(uow: UnitOfWork, case: Case) -> None:
    """A person has lowered the grade: from now on the milder grade's clocks run and call its team; the graver one's stop. A
    routine case has none: nobody is called for it."""
    grade: Grade = case.grade  # type: ignore[assignment]
    if case.team == "safety" and not is_safety(grade):
        case.team = team_of(grade)
    if grade == "S3":
        await stop_all(uow, case)
        await cancel(uow, case.id, HOLD_ALONE)
        return
    await cancel(
        uow, case.id, PAGE, EMERGENCY_CALL, SILENT, CRIED, *(() if is_safety(grade) else (HOLD_ALONE,))
    )
    for clock in ("silent", "emergency_call", RAISED):
        await paging.stop(uow, f"{clock}:{case.id}")
    if case.accepted_at is not None:
        await owe_after_acceptance(uow, case)
    else:
        await owe_next_page(uow, case, 1)


# Pages about an accepted case that has become graver.
RAISED = "raised"
REMINDERS = ("silent", "emergency_call", "plan", "hold_failing", "promised", "undecided", RAISED)


async def staff_spoke(uow: UnitOfWork, case: Case) -> None:
    """Somebody spoke to a reporter: the silence clock runs from whoever of the joined reporters has waited longest. While
    another of them waits beyond it, its reminders and pages go on: answering one is not answering all."""
    clock = policy().clocks.of(case.grade)  # type: ignore[arg-type]
    await _cry_answered(uow, case)
    if case.accepted_at is None or clock.accepted_silent_s is None:
        await paging.stop(uow, f"silent:{case.id}")
        return
    await uow.session.flush()
    longest = await store.silent_since(uow.session, case.id) or now()
    due = max(longest, case.accepted_at) + timedelta(seconds=clock.accepted_silent_s)
    if due > now() or await open_row(uow, SILENT, case.id) is None:
        await paging.stop(uow, f"silent:{case.id}")
        await schedule(uow, SILENT, case.id, max(due, now()))


async def _cry_answered(uow: UnitOfWork, case: Case) -> None:
    """Whoever cried again has heard a person since: the pages about it stop. A word in another reporter's chat is no answer."""
    row = await open_row(uow, CRIED, case.id)
    if row is not None and not await unheard_cries(uow, row.payload):
        await cancel(uow, case.id, CRIED)
        await paging.stop(uow, f"{RAISED}:{case.id}")


def cries_of(payload: Mapping[str, Any]) -> dict[str, str]:
    """When who cried, by conversation, as a CRIED row holds it: whose cry began it, and the others since."""
    return {str(payload["conversation"]): str(payload["at"]), **payload.get("others", {})}


def with_cries(payload: Mapping[str, Any], more: Mapping[str, str]) -> dict[str, Any]:
    """A CRIED row's payload with further cries."""
    return {**payload, "others": {**payload.get("others", {}), **more}}


async def unheard_cries(uow: UnitOfWork, payload: Mapping[str, Any]) -> list[str]:
    """The conversations of a CRIED row in which no person has spoken since."""
    waiting = []
    for conversation_id, at in cries_of(payload).items():
        spoke = (await uow.session.get_one(Conversation, conversation_id)).last_staff_at
        if spoke is None or spoke < datetime.fromisoformat(at):
            waiting.append(conversation_id)
    return waiting


async def stop_all(uow: UnitOfWork, case: Case) -> None:
    """A person resolved it: nothing more is owed for the case (holds keep their review), and its pages stop."""
    for subject in (case.id, *(f"{clock}:{case.id}" for clock in REMINDERS)):
        await paging.stop(uow, subject)
    await cancel(uow, case.id, PAGE, PROMISED, SILENT, EMERGENCY_CALL, PLAN, CRIED)


async def promise_a_person(uow: UnitOfWork, case: Case) -> None:
    """S2: a person looks within the hour (policy). The time may be named to the reporter, because this timer holds it."""
    within = policy().clocks.of(case.grade).accept_target.get("p100_s")  # type: ignore[arg-type]
    if case.grade == "S2" and within is not None:
        await schedule(uow, PROMISED, case.id, now() + timedelta(seconds=within))


async def owe_decision(uow: UnitOfWork, case: Case, step: int = 0) -> None:
    """S2: somebody decides within the policy's time, counted from the opening, whoever has it by then and whatever was said;
    and within as long again (step by step) when nobody has."""
    within = policy().clocks.of(case.grade).decide_target.get("p100_s")  # type: ignore[arg-type]
    if case.grade == "S2" and within is not None:
        await schedule(uow, UNDECIDED, case.id, now() + timedelta(seconds=within), step=step)


async def due_of(uow: UnitOfWork, case: Case) -> datetime | None:
    """When a person must have looked at the case, if a timer runs for that: the only time that may be named."""
    row = await open_row(uow, PROMISED, case.id)
    return row.due if row is not None else None
