"""Calls, pushes and unmasked phones."""

from __future__ import annotations

from bot.rides.answers import Call, Contact, Delivery
from bot.rides.schemas import Wire
from sandbox.api.common import Ref, W, acts_router
from sandbox.bodies import CallBody, CallRequest, Push
from sandbox.errors import Refusal
from sandbox.people import DriverRecord, RiderRecord
from sandbox.world import World

router = acts_router("contact")


class Contacts(Wire):
    contacts: list[Contact]


@router.post("/trips/{trip_id}/calls", status_code=201)
async def place_call(world: W, trip_id: str, body: CallBody) -> Call:
    trip = world.trip(trip_id)
    if "driver" in (body.from_, body.to) and trip.driver is None:
        raise Refusal(409, "no_driver", "No driver is assigned.")
    if body.from_ == body.to:
        raise Refusal(422, "same_party", "Nobody calls themselves.")
    result = trip.call_result if "driver" in (body.from_, body.to) else "connected"
    call = Call.model_validate(
        {
            "id": world.new_id("call"),
            "trip_id": trip.id,
            "from": body.from_,
            "to": body.to,
            "result": result,
            "at": world.now,
        }
    )
    world.note("call", body.to, f"{body.from_} → {body.to}: {result}", trip.id)
    return call


@router.post("/drivers/{driver_id}/pushes", status_code=201)
async def push(world: W, driver_id: str, body: Push) -> Delivery:
    driver = world.driver(driver_id)
    if body.trip_id is not None:
        world.trip(body.trip_id)
    world.note("push", driver.id, body.text, body.trip_id)
    return _delivered(world, driver)


@router.post("/drivers/{driver_id}/call-requests", status_code=201)
async def ask_to_call(world: W, driver_id: str, body: CallRequest) -> Delivery:
    driver, trip = world.driver(driver_id), world.trip(body.trip_id)
    words = f"请给乘客打电话 · Please call the {body.to} ({body.reason_code or '-'})"
    world.note("call_request", driver.id, words, trip.id)
    return _delivered(world, driver)


def _delivered(world: World, driver: DriverRecord) -> Delivery:
    """An app that has been silent since its car stopped gets it later."""
    trip = world.current_trip(driver.id)
    offline = trip is not None and trip.frozen_at is not None
    return Delivery(id=world.new_id("msg"), result="queued" if offline else "delivered", at=world.now)


@router.get("/trips/{trip_id}/contacts")
async def trip_contacts(world: W, trip_id: str, reference: Ref) -> Contacts:
    trip = world.trip(trip_id)
    people = [Contact(role="passenger", name=trip.passenger_name, phone=trip.passenger_phone)]
    booker = world.riders[trip.booker_id]
    people.append(Contact(role="booker", name=booker.name, phone=booker.phone))
    if trip.rider_id:
        rider = world.riders[trip.rider_id]
        people.append(Contact(role="rider", name=rider.name, phone=rider.phone))
    if trip.driver:
        people.append(Contact(role="driver", name=trip.driver.name, phone=trip.driver.phone))
    _log(world, reference, trip.id)
    return Contacts(contacts=people)


@router.get("/riders/{rider_id}/contact")
async def rider_contact(world: W, rider_id: str, reference: Ref) -> Contact:
    rider: RiderRecord = world.rider(rider_id)
    _log(world, reference, rider.id)
    return Contact(role="rider", name=rider.name, phone=rider.phone)


@router.get("/drivers/{driver_id}/contact")
async def driver_contact(world: W, driver_id: str, reference: Ref) -> Contact:
    driver = world.driver(driver_id)
    _log(world, reference, driver.id)
    return Contact(role="driver", name=driver.name, phone=driver.phone)


@router.get("/riders/{rider_id}/emergency-contacts")
async def emergency_contacts(world: W, rider_id: str, reference: Ref) -> Contacts:
    rider = world.rider(rider_id)
    _log(world, reference, rider.id)
    return Contacts(
        contacts=[
            Contact(role="emergency", name=name, phone=phone, relation=relation)
            for name, phone, relation in rider.emergency
        ]
    )


def _log(world: World, reference: str, subject: str) -> None:
    world.note("contact_read", reference, f"unmasked phones of {subject}", subject)
