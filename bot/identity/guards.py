"""Who is at a staff door: FastAPI dependencies, and the same for a Socket.IO handshake."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Header, Request
from starlette.requests import cookie_parser

from bot.errors import NotAllowed, NotSignedIn
from bot.identity import service, store
from bot.identity.schemas import Member
from bot.kit.database import Database
from bot.kit.http import caller_locale, database_of

COOKIE = "vigil_staff"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
Db = Annotated[Database, Depends(database_of)]


async def member_from_secret(db: Database, secret: str | None) -> Member | None:
    """The member whose live session the cookie's secret opens; notes that they were seen."""
    if not secret:
        return None
    async with db.reading() as session:
        found = await store.by_secret(session, secret)
    if found is None:
        return None
    _, account = found
    if not service.seen_lately(account):
        await service.seen(db, account.id)
    return store.member_of(account)


async def member_from_cookie_header(db: Database, header: str) -> Member | None:
    """The member that a `Cookie:` header opens, None without a live session."""
    return await member_from_secret(db, cookie_parser(header).get(COOKIE))


async def csrf_guard(request: Request, x_vigil: Annotated[str | None, Header()] = None) -> None:
    """Raises NotAllowed `x_vigil_missing` for a change without `X-Vigil: 1`.

    Another site's page cannot set that header without asking the desk first.
    """
    if request.method not in _SAFE and x_vigil != "1":
        raise NotAllowed("x_vigil_missing")


async def signed_in(request: Request, db: Db) -> Member:
    """Dependency: the signed-in member. Raises NotSignedIn `sign_in_needed`."""
    member = await member_from_secret(db, request.cookies.get(COOKIE))
    if member is None:
        raise NotSignedIn("sign_in_needed")
    return member


async def in_the_pages_language(request: Request, member: Annotated[Member, Depends(signed_in)]) -> Member:
    """Dependency: the signed-in member, spoken to in the language that the page shows."""
    return replace(member, locale=caller_locale(request))


def act(name: str) -> Callable[[Member], Awaitable[Member]]:
    """Dependency: the signed-in member, spoken to in the page's language, if the policy allows them the act `name`, else
    NotAllowed."""

    async def allowed(member: Annotated[Member, Depends(in_the_pages_language)]) -> Member:
        member.must(name)
        return member

    return allowed
