"""Links that open one thing and nothing else: its id, signed. Nothing secret is stored."""

from __future__ import annotations

import base64
import hashlib
import hmac

from bot.settings import settings

_SIGNATURE_BYTES = 24


def token_for(purpose: str, subject: str) -> str:
    """The token of a subject: its id and 192 bits of HMAC-SHA256 under the installation's secret. purpose: a name of its own
    for each kind of link, so that one kind never opens what another does."""
    key = hashlib.sha256(f"{purpose}:{settings().secret}".encode()).digest()
    signature = hmac.new(key, subject.encode("utf-8", "replace"), hashlib.sha256).digest()[:_SIGNATURE_BYTES]
    return f"{subject}.{base64.urlsafe_b64encode(signature).decode()}"


def subject_of(purpose: str, token: str) -> str | None:
    """The subject that a token was signed for; None when it was not signed here for this purpose."""
    subject, _, _ = token.partition(".")
    given, genuine = (one.encode("utf-8", "replace") for one in (token, token_for(purpose, subject)))
    return subject if hmac.compare_digest(given, genuine) else None


def address(path: str, token: str) -> str:
    """Where the token is used, as anybody outside reaches it."""
    return f"{settings().public_url.rstrip('/')}{path}/{token}"
