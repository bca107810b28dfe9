"""The driver's side for a demonstration, and the switches that tests use. Open without key: the sandbox is
on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from bot.rides.answers import LostItem, LostItemAnswer
from bot.rides.schemas import Delay, Trip, TripStatus, Wire
from sandbox.api.common import W, as_trip
from sandbox.api.lost_items import driver_answers, next_passenger_answers
from sandbox.api.people import show_driver
from sandbox.bodies import DemoAnswer, DemoCalls, DemoDelay, DemoStatus, Faults
from sandbox.errors import Refusal
from sandbox.lifecycle import begin_ride, finish_ride
from sandbox.people import DriverRecord, RiderRecord
from sandbox.trips import TripRecord
from sandbox.world import World

router = APIRouter(prefix="/demo", tags=["demo"])
PAGES = Path(__file__).resolve().parent.parent / "pages"
NO_CACHE = {"Cache-Control": "no-store"}
S = TripStatus


class Person(Wire):
    """`note` says in a few words what the person can show."""

    id: str
    kind: str
    name: str
    language: str
    city: str
    note: str
    current_trip_id: str | None


class People(Wire):
    people: list[Person]


@router.get("/driver", include_in_schema=False)
async def driver_page() -> Response:
    return FileResponse(PAGES / "driver.html", headers=NO_CACHE)


@router.get("/pages/{name}", include_in_schema=False)
async def page_part(name: str) -> Response:
    if name not in ("driver.js", "driver.css"):
        raise Refusal(404, "not_found", "There is no such part of the page.")
    return FileResponse(PAGES / name, headers=NO_CACHE)


@router.get("/people")
async def people(world: W) -> People:
    """Riders and drivers whom a demonstration can play. The desk signs their app tokens itself."""
    riders = [
        _person(each, "rider", each.language, _trip_of(world, each.id)) for each in world.riders.values()
    ]
    drivers = [
        _person(each, "driver", each.languages[0], world.current_trip(each.id))
        for each in world.drivers.values()
    ]
    return People(people=riders + drivers)


def _person(who: RiderRecord | DriverRecord, kind: str, language: str, trip: TripRecord | None) -> Person:
    current = trip.id if trip else None
    return Person(
        id=who.id,
        kind=kind,
        name=who.name,
        language=language,
        city=who.city,
        note=who.note,
        current_trip_id=current,
    )


def _trip_of(world: World, rider_id: str) -> TripRecord | None:
    trips = world.trips.values()
    return next((t for t in trips if t.status.live and rider_id in (t.rider_id, t.booker_id)), None)


def _driver_row(world: World, driver: DriverRecord) -> dict[str, Any]:
    holds = [hold.model_dump(mode="json") for hold in world.holds[driver.id].values()]
    extra = {"note": driver.note, "holds": holds, "restricted": bool(world.restrictions[driver.id])}
    return show_driver(world, driver).model_dump(mode="json") | extra


@router.get("/state")
async def state(world: W) -> dict[str, Any]:
    """Everything that the driver's page shows."""
    drivers = [_driver_row(world, driver) for driver in world.drivers.values()]
    trips = [
        as_trip(world, trip).model_dump(mode="json") | {"calls": trip.call_result}
        for trip in world.trips.values()
        if trip.status.live or trip.touched
    ]
    items = [item.model_dump(mode="json") for item in world.lost_items.values()]
    return {
        "now": world.now.isoformat(),
        "drivers": drivers,
        "trips": trips,
        "lost_items": items[::-1],
        "outbox": [vars(noted) | {"at": noted.at.isoformat()} for noted in world.outbox],
    }


@router.post("/reset")
async def reset(world: W, request: Request) -> dict[str, bool]:
    world.reset()
    request.app.state.switch.set(Faults())
    return {"reset": True}


@router.post("/faults")
async def faults(body: Faults, request: Request) -> Faults:
    """Misbehave as told until told otherwise; an empty body means behave."""
    request.app.state.switch.set(body)
    return body


@router.post("/lost-items/{lost_item_id}/driver-answer")
async def driver_answer(world: W, lost_item_id: str, body: DemoAnswer) -> LostItem:
    return driver_answers(world, lost_item_id, LostItemAnswer(found=body.found, note=body.note, at=world.now))


@router.post("/lost-items/{lost_item_id}/next-passenger-answer")
async def next_passenger_answer(world: W, lost_item_id: str, body: DemoAnswer) -> LostItem:
    answer = LostItemAnswer(found=body.found, note=body.note, at=world.now)
    return next_passenger_answers(world, lost_item_id, answer)


@router.post("/trips/{trip_id}/delay")
async def report_delay(world: W, trip_id: str, body: DemoDelay) -> Trip:
    """So many minutes later than promised; 0 takes the delay back."""
    trip = world.trip(trip_id)
    if trip.status not in (S.DRIVER_ASSIGNED, S.DRIVER_ARRIVING):
        raise Refusal(409, "not_on_the_way", "Only a driver on the way to the pickup can be late.")
    trip.delay = _delay(world, body)
    _arrive_in(world, trip, body.minutes)
    data = trip.delay.model_dump(mode="json") if trip.delay else {"minutes": 0}
    world.emit("trip.delayed", data, trip=trip.id)
    return as_trip(world, trip)


def _delay(world: World, body: DemoDelay) -> Delay | None:
    if body.minutes == 0:
        return None
    return Delay(
        minutes=body.minutes, reason_code=body.reason_code, reason=body.reason, reported_at=world.now
    )


def _arrive_in(world: World, trip: TripRecord, minutes: int) -> None:
    """Move the arrival to the promise and so many minutes, never before a minute from now."""
    promised = trip.promised_pickup_at or world.now
    left = max(60.0, (promised - world.now).total_seconds() + minutes * 60)
    began = trip.approach_started_at or world.now
    trip.approach_s = (world.now - began).total_seconds() + left


@router.post("/trips/{trip_id}/status")
async def set_status(world: W, trip_id: str, body: DemoStatus) -> Trip:
    """What the driver's app would say: on the way, arrived, begun, finished, cancelled."""
    trip = world.trip(trip_id)
    match body.status:
        case S.IN_PROGRESS:
            begin_ride(world, trip)
        case S.FINISHED:
            finish_ride(world, trip)
        case S.CANCELLED:
            trip.finished_at, trip.cancelled_by = world.now, "driver"
            world.set_status(trip, S.CANCELLED)
        case S.WAITING:
            trip.waiting_since, trip.frozen_at, trip.delay = world.now, None, None
            world.set_status(trip, S.WAITING)
        case S.DRIVER_ARRIVING:
            trip.frozen_at = None
            world.set_status(trip, S.DRIVER_ARRIVING)
        case _:
            raise Refusal(422, "status_not_the_drivers", "A driver cannot set that.")
    return as_trip(world, trip)


@router.post("/trips/{trip_id}/calls")
async def set_calls(world: W, trip_id: str, body: DemoCalls) -> dict[str, str]:
    """What masked calls to the driver of this trip will come to."""
    world.trip(trip_id).call_result = body.result
    return {"result": body.result}
