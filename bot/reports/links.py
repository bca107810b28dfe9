"""The link in a digest: the digest's id, signed. Nothing secret is stored."""

from __future__ import annotations

import base64
import hashlib
import hmac

from bot.settings import settings

_SIGNATURE_BYTES = 24


def token_for(digest_id: str) -> str:
    """The token of a digest: its id and 192 bits of HMAC-SHA256 under the installation's secret, under a name of its own: a
    page's link acknowledges no digest."""
    key = hashlib.sha256(f"digest-link:{settings().secret}".encode()).digest()
    signature = hmac.new(key, digest_id.encode("utf-8", "replace"), hashlib.sha256).digest()[
        :_SIGNATURE_BYTES
    ]
    return f"{digest_id}.{base64.urlsafe_b64encode(signature).decode()}"


def digest_of(token: str) -> str | None:
    """The digest that a token was signed for; None when it was not signed here."""
    digest_id, _, _ = token.partition(".")
    genuine = hmac.compare_digest(
        token.encode("utf-8", "replace"), token_for(digest_id).encode("utf-8", "replace")
    )
    return digest_id if genuine else None


def link_for(digest_id: str) -> str:
    """The address that acknowledges the digest's S0 breaches."""
    return f"{settings().public_url.rstrip('/')}/digest/ack/{token_for(digest_id)}"
