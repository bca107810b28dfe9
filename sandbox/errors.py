"""How the sandbox says no."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """`status` and `code` are the contract's; `message` is English, for the log."""

    def __init__(self, status: int, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        return {"error": error | ({"details": self.details} if self.details else {})}


def missing(what: str, identifier: str) -> Refusal:
    return Refusal(404, "not_found", f"There is no {what} {identifier!r}.")
