"""The error tree. Every error a person can cause carries a status, a code and the key of a sentence that says what to do.

    VigilError 500
    ├── BadRequest 400        ├── Conflict 409
    ├── NotSignedIn 401       ├── TooLarge 413
    ├── NotAllowed 403        ├── Unprocessable 422
    ├── Missing 404           ├── TooMany 429
                              └── Unavailable 503

`bot.app` turns them into `{"error": {"code", "message", "details?"}}` in the caller's language (data/texts/errors.yml).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class VigilError(Exception):
    """code: stable name, also the key of the sentence `error.<code>`; values: what the sentence names; details: wire extras."""

    status = 500

    def __init__(self, code: str, *, details: Mapping[str, Any] | None = None, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values
        self.details = dict(details) if details else None


class BadRequest(VigilError):
    status = 400


class NotSignedIn(VigilError):
    status = 401


class NotAllowed(VigilError):
    status = 403


class Missing(VigilError):
    status = 404


class Conflict(VigilError):
    status = 409


class TooLarge(VigilError):
    status = 413


class Unprocessable(VigilError):
    status = 422


class TooMany(VigilError):
    status = 429


class Unavailable(VigilError):
    status = 503
