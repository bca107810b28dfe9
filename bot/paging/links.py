"""The one-time link in a page. Nothing secret is stored; the row keeps the token's hash."""

from __future__ import annotations

from bot.kit import signed

LINK_HOURS = 12
_PURPOSE = "page-link"


def token_for(page_id: str) -> str:
    """The token of a page."""
    return signed.token_for(_PURPOSE, page_id)


def page_of(token: str) -> str | None:
    """The page a token was signed for; None when it was not signed here."""
    return signed.subject_of(_PURPOSE, token)


def link_for(page_id: str) -> str:
    """The address that acknowledges the page."""
    return signed.address("/page/ack", token_for(page_id))
