"""Reads of cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations.models import Conversation
from bot.incidents.models import OPEN_STATES, Case, CaseConversation, CaseLink, DispatchHold
from bot.kit.now import now
from bot.policy import GRADES, is_safety, policy

INCIDENT_GRADES = ("S0", "S1", "S2")
SAFETY_GRADES = tuple(grade for grade in GRADES if is_safety(grade))


async def open_of_conversation(session: AsyncSession, conversation_id: str) -> Sequence[Case]:
    """Open cases that this conversation reports, worst first."""
    return [case for case in await of_conversation(session, conversation_id) if case.open]


async def of_conversation(session: AsyncSession, conversation_id: str) -> Sequence[Case]:
    """All cases of a conversation, worst and newest first; one joined into another stands for that other."""
    query = (
        select(Case)
        .join(CaseConversation, CaseConversation.case_id == Case.id)
        .where(CaseConversation.conversation_id == conversation_id, Case.state != "joined")
    )
    return _worst_first((await session.execute(query)).scalars().unique().all())


async def of_conversations(session: AsyncSession, conversation_ids: Sequence[str]) -> dict[str, list[Case]]:
    """Open cases by conversation, worst and newest first, so that lists and screens speak of the same one."""
    query = (
        select(CaseConversation.conversation_id, Case)
        .join(Case, Case.id == CaseConversation.case_id)
        .where(CaseConversation.conversation_id.in_(conversation_ids), Case.state.in_(OPEN_STATES))
    )
    found: dict[str, list[Case]] = {}
    for conversation_id, case in (await session.execute(query)).all():
        found.setdefault(conversation_id, []).append(case)
    return {name: _worst_first(cases) for name, cases in found.items()}


def _worst_first(cases: Iterable[Case]) -> list[Case]:
    """Of two of one moment the newer id decides, or the order would be that in which the database finds them."""
    newest = sorted(cases, key=lambda case: (case.opened_at, case.id), reverse=True)
    return sorted(newest, key=lambda case: (not case.open, GRADES.index(case.grade)))


async def had_safety(session: AsyncSession, conversation_ids: Sequence[str]) -> set[str]:
    """Those of the conversations that report an S0/S1, ended ones too. One that a named person lowered is none any more."""
    query = (
        select(CaseConversation.conversation_id)
        .join(Case, Case.id == CaseConversation.case_id)
        .where(CaseConversation.conversation_id.in_(conversation_ids), Case.grade.in_(SAFETY_GRADES))
    )
    return set((await session.execute(query)).scalars())


async def conversations_of(session: AsyncSession, case_id: str) -> Sequence[str]:
    query = select(CaseConversation.conversation_id).where(CaseConversation.case_id == case_id)
    return (await session.execute(query)).scalars().all()


async def silent_since(session: AsyncSession, case_id: str) -> datetime | None:
    """Since when the reporter who has waited longest has heard nothing from a person: the last word to them, else their
    report."""
    heard = func.coalesce(Conversation.last_staff_at, CaseConversation.at)
    query = (
        select(heard)
        .join(CaseConversation, CaseConversation.conversation_id == Conversation.id)
        .where(CaseConversation.case_id == case_id)
        .order_by(heard)
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def open_incident_about(
    session: AsyncSession,
    *,
    trip_id: str | None,
    driver_id: str | None,
    plate: str | None,
    rider_id: str | None,
    phone_hash: str | None,
    but: str | None = None,
) -> Case | None:
    """The first of `open_incidents_about`."""
    found = await open_incidents_about(
        session, trip_id=trip_id, driver_id=driver_id, plate=plate, rider_id=rider_id, phone_hash=phone_hash,
        but=but,
    )  # fmt: skip
    return next(iter(found), None)


async def open_incidents_about(
    session: AsyncSession,
    *,
    trip_id: str | None,
    driver_id: str | None = None,
    plate: str | None = None,
    rider_id: str | None = None,
    phone_hash: str | None = None,
    but: str | None = None,
) -> Sequence[Case]:
    """The open incidents (S0-S2) on the same trip, driver, plate, rider or phone: the worst first, the oldest of equals."""
    wanted = [
        column == value
        for column, value in (
            (Case.trip_id, trip_id), (Case.driver_id, driver_id), (Case.plate, plate), (Case.rider_id, rider_id),
            (Case.phone_hash, phone_hash),
        )
        if value
    ]  # fmt: skip
    if not wanted:
        return []
    query = select(Case).where(
        Case.state.in_(OPEN_STATES),
        Case.grade.in_(INCIDENT_GRADES),
        Case.kind != "police_request",
        or_(*wanted),
    )
    cases = [case for case in (await session.execute(query)).scalars() if case.id != but]
    return sorted(cases, key=lambda case: (GRADES.index(case.grade), case.opened_at))


async def ended_on_same_matter(
    session: AsyncSession, *, kind: str, conversation_id: str | None, trip_id: str | None, by_driver: bool
) -> Case | None:
    """The newest resolved or closed incident that a new report of `kind` is about: on the same trip, or from the same
    conversation within the days of the policy; of the same kind, or both of them safety matters.

    An earlier ride's complaint is another matter than danger now: it is linked, not reopened.
    """
    mine = select(CaseConversation.case_id).where(CaseConversation.conversation_id == conversation_id)
    since = now() - timedelta(days=policy().clocks.reopen_within_days)
    wanted: list[ColumnElement[bool]] = [(Case.id.in_(mine)) & (Case.resolved_at >= since)]
    if trip_id:
        wanted.append(Case.trip_id == trip_id)
    query = (
        select(Case)
        .where(or_(*wanted), Case.state.in_(("resolved", "closed")), Case.grade.in_(INCIDENT_GRADES))
        .where(Case.kind != "police_request")
        .order_by(Case.resolved_at.desc())
    )
    for case in (await session.execute(query)).scalars():
        elsewhere = trip_id is not None and case.trip_id is not None and case.trip_id != trip_id
        if not elsewhere and (case.reporter_role == "driver") == by_driver and one_matter(kind, case.kind):
            return case
    return None


def one_matter(kind: str, other: str) -> bool:
    """Whether reports of these kinds can be about one matter: of the same kind, or both of them safety matters."""
    known, before = policy().intents.get(kind), policy().intents.get(other)
    both_safety = bool(known and before and known.family == "safety" and before.family == "safety")
    return kind == other or both_safety


async def earlier_complaints(session: AsyncSession, case: Case) -> Sequence[Case]:
    """Earlier safety cases (S0-S2) on the conduct of the same driver or plate, of any age, newest first. What the driver
    reported is no complaint about them, whatever it was taken to be of."""
    same = [
        column == value
        for column, value in ((Case.driver_id, case.driver_id), (Case.plate, case.plate))
        if value
    ]
    if not same:
        return []
    query = (
        select(Case)
        .where(or_(*same), Case.id != case.id, Case.grade.in_(INCIDENT_GRADES), Case.conduct.is_(True))
        .where(Case.reporter_role != "driver", Case.state != "joined", Case.opened_at <= case.opened_at)
        .order_by(Case.opened_at.desc())
    )
    return (await session.execute(query)).scalars().all()


def recent(case: Case) -> bool:
    """Whether an earlier complaint is young enough to raise the grade (policy: 90 days)."""
    return case.opened_at >= now() - timedelta(days=policy().modifiers.earlier_complaint_days)


async def links_of(session: AsyncSession, case_ids: Sequence[str]) -> list[tuple[str, str, Case]]:
    """(case id, relation, the linked case) for every link of these cases."""
    query = (
        select(CaseLink.case_id, CaseLink.relation, Case)
        .join(Case, Case.id == CaseLink.other_id)
        .where(CaseLink.case_id.in_(case_ids))
    )
    return [(case_id, relation, other) for case_id, relation, other in (await session.execute(query)).all()]


async def holds_of(session: AsyncSession, case_ids: Sequence[str]) -> dict[str, DispatchHold]:
    """The hold of each case, or of one that was joined into it: the newest that nobody has lifted, else the newest."""
    part_of = await with_joined(session, case_ids)
    query = select(DispatchHold).where(DispatchHold.case_id.in_(part_of))
    query = query.order_by(DispatchHold.open_key.is_not(None), DispatchHold.asked_at)
    return {part_of[hold.case_id]: hold for hold in (await session.execute(query)).scalars()}


async def open_holds(session: AsyncSession, case_id: str) -> Sequence[DispatchHold]:
    """By what the driver whom `holds_of` shows is held: for the case itself, and for each that was joined into it. The platform
    keeps one for each reference, so that lifting only one of them gives nobody orders again."""
    shown = (await holds_of(session, [case_id])).get(case_id)
    if shown is None or shown.open_key is None:
        return []
    query = select(DispatchHold).where(
        DispatchHold.case_id.in_(await with_joined(session, [case_id])),
        DispatchHold.driver_id == shown.driver_id,
        DispatchHold.open_key.is_not(None),
    )
    return (await session.execute(query.order_by(DispatchHold.asked_at.desc()))).scalars().all()


async def with_joined(session: AsyncSession, case_ids: Sequence[str]) -> dict[str, str]:
    """These cases and all that were joined into them, each with the one of these that it is now part of."""
    part_of = newest = {case_id: case_id for case_id in case_ids}
    while newest:
        query = select(Case.id, Case.joined_into).where(Case.state == "joined", Case.joined_into.in_(newest))
        rows = (await session.execute(query)).all()
        newest = {one: part_of[into] for one, into in rows if into is not None and one not in part_of}
        part_of = {**part_of, **newest}
    return part_of


async def open_safety_about_driver(session: AsyncSession, driver_id: str) -> bool:
    """Whether an S0/S1 about this driver is open, by whomever it was reported."""
    query = select(Case.id).where(
        Case.driver_id == driver_id, Case.state.in_(OPEN_STATES), Case.grade.in_(SAFETY_GRADES)
    )
    return (await session.execute(query.limit(1))).first() is not None


async def open_s0_on_trip(session: AsyncSession, trip_id: str) -> Sequence[str]:
    """The conversations that report an open S0 on this trip."""
    query = (
        select(CaseConversation.conversation_id)
        .join(Case, Case.id == CaseConversation.case_id)
        .where(Case.trip_id == trip_id, Case.state.in_(OPEN_STATES), Case.grade == "S0")
    )
    return (await session.execute(query)).scalars().all()
