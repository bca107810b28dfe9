"""Doors of routing: what one may be offered, whether one takes new ones, and what supervisors set for each person."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from bot.console import colleagues
from bot.console.screen import Db, Staff
from bot.handoff import offers, seats
from bot.handoff.seats import Place
from bot.identity.endpoints import csrf_guard
from bot.kit.locale import say
from bot.policy import policy

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
    rules = policy().routing
    async with db.reading() as session:
        loads = await offers.loads(session)
        found = [_wire(one, loads[one.member.id]) for one in await seats.places(session)]
    return Seats(
        seats=found, most=rules.most,
        skills=[Choice(value=one, label=say(f"skill.{one}", staff.locale)) for one in rules.skills],
        tiers=[Choice(value=one, label=say(f"tier.{one}", staff.locale)) for one in rules.tiers],
    )  # fmt: skip


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
