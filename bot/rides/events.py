"""What the platform tells the desk, at `/api/rides/events`: proof of origin first, then the typed event."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from bot.rides.errors import BadEvent, BadSignature
from bot.rides.schemas import Event

TIMESTAMP_HEADER = "X-Platform-Timestamp"
SIGNATURE_HEADER = "X-Platform-Signature"
TOLERANCE_S = 300


def sign_event(body: bytes, timestamp: int, secret: str) -> str:
    """The signature header's value; `timestamp` in Unix seconds."""
    signed = str(timestamp).encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def verify_event_signature(body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> None:
    """Raises BadSignature unless `body` was signed with `secret` within TOLERANCE_S seconds of `now`
    (aware)."""
    given = {name.lower(): value for name, value in headers.items()}
    stamp = given.get(TIMESTAMP_HEADER.lower(), "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise BadSignature(f"{TIMESTAMP_HEADER} is missing or no Unix time")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE_S:
        raise BadSignature(f"signed more than {TOLERANCE_S} s away from now")
    signature = given.get(SIGNATURE_HEADER.lower(), "").encode("utf-8", "surrogateescape")
    if not secret or not hmac.compare_digest(signature, sign_event(body, int(stamp), secret).encode()):
        raise BadSignature("the signature does not fit the body")


def read_event(body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> Event:
    """The event, after its signature was checked. Raises BadSignature, or BadEvent when the body is no
    event."""
    verify_event_signature(body, headers, secret, now)
    try:
        return Event.model_validate_json(body)
    except ValidationError as problem:
        raise BadEvent(str(problem.errors(include_url=False, include_input=False)[0])) from problem
