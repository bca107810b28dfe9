"""The report's arithmetic: rows in, wire types out, no I/O. docs/report.md says in words what each figure is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from bot.handoff.service import opens_at
from bot.policy import GRADES, Grade, policy
from bot.reports.rows import Begun, HandOver, Period, Topic
from bot.reports.schemas import Contacts, Day, DayTimes, GradeTimes, Standard, Times
from bot.reports.waits import PlainWait, Wait, limit_of, percentile, targets

Of = Literal["accept", "decide"]
_BOTH: tuple[Of, Of] = ("accept", "decide")


def zone() -> ZoneInfo:
    """Whose days are counted (policy)."""
    return ZoneInfo(policy().reports.zone)


def period_of(first: date, last: date) -> Period:
    """Local days `first` to `last`, both inside, as an interval of UTC; a day may have 23 or 25 hours."""
    here, after = zone(), last + timedelta(days=1)
    begin = datetime(first.year, first.month, first.day, tzinfo=here)
    end = datetime(after.year, after.month, after.day, tzinfo=here)
    # In UTC like all that is compared with it: thousands of comparisons across zones took a third of the whole report.
    return Period(begin.astimezone(UTC), end.astimezone(UTC))


def local_day(at: datetime) -> date:
    """The local day of an instant."""
    return at.astimezone(zone()).date()


class Measured(NamedTuple):
    """One time that was waited. open: it lasts still."""

    grade: Grade
    began: datetime
    seconds: float
    open: bool


def measured(waits: Iterable[Wait], of: Of, until: datetime) -> list[Measured]:
    """The times that count in percentiles: those that ended as they should, and those that last, with the seconds so far.
    Waits that another wait of the same case overtook do not count; routine cases are accepted with their conversation."""
    found = []
    for one in waits:
        if of == "accept" and one.accept_owed and not one.accept_overtaken and one.grade != "S3":
            found.append(Measured(one.grade, one.began, one.accept_s(until), one.accepted is None))
        elif of == "decide" and not one.decide_overtaken:
            found.append(Measured(one.grade, one.began, one.decide_s(until), one.decided is None))
    return found


def measured_plain(waits: Iterable[PlainWait], of: Of, until: datetime) -> list[Measured]:
    """The same of cases in which nothing happened twice."""
    counted = (one for one in waits if of == "decide" or one.grade != "S3")
    return [Measured(one.grade, one.began, one.lasted(of, until), one.of(of) is None) for one in counted]


def broke_a_clock(waits: Iterable[PlainWait], until: datetime) -> list[Wait]:
    """Those of them that lasted longer than a staffing clock of their grade."""
    limits = {
        grade: [(of, limit) for of in _BOTH if (limit := limit_of(grade, of)) is not None] for grade in GRADES
    }
    return [
        one.whole() for one in waits if any(one.lasted(of, until) > limit for of, limit in limits[one.grade])
    ]


def routine_waits(rows: Sequence[HandOver], period: Period, until: datetime) -> list[Measured]:
    """S3: from a hand-over to the person who took the conversation, while staffed (policy open hours). A conversation handed
    back before anybody took it has no time."""
    found: list[Measured] = []
    asked: dict[str, datetime] = {}
    for conversation_id, at, act in rows:
        if act in ("handed_over", "released"):
            asked.setdefault(conversation_id, at)
        elif (began := asked.pop(conversation_id, None)) is not None and act == "took_conversation":
            found.append(Measured("S3", began, max(0.0, (at - began).total_seconds()), False))
    found += [Measured("S3", began, (until - began).total_seconds(), True) for began in asked.values()]
    return [one for one in found if period.holds(one.began) and opens_at(one.began) is None]


def times(of: Of, grade: Grade, found: Sequence[Measured]) -> Times:
    """Percentiles of one grade, and its standards met or not."""
    seconds = [one.seconds for one in found]
    return Times(
        count=len(seconds), waiting=sum(one.open for one in found),
        p50_s=percentile(seconds, 50), p90_s=percentile(seconds, 90), p95_s=percentile(seconds, 95),
        p99_s=percentile(seconds, 99), max_s=max(seconds, default=None),
        standards=[_standard(one.percent, one.limit_s, seconds) for one in targets(grade, of)],
    )  # fmt: skip


def _standard(percent: int, limit_s: float, seconds: Sequence[float]) -> Standard:
    value = percentile(seconds, percent)
    within = sum(one <= limit_s for one in seconds) / len(seconds) if seconds else None
    return Standard(
        percent=percent,
        limit_s=limit_s,
        value_s=value,
        within=within,
        met=None if value is None else value <= limit_s,
    )


def by_grade(accept: Sequence[Measured], decide: Sequence[Measured]) -> list[GradeTimes]:
    """Every grade, the gravest first."""
    return [
        GradeTimes(
            grade=grade,
            accept=times("accept", grade, [one for one in accept if one.grade == grade]),
            decide=times("decide", grade, [one for one in decide if one.grade == grade]),
        )
        for grade in GRADES
    ]


@dataclass(frozen=True)
class Late:
    """A wait that broke its clock. at: when the clock ran out."""

    wait: Wait
    kind: Of
    at: datetime
    seconds: float
    limit_s: float
    open: bool


def late(waits: Iterable[Wait], period: Period, until: datetime) -> list[Late]:
    """Waits longer than the loosest staffing clock of their grade, to accept or to decide, whose clock ran out in the period:
    each breach falls in exactly one period, whenever the report is made."""
    limits = {(grade, of): limit_of(grade, of) for grade in GRADES for of in _BOTH}
    found = []
    for one in waits:
        for of in _BOTH:
            limit = limits[one.grade, of]
            if limit is None or (of == "accept" and not one.accept_owed):
                continue
            took = one.accept_s(until) if of == "accept" else one.decide_s(until)
            broke = one.began + timedelta(seconds=limit)
            if took > limit and period.holds(broke):
                still = one.waiting if of == "accept" else one.decided is None and one.ended is None
                found.append(Late(one, of, broke, took, limit, still))
    return sorted(found, key=lambda one: one.at)


def contacts(wrote: Iterable[Begun], named: Iterable[Topic]) -> Contacts:
    """How conversations were settled, from the counts by day."""
    whole, matters = list(wrote), list(named)
    alone = sum(one.alone for one in whole)
    ended = alone + sum(one.people for one in whole)
    known, repeated = sum(one.known for one in matters), sum(one.repeated for one in matters)
    return Contacts(
        began=sum(one.chats for one in whole), ended=ended, alone=alone, alone_share=alone / ended if ended else None,
        known=known, repeated=repeated, first_contact=1 - repeated / known if known else None,
    )  # fmt: skip


def day_starts(period: Period) -> list[datetime]:
    """The first instant of each local day that the period touches, in order."""
    first, last = local_day(period.start), local_day(period.end - timedelta(microseconds=1))
    whole = ((first + timedelta(days=n)) for n in range((last - first).days + 1))
    return [period_of(day, day).start for day in whole]


def days(
    starts: Sequence[datetime],
    accept: Sequence[Measured],
    breaches: Iterable[datetime],
    wrote: Iterable[Begun],
    named: Iterable[Topic],
) -> list[Day]:
    """One entry a local day, days without anything too."""
    whole = [local_day(start).isoformat() for start in starts]
    found = [Day(date=day, accept={}, breaches=0, conversations=0, topics={}) for day in whole]

    def day_of(at: datetime) -> int:
        # The zone's arithmetic once a day, not once a row.
        return bisect_right(starts, at) - 1

    for at in breaches:
        found[day_of(at)].breaches += 1
    for begun in wrote:
        found[begun.day].conversations = begun.chats
    for one in named:
        found[one.day].topics[one.intent] = one.conversations
    waited: dict[tuple[int, Grade], list[float]] = {}
    for time in accept:
        waited.setdefault((day_of(time.began), time.grade), []).append(time.seconds)
    for (place, grade), seconds in waited.items():
        found[place].accept[grade] = DayTimes(
            count=len(seconds), p50_s=percentile(seconds, 50), p90_s=percentile(seconds, 90),
            p95_s=percentile(seconds, 95), p99_s=percentile(seconds, 99),
        )  # fmt: skip
    return found
