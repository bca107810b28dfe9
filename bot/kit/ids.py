"""Identifiers and secrets: sortable row ids, case references that can be read aloud, secrets that are stored hashed."""

from __future__ import annotations

import hashlib
import os
import secrets
import time

# Without 0/O, 1/I/L, U/V, B/8, S/5: a reference is read over a bad line.
_SPEAKABLE = "ACDEFGHJKMNPQRTWXY234679"


def new_id() -> str:
    """A row id of 32 hex digits whose first 12 are the time in milliseconds, so that ids sort by creation."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"


def new_reference() -> str:
    """A case reference such as `VG-7KD-M42`: 6 speakable characters, 1.9 × 10^8 values; uniqueness is the table's."""
    body = "".join(secrets.choice(_SPEAKABLE) for _ in range(6))
    return f"VG-{body[:3]}-{body[3:]}"


def new_secret() -> str:
    """A secret of 256 random bits, safe in a URL."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """What is stored of a secret: SHA-256 in hex. The secrets have 256 random bits, so no salt or stretching is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
