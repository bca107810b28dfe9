"""The one-time link in a page: the page's id, signed. Nothing secret is stored; the row keeps the token's
hash."""

from __future__ import annotations

import base64
import hashlib
import hmac

from bot.settings import settings

LINK_HOURS = 12
_SIGNATURE_BYTES = 24


def token_for(page_id: str) -> str:
    """The token of a page: its id and 192 bits of HMAC-SHA256 under the installation's secret."""
    key = hashlib.sha256(f"page-link:{settings().secret}".encode()).digest()
    signature = hmac.new(key, page_id.encode(), hashlib.sha256).digest()[:_SIGNATURE_BYTES]
    return f"{page_id}.{base64.urlsafe_b64encode(signature).decode()}"


def page_of(token: str) -> str | None:
    """The page a token was signed for; None when it was not signed here."""
    page_id, _, _ = token.partition(".")
    genuine = hmac.compare_digest(
        token.encode("utf-8", "replace"), token_for(page_id).encode("utf-8", "replace")
    )
    return page_id if genuine else None


def link_for(page_id: str) -> str:
    """The address that acknowledges the page."""
    return f"{settings().public_url.rstrip('/')}/page/ack/{token_for(page_id)}"
