"""Carrying out pages and heartbeats: one outbox row an address, each tried again on its own."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork
from bot.kit.now import now
from bot.kit.outbox import AfterSuccess, Delivery
from bot.paging import calling, channels, files, heartbeat, store
from bot.paging.channels import FIRST, SECOND, NotDelivered
from bot.paging.heartbeat import BEAT
from bot.paging.messages import heartbeat_message, page_message
from bot.paging.models import TEAM, Page, PagedSubject
from bot.settings import Settings

log = structlog.get_logger(__name__)
ATTEMPTS = 8
# A desk that dies with a page in its hand must not hold it back for long: the send limit and what is written around it.
_LEASE_S = 9.0


def register(database: Database, chosen: Settings) -> None:
    """Make the outbox carry out pages. Raises ValueError with sentences for a pager address or a rota file
    that is wrong."""
    if wrong := files.check_settings(chosen):
        raise ValueError("\n".join(wrong))
    Pager(database).register()


class Pager:
    """Carries out pages and heartbeats through the outbox."""

    def __init__(
        self, database: Database, *, limit_s: float = channels.SEND_LIMIT_S, slow_s: float = channels.SLOW_S
    ) -> None:
        self._db, self._limit_s, self._slow_s = database, limit_s, slow_s

    def register(self) -> None:
        lease_s = max(_LEASE_S, 1.8 * self._limit_s)
        outbox.delivers(
            calling.DELIVER, self.deliver, attempts=ATTEMPTS, on_failure=self.not_delivered, lease_s=lease_s
        )
        outbox.delivers(BEAT, self.beat, attempts=heartbeat.DEAD_AFTER, on_failure=self.beat_failed)

    async def deliver(self, delivery: Delivery) -> AfterSuccess | None:
        """Send a page to one address, unless it has been acknowledged, stopped or overtaken meanwhile; returns what is to
        be written then. Raises NotDelivered."""
        told = delivery.payload
        async with self._db.reading() as session:
            page = await session.get_one(Page, told["page"])
            called = await session.get_one(PagedSubject, page.subject)
            if not await _still_wanted(session, page, called):
                return None
            address = await _address(session, page.person, told["way"], told["slot"])
        await self._send(page, called, address, told["way"])
        return partial(_delivered, told=told, address=address)

    async def _send(self, page: Page, called: PagedSubject, address: str, way: int) -> None:
        """A first way that is slow to answer opens the second without being given up: it may still deliver."""
        sending = asyncio.ensure_future(
            channels.send(address, page_message(page, called), way=way, limit_s=self._limit_s)
        )
        answered, _ = await asyncio.wait({sending}, timeout=self._slow_s)
        if not answered and way == FIRST:
            async with self._db.unit_of_work() as uow:
                await _open_second(uow, await uow.session.get_one(Page, page.id, with_for_update=True))
        await sending

    async def not_delivered(self, uow: UnitOfWork, delivery: Delivery, error: str) -> None:
        """The first failure of a first way opens the second at once; the first goes on being tried. Giving up
        is alarmed."""
        told = delivery.payload
        page = await uow.session.get_one(Page, told["page"], with_for_update=True)
        page.attempts += 1
        page.error = error
        if page.person == TEAM and (address := _team_address(told["way"], told["slot"])) is not None:
            await heartbeat.note(uow, told["way"], told["slot"], address, error)
        if delivery.attempt == 1:
            opened = await _open_second(uow, page) if told["way"] == FIRST else 0
            _alarm(uow, "paging.failing", page, error, other_ways=opened)
        if delivery.attempt >= ATTEMPTS:
            page.given_up += 1
            if page.given_up >= page.ways and page.state == "waiting":
                page.state = "failed"
                _alarm(uow, "paging.failed", page, error, other_ways=0)

    async def beat(self, delivery: Delivery) -> AfterSuccess | None:
        """Test one team channel; returns what is to be written then. An address that is no longer set is nothing to test.
        Raises NotDelivered."""
        way, slot = delivery.payload["way"], delivery.payload["slot"]
        address = _team_address(way, slot)
        if address is None:
            return None
        await channels.send(address, heartbeat_message(), way=way, limit_s=self._limit_s)
        return partial(heartbeat.note, way=way, slot=slot, address=address, failure=None)

    async def beat_failed(self, uow: UnitOfWork, delivery: Delivery, error: str) -> None:
        way, slot = delivery.payload["way"], delivery.payload["slot"]
        if (address := _team_address(way, slot)) is not None:
            await heartbeat.note(uow, way, slot, address, error)


async def _delivered(uow: UnitOfWork, told: dict[str, Any], address: str) -> None:
    page = await uow.session.get_one(Page, told["page"], with_for_update=True)
    page.attempts += 1
    page.channel, page.sent_at = channels.label(address), now()
    if page.state in ("waiting", "failed", "superseded"):
        page.state = "sent"
    if page.person == TEAM:
        await heartbeat.note(uow, told["way"], told["slot"], address, None)


async def _still_wanted(session: AsyncSession, page: Page, called: PagedSubject) -> bool:
    if page.acknowledged_at is not None or called.stopped_at is not None:
        return False
    return not await store.superseded(session, page)


async def _address(session: AsyncSession, person: str, way: int, slot: int) -> str:
    """The address behind a place. Raises NotDelivered when it has been taken out meanwhile."""
    if person == TEAM:
        address = _team_address(way, slot)
    else:
        own = await store.addresses(session, person)
        ways = (own[:1], own[1:])
        address = ways[way][slot] if slot < len(ways[way]) else None
    if address is None:
        raise NotDelivered("this address has been taken out of the settings")
    return address


def _team_address(way: int, slot: int) -> str | None:
    ways = channels.team_ways()
    return ways[way][slot] if slot < len(ways[way]) else None


async def _open_second(uow: UnitOfWork, page: Page) -> int:
    """Owe the page's second way; a person without one is reached through the team's. Returns how many ways
    were opened."""
    if page.person != TEAM:
        reach = len((await store.channels(uow.session, [page.person])).get(page.person, []))
        if reach > 1:
            return await calling.owe(uow, page, SECOND, calling.slots(SECOND, page.person, reach))
        query = select(Page).where(
            Page.subject == page.subject,
            Page.round == page.round,
            Page.step == page.step,
            Page.person == TEAM,
        )
        team = (await uow.session.execute(query.with_for_update())).scalar_one_or_none()
        if team is None:
            return 0
        page = team
    first, second = channels.team_ways()
    return await calling.owe(uow, page, SECOND, calling.slots(SECOND, TEAM, len(first) + len(second)))


def _alarm(uow: UnitOfWork, topic: str, page: Page, error: str, *, other_ways: int) -> None:
    log.error(topic, page=page.id, person=page.person, error=error, other_ways=other_ways)
    uow.emit(topic, subject=page.subject, step=page.step, name=page.name, error=error, other_ways=other_ways)
