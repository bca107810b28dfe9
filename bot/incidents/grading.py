"""Grading in context: pure functions over data/policy.yml (TAXONOMY: what raises a grade)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.policy import Grade, policy, raised, worse


def base_grade(intent: str, heard: Grade | None) -> Grade:
    """The grade of the words: what the listener heard, within what the intent's row allows; never below the row's lowest.

    heard: the listener's own grade, None when it gave none.
    """
    row = policy().intents.get(intent)
    if row is None:
        return heard or "S3"
    if heard is None:
        return row.grade
    lowest = row.lower or row.grade
    return worse(heard, lowest)


def in_context(grade: Grade, present: Iterable[str]) -> tuple[Grade, list[str]]:
    """The grade after its modifiers, and those that count. All together raise by one grade at most; S0 stays S0."""
    rules = policy().modifiers
    counting = {"S1": rules.s1_to_s0, "S2": rules.s2_to_s1, "S3": rules.s3_to_s2}.get(grade, [])
    found = [name for name in counting if name in set(present)]
    return (raised(grade) if found else grade), found


def is_night(at: datetime, timezone: str | None) -> bool:
    """Whether it is night (policy: 22:00-06:00) on the vehicle's clock. An unknown zone is not night."""
    try:
        local = at.astimezone(ZoneInfo(timezone or "")).time()
    except (ZoneInfoNotFoundError, ValueError):
        return False
    hours = policy().modifiers.night
    start, end = _time(hours.from_), _time(hours.to)
    return local >= start or local < end if start > end else start <= local < end


def _time(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour) % 24, int(minute))
