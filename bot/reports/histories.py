"""SQL of waits. Most cases are opened, accepted and decided, and their rows say when: those are read as one row each. The
timeline is walked only where more happened (raised, lowered, lapsed, taken over, reopened, joined into another)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.incidents.models import Case, TimelineEntry
from bot.incidents.timeline import CALLS
from bot.kit.vault import unseal_many
from bot.policy import GRADES, Grade
from bot.reports.instants import seconds_between
from bot.reports.rows import Period
from bot.reports.waits import (
    DECIDED,
    DECIDES,
    DECIDES_S0,
    GOES_ON,
    STARTS,
    TAKEN,
    Entry,
    PlainWait,
    Wait,
    longest_limit,
    waits_of,
)

_REGRADED = ("raised", "lowered")
_EVENTFUL = (*_REGRADED, "acceptance_lapsed", "taken_over", "reopened", GOES_ON)
_WALKED = frozenset({*STARTS, *TAKEN, *DECIDES, *_EVENTFUL})


async def walked(session: AsyncSession, period: Period) -> list[Wait]:
    """Every wait of the cases in which more happened that began in the period, or so shortly before that its clock can run
    out in it. A case that went on in another waited here until then, and waits there since."""
    return [
        wait
        for case_id, (grade, state, entries) in (await _histories(session, period)).items()
        for wait in waits_of(case_id, entries, grade)
        if wait.began < period.end and not (wait.lasts and state == "joined")
    ]


def _concerns(column: Any, period: Period) -> Any:
    """A beginning whose wait may concern the period; the longest clocks are those of routine cases."""
    grave = and_(Case.grade != "S3", column >= period.start - longest_limit("S2"))
    routine = and_(Case.grade == "S3", column >= period.start - longest_limit("S3"))
    return and_(column < period.end, column >= period.start - longest_limit("S3"), or_(grave, routine))


async def plain(session: AsyncSession, period: Period) -> list[PlainWait]:
    """The waits of all other cases, as their rows have them."""
    decided, carried = await _first_decisions(session, period), await _carried(session, period)
    accepted = func.coalesce(Case.accepted_at, Case.resolved_at, type_=Case.opened_at.type)
    # What the case itself knows of its first decision counts below S0: a car, or what was decided before it was joined.
    known = case((Case.grade != "S0", seconds_between(Case.opened_at, Case.decided_at)), else_=None)
    query = select(
        Case.id,
        Case.grade,
        Case.opened_at,
        seconds_between(Case.opened_at, accepted),
        Case.accepted_by,
        known,
    ).where(_concerns(Case.opened_at, period), Case.state != "joined", Case.id.not_in(_eventful(period)))
    return [
        PlainWait(
            case_id, cast("Grade", grade), began, accept_s, by,
            _earliest([decided.get(case_id), known_s, *_calls(carried.get(case_id, []), began)]),
        )
        for case_id, grade, began, accept_s, by, known_s in (await session.execute(query)).all()
    ]  # fmt: skip


def _calls(carried: list[Entry], began: datetime) -> list[float]:
    return [(one.at - began).total_seconds() for one in carried if one.act in CALLS]


def _earliest(seconds: Iterable[float | None]) -> float | None:
    return min((max(0.0, one) for one in seconds if one is not None), default=None)


async def _carried(session: AsyncSession, period: Period) -> dict[str, list[Entry]]:
    """What was decided in cases before they were joined into another decides the one that goes on: when it was, and once
    more when they were joined (by then that one may have become graver, and owed it anew)."""
    joined = (
        select(Case.id, Case.joined_into, Case.decided_at, TimelineEntry.at)
        .join(TimelineEntry, and_(TimelineEntry.case_id == Case.id, TimelineEntry.act == GOES_ON))
        .where(TimelineEntry.at >= period.start - longest_limit("S3"))
    )
    goes_on = {row[0]: row[1:] for row in (await session.execute(joined)).all()}
    if not goes_on:
        return {}
    query = select(TimelineEntry.case_id, TimelineEntry.at, TimelineEntry.act, TimelineEntry.who)
    made = query.where(
        TimelineEntry.act.in_(CALLS), TimelineEntry.case_id.in_(joined.with_only_columns(Case.id))
    )
    found: dict[str, list[Entry]] = {}
    for case_id, at, act, who in (await session.execute(made)).all():
        last, joined_at = _last(goes_on, str(case_id))
        again = [] if act == "emergency_declined" else [Entry(joined_at, act, who)]
        found.setdefault(last, []).extend([Entry(at, act, who), *again])
    for case_id, (_, decided_at, _) in goes_on.items():
        if decided_at is not None:
            last, joined_at = _last(goes_on, case_id)
            found.setdefault(last, []).append(Entry(joined_at, DECIDED, "staff:"))
    return found


def _last(goes_on: dict[str, Any], case_id: str) -> tuple[str, datetime]:
    """The case that a joined one goes on in to this day, and since when."""
    case_id, _, at = goes_on[case_id]
    return _last(goes_on, case_id) if case_id in goes_on else (case_id, at)


async def _first_decisions(session: AsyncSession, period: Period) -> dict[str, float]:
    """Seconds from the opening of a case to its first decision; a plain read of its own, for the reason in
    store.routine_hand_overs."""
    by_grade = or_(TimelineEntry.act.in_(DECIDES_S0), Case.grade != "S0")
    first = func.min(TimelineEntry.at, type_=Case.opened_at.type)
    query = (
        select(Case.id, seconds_between(Case.opened_at, first))
        .join(TimelineEntry, TimelineEntry.case_id == Case.id)
        .where(
            _concerns(Case.opened_at, period), TimelineEntry.who.like("staff:%"), TimelineEntry.act.in_(DECIDES), by_grade
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
            Case.id, Case.grade, Case.state, Case.opened_at, Case.decided_at, TimelineEntry.at, TimelineEntry.act,
            TimelineEntry.who, TimelineEntry.subject, case((regraded, TimelineEntry.sealed), else_=None).label("sealed"),
        )
        .join(TimelineEntry, TimelineEntry.case_id == Case.id)
        .where(
            Case.id.in_(_eventful(period)),
            or_(TimelineEntry.act.in_((*STARTS, GOES_ON)), TimelineEntry.who.like("staff:%")),
            TimelineEntry.act.in_(_WALKED),
        )
    )  # fmt: skip
    rows = (await session.execute(query)).all()
    sealed = [(row.subject, row.sealed) for row in rows if row.sealed is not None]
    opened = iter(await unseal_many(session, sealed) if sealed else [])
    found: dict[str, tuple[Grade, str, list[Entry]]] = {}
    carried = await _carried(session, period)
    for case_id, grade, state, began, decided, at, act, who, _, text in rows:
        grades = _grades(next(opened)) if text is not None else (None, None)
        if case_id not in found:
            before = [*carried.get(case_id, []), *_decision_of(decided)]
            # The case that goes on may have been opened after what it carries was decided.
            entries = [one._replace(at=max(one.at, began)) for one in before]
            found[case_id] = (cast("Grade", grade), state, entries)
        found[case_id][2].append(Entry(at, act, who, *grades))
    return found


def _decision_of(decided: datetime | None) -> list[Entry]:
    """What the case itself knows of its first decision since it was last opened."""
    return [] if decided is None else [Entry(decided, DECIDED, "staff:")]


def _grades(details: dict[str, Any]) -> tuple[Grade | None, Grade | None]:
    """(before, after) of a change of grade; None where it has been erased."""
    before, after = details.get("before"), details.get("after")
    return before if before in GRADES else None, after if after in GRADES else None
