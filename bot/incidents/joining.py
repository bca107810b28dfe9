"""Two open cases that are one matter become one. Nobody loses anything by it: not whoever has accepted, not the call that was
recorded, not the car, the waiting time or the next page."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from bot.incidents import clocks, grading, store
from bot.incidents.life import (
    carry_acceptance,
    close_joined,
    derive_all,
    link,
    locked,
    raise_to,
    report_again,
)
from bot.incidents.models import Case, CaseConversation
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork, exclusively
from bot.kit.due import open_row, schedule
from bot.policy import Grade, is_safety, policy, worse

_WHO = "software:joining"
# What goes on with the earlier due time and the further step of the two.
_CARRIED = (clocks.PAGE, clocks.PROMISED, clocks.SILENT, clocks.EMERGENCY_CALL, clocks.PLAN, clocks.UNDECIDED)


async def join_same_matter(uow: UnitOfWork, case: Case) -> Case:
    """Join the located case with the open ones on the same trip, and link those that only share the driver: two victims of
    one driver are two cases. Returns the case that goes on."""
    if case.kind == "police_request":
        return case
    # Two reports of the same trip that are located at the same moment must see each other.
    for clue in sorted(one for one in (case.trip_id, case.driver_id, case.plate) if one):
        await exclusively(uow, f"incident:{clue}")
    for other in await store.open_incidents_about(
        uow.session, trip_id=case.trip_id, driver_id=case.driver_id, plate=case.plate, but=case.id
    ):
        if (other.reporter_role == "driver") != (case.reporter_role == "driver"):
            about_it = other.trip_id is None or other.trip_id == case.trip_id
            await link(uow, case, other, "counter" if about_it else "same_driver")
        elif _same_matter(case, other) and await _still_open(uow, other):
            case = await join_into(uow, *await _joined_and_lasting(uow, case, other))
    return case


async def _still_open(uow: UnitOfWork, case: Case) -> bool:
    """Whether nobody has ended or joined the case meanwhile; it is locked from here on."""
    current = await locked(uow, case.id)
    return current.id == case.id and current.open


async def link_same_driver(uow: UnitOfWork, case: Case) -> None:
    """Link the open cases about the same driver or plate that are no earlier complaint and are not linked yet."""
    for other in await store.open_incidents_about(
        uow.session, trip_id=None, driver_id=case.driver_id, plate=case.plate, but=case.id
    ):
        await link(uow, case, other, "same_driver")


def _same_matter(case: Case, other: Case) -> bool:
    """The same trip; by the driver or the plate alone only while nobody knows the other's trip and nothing speaks for another
    passenger or another occasion."""
    if case.trip_id is not None and case.trip_id == other.trip_id:
        return True
    another = case.rider_id is not None and other.rider_id is not None and case.rider_id != other.rider_id
    return other.trip_id is None and not another and store.one_matter(case.kind, other.kind)


async def _joined_and_lasting(uow: UnitOfWork, one: Case, other: Case) -> tuple[Case, Case]:
    """The case that is joined and the one that goes on: the one under whose reference the driver is held (only under that can
    a person let them drive again), else the one that safety has accepted, else the older."""
    holds = await store.holds_of(uow.session, [one.id, other.id])
    holding = {case_id for case_id, hold in holds.items() if hold.open_key is not None}
    last = min(
        one, other,
        key=lambda case: (case.id not in holding, case.accepted_at is None or not _grave(case), case.opened_at),
    )  # fmt: skip
    return (other if last is one else one), last


def _grave(case: Case) -> bool:
    return is_safety(cast(Grade, case.grade))


async def join_into(uow: UnitOfWork, newer: Case, older: Case) -> Case:
    """Two open cases turn out to be one matter: the reports move to `older`, which is raised; its reference answers for both.
    Reports are joined, never conversations."""
    older = await locked(uow, older.id)
    modifiers = sorted({*older.modifiers, *newer.modifiers, "repeat"})
    base = worse(cast(Grade, newer.base_grade), cast(Grade, older.base_grade))
    grade = grading.in_context(base, modifiers)[0]
    for one in (newer, older):
        grade = worse(grade, cast(Grade, one.grade))
    if is_safety(grade) and not _grave(newer):
        # Who reported the milder of the two is from now on part of an S0/S1: they get people and the words as any reporter.
        await raise_to(uow, newer, grade, who=_WHO, reason=f"one matter with {older.reference}")
    owed = await _owed(uow, newer)
    await _move_reports(uow, newer, older)
    older.modifiers, older.base_grade = modifiers, base
    await _carry_over(uow, newer, older)
    newer.state, newer.joined_into = "joined", older.id
    await record(
        uow,
        "joined",
        who=_WHO,
        case_id=older.id,
        reference=newer.reference,
        reports=older.reports,
        repeat=True,
    )
    await close_joined(uow, newer)
    await uow.session.flush()
    theirs = newer.accepted_at is not None and older.accepted_by == newer.accepted_by
    known = cast(Grade, newer.grade) if theirs else None
    if not await raise_to(uow, older, grade, who=_WHO, reason=f"report {older.reports}", known=known):
        await report_again(uow, older)
    await _run_on(uow, older, owed)
    # Written last: what the other case has become by this is not older than its end here.
    await record(uow, "joined_into", who=_WHO, case_id=newer.id, reference=older.reference)
    await derive_all(uow, older)
    if older.accepted_at is not None:
        await clocks.owe_other_reporters(uow, older)
    return older


_Owed = dict[str, tuple[datetime, int, dict[str, Any]]]


async def _owed(uow: UnitOfWork, case: Case) -> _Owed:
    rows = {kind: await open_row(uow, kind, case.id) for kind in (*_CARRIED, clocks.CRIED)}
    return {kind: (row.due, row.step, row.payload) for kind, row in rows.items() if row is not None}


async def _run_on(uow: UnitOfWork, case: Case, owed: _Owed) -> None:
    """The clocks of the case that was joined may have come further than those of the case that goes on; who has cried again in
    it and was not answered waits for an answer still."""
    for kind, (due, step, payload) in owed.items():
        row, cried = await open_row(uow, kind, case.id), kind == clocks.CRIED
        # A time that was named to one of its reporters is named whatever their case has become, until somebody has it.
        named = kind == clocks.PROMISED and case.accepted_at is None
        if row is None and not cried and not named:
            continue
        if row is not None:
            due, step = min(due, row.due), max(step, row.step)
        known = payload if row is None else row.payload
        cries = clocks.with_cries(known, clocks.cries_of(payload)) if cried else None
        await schedule(uow, kind, case.id, due, step=step, payload=cries)


async def _move_reports(uow: UnitOfWork, newer: Case, older: Case) -> None:
    """Each conversation keeps the time since when it reports: whoever has waited longest still has."""
    for conversation_id in await store.conversations_of(uow.session, newer.id):
        since = (await uow.session.get_one(CaseConversation, (newer.id, conversation_id))).at
        known = await uow.session.get(CaseConversation, (older.id, conversation_id))
        if known is None:
            uow.session.add(
                CaseConversation(
                    case_id=older.id, conversation_id=conversation_id, relation="repeat", at=since
                )
            )
        else:
            known.at = min(known.at, since)
    older.reports += newer.reports
    older.last_report_at = max(older.last_report_at, newer.last_report_at)


async def _carry_over(uow: UnitOfWork, newer: Case, older: Case) -> None:
    older.conduct = older.conduct or newer.conduct
    older.evidence = {**newer.evidence, **older.evidence}
    if policy().grade_of(newer.kind) < policy().grade_of(older.kind):
        older.kind = newer.kind
    if older.trip_id in (None, newer.trip_id):
        older.trip, older.trip_id = newer.trip or older.trip, newer.trip_id
        older.driver_id, older.plate = newer.driver_id or older.driver_id, newer.plate or older.plate
    older.rider_id, older.phone_hash = older.rider_id or newer.rider_id, older.phone_hash or newer.phone_hash
    older.emergency_call = older.emergency_call or newer.emergency_call
    older.decided_at = min((at for at in (older.decided_at, newer.decided_at) if at), default=None)
    if newer.accepted_at is None:
        return
    helper = (newer.accepted_by, newer.accepted_name)
    # Whoever has accepted an S0/S1 has it on, before somebody who had a complaint.
    if _grave(newer) > _grave(older) or (older.accepted_at is None and _grave(newer) == _grave(older)):
        helper = (older.accepted_by, older.accepted_name)
        await carry_acceptance(uow, newer, older, state=newer.state)
    if helper[0] not in (None, older.accepted_by):
        # They keep their reporter, and help with the case that goes on.
        await record(
            uow,
            "helps",
            who=f"staff:{helper[0]}",
            case_id=older.id,
            name=helper[1],
            holder=older.accepted_name,
        )
