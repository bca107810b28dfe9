"""How a released pack reaches its officer: through links that fetch one file once."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import structlog
from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult

from bot.errors import Conflict, Missing
from bot.identity.schemas import Member
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.ids import hashed, new_id, new_secret
from bot.kit.now import iso, now
from bot.police import store
from bot.police.models import PoliceLink, PoliceRelease, PoliceRequest
from bot.policy import policy

log = structlog.get_logger(__name__)
Format = Literal["pdf", "json"]


async def mint(
    uow: UnitOfWork, request: PoliceRequest, format: Format, *, by: Member | None
) -> tuple[str, PoliceLink]:
    """A link that fetches one file of the released pack once, until it expires; by: None for the officer themselves.

    Returns the secret, shown this once, and the row. Raises Conflict `police_not_released`, `police_pack_over`,
    `police_links_spent`.
    """
    if by is not None:
        by.must("release_police_pack")
    made = await store.release_of(uow.session, request.id)
    if made is None or made.released_at is None:
        raise Conflict("police_not_released")
    limits = policy().limits
    if now() >= made.released_at + timedelta(hours=limits.police_release_hours):
        raise Conflict("police_pack_over")
    own = [one for one in await store.links_of(uow.session, made.id) if one.made_by == "officer"]
    if by is None and len(own) >= limits.police_links:
        raise Conflict("police_links_spent")
    secret = new_secret()
    link = PoliceLink(
        id=new_id(), release_id=made.id, format=format, secret_hash=hashed(secret), made_by=by.who if by else "officer",
        made_at=now(), expires_at=now() + timedelta(seconds=limits.police_link_s),
    )  # fmt: skip
    uow.session.add(link)
    await record(
        uow, "police_link_made", who=by.who if by else "reporter", case_id=request.case_id, format=format,
        conversation_id=request.conversation_id, reference=request.reference, expires=iso(link.expires_at),
        **({"name": by.name} if by else {}),
    )  # fmt: skip
    return secret, link


async def find_link(uow: UnitOfWork, secret: str) -> tuple[PoliceLink, PoliceRelease, PoliceRequest]:
    """What an unused link leads to.

    Raises Missing `police_link_unknown`, Conflict `police_link_used` or `police_link_expired`.
    """
    query = select(PoliceLink).where(PoliceLink.secret_hash == hashed(secret))
    link = (await uow.session.execute(query)).scalar_one_or_none()
    if link is None:
        log.warning("unknown police link")
        raise Missing("police_link_unknown")
    if link.used_at is not None:
        raise Conflict("police_link_used")
    if now() >= link.expires_at:
        raise Conflict("police_link_expired")
    made = await uow.session.get_one(PoliceRelease, link.release_id)
    return link, made, await uow.session.get_one(PoliceRequest, made.request_id)


async def use_link(uow: UnitOfWork, secret: str) -> None:
    """The link is used up, by one caller alone, and the download is in the timeline. Raises what `find_link` raises."""
    link, made, request = await find_link(uow, secret)
    claim = (
        update(PoliceLink).where(PoliceLink.id == link.id, PoliceLink.used_at.is_(None)).values(used_at=now())
    )
    result = await uow.session.execute(claim, execution_options={"synchronize_session": False})
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        raise Conflict("police_link_used")
    await record(
        uow, "police_pack_downloaded", who="reporter", case_id=request.case_id, conversation_id=request.conversation_id,
        format=link.format, reference=request.reference, sha256=made.sha256, link_of=link.made_by,
    )  # fmt: skip
    uow.emit("conversation.changed", conversation_id=request.conversation_id)
