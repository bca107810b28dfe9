"""SQL of waits. Most cases are opened, accepted and decided, and their rows say when: those are read as one row each. The
timeline is walked only where more happened (raised, lowered, lapsed, taken over, reopened)."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.incidents.models import Case, TimelineEntry
from bot.kit.vault import unseal_many
from bot.policy import GRADES, Grade
from bot.reports.rows import Period
from bot.reports.waits import DECIDES_S0, LOOKING, STARTS, TAKEN, Entry, Wait, longest_limit, waits_of

_REGRADED = ("raised", "lowered")
_EVENTFUL = (*_REGRADED, "acceptance_lapsed", "taken_over", "reopened")


async def waits(session: AsyncSession, period: Period) -> list[Wait]:
    """Every wait that began in the period, or so shortly before that its clock can run out in it, oldest first. A case that
    went on in another waits there, not here."""
    walked = await _entries(session, period)
    states = await _states(session, period) if walked else {}
    found = [
        wait
        for case_id, entries in walked.items()
        for wait in waits_of(case_id, entries, states[case_id][0])
        if wait.began < period.end and (wait.accepted is not None or states[case_id][1] != "joined")
    ]
    found += [one for one in await _plain(session, period) if one.case_id not in walked]
    return sorted(found, key=lambda wait: wait.began)


def _concerns(column: Any, period: Period) -> Any:
    """A beginning whose wait may concern the period; the longest clocks are those of routine cases."""
    grave = and_(Case.grade != "S3", column >= period.start - longest_limit("S2"))
    routine = and_(Case.grade == "S3", column >= period.start - longest_limit("S3"))
    return and_(column < period.end, column >= period.start - longest_limit("S3"), or_(grave, routine))


async def _plain(session: AsyncSession, period: Period) -> list[Wait]:
    """The waits of cases that were opened once, as their rows have them."""
    by_grade = or_(and_(Case.grade == "S0", TimelineEntry.act.in_(DECIDES_S0)), Case.grade != "S0")
    decided = (
        select(TimelineEntry.case_id, func.min(TimelineEntry.at).label("at"))
        .join(Case, Case.id == TimelineEntry.case_id)
        .where(
            _concerns(Case.opened_at, period), TimelineEntry.who.like("staff:%"), TimelineEntry.act.not_in(LOOKING), by_grade
        )
        .group_by(TimelineEntry.case_id)
    )  # fmt: skip
    first = {case_id: at for case_id, at in (await session.execute(decided)).all()}
    query = select(
        Case.id, Case.grade, Case.opened_at, Case.accepted_at, Case.accepted_by, Case.resolved_at
    ).where(_concerns(Case.opened_at, period), or_(Case.state != "joined", Case.accepted_at.is_not(None)))
    return [
        Wait(case_id, cast("Grade", grade), opened, True, accepted or resolved, by, first.get(case_id))
        for case_id, grade, opened, accepted, by, resolved in (await session.execute(query)).all()
    ]


def _eventful(period: Period) -> Select[Any]:
    """Cases in which more happened and that may concern the period."""
    happened = select(TimelineEntry.case_id).where(
        TimelineEntry.act.in_(_EVENTFUL), TimelineEntry.at >= period.start - longest_limit("S3")
    )
    recent = or_(
        _concerns(Case.opened_at, period), Case.id.in_(happened.where(TimelineEntry.at < period.end))
    )
    return select(Case.id).where(Case.id.in_(happened), recent)


async def _states(session: AsyncSession, period: Period) -> dict[str, tuple[Grade, str]]:
    """(grade, state) of those cases today."""
    query = select(Case.id, Case.grade, Case.state).where(Case.id.in_(_eventful(period)))
    return {
        case_id: (cast("Grade", grade), state)
        for case_id, grade, state in (await session.execute(query)).all()
    }


async def _entries(session: AsyncSession, period: Period) -> dict[str, list[Entry]]:
    """Their timelines, as far as waits depend on them. Only changes of grade are opened: the rest needs no key."""
    regraded = TimelineEntry.act.in_(_REGRADED)
    query = select(
        TimelineEntry.case_id, TimelineEntry.at, TimelineEntry.act, TimelineEntry.who, TimelineEntry.subject,
        case((regraded, TimelineEntry.sealed), else_=None).label("sealed"),
    ).where(
        TimelineEntry.case_id.in_(_eventful(period)),
        or_(TimelineEntry.act.in_(STARTS), TimelineEntry.who.like("staff:%")),
        TimelineEntry.act.not_in(set(LOOKING) - set(STARTS) - set(TAKEN)),
    )  # fmt: skip
    rows = (await session.execute(query)).all()
    sealed = [(row.subject, row.sealed) for row in rows if row.sealed is not None]
    opened = iter(await unseal_many(session, sealed) if sealed else [])
    found: dict[str, list[Entry]] = {}
    for case_id, at, act, who, _, text in rows:
        grades = _grades(next(opened)) if text is not None else (None, None)
        found.setdefault(case_id, []).append(Entry(at, act, who, *grades))
    return found


def _grades(details: dict[str, Any]) -> tuple[Grade | None, Grade | None]:
    """(before, after) of a change of grade; None where it has been erased."""
    before, after = details.get("before"), details.get("after")
    return before if before in GRADES else None, after if after in GRADES else None
