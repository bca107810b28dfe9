"""SQL of waits. Most cases are opened, accepted and decided, and their rows say when: those are read as one row each. The
timeline is walked only where more happened (raised, lowered, lapsed, taken over, reopened)."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.incidents.models import Case, TimelineEntry
from bot.kit.vault import unseal_many
from bot.policy import GRADES, Grade
from bot.reports.instants import seconds_between
from bot.reports.rows import Period
from bot.reports.waits import (
    DECIDES_S0,
    LOOKING,
    STARTS,
    TAKEN,
    Entry,
    PlainWait,
    Wait,
    longest_limit,
    waits_of,
)

_REGRADED = ("raised", "lowered")
_EVENTFUL = (*_REGRADED, "acceptance_lapsed", "taken_over", "reopened")


async def walked(session: AsyncSession, period: Period) -> list[Wait]:
    """Every wait of the cases in which more happened that began in the period, or so shortly before that its clock can run
    out in it. A case that went on in another waits there, not here."""
    return [
        wait
        for case_id, (grade, state, entries) in (await _histories(session, period)).items()
        for wait in waits_of(case_id, entries, grade)
        if wait.began < period.end and (wait.accepted is not None or state != "joined")
    ]


def _concerns(column: Any, period: Period) -> Any:
    """A beginning whose wait may concern the period; the longest clocks are those of routine cases."""
    grave = and_(Case.grade != "S3", column >= period.start - longest_limit("S2"))
    routine = and_(Case.grade == "S3", column >= period.start - longest_limit("S3"))
    return and_(column < period.end, column >= period.start - longest_limit("S3"), or_(grave, routine))


async def plain(session: AsyncSession, period: Period) -> list[PlainWait]:
    """The waits of all other cases, as their rows have them."""
    decided = await _first_decisions(session, period)
    accepted = func.coalesce(Case.accepted_at, Case.resolved_at, type_=Case.opened_at.type)
    query = select(
        Case.id, Case.grade, Case.opened_at, seconds_between(Case.opened_at, accepted), Case.accepted_by
    ).where(
        _concerns(Case.opened_at, period), or_(Case.state != "joined", Case.accepted_at.is_not(None)),
        Case.id.not_in(_eventful(period)),
    )  # fmt: skip
    return [
        PlainWait(case_id, cast("Grade", grade), began, accept_s, by, decided.get(case_id))
        for case_id, grade, began, accept_s, by in (await session.execute(query)).all()
    ]


async def _first_decisions(session: AsyncSession, period: Period) -> dict[str, float]:
    """Seconds from the opening of a case to its first decision; a plain read of its own, for the reason in
    store.routine_hand_overs."""
    by_grade = or_(and_(Case.grade == "S0", TimelineEntry.act.in_(DECIDES_S0)), Case.grade != "S0")
    first = func.min(TimelineEntry.at, type_=Case.opened_at.type)
    query = (
        select(Case.id, seconds_between(Case.opened_at, first))
        .join(TimelineEntry, TimelineEntry.case_id == Case.id)
        .where(
            _concerns(Case.opened_at, period), TimelineEntry.who.like("staff:%"), TimelineEntry.act.not_in(LOOKING), by_grade
        )
        .group_by(Case.id, Case.opened_at)
    )  # fmt: skip
    return {case_id: seconds for case_id, seconds in (await session.execute(query)).all()}


def _eventful(period: Period) -> Select[Any]:
    """Cases in which more happened and that may concern the period."""
    happened = select(TimelineEntry.case_id).where(
        TimelineEntry.act.in_(_EVENTFUL), TimelineEntry.at >= period.start - longest_limit("S3")
    )
    recent = or_(
        _concerns(Case.opened_at, period), Case.id.in_(happened.where(TimelineEntry.at < period.end))
    )
    return select(Case.id).where(Case.id.in_(happened), recent)


async def _histories(session: AsyncSession, period: Period) -> dict[str, tuple[Grade, str, list[Entry]]]:
    """(grade today, state today, timeline as far as waits depend on it) of those cases. Only changes of grade are opened: the
    rest needs no key."""
    regraded = TimelineEntry.act.in_(_REGRADED)
    query = (
        select(
            Case.id, Case.grade, Case.state, TimelineEntry.at, TimelineEntry.act, TimelineEntry.who, TimelineEntry.subject,
            case((regraded, TimelineEntry.sealed), else_=None).label("sealed"),
        )
        .join(TimelineEntry, TimelineEntry.case_id == Case.id)
        .where(
            Case.id.in_(_eventful(period)),
            or_(TimelineEntry.act.in_(STARTS), TimelineEntry.who.like("staff:%")),
            TimelineEntry.act.not_in(set(LOOKING) - set(STARTS) - set(TAKEN)),
        )
    )  # fmt: skip
    rows = (await session.execute(query)).all()
    sealed = [(row.subject, row.sealed) for row in rows if row.sealed is not None]
    opened = iter(await unseal_many(session, sealed) if sealed else [])
    found: dict[str, tuple[Grade, str, list[Entry]]] = {}
    for case_id, grade, state, at, act, who, _, text in rows:
        grades = _grades(next(opened)) if text is not None else (None, None)
        known = found.setdefault(case_id, (cast("Grade", grade), state, []))
        known[2].append(Entry(at, act, who, *grades))
    return found


def _grades(details: dict[str, Any]) -> tuple[Grade | None, Grade | None]:
    """(before, after) of a change of grade; None where it has been erased."""
    before, after = details.get("before"), details.get("after")
    return before if before in GRADES else None, after if after in GRADES else None
