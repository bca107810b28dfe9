"""Settings of the sandbox, from the environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class SandboxSettings:
    """`key` is what callers must show; events go to `desk_url`/api/rides/events, signed with `secret`. With `begins`
    (aware) the sandbox's clock starts there and runs on; else it is the machine's."""

    host: str = "127.0.0.1"
    port: int = 8090
    key: str = "sandbox-key"
    secret: str = "sandbox-event-secret"
    desk_url: str = "http://127.0.0.1:8080"
    begins: datetime | None = None

    def clock(self) -> Callable[[], datetime]:
        """The platform's time, as a function that gives it in UTC."""
        if self.begins is None:
            return lambda: datetime.now(UTC)
        ahead = self.begins - datetime.now(UTC)
        return lambda: datetime.now(UTC) + ahead

    @classmethod
    def from_environment(cls) -> SandboxSettings:
        """VIGIL_SANDBOX_PORT, VIGIL_SANDBOX_DESK_URL, VIGIL_SANDBOX_BEGINS (ISO time with its zone), and the desk's own
        VIGIL_RIDE_PLATFORM_KEY and _SECRET. Raises ValueError with a sentence for people when one cannot be read."""
        plain = cls()
        try:
            port = int(os.environ.get("VIGIL_SANDBOX_PORT", plain.port))
        except ValueError:
            raise ValueError("VIGIL_SANDBOX_PORT must be a number between 1 and 65535.") from None
        begins = os.environ.get("VIGIL_SANDBOX_BEGINS")
        try:
            begun = datetime.fromisoformat(begins).astimezone(UTC) if begins else None
        except ValueError:
            raise ValueError("VIGIL_SANDBOX_BEGINS must be a time as 2026-05-01T12:00:00+00:00.") from None
        return cls(
            port=port,
            key=os.environ.get("VIGIL_RIDE_PLATFORM_KEY", plain.key),
            secret=os.environ.get("VIGIL_RIDE_PLATFORM_SECRET", plain.secret),
            desk_url=os.environ.get("VIGIL_SANDBOX_DESK_URL", plain.desk_url).rstrip("/"),
            begins=begun,
        )
