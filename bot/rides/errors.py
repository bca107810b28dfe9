"""What can go wrong with the ride platform.

PlatformError
├── PlatformUnavailable     no usable answer: down, slow, nonsense, or it does not know our key
├── PlatformRefused         it answered and said no; `code` is the contract's error code
│   └── NotFound            404: no such trip, driver, rider or report
└── BadEvent                an event that we do not accept
    └── BadSignature        unsigned, wrongly signed, or signed at another time
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class PlatformError(Exception):
    """Base of all errors of this folder."""


class PlatformUnavailable(PlatformError):
    """No usable answer. `reason` is one of: connect, timeout, status, nonsense, key; `detail` is for the
    log."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"ride platform unavailable ({reason}): {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class PlatformRefused(PlatformError):
    """The platform understood and declined. `status` is the HTTP status, `code` the contract's error code."""

    def __init__(
        self, status: int, code: str, message: str = "", details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(f"ride platform refused ({status} {code}): {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = dict(details) if details else {}


class NotFound(PlatformRefused):
    """The platform has no such thing."""


class BadEvent(PlatformError):
    """A body at the events door that is no event of the contract."""


class BadSignature(BadEvent):
    """The event does not prove that it comes from the platform, now."""
