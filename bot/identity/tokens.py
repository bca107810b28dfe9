"""App tokens: how a company's app tells the desk which rider or driver speaks.

JWT, HS256, signed with VIGIL_APP_TOKEN_SECRET.

Claims: `sub` (the ride platform's id), `kind` (rider or driver), `exp`, optional `name`, `lang` (zh or en).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Literal

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import BaseModel, Field, field_validator

from bot.errors import NotSignedIn
from bot.identity.schemas import Person
from bot.kit.locale import Locale
from bot.kit.now import now
from bot.settings import settings

LONGEST = timedelta(hours=24)
# The app's server and ours may disagree about the time by this much.
_LEEWAY = timedelta(seconds=60)
_ALGORITHMS = ["HS256"]
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


class _Claims(BaseModel):
    """The claims we read; others are ignored."""

    sub: str = Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")
    kind: Literal["rider", "driver"]
    exp: int
    name: str | None = Field(None, max_length=120)
    lang: Locale | None = None

    @field_validator("name")
    @classmethod
    def _clean(cls, name: str | None) -> str | None:
        """A name is shown to staff and stored: no control characters, None rather than nothing."""
        return _CONTROL.sub(" ", name or "").strip() or None


def _key() -> OctKey:
    return OctKey.import_key(settings().app_token_secret)


def sign_app_token(
    sub: str, kind: str, *, name: str | None = None, language: str | None = None, lasts: timedelta = LONGEST
) -> str:
    """An app token for a rider or driver (`kind`) with platform id `sub`, as the company's server signs it.

    Raises ValueError for what `person_from_app_token` would refuse: another kind, another language than zh
    and en, more than 24 hours.
    """
    if lasts > LONGEST:
        raise ValueError("an app token lasts 24 hours at most")
    expires = int((now() + lasts).timestamp())
    given = {"sub": sub, "kind": kind, "exp": expires, "name": name, "lang": language}
    claims = _Claims.model_validate(given).model_dump(exclude_none=True)
    return jwt.encode({"alg": "HS256"}, {**claims, "iat": int(now().timestamp())}, _key())


def person_from_app_token(token: str) -> Person:
    """Who the token names.

    Raises NotSignedIn `app_token_invalid`: forged, unsigned, expired, or valid for over 24 hours.
    """
    at = now()
    try:
        decoded = jwt.decode(token, _key(), algorithms=_ALGORITHMS)
        jwt.JWTClaimsRegistry(
            now=int(at.timestamp()), leeway=int(_LEEWAY.total_seconds()), exp={"essential": True}
        ).validate(decoded.claims)
        claims = _Claims.model_validate(decoded.claims)
    except (JoseError, ValueError, TypeError) as error:
        raise NotSignedIn("app_token_invalid") from error
    if claims.exp > (at + LONGEST + _LEEWAY).timestamp():
        raise NotSignedIn("app_token_invalid")
    return Person(
        role=claims.kind,
        identity="token",
        rider_id=claims.sub if claims.kind == "rider" else None,
        driver_id=claims.sub if claims.kind == "driver" else None,
        name=claims.name,
        language=claims.lang,
    )
