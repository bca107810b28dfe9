"""Who may be offered what: the skills, capacity and tier that a supervisor has set, else the role's; and who is there.

"There" is an open page, refreshed by the process that serves it, so that several workers know of each other's people.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Missing, Unprocessable
from bot.handoff.models import Seat
from bot.identity import audit
from bot.identity import service as identity
from bot.identity.schemas import Member, Subject
from bot.kit.database import UnitOfWork
from bot.kit.now import now
from bot.policy import SeatDefault, policy

# A page is refreshed every 15 s (handoff.tasks): two that fail to come mean that nobody is there.
_HERE = timedelta(seconds=40)


@dataclass(frozen=True)
class Place:
    """A member with what they may be offered. own: whether a supervisor has set it; there: a page is open and they say that
    they are online."""

    member: Member
    skills: frozenset[str]
    capacity: int
    tier: str
    taking: bool
    own: bool
    there: bool
    offered_at: datetime | None


def default_of(member: Member) -> SeatDefault:
    """What their roles and languages are good for: every skill, the smallest capacity, the highest tier; the first line for
    whoever is outsourced."""
    rules = policy().routing
    seats = [rules.defaults[role] for role in member.roles if role in rules.defaults]
    skills = {*member.languages, *(skill for seat in seats for skill in seat.skills)}
    tier = max((seat.tier for seat in seats), key=rules.tiers.index, default=rules.tiers[0])
    return SeatDefault(
        skills=[one for one in rules.skills if one in skills],
        capacity=min((seat.capacity for seat in seats), default=0),
        tier=tier if member.in_house else rules.tiers[0],
    )


def place_of(member: Member, seat: Seat | None, *, online: bool) -> Place:
    """The member's place by what is stored and what their roles say."""
    usual = default_of(member)
    if seat is None:
        return Place(member, frozenset(usual.skills), usual.capacity, usual.tier, True, False, False, None)
    own = (seat.skills, seat.capacity, seat.tier) != (None, None, None)
    tier = seat.tier if seat.tier in policy().routing.tiers and member.in_house else usual.tier
    return Place(
        member, frozenset(usual.skills if seat.skills is None else seat.skills),
        usual.capacity if seat.capacity is None else seat.capacity, tier, seat.taking, own,
        online and seat.here_at is not None and now() - seat.here_at <= _HERE, seat.offered_at,
    )  # fmt: skip


async def places(session: AsyncSession) -> list[Place]:
    """Everybody whose account is not disabled, by name."""
    online = {member.id for member in await identity.online_members(session)}
    seats = {seat.staff_id: seat for seat in (await session.execute(select(Seat))).scalars()}
    members = await identity.enabled_members(session)
    return [place_of(one, seats.get(one.id), online=one.id in online) for one in members]


async def place(session: AsyncSession, staff_id: str) -> Place:
    """One member's place. Raises Missing `no_account`."""
    found = next((one for one in await places(session) if one.member.id == staff_id), None)
    if found is None:
        raise Missing("no_account")
    return found


async def locked(uow: UnitOfWork, staff_id: str) -> Seat:
    """The member's seat, made if there is none yet, locked for this transaction."""
    query = select(Seat).where(Seat.staff_id == staff_id).with_for_update()
    seat = (await uow.session.execute(query)).scalar_one_or_none()
    if seat is None:
        seat = Seat(staff_id=staff_id, taking=True, missed=0)
        uow.session.add(seat)
        await uow.session.flush()
    return seat


async def arrange(
    uow: UnitOfWork, by: Member, staff_id: str, *, skills: Sequence[str], capacity: int, tier: str
) -> None:
    """A supervisor sets what somebody may be offered. Audited.

    Raises NotAllowed, Missing `no_account`, Unprocessable `seat_skills`, `seat_language`, `seat_capacity`, `seat_tier` or
    `seat_outsourced`.
    """
    by.must("manage_staff")
    rules = policy().routing
    before = await place(uow.session, staff_id)
    chosen = [one for one in rules.skills if one in skills]
    if set(skills) - set(chosen):
        raise Unprocessable("seat_skills", known=", ".join(rules.skills))
    if not {"zh", "en"} & set(chosen):
        raise Unprocessable("seat_language")
    if not 0 <= capacity <= rules.most:
        raise Unprocessable("seat_capacity", most=rules.most)
    if tier not in rules.tiers:
        raise Unprocessable("seat_tier", known=", ".join(rules.tiers))
    if not before.member.in_house and tier != rules.tiers[0]:
        raise Unprocessable("seat_outsourced", name=before.member.name)
    seat = await locked(uow, staff_id)
    seat.skills, seat.capacity, seat.tier = chosen, capacity, tier
    await _changed(uow, by, staff_id, skills=chosen, capacity=capacity, tier=tier)


async def reset(uow: UnitOfWork, by: Member, staff_id: str) -> None:
    """Back to what their roles say. Audited. Raises NotAllowed, Missing `no_account`."""
    by.must("manage_staff")
    await place(uow.session, staff_id)
    seat = await locked(uow, staff_id)
    seat.skills, seat.capacity, seat.tier = None, None, None
    await _changed(uow, by, staff_id, default=True)


async def _changed(uow: UnitOfWork, by: Member, staff_id: str, **details: Any) -> None:
    await audit.record(uow, "seat_changed", who=by.who, subject=Subject("staff", staff_id), **details)
    uow.emit("seat.changed", staff_id=staff_id)


async def is_taking(session: AsyncSession, staff_id: str) -> bool:
    """Whether they want new ones: so until they say otherwise, or let several go by."""
    seat = await session.get(Seat, staff_id)
    return seat is None or seat.taking


async def take_new(uow: UnitOfWork, staff_id: str, taking: bool) -> None:
    """They want new ones, or none for now; what they hold stays theirs."""
    seat = await locked(uow, staff_id)
    seat.taking, seat.missed = taking, 0
    uow.emit("seat.changed", staff_id=staff_id)


async def are_here(uow: UnitOfWork, staff_ids: Collection[str]) -> None:
    """Their pages are open here, now."""
    known = set(
        (await uow.session.execute(select(Seat.staff_id).where(Seat.staff_id.in_(staff_ids)))).scalars()
    )
    for staff_id in sorted(set(staff_ids) - known):
        await locked(uow, staff_id)
    query = update(Seat).where(Seat.staff_id.in_(staff_ids))
    await uow.session.execute(query.values(here_at=now()), execution_options={"synchronize_session": "fetch"})


async def came(uow: UnitOfWork, staff_id: str) -> None:
    """A page of theirs has opened."""
    await are_here(uow, [staff_id])
    uow.emit("seat.changed", staff_id=staff_id)


async def went(uow: UnitOfWork, staff_id: str) -> None:
    """Their last page here has closed; a page at another process says so again at its next look."""
    query = update(Seat).where(Seat.staff_id == staff_id)
    await uow.session.execute(query.values(here_at=None), execution_options={"synchronize_session": "fetch"})
    uow.emit("seat.changed", staff_id=staff_id)
