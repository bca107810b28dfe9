"""Which ride a case is about, said by a person: look for it over thirty days, tie it to the case, or stop the driver of a plate
of which no ride is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from bot.console import service
from bot.console.detail import conversation_for
from bot.console.screen import Db, Staff, carry_out
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import Conflict, Missing, Unavailable, Unprocessable
from bot.identity import service as identity
from bot.identity.endpoints import csrf_guard
from bot.identity.personal import mask_name
from bot.identity.schemas import Member
from bot.incidents import holds, locating
from bot.incidents import service as incidents
from bot.kit.database import UnitOfWork
from bot.kit.now import iso, now
from bot.rides import schemas as wire
from bot.rides.client import PlatformClient, TripFilter
from bot.rides.errors import NotFound, PlatformError
from bot.rides.plates import normalise_plate
from bot.rides.service import get_trip_card, match_plate, search_trips

router = APIRouter(
    prefix="/api/console/conversations/{conversation_id}",
    tags=["attaching"],
    dependencies=[Depends(csrf_guard)],
)
_BACK = timedelta(days=30)
_MUST = "hold_driver"


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Looked(_Wire):
    """What names a ride: all that is given must fit. reporters: the rides under the reporter's own account."""

    plate: str | None = Field(None, max_length=20)
    order: str | None = Field(None, max_length=40)
    phone: str | None = Field(None, max_length=30)
    reporters: bool = False


class FoundTrip(BaseModel):
    """One ride, as much as is needed to tell it from others. at: when it was asked for; passenger: the name, masked."""

    id: str
    order_number: str
    status: wire.TripStatus
    live: bool
    at: str
    finished_at: str | None
    pickup: str
    destination: str
    plate: str | None
    driver: str | None
    passenger: str


class FoundTrips(BaseModel):
    """The newest first; more: there are others that are not listed."""

    trips: list[FoundTrip]
    more: bool


class Attached(_Wire):
    trip_id: str = Field(min_length=1, max_length=100)
    reason: str = Field("", max_length=2000)


class HeldPlate(_Wire):
    """driver_id: which of several drivers of this plate."""

    plate: str = Field(min_length=1, max_length=20)
    reason: str = Field("", max_length=2000)
    driver_id: str | None = Field(None, max_length=100)


@router.post("/trips")
async def look_for(conversation_id: str, body: Looked, request: Request, db: Db, staff: Staff) -> FoundTrips:
    """Rides of the last thirty days, by plate, order number, phone or the reporter's account. Audited. 422 `trip_named` when
    nothing is given."""
    staff.must(_MUST)
    async with db.unit_of_work() as uow:
        conversation = await conversation_for(uow.session, staff, conversation_id)
        await identity.grant(uow, staff, f"conversation:{conversation_id}", "trip_search")
    account = conversation.rider_id if body.reporters else None
    plate = normalise_plate(body.plate or "") or None
    order, phone = (body.order or "").strip() or None, (body.phone or "").strip() or None
    if not any((account, plate, order, phone)):
        raise Unprocessable("trip_named")
    wanted = TripFilter(account=account, plate=plate, order=order, phone=phone, since=now() - _BACK)
    with _asking():
        page = await search_trips(_platform(request), wanted)
    return FoundTrips(trips=[_found(one) for one in page.trips], more=page.more)


@router.post("/trip")
async def attach(
    conversation_id: str, body: Attached, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """This is the ride that the gravest case is about, by name and with a reason, whatever was found before. 404 for a ride
    that the platform does not know."""
    staff.must(_MUST)
    reason = _reason(body.reason)
    with _asking():
        card = await get_trip_card(_platform(request), body.trip_id, now())

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        case = await service.worst_case(uow, one)
        await locating.attach_by_person(uow, case, one, card, staff, reason)

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/hold-plate")
async def hold_plate(
    conversation_id: str, body: HeldPlate, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Take the driver of a plate off dispatch where no ride is known: by a person only. 404 `plate_unknown`; 409
    `drivers_of_plate` names several."""
    staff.must(_MUST)
    reason = _reason(body.reason)
    with _asking():
        match = await match_plate(_platform(request), body.plate)
    drivers = [one for one in match.drivers if body.driver_id in (None, one.id)]
    if not drivers:
        raise Missing("plate_unknown")
    if len(drivers) > 1:
        choice = [{"id": one.id, "name": one.name} for one in drivers]
        names = ", ".join(one.name for one in drivers)
        raise Conflict("drivers_of_plate", details={"drivers": choice}, names=names)

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await _hold(uow, one, staff, drivers[0], match.plate, reason)

    return await carry_out(request, db, staff, conversation_id, act)


async def _hold(
    uow: UnitOfWork, conversation: Conversation, staff: Member, driver: wire.Driver, plate: str, reason: str
) -> None:
    case = await service.worst_case(uow, conversation)
    if case.driver_id not in (None, driver.id):
        # The case knows its ride: another driver is held only once that ride is the case's.
        raise Conflict("trip_known")
    case.driver_id, case.plate = driver.id, case.plate or plate
    await incidents.acted(uow, case, staff, "plate_named", plate=plate, reason=reason)
    await holds.request(uow, case, by=staff.who, reason=reason, driver_name=driver.name)
    conversations.changed(uow, conversation)


def _reason(text: str) -> str:
    if not text.strip():
        raise Unprocessable("reason_needed")
    return text.strip()


@contextmanager
def _asking() -> Iterator[None]:
    """The platform's errors in the desk's words."""
    try:
        yield
    except NotFound as unknown:
        raise Missing("no_such_trip") from unknown
    except PlatformError as problem:
        raise Unavailable("platform_away") from problem


def _platform(request: Request) -> PlatformClient:
    platform: PlatformClient = request.app.state.platform
    return platform


def _found(trip: wire.Trip) -> FoundTrip:
    return FoundTrip(
        id=trip.id, order_number=trip.order_no, status=trip.status, live=trip.status.live,
        at=iso(trip.requested_at) or "", finished_at=iso(trip.finished_at), pickup=trip.pickup.name,
        destination=trip.destination.name, plate=trip.vehicle.plate if trip.vehicle else None,
        driver=trip.driver.name if trip.driver else None, passenger=mask_name(trip.passenger.name),
    )  # fmt: skip
