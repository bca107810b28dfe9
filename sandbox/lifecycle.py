"""How trips move on: cars are found, arrive, ride and finish. `tick` is called every second and by acts
that begin something."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.rides.answers import Payment
from bot.rides.schemas import ChargeLine, TripStatus
from sandbox import fares, geo
from sandbox.people import DriverRecord
from sandbox.trips import TripRecord
from sandbox.world import World

S = TripStatus
SETS_OFF_AFTER = timedelta(seconds=8)
BOARDS_AFTER = timedelta(seconds=90)
SEARCHES_BEFORE = timedelta(minutes=10)
REFUNDS_AFTER = timedelta(seconds=45)
POSITION_EVERY = timedelta(seconds=120)
APPROACH_M = 1500
APPROACH_S = 240


def tick(world: World) -> None:
    """Bring every trip and refund up to now."""
    world.refresh()
    for trip in list(world.trips.values()):
        before = None
        while before is not trip.status:  # several steps may be due at once
            before = trip.status
            _advance(world, trip)
        _pay_refunds(world, trip)


def _advance(world: World, trip: TripRecord) -> None:
    now = world.now
    match trip.status:
        case S.SCHEDULED if trip.pickup_at and now >= trip.pickup_at - SEARCHES_BEFORE:
            world.set_status(trip, S.SEARCHING)
        case S.SEARCHING:
            find_car(world, trip)
        case S.DRIVER_ASSIGNED if _set_off(trip, world):
            world.set_status(trip, S.DRIVER_ARRIVING)
        case S.DRIVER_ARRIVING if not trip.frozen_at and trip.approach_left_s(now) <= 0:
            trip.waiting_since, trip.delay = now, None
            world.set_status(trip, S.WAITING)
        case S.WAITING if trip.waiting_since and now - trip.waiting_since >= BOARDS_AFTER:
            begin_ride(world, trip)
        case S.IN_PROGRESS if trip.ride_left_s(now) <= 0:
            finish_ride(world, trip)


def _set_off(trip: TripRecord, world: World) -> bool:
    began = trip.approach_started_at
    return not trip.frozen_at and began is not None and world.now - began >= SETS_OFF_AFTER


def begin_ride(world: World, trip: TripRecord) -> None:
    trip.started_at = world.now
    trip.delay = None
    trip.frozen_at = None
    world.set_status(trip, S.IN_PROGRESS)


def finish_ride(world: World, trip: TripRecord) -> None:
    """End the ride where the car is and charge what was driven."""
    trip.started_at = trip.started_at or world.now
    trip.finished_at = world.now
    metres, seconds = trip.driven_m(world.now), (world.now - trip.started_at).total_seconds()
    lines = fares.fare_lines(trip.city.tariff, trip.product, metres, seconds, trip.surge)
    lines += _coupon_lines(world, trip)
    trip.charge = fares.charge(trip.city.tariff, lines, metres, seconds, paid=True)
    method = (world.riders[trip.booker_id].methods or ["card"])[0]
    trip.payments.append(
        Payment(
            id=world.new_id("pay"),
            trip_id=trip.id,
            method=method,
            amount=trip.charge.total,
            status="succeeded",
            at=world.now,
        )
    )
    world.set_status(trip, S.FINISHED)


def _coupon_lines(world: World, trip: TripRecord) -> list[ChargeLine]:
    """The coupon of the booking, which is used up by it."""
    held = world.promotions.get(trip.booker_id, [])
    for place, coupon in enumerate(held):
        if coupon.code == trip.promo_code and coupon.status == "usable":
            held[place] = coupon.model_copy(update={"status": "used"})
            return [fares.line("promotion", -coupon.value.amount)]
    return []


def find_car(world: World, trip: TripRecord, besides: frozenset[str] = frozenset()) -> bool:
    """Assign a free driver; the trip stays `searching` without one."""
    driver = free_driver(world, trip.city_code, trip.rider_id or trip.booker_id, set(trip.options), besides)
    if driver is None:
        return False
    trip.driver = driver
    trip.approach_from = geo.near(trip.pickup, APPROACH_M, len(trip.id) * 37 % 360)
    trip.approach_started_at = world.now
    trip.approach_s = APPROACH_S
    trip.frozen_at = None
    trip.call_result = "connected"
    trip.promised_pickup_at = trip.promised_pickup_at or world.now + timedelta(seconds=APPROACH_S)
    world.set_status(trip, S.DRIVER_ASSIGNED)
    return True


def free_driver(
    world: World, city: str, rider_id: str | None, options: set[Any], besides: frozenset[str] = frozenset()
) -> DriverRecord | None:
    """The best rated of those who get orders, have no trip, can offer the options and are not blocked for
    the rider."""
    blocked = besides | set(world.riders[rider_id].blocked_drivers if rider_id else ())
    fit = [
        driver
        for driver in world.drivers.values()
        if driver.city == city
        and driver.id not in blocked
        and options <= driver.offers
        and world.on_dispatch(driver.id)
        and world.current_trip(driver.id) is None
    ]
    return max(fit, key=lambda driver: driver.rating, default=None)


def _pay_refunds(world: World, trip: TripRecord) -> None:
    """Refunds made here are paid after a moment; those planted stay under way, so that there is one to ask
    about."""
    for place, refund in enumerate(trip.refunds):
        planted = refund.id == f"ref_{trip.id}"
        if refund.status == "processing" and not planted and world.now - refund.created_at >= REFUNDS_AFTER:
            trip.refunds[place] = refund.model_copy(update={"status": "paid", "paid_at": world.now})


def report_positions(world: World) -> None:
    """The rare position event of the trips that somebody has looked at."""
    for trip in world.trips.values():
        position = trip.position(world.now)
        if trip.touched and trip.status is S.IN_PROGRESS and position:
            world.emit("trip.position", position.model_dump(mode="json"), trip=trip.id)
