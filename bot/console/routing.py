"""Doors of routing: what one may be offered, whether one takes new ones, and what supervisors set for each person."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console import colleagues
from bot.console.screen import Db, Staff
from bot.conversations.models import Conversation
from bot.handoff import offers, seats
from bot.handoff.seats import Place
from bot.identity.endpoints import csrf_guard
from bot.incidents import store as case_store
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.policy import Grade, policy

router = APIRouter(prefix="/api/console/routing", tags=["routing"], dependencies=[Depends(csrf_guard)])


class Taking(BaseModel):
    taking: bool


class Arranged(BaseModel):
    """Null: what the roles say. skills and tier: names of the policy; capacity: conversations at once."""

    model_config = ConfigDict(extra="ignore")
    skills: list[str] | None = Field(None, max_length=20)
    capacity: int | None = None
    tier: str | None = Field(None, max_length=40)


class SeatWire(BaseModel):
    """load: what they hold or are offered now; own: a supervisor has set it; there: online with a page open."""

    staff_id: str
    name: str
    skills: list[str]
    capacity: int
    tier: str
    taking: bool
    own: bool
    there: bool
    load: int


class Choice(BaseModel):
    value: str
    label: str


class Seats(BaseModel):
    seats: list[SeatWire]
    skills: list[Choice]
    tiers: list[Choice]
    most: int


class OfferWire(BaseModel):
    """A waiting conversation that is asked of one person until a time. label: what it is about."""

    conversation_id: str
    reference: str | None
    grade: Grade
    label: str | None
    staff_id: str
    name: str
    until: str


class Live(Seats):
    """Routing as it is now. seats: whoever is there first; offers: the first to run out first."""

    now: str
    offers: list[OfferWire]


def _wire(one: Place, load: int) -> SeatWire:
    skills = [skill for skill in policy().routing.skills if skill in one.skills]
    return SeatWire(
        staff_id=one.member.id, name=one.member.name, skills=skills, capacity=one.capacity, tier=one.tier,
        taking=one.taking, own=one.own, there=one.there, load=load,
    )  # fmt: skip


async def _seat(db: Db, staff_id: str) -> SeatWire:
    async with db.reading() as session:
        loads = await offers.loads(session)
        return _wire(await seats.place(session, staff_id), loads[staff_id])


@router.get("/me")
async def read_mine(db: Db, staff: Staff) -> SeatWire:
    """What this member is offered, and how full their hands are."""
    return await _seat(db, staff.id)


@router.post("/me")
async def take_new(body: Taking, db: Db, staff: Staff) -> SeatWire:
    """Take new ones, or none for now; what they hold stays theirs."""
    async with db.unit_of_work() as uow:
        await seats.take_new(uow, staff.id, body.taking)
    return await _seat(db, staff.id)


@router.get("/colleagues")
async def read_colleagues(db: Db, staff: Staff) -> dict[str, Any]:
    """Everybody else, and who may hold a routine conversation: whom several can be handed to."""
    async with db.reading() as session:
        return {"colleagues": await colleagues.colleagues(session, staff, None)}


@router.get("/seats")
async def read_seats(db: Db, staff: Staff) -> Seats:
    """Everybody's, and what can be chosen."""
    staff.must("manage_staff")
    async with db.reading() as session:
        return await _seats(session, staff.locale)


@router.get("/live")
async def read_live(db: Db, staff: Staff) -> Live:
    """Who is offered which conversation until when, and who is there for it: for the board."""
    staff.must("see_board")
    async with db.reading() as session:
        known = await _seats(session, staff.locale)
        found = await _offers(session, staff.locale)
    known.seats.sort(key=lambda one: (not one.there, one.capacity == 0, one.name))
    return Live(**dict(known), now=iso(now()) or "", offers=found)


async def _seats(session: AsyncSession, locale: str) -> Seats:
    rules = policy().routing
    loads = await offers.loads(session)
    return Seats(
        seats=[_wire(one, loads[one.member.id]) for one in await seats.places(session)], most=rules.most,
        skills=[Choice(value=one, label=say(f"skill.{one}", locale)) for one in rules.skills],
        tiers=[Choice(value=one, label=say(f"tier.{one}", locale)) for one in rules.tiers],
    )  # fmt: skip


async def _offers(session: AsyncSession, locale: str) -> list[OfferWire]:
    open_now = await offers.open_offers(session)
    query = select(Conversation).where(Conversation.id.in_(list(open_now)))
    waiting = [one for one in (await session.execute(query)).scalars() if offers.is_open(one)]
    cases = await case_store.of_conversations(session, [one.id for one in waiting])
    found = []
    for one in waiting:
        offer, case = open_now[one.id], next(iter(cases.get(one.id, [])), None)
        made = OfferWire(
            conversation_id=one.id, reference=case.reference if case else None, grade=one.grade or "S3",  # type: ignore[arg-type]
            label=say(f"intent.{case.kind}", locale) if case else None, staff_id=offer.staff_id, name=offer.name,
            until=iso(offer.until) or "",
        )  # fmt: skip
        found.append(made)
    return sorted(found, key=lambda one: one.until)


@router.put("/seats/{staff_id}")
async def arrange(staff_id: str, body: Arranged, db: Db, staff: Staff) -> SeatWire:
    """Set what somebody may be offered, or go back to what their roles say."""
    async with db.unit_of_work() as uow:
        if body.skills is None or body.capacity is None or body.tier is None:
            await seats.reset(uow, staff, staff_id)
        else:
            await seats.arrange(
                uow, staff, staff_id, skills=body.skills, capacity=body.capacity, tier=body.tier
            )
    return await _seat(db, staff_id)
