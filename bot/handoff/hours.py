"""When people for S2 and S3 are there. S0/S1 never close."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.policy import Hours, policy


def opens_at(at: datetime, hours: Hours | None = None, zone: str | None = None) -> datetime | None:
    """When people for S2/S3 are there again, in UTC; None while they are. hours: the policy's unless given, by the clocks of
    `zone` (the reports' unless given); they may pass midnight ("22:00" to "06:00")."""
    hours = hours or policy().routine.open_hours_s2_s3
    local = at.astimezone(ZoneInfo(zone or policy().reports.zone))
    start, end = (int(part.split(":")[0]) * 60 + int(part.split(":")[1]) for part in (hours.from_, hours.to))
    minute = local.hour * 60 + local.minute
    past_midnight = end <= start
    if (minute >= start or minute < end) if past_midnight else start <= minute < end:
        return None
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    opening = midnight + timedelta(minutes=start)
    return (opening if opening > local else opening + timedelta(days=1)).astimezone(UTC)
