"""Opening hours of people for S2 and S3, also those that pass midnight."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.handoff.hours import opens_at
from bot.policy import Hours


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
    assert opens_at(_at(at), Hours.model_validate({"from": hours[0], "to": hours[1]})) == opens
