"""The arithmetic of duty."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.paging import rota
from bot.paging.rota import Span

MONDAY = datetime(2026, 3, 23, tzinfo=UTC)
_moments = st.integers(0, 14 * 24 * 4).map(lambda quarter: MONDAY + timedelta(minutes=15 * quarter))
_spans = st.lists(st.tuples(_moments, _moments).map(lambda two: (min(two), max(two))), max_size=8)


@dataclass
class Turn:
    staff_id: str = "ann"
    days: list[int] = field(default_factory=lambda: list(range(7)))
    start_minute: int = 0
    minutes: int = 1440
    zone: str = "UTC"


@dataclass
class Change:
    starts: datetime
    ends: datetime
    staff_id: str | None = None
    replaces_id: str | None = None


def covered(spans: list[Span], at: datetime) -> bool:
    return any(begins <= at < ends for begins, ends in spans)


class TestSpans:
    @given(_spans, _spans, _moments)
    def test_taking_time_off_leaves_exactly_the_rest(
        self, have: list[Span], off: list[Span], at: datetime
    ) -> None:
        left = have
        for one in off:
            left = rota.without(left, one)
        assert covered(left, at) == (covered(have, at) and not covered(off, at))

    @given(_spans, _moments)
    def test_a_moment_is_in_a_hole_exactly_when_nobody_covers_it(
        self, have: list[Span], at: datetime
    ) -> None:
        start, end = MONDAY, MONDAY + timedelta(days=14, hours=1)
        assert covered(rota.holes(have, start, end), at) == (not covered(have, at))

    @given(_spans)
    def test_merged_spans_are_in_order_and_apart(self, have: list[Span]) -> None:
        found = rota.merged(have)
        assert all(one[1] < two[0] for one, two in pairwise(found))


class TestTurns:
    def test_a_turn_that_passes_midnight_covers_the_early_hours(self) -> None:
        start, minutes = rota.minutes_between("22:00", "06:00")
        night = Turn(days=[0], start_minute=start, minutes=minutes)
        people = rota.duty([night], [], MONDAY, MONDAY + timedelta(days=2))
        assert rota.on_duty(people, MONDAY + timedelta(hours=29)) == {"ann": MONDAY + timedelta(hours=30)}
        assert rota.on_duty(people, MONDAY + timedelta(hours=30)) == {}

    @pytest.mark.parametrize(
        "zone", ["Europe/London", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"]
    )
    def test_round_the_clock_has_no_hole_when_the_clocks_change(self, zone: str) -> None:
        year = MONDAY.replace(month=1, day=1), MONDAY.replace(month=12, day=31)
        halves = [
            Turn("ann", start_minute=0, minutes=720, zone=zone),
            Turn("bob", start_minute=720, minutes=720, zone=zone),
        ]
        people = rota.duty(halves, [], *year)
        assert rota.holes([span for spans in people.values() for span in spans], *year) == []

    def test_the_night_the_clocks_go_back_is_an_hour_longer(self) -> None:
        night = Turn(days=[5], start_minute=22 * 60, minutes=8 * 60, zone="Europe/London")
        (span,) = rota.spans_of(night, datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC))
        assert span[1] - span[0] == timedelta(hours=9)

    def test_a_week_counts_its_days_by_the_local_calendar(self) -> None:
        tuesday = Turn(days=[1], zone="Asia/Shanghai")
        people = rota.duty([tuesday], [], MONDAY, MONDAY + timedelta(days=7))
        assert people["ann"] == [(MONDAY + timedelta(hours=16), MONDAY + timedelta(hours=40))]


class TestChanges:
    def test_a_swap_takes_one_off_and_puts_one_on(self) -> None:
        noon, one = MONDAY + timedelta(hours=12), MONDAY + timedelta(hours=13)
        people = rota.duty([Turn()], [Change(noon, one, "bob", "ann")], MONDAY, MONDAY + timedelta(days=1))
        assert set(rota.on_duty(people, noon)) == {"bob"}
        assert set(rota.on_duty(people, one)) == {"ann"}

    def test_a_later_change_stands_over_an_earlier_one(self) -> None:
        noon, one = MONDAY + timedelta(hours=12), MONDAY + timedelta(hours=13)
        changes = [Change(noon, one, None, "ann"), Change(noon, one, "ann", None)]
        people = rota.duty([Turn()], changes, MONDAY, MONDAY + timedelta(days=1))
        assert set(rota.on_duty(people, noon)) == {"ann"}
