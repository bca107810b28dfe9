"""The link in a page: it says "seen by NAME", once, and nothing more. Accepting a case is the desk's
alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.kit.database import UnitOfWork
from bot.kit.ids import hashed
from bot.kit.now import iso, now
from bot.paging import oncall, staff, store
from bot.paging.links import page_of
from bot.paging.models import TEAM, Page, PagedSubject

log = structlog.get_logger(__name__)
State = Literal["open", "done", "used", "stopped", "expired", "forged", "name_needed"]


@dataclass(frozen=True)
class Seen:
    """Somebody says that they have seen a page."""

    subject: str
    reference: str
    step: int
    staff_id: str
    name: str
    at: datetime


@dataclass(frozen=True)
class Look:
    """What a link leads to. state: open (may be used), done (used just now), used, stopped (accepted in the
    desk), expired, forged, name_needed (the team's link: say who). names: whom the team's link may be
    answered by, id → name."""

    state: State
    called: PagedSubject | None = None
    page: Page | None = None
    names: dict[str, str] = field(default_factory=dict)


Listener = Callable[[UnitOfWork, Seen], Awaitable[None]]
_listeners: list[Listener] = []
_FORGED_ALARM_EVERY = timedelta(seconds=60)
_last_forged: datetime | None = None


def on_seen(listener: Listener) -> Listener:
    """Register who is told, in the same transaction, that a page was seen (the case's timeline)."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


async def look(session: AsyncSession, token: str, *, lock: bool = False) -> Look:
    """What the link leads to; changes nothing."""
    page_id = page_of(token)
    if page_id is None:
        return Look("forged")
    query = select(Page).where(Page.id == page_id, Page.token_hash == hashed(token))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    page = (await session.execute(query)).scalar_one_or_none()
    if page is None:
        return Look("expired")
    called = await session.get_one(PagedSubject, page.subject)
    if page.acknowledged_at is not None:
        return Look("used" if page.acknowledged_in == "link" else "stopped", called, page)
    members = await staff.enabled(session)
    if now() >= page.expires_at or (page.person != TEAM and page.person not in members):
        return Look("expired", called, page)
    names = {} if page.person != TEAM else await _names(session, page)
    return Look("open", called, page, names)


async def _names(session: AsyncSession, page: Page) -> dict[str, str]:
    """Who may answer the team's link: those who were paged about it, else all in-house staff."""
    members = await staff.enabled(session)
    paged = {one.person for one in await store.pages_of(session, page.subject, page.round)} & set(members)
    wanted = paged or {one.id for one in members.values() if one.in_house}
    return {one: members[one].name for one in sorted(wanted, key=lambda one: members[one].name)}


async def acknowledge(uow: UnitOfWork, token: str, person: str | None) -> Look:
    """Use the link. person: who answers the team's link. A second use, an expired and a forged link change
    nothing."""
    found = await look(uow.session, token, lock=True)
    if found.state != "open" or found.page is None or found.called is None:
        return found
    page, called = found.page, found.called
    if page.person == TEAM and person not in found.names:
        return Look("name_needed", called, page, found.names)
    page.acknowledged_by = person if page.person == TEAM else page.person
    page.acknowledged_name = found.names[person] if page.person == TEAM and person else page.name
    page.state, page.acknowledged_at, page.acknowledged_in = "acknowledged", now(), "link"
    seen = Seen(
        called.subject,
        called.reference,
        page.step,
        page.acknowledged_by or "",
        page.acknowledged_name,
        page.acknowledged_at,
    )
    for listener in _listeners:
        await listener(uow, seen)
    uow.emit(
        "page.seen",
        subject=seen.subject,
        reference=seen.reference,
        step=seen.step,
        staff_id=seen.staff_id,
        name=seen.name,
        at=iso(seen.at),
    )
    return Look("done", called, page)


async def forged(uow: UnitOfWork, client: str) -> None:
    """A link that was not signed here: logged each time, alarmed at most once a minute in a process, so that
    whoever tries many cannot drown the desk."""
    global _last_forged
    log.warning("forged page link", client=client)
    if _last_forged is not None and timedelta(0) <= now() - _last_forged < _FORGED_ALARM_EVERY:
        return
    _last_forged = now()
    supervisors = await oncall.on_call(uow.session, "supervisor", now())
    uow.emit("page.forged", staff_ids=[one.staff_id for one in supervisors], client=client)
