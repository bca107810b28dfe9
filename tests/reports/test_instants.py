"""The database's arithmetic with times against Python's, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import literal, select

from bot.kit.database import Database, Moment
from bot.reports import figures
from bot.reports.instants import place_among, seconds_between, whole_seconds_between

BEGIN = datetime(2026, 3, 27, 22, 59, 59, 999_999, tzinfo=UTC)


@pytest.mark.parametrize("apart", [0.0, 0.000_001, 0.999_999, 1.0, 59.5, 86_399.999_999, 604_800.000_001])
async def test_seconds_are_exact_to_the_microsecond_whichever_comes_first(
    database: Database, apart: float
) -> None:
    early, late = literal(BEGIN, Moment), literal(BEGIN + timedelta(seconds=apart), Moment)
    async with database.reading() as session:
        query = select(seconds_between(early, late), seconds_between(late, early))
        forth, back = (await session.execute(query)).one()
    assert forth == pytest.approx(apart, abs=1e-7) and back == pytest.approx(-apart, abs=1e-7)


async def test_whole_seconds_leave_the_fraction_out(database: Database) -> None:
    whole = BEGIN.replace(microsecond=0)
    async with database.reading() as session:
        query = select(whole_seconds_between(literal(whole, Moment), literal(BEGIN, Moment)))
        assert (await session.execute(query)).scalar_one() == 0


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("Asia/Shanghai", date(2026, 3, 27)),
        ("Europe/Berlin", date(2026, 3, 27)),
        ("America/New_York", date(2026, 10, 30)),
    ],
)
async def test_days_are_those_of_the_zone_when_its_clocks_change_too(
    database: Database, monkeypatch: pytest.MonkeyPatch, zone: str, first: date
) -> None:
    monkeypatch.setattr(figures, "zone", lambda: ZoneInfo(zone))
    period = figures.period_of(first, first + timedelta(days=4))
    starts = figures.day_starts(period)
    chance = Random(zone)
    moments = [period.start + (period.end - period.start) * chance.random() for _ in range(60)]
    moments += [start + timedelta(microseconds=offset) for start in starts for offset in (0, 1)]
    moments += [start - timedelta(microseconds=1) for start in starts[1:]]
    async with database.reading() as session:
        query = select(
            *(place_among(literal(at, Moment), starts).label(f"at{n}") for n, at in enumerate(moments))
        )
        found = list((await session.execute(query)).one())
    assert found == [(figures.local_day(at) - first).days for at in moments]
