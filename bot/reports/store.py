"""SQL of the report: what happened to cases in a period, as plain rows. The arithmetic is in waits.py and figures.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.service import PROMISE
from bot.conversations.models import Conversation
from bot.handoff.models import Assignment
from bot.incidents.clocks import HOLD_REVIEW
from bot.incidents.models import Case, CaseConversation, DispatchHold, TimelineEntry
from bot.incidents.store import INCIDENT_GRADES
from bot.incidents.timeline import RAN_OUT
from bot.kit.due import Due
from bot.kit.vault import unseal_many
from bot.paging.models import TEAM, Page
from bot.policy import GRADES
from bot.reports.rows import CaseFacts, HandOver, Held, Period, RanOut, Silent

_TO_PEOPLE, _FROM_PEOPLE = ("handed_over", "released"), ("took_conversation", "handed_back")
# What ran out by the act that says so; of reminders only the first counts, and its key says which clock it was.
_RAN_OUT = {
    "promise_broken": "promise", "watch_unopened": "watch", "watch_undecided": "watch_undecided",
    "police_breached": "police",
}  # fmt: skip
FACTS = (
    Case.id, Case.reference, Case.kind, Case.grade, Case.state, Case.accepted_name, Case.reports, Case.last_report_at,
)  # fmt: skip
# Who is named in such an entry, by what it calls them.
_NAMES = ("name", "owner", "holder")
_MOST = 200
_LONG_BEFORE = timedelta(days=31)


def within(column: Any, period: Period) -> Any:
    """The condition that a time lies in the period."""
    return and_(column >= period.start, column < period.end)


async def _facts(session: AsyncSession, query: Any) -> list[CaseFacts]:
    return [CaseFacts(*row) for row in (await session.execute(query)).all()]


async def routine_hand_overs(session: AsyncSession, period: Period) -> list[HandOver]:
    """Hand-overs to and from people since the period began, in order, of conversations that report no incident."""
    # A list to look up in, not a join: joined, PostgreSQL without fresh statistics compares all with all and takes seconds.
    graver = (
        select(CaseConversation.conversation_id)
        .join(Case, Case.id == CaseConversation.case_id)
        .where(Case.grade.in_(INCIDENT_GRADES), CaseConversation.at >= period.start - _LONG_BEFORE)
    )
    query = (
        select(TimelineEntry.conversation_id, TimelineEntry.at, TimelineEntry.act)
        .where(
            TimelineEntry.act.in_((*_TO_PEOPLE, *_FROM_PEOPLE)), TimelineEntry.at >= period.start,
            TimelineEntry.conversation_id.is_not(None), TimelineEntry.conversation_id.not_in(graver),
        )
        .order_by(TimelineEntry.at, TimelineEntry.id)
    )  # fmt: skip
    return [HandOver(row[0] or "", row[1], row[2]) for row in (await session.execute(query)).all()]


async def ran_out(session: AsyncSession, period: Period, most: int) -> tuple[list[RanOut], int]:
    """Clocks that ran out, those of cases that are or may have been S0 first and then the newest, at most `most` of them
    opened for the names in them; and how many more there are."""
    first = and_(TimelineEntry.act == "reminded", TimelineEntry.key.like(f"{RAN_OUT}%"))
    # The hour that a case was promised by software, and nobody came, is written down as a reminder too.
    twice = and_(TimelineEntry.act == "promise_broken", TimelineEntry.case_id.is_not(None))
    about = (or_(first, and_(TimelineEntry.act.in_(_RAN_OUT), ~twice)), within(TimelineEntry.at, period))
    total = (
        await session.execute(select(func.count()).select_from(TimelineEntry).where(*about))
    ).scalar_one()
    # It may have been an S0 then.
    lowered = select(TimelineEntry.case_id).where(TimelineEntry.act == "lowered")
    query = (
        select(TimelineEntry)
        .outerjoin(Case, Case.id == TimelineEntry.case_id)
        .where(*about)
        .order_by(
            or_(Case.grade == "S0", Case.id.in_(lowered)).is_(True).desc(),
            TimelineEntry.at.desc(),
            TimelineEntry.id.desc(),
        )
    )
    rows = list((await session.execute(query.limit(most))).scalars())
    opened = await unseal_many(session, [(row.subject, row.sealed) for row in rows]) if rows else []
    found = []
    for row, details in zip(rows, opened, strict=True):
        kind = _RAN_OUT.get(row.act) or (row.key or "").removeprefix(RAN_OUT).partition(":")[0]
        name = next((details[key] for key in _NAMES if details.get(key)), None)
        grade = details.get("grade")
        found.append(
            RanOut(
                row.case_id, row.conversation_id, row.at, kind, str(name) if name else None,
                any(key in details for key in _NAMES), grade if grade in GRADES else None,
            )
        )  # fmt: skip
    return found, max(0, total - len(rows))


async def first_conversations(session: AsyncSession, case_ids: Iterable[str]) -> dict[str, str]:
    """The conversation that first reported each case."""
    query = (
        select(CaseConversation.case_id, CaseConversation.conversation_id)
        .where(CaseConversation.case_id.in_(list(case_ids)))
        .order_by(CaseConversation.at.desc())
    )
    return {case_id: conversation_id for case_id, conversation_id in (await session.execute(query)).all()}


async def cases_by_id(session: AsyncSession, ids: Iterable[str]) -> dict[str, CaseFacts]:
    return {one.id: one for one in await _facts(session, select(*FACTS).where(Case.id.in_(list(ids))))}


async def worst_cases(session: AsyncSession, conversation_ids: Iterable[str]) -> dict[str, CaseFacts]:
    """The gravest case of each conversation that reports any, the oldest of equals."""
    query = (
        select(CaseConversation.conversation_id, *FACTS)
        .join(Case, Case.id == CaseConversation.case_id)
        .where(CaseConversation.conversation_id.in_(list(conversation_ids)), Case.state != "joined")
        .order_by(Case.grade.desc(), Case.opened_at.desc())
    )
    return {row[0]: CaseFacts._make(row[1:]) for row in (await session.execute(query)).all()}


async def paged_names(session: AsyncSession, subjects: Iterable[str]) -> dict[str, list[str]]:
    """Who was paged about each subject, in the order of the calls."""
    query = (
        select(Page.subject, Page.name)
        .where(Page.subject.in_(list(subjects)), Page.person != TEAM)
        .order_by(Page.id)
    )
    found: dict[str, list[str]] = {}
    for subject, name in (await session.execute(query)).all():
        names = found.setdefault(subject, [])
        if name not in names:
            names.append(name)
    return found


async def repeats(session: AsyncSession, period: Period) -> list[CaseFacts]:
    """Cases reported more than once, with a report in the period, most reports first."""
    query = (
        select(*FACTS)
        .where(Case.reports > 1, Case.state != "joined", within(Case.last_report_at, period))
        .order_by(Case.reports.desc(), Case.last_report_at.desc())
    )
    return await _facts(session, query.limit(_MOST))


async def held_drivers(session: AsyncSession) -> list[Held]:
    """Every driver off dispatch now, the longest first."""
    owed = and_(Due.kind == HOLD_REVIEW, Due.subject == DispatchHold.id, Due.done.is_(False))
    query = (
        select(
            DispatchHold.case_id, DispatchHold.driver_id, DispatchHold.driver_name, DispatchHold.state,
            DispatchHold.asked_at, DispatchHold.held_at, Case.reference, Case.kind, Due.due, Due.step,
        )
        .join(Case, Case.id == DispatchHold.case_id)
        .outerjoin(Due, owed)
        .where(DispatchHold.open_key.is_not(None))
        .order_by(DispatchHold.asked_at)
    )  # fmt: skip
    return [Held._make(row) for row in (await session.execute(query)).all()]


async def promises(session: AsyncSession, period: Period) -> dict[str, int]:
    """How many promises staff made, kept and broke in the period, by act; `open`: timers of theirs that run now. The hour that
    a case is promised by software is no promise of theirs: it is among the clocks that ran out."""
    acts = ("promise_made", "promise_kept", "promise_broken")
    query = (
        select(TimelineEntry.act, func.count())
        .where(TimelineEntry.act.in_(acts), TimelineEntry.case_id.is_(None), within(TimelineEntry.at, period))
        .group_by(TimelineEntry.act)
    )
    counted = {act: count for act, count in (await session.execute(query)).all()}
    running = select(func.count()).select_from(Due).where(Due.kind == PROMISE, Due.done.is_(False))
    return {**counted, "open": (await session.execute(running)).scalar_one()}


async def gave_up(session: AsyncSession, period: Period, silent_since: Any) -> list[Silent]:
    """Conversations given to people in the period that nobody took or answered since they were given last, and whose reporter
    has been silent since `silent_since`, the longest ago first."""
    asked = (
        select(TimelineEntry.conversation_id, func.max(TimelineEntry.at).label("asked_at"))
        .where(TimelineEntry.act == "handed_over", within(TimelineEntry.at, period))
        .group_by(TimelineEntry.conversation_id)
        .subquery()
    )
    taken = exists().where(
        Assignment.conversation_id == asked.c.conversation_id, Assignment.since >= asked.c.asked_at
    )
    query = (
        select(Conversation.id, Conversation.grade, asked.c.asked_at, Conversation.last_reporter_at)
        .join(asked, asked.c.conversation_id == Conversation.id)
        .where(
            Conversation.last_reporter_at <= silent_since,
            or_(Conversation.last_staff_at.is_(None), Conversation.last_staff_at < asked.c.asked_at), ~taken,
        )
        .order_by(asked.c.asked_at)
        .limit(_MOST)
    )  # fmt: skip
    return [Silent(*row) for row in (await session.execute(query)).all()]
