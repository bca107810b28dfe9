"""A drill: real pages, through the running desk's own outbox, to everybody on call and by both ways. It tries
what a page needs, the workers included, and says who was reached, how fast, and who tapped "seen"."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from bot.kit.database import Database
from bot.kit.ids import new_id
from bot.kit.locale import say
from bot.kit.outbox import OutboxRow
from bot.paging import calling, channels, oncall, store
from bot.paging.models import TEAM, Page
from bot.policy import policy

_LOOK_EVERY_S = 0.25


@dataclass(frozen=True)
class Sent:
    """One delivery of the drill. failure: None when the channel took it."""

    name: str
    way: int
    failure: str | None
    attempts: int
    seconds: float | None


async def call(db: Database, team: str) -> str:
    """Page the team's people by both ways; returns the drill's subject."""
    subject = f"drill:{new_id()}"
    headline = {locale: say("paging.drill", locale) for locale in ("zh", "en")}
    async with db.unit_of_work() as uow:
        await calling.page(
            uow,
            subject=subject,
            reference="DRILL",
            team=team,
            grade="S2",
            step=0,
            headline=headline,
            widen=False,
            everyone=False,
        )
        first, second = channels.team_ways()
        for page in await store.pages_of(uow.session, subject):
            own = len((await store.channels(uow.session, [page.person])).get(page.person, []))
            reach = len(first) + len(second) if page.person == TEAM else own
            await calling.owe(uow, page, channels.SECOND, calling.slots(channels.SECOND, page.person, reach))
    return subject


async def deliveries(db: Database, subject: str) -> tuple[list[Sent], bool]:
    """What became of a drill's deliveries so far, and whether each has been tried."""
    async with db.reading() as session:
        pages = {page.id: page for page in await store.pages_of(session, subject)}
        query = select(OutboxRow).where(OutboxRow.kind == calling.DELIVER).order_by(OutboxRow.id)
        keys = [OutboxRow.key.startswith(f"{page_id}:", autoescape=True) for page_id in pages]
        rows = [row for key in keys for row in (await session.execute(query.where(key))).scalars()]
    sent = []
    for row in rows:
        page = pages[row.payload["page"]]
        seconds = (row.done_at - row.set_at).total_seconds() if row.done_at and row.state == "done" else None
        failure = None if row.state == "done" else row.error or "nobody carried it out: is the desk running?"
        sent.append(Sent(page.name, row.payload["way"], failure, row.attempt, seconds))
    return sent, all(row.state != "waiting" or row.error for row in rows)


async def unseen(db: Database, subject: str) -> list[Page]:
    """Pages with an outside way that nobody has acknowledged."""
    async with db.reading() as session:
        pages = await store.pages_of(session, subject)
    return [page for page in pages if page.acknowledged_at is None and page.ways]


async def run(
    db: Database, teams: list[str], *, sent_within_s: float, wait_s: float, tell: Callable[[str], None]
) -> bool:
    """Drill these teams; `tell` gets a line at a time. Returns whether every channel took its page, every
    team had somebody and, with `wait_s` > 0, everybody tapped in that time."""
    subjects = {team: await call(db, team) for team in teams}
    well = True
    for team, subject in subjects.items():
        sent = await _settled(db, subject, sent_within_s)
        well = await _tell(db, team, subject, sent, tell) and well
    if wait_s > 0:
        well = await _await_taps(db, list(subjects.values()), wait_s, tell) and well
    for subject in subjects.values():
        async with db.unit_of_work() as uow:
            await calling.stop(uow, subject)
    return well


async def _settled(db: Database, subject: str, within_s: float) -> list[Sent]:
    until = time.monotonic() + within_s
    sent, tried = await deliveries(db, subject)
    while not tried and time.monotonic() < until:
        await asyncio.sleep(_LOOK_EVERY_S)  # the desk is another process: there is no event to wait for
        sent, tried = await deliveries(db, subject)
    return sent


async def _tell(db: Database, team: str, subject: str, sent: list[Sent], tell: Callable[[str], None]) -> bool:
    async with db.reading() as session:
        people = [page for page in await store.pages_of(session, subject) if page.person != TEAM]
        serving = await oncall.on_call(session, team, people[0].made_at) if people else []
    tell(f"{team}: {len(serving)} on call, {len(people)} called")
    for page in people:
        if not page.ways:
            tell(f"  {page.name}: in the desk only, no outside channel of their own")
    for one in sent:
        way = "first way" if one.way == channels.FIRST else "second way"
        name = "the team's channel" if one.name == TEAM else one.name
        tried = f"{one.attempts} attempt{'' if one.attempts == 1 else 's'}"
        result = (
            f"taken after {one.seconds:.1f} s"
            if one.failure is None
            else f"NOT SENT ({tried}): {one.failure}"
        )
        tell(f"  {name}, {way}: {result}")
    if not sent:
        tell("  no outside pager: set VIGIL_PAGER and VIGIL_SECOND_PAGER, or personal channels")
    manned = bool(serving) or not policy().teams[team].never_closed
    return manned and bool(sent) and all(one.failure is None for one in sent)


async def _await_taps(db: Database, subjects: list[str], wait_s: float, tell: Callable[[str], None]) -> bool:
    until = time.monotonic() + wait_s
    tell(f"waiting up to {wait_s:g} s for everybody to tap “seen” …")
    left = [page for subject in subjects for page in await unseen(db, subject)]
    while left and time.monotonic() < until:
        await asyncio.sleep(_LOOK_EVERY_S)
        left = [page for subject in subjects for page in await unseen(db, subject)]
    for page in left:
        tell(f"  NOT SEEN: {'the team’s channel' if page.person == TEAM else page.name}")
    return not left
