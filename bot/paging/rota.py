"""Arithmetic of duty: weekly turns and dated overrides become spans of time, spans become people and holes.
No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Span = tuple[datetime, datetime]
DAY_MINUTES = 24 * 60


class WeeklyTurn(Protocol):
    """What the arithmetic needs of a shift (see models.Shift)."""

    staff_id: str
    days: list[int]
    start_minute: int
    minutes: int
    zone: str


class DatedChange(Protocol):
    """What the arithmetic needs of an override (see models.Override)."""

    starts: datetime
    ends: datetime
    staff_id: str | None
    replaces_id: str | None


def zone_of(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name, or None when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def minutes_between(start: str, end: str) -> tuple[int, int]:
    """HH:MM twice → (minute of the day at the start, length in minutes); an end not after the start is the
    next day's."""
    begin, stop = (int(clock[:2]) * 60 + int(clock[3:]) for clock in (start, end))
    return begin, stop - begin if stop > begin else stop - begin + DAY_MINUTES


def clock_of(minute: int) -> str:
    """Minutes after midnight → HH:MM; the end of a day reads 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def spans_of(turn: WeeklyTurn, start: datetime, end: datetime) -> list[Span]:
    """The turn's spans in UTC that touch [start, end). Both ends are read off the wall clock, so that a night
    on which the clocks change is an hour longer or shorter and leaves no hole."""
    zone = ZoneInfo(turn.zone)
    day = start.astimezone(zone).date() - timedelta(days=1)
    last = end.astimezone(zone).date()
    found = []
    while day <= last:
        if day.weekday() in turn.days:
            begins = _wall(day, turn.start_minute, zone)
            ends = _wall(day, turn.start_minute + turn.minutes, zone)
            if begins < end and ends > start:
                found.append((begins, ends))
        day += timedelta(days=1)
    return found


def _wall(day: date, minute: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(minute, DAY_MINUTES)
    clock = time(rest // 60, rest % 60)
    return datetime.combine(day + timedelta(days=days), clock, tzinfo=zone).astimezone(UTC)


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time as few spans in order."""
    out: list[Span] = []
    for begins, ends in sorted(span for span in spans if span[0] < span[1]):
        if out and begins <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], ends))
        else:
            out.append((begins, ends))
    return out


def without(spans: Iterable[Span], off: Span) -> list[Span]:
    """`spans` less the span `off`."""
    left: list[Span] = []
    for begins, ends in spans:
        left += [(begins, min(ends, off[0])), (max(begins, off[1]), ends)]
    return merged(left)


def duty(
    turns: Iterable[WeeklyTurn], changes: Iterable[DatedChange], start: datetime, end: datetime
) -> dict[str, list[Span]]:
    """Who of one team is on duty when, for the spans that touch [start, end). changes: in the order they were
    made."""
    people: dict[str, list[Span]] = {}
    for turn in turns:
        people.setdefault(turn.staff_id, []).extend(spans_of(turn, start, end))
    for change in changes:
        if change.replaces_id is not None and change.replaces_id in people:
            people[change.replaces_id] = without(people[change.replaces_id], (change.starts, change.ends))
        if change.staff_id is not None and change.starts < end and change.ends > start:
            people.setdefault(change.staff_id, []).append((change.starts, change.ends))
    return {person: merged(spans) for person, spans in people.items()}


def on_duty(people: dict[str, list[Span]], at: datetime) -> dict[str, datetime]:
    """Who is on duty at `at`, with the end of their span."""
    return {person: ends for person, spans in people.items() for begins, ends in spans if begins <= at < ends}


def holes(spans: Sequence[Span], start: datetime, end: datetime) -> list[Span]:
    """The parts of [start, end) that no span covers."""
    left: list[Span] = [(start, end)]
    for span in merged(spans):
        left = without(left, span)
    return left
