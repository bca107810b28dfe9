"""Opening hours of people for S2 and S3, also those that pass midnight."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.handoff.hours import opens_at
from bot.policy import Hours, policy


def _at(clock: str, day: int = 10) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "at", "opens"),
    [
        (("00:00", "24:00"), "03:00", None),
        (("08:00", "20:00"), "08:00", None),
        (("08:00", "20:00"), "07:59", _at("08:00")),
        (("08:00", "20:00"), "20:00", _at("08:00", 11)),
        (("22:00", "06:00"), "23:30", None),
        (("22:00", "06:00"), "05:59", None),
        (("22:00", "06:00"), "06:00", _at("22:00")),
        (("22:00", "06:00"), "12:00", _at("22:00")),
    ],
)
def test_opens_at(hours: tuple[str, str], at: str, opens: datetime | None) -> None:
    assert opens_at(_at(at), Hours.model_validate({"from": hours[0], "to": hours[1]}), "UTC") == opens


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("02:00", None),  # 10:00 in Shanghai
        ("12:59", None),  # 20:59
        ("13:00", _at("01:00", 11)),  # 21:00
        ("19:00", _at("01:00", 11)),  # 03:00 of the next day
        ("00:30", _at("01:00")),  # 08:30
    ],
)
def test_the_hours_are_those_of_the_reports_zone(at: str, opens: datetime | None) -> None:
    assert policy().reports.zone == "Asia/Shanghai"
    assert opens_at(_at(at), Hours.model_validate({"from": "09:00", "to": "21:00"})) == opens


def test_an_hour_that_the_clocks_skip_moves_no_opening() -> None:
    before = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # London's clocks go forward at 01:00
    opens = opens_at(before, Hours.model_validate({"from": "09:00", "to": "21:00"}), "Europe/London")
    assert opens == datetime(2026, 3, 29, 8, 0, tzinfo=UTC)
