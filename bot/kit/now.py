"""The time. Everything that asks what time it is asks here, so that tests can move it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_source: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731


def now() -> datetime:
    """The present moment, always in UTC and aware."""
    return _source()


def use_clock(source: Callable[[], datetime] | None) -> None:
    """Replace the source of time (tests); None restores the system's."""
    global _source
    _source = source or (lambda: datetime.now(UTC))


class MovableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at or datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> datetime:
        """Go forward by `seconds`; returns the new time."""
        self.at += timedelta(seconds=seconds)
        return self.at


def iso(at: datetime | None) -> str | None:
    """Wire form of a time: ISO 8601 in UTC with `Z`, milliseconds; None stays None."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
