"""Calling people: who is called, who is called instead when nobody is there, and when the calling stops.

`page` writes one row per person and step and owes the deliveries in the same transaction; it never narrows or
lowers what was called before. Only the desk accepts a case (`stop`); acknowledging a page marks "seen by" and
nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.identity.schemas import Member
from bot.kit import outbox
from bot.kit.database import UnitOfWork
from bot.kit.ids import hashed, new_id
from bot.kit.now import now
from bot.paging import channels, staff, store
from bot.paging.links import LINK_HOURS, token_for
from bot.paging.models import TEAM, Page, PagedSubject
from bot.policy import GRADES, policy

log = structlog.get_logger(__name__)
DELIVER = "page.deliver"
# The same step asked for again within this time is the same page; later it is a new call. The shortest clock
# between two steps is 20 s (policy: clocks.S0.page_again_s), so no step of a clock is ever taken for a
# repeat.
SAME_PAGE = timedelta(seconds=10)


@dataclass
class Audience:
    """Who is called. people: staff to call; unmanned: the team itself had nobody on call."""

    people: list[Member] = field(default_factory=list)
    unmanned: bool = False

    def add(self, members: Iterable[Member]) -> None:
        known = {one.id: one for one in self.people}
        self.people = list((known | {one.id: one for one in members}).values())


async def page(
    uow: UnitOfWork,
    *,
    subject: str,
    reference: str,
    team: str,
    grade: str,
    step: int,
    headline: dict[str, str],
    widen: bool,
    everyone: bool,
    also: str | None = None,
) -> int:
    """Call who is on call for `team` (widen: the supervisors too; everyone: all who are on call in any
    in-house team).

    Once per person and step: asked again at once it adds nothing. A graver grade, a step that comes again
    later and a subject that was stopped before begin a new round, and within a round the circle never
    shrinks. headline: zh and en, without personal data. also: a member who is called, on call or not.
    Returns how many persons are called; with 0 only the team's channels are left.
    """
    called = await _called(uow, subject, grade, step)
    called.reference, called.team, called.grade, called.headline = reference, team, grade, dict(headline)
    called.widen, called.everyone = called.widen or widen, called.everyone or everyone
    called.last_step, called.last_at, called.stopped_at = step, now(), None
    audience = await _audience(uow.session, called, also)
    fresh = await _write(uow, called, audience)
    if audience.unmanned and fresh:
        log.error("nobody on call", team=team, subject=subject, called_instead=len(audience.people))
        uow.emit("rota.empty", team=team, subject=subject, reference=reference, called=len(audience.people))
    if fresh:
        uow.emit(
            "page",
            staff_ids=[one.id for one in audience.people],
            subject=subject,
            grade=grade,
            reference=reference,
            step=step,
        )
    return len(audience.people)


async def _called(uow: UnitOfWork, subject: str, grade: str, step: int) -> PagedSubject:
    called = await uow.session.get(PagedSubject, subject, with_for_update=True, populate_existing=True)
    if called is None:
        called = PagedSubject(
            subject=subject,
            reference="",
            team="",
            grade=grade,
            headline={},
            round=1,
            last_step=step,
            last_at=now(),
            widen=False,
            everyone=False,
            stopped_at=None,
        )
        uow.session.add(called)
        return called
    if called.stopped_at is not None:
        called.round, called.widen, called.everyone = called.round + 1, False, False
    elif (
        _graver(grade, called.grade)
        or step < called.last_step
        or (step == called.last_step and now() - called.last_at >= SAME_PAGE)
    ):
        called.round += 1
    return called


def _graver(grade: str, than: str) -> bool:
    order = [str(one) for one in GRADES]
    return order.index(grade) < order.index(than)


async def _audience(session: AsyncSession, called: PagedSubject, also: str | None) -> Audience:
    members = await staff.enabled(session)
    teams = [called.team]
    if called.widen or called.everyone:
        teams.append("supervisor")
    if called.everyone:
        teams += [name for name, rules in policy().teams.items() if rules.in_house]
    duty = await store.on_call(session, dict.fromkeys(teams), now(), members)
    audience = Audience()
    audience.add(members[one.staff_id] for one in duty if one.team == called.team)
    if not audience.people:
        audience.unmanned = True
        audience.add(staff.instead_of(called.team, members.values()))
    audience.add(members[one.staff_id] for one in duty)
    audience.add(members[one] for one in (also,) if one in members)
    return audience


async def _write(uow: UnitOfWork, called: PagedSubject, audience: Audience) -> bool:
    """The rows of this step that are not there yet, and what they owe; returns whether there was any."""
    stand = await store.standing(uow.session, called)
    own = await store.channels(uow.session, [one.id for one in audience.people])
    first, second = channels.team_ways()
    wanted = [(one.id, one.name, one.locale, len(own.get(one.id, []))) for one in audience.people]
    if first:
        wanted.append((TEAM, TEAM, "", len(first) + len(second)))
    fresh = [one for one in wanted if one[0] not in stand.paged]
    await store.supersede(uow.session, called, [one[0] for one in fresh])
    for person, name, locale, reach in fresh:
        row = _row(called, person, name, locale, reach)
        uow.session.add(row)
        unanswered = (called.last_step > 0 or person in stand.unanswered) and person not in stand.seen
        both = called.everyone or unanswered
        for way in (channels.FIRST, channels.SECOND) if both else (channels.FIRST,):
            for slot in slots(way, person, reach):
                outbox.add(uow, DELIVER, *_delivery(row, way, slot))
                row.ways += 1
    return bool(fresh)


def _delivery(row: Page, way: int, slot: int) -> tuple[str, dict[str, Any]]:
    """The key and the payload of one delivery of a page."""
    return f"{row.id}:{way}:{slot}", {"page": row.id, "way": way, "slot": slot}


def slots(way: int, person: str, reach: int) -> range:
    """Places of the addresses of a way: a person's first address is the first way, the others are the second.
    reach: how many addresses there are."""
    firsts = len(channels.team_ways()[0]) if person == TEAM else min(1, reach)
    return range(firsts if way == channels.FIRST else reach - firsts)


def _row(called: PagedSubject, person: str, name: str, locale: str, reach: int) -> Page:
    page_id = new_id()
    return Page(
        id=page_id,
        subject=called.subject,
        round=called.round,
        step=called.last_step,
        person=person,
        name=name,
        locale=locale,
        state="waiting" if reach else "desk",
        token_hash=hashed(token_for(page_id)),
        expires_at=now() + timedelta(hours=LINK_HOURS),
        channel=None,
        ways=0,
        attempts=0,
        given_up=0,
        error=None,
        made_at=now(),
        sent_at=None,
        acknowledged_at=None,
        acknowledged_by=None,
        acknowledged_name=None,
        acknowledged_in=None,
    )


async def owe(uow: UnitOfWork, row: Page, way: int, places: Collection[int]) -> int:
    """Owe a page written before to the addresses at `places` of a way, once each; returns how many addresses those are."""
    for slot in places:
        row.ways += await outbox.put(uow, DELIVER, *_delivery(row, way, slot))
    return len(places)


async def stop(uow: UnitOfWork, subject: str) -> None:
    """Somebody accepted in the desk: nothing more goes out for it, its pages are acknowledged. Unknown
    subjects are fine."""
    called = await uow.session.get(PagedSubject, subject, with_for_update=True, populate_existing=True)
    if called is None or called.stopped_at is not None:
        return
    called.stopped_at = now()
    for row in await store.open_pages(uow.session, subject):
        row.state, row.acknowledged_at, row.acknowledged_in = "acknowledged", now(), "desk"
    uow.emit("page.stopped", subject=subject, reference=called.reference)


async def announce(uow: UnitOfWork, *, subject: str, team: str, conversation_id: str) -> None:
    """A notice in the desk alone, without sound outside: to who is on call for `team`, or who would be called
    instead."""
    members = await staff.enabled(uow.session)
    people = [one.staff_id for one in await store.on_call(uow.session, [team], now(), members)]
    people = people or [one.id for one in staff.instead_of(team, members.values())]
    uow.emit("notice", staff_ids=people, subject=subject, team=team, conversation_id=conversation_id)
