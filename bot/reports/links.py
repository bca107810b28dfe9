"""The link in a digest, which acknowledges its S0 breaches."""

from __future__ import annotations

from bot.kit import signed

_PURPOSE = "digest-link"


def token_for(digest_id: str) -> str:
    """The token of a digest."""
    return signed.token_for(_PURPOSE, digest_id)


def digest_of(token: str) -> str | None:
    """The digest that a token was signed for; None when it was not signed here."""
    return signed.subject_of(_PURPOSE, token)


def link_for(digest_id: str) -> str:
    """The address that acknowledges the digest's S0 breaches."""
    return signed.address("/digest/ack", token_for(digest_id))
