"""Booking, changing and cancelling rides."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from bot.rides.answers import CancellationTerms, Promotion
from bot.rides.schemas import Money, Quote, Trip, TripStatus
from sandbox import fares, geo
from sandbox.api.common import W, acts_router, as_trip, resolve, way
from sandbox.bodies import (
    Booking,
    Cancellation,
    NewOptions,
    NewPlace,
    NewTime,
    Redispatch,
)
from sandbox.cities import CITIES
from sandbox.errors import Refusal
from sandbox.lifecycle import APPROACH_S, find_car, free_driver
from sandbox.trips import TripRecord
from sandbox.world import World

router = acts_router("booking")
S = TripStatus
FREE_FOR = timedelta(minutes=2)
LATE_AFTER = timedelta(minutes=5)
EARLIEST, LATEST = timedelta(minutes=15), timedelta(days=30)


@router.post("/trips", status_code=201)
async def book(world: W, body: Booking) -> Trip:
    booker = world.rider(body.booker_id)
    if body.product not in fares.PRODUCTS:
        raise Refusal(422, "product_unknown", f"There is no product {body.product!r}.")
    if world.restrictions[booker.id]:
        raise Refusal(422, "account_restricted", "The account cannot book.")
    city, pickup, destination = way(body.pickup, body.destination, booker.city)
    if body.pickup_at:
        _check_time(world, body.pickup_at)
    phone = world.known_phone(body.passenger.phone) if body.passenger else booker.phone
    coupon = _coupon(world, booker.id, body.promo_code)
    if not body.pickup_at and not free_driver(world, city, booker.id, set(body.options)):
        raise Refusal(409, "no_car_available", "No driver is free there now.")
    trip = TripRecord(
        id=world.new_id("t"),
        order_no=f"{CITIES[city].country}{world.now:%y%m}{len(world.trips):06d}",
        city_code=city,
        booker_id=booker.id,
        rider_id=_account(world, phone),
        passenger_name=body.passenger.name if body.passenger else booker.name,
        passenger_phone=phone,
        pickup=pickup,
        destination=destination,
        requested_at=world.now,
        status=S.SCHEDULED if body.pickup_at else S.SEARCHING,
        product=body.product,
        options=list(body.options),
        pickup_at=body.pickup_at,
        promised_pickup_at=body.pickup_at,
        promo_code=coupon.code if coupon else None,
        touched=True,
    )
    _price(trip)
    world.trips[trip.id] = trip
    if trip.status is S.SEARCHING:
        find_car(world, trip)
    return as_trip(world, trip)


def _account(world: World, phone: str) -> str | None:
    return next((rider.id for rider in world.riders.values() if rider.phone == phone), None)


def _check_time(world: World, pickup_at: datetime) -> None:
    if not EARLIEST <= pickup_at - world.now <= LATEST:
        raise Refusal(422, "pickup_time_invalid", "A ride is booked 15 minutes to 30 days ahead.")


def _coupon(world: World, rider_id: str, code: str | None) -> Promotion | None:
    if code is None:
        return None
    held = world.promotions.get(rider_id, [])
    coupon = next((each for each in held if each.code == code.upper() and each.status == "usable"), None)
    if coupon is None:
        raise Refusal(422, "promo_invalid", "The account holds no usable coupon with this code.")
    return coupon


def _price(trip: TripRecord) -> None:
    trip.quote = _quoted(trip)
    trip.duration_s = trip.quote.duration_s


def _quoted(trip: TripRecord) -> Quote:
    metres = geo.length_m(trip.planned)
    return fares.quote(trip.city, trip.product, metres, surge=trip.surge, pickup_minutes=APPROACH_S // 60)


@router.post("/trips/{trip_id}/cancel")
async def cancel(world: W, trip_id: str, body: Cancellation) -> Trip:
    trip = not_begun(world, trip_id)
    fee = Decimal("0.00") if body.fee == "waived" else _terms(world, trip).fee.amount
    if fee:
        lines = [fares.line("cancellation_fee", fee)]
        trip.charge = fares.charge(trip.city.tariff, lines, 0, 0, paid=True)
    trip.finished_at, trip.cancelled_by = world.now, "rider"
    world.set_status(trip, S.CANCELLED)
    return as_trip(world, trip)


@router.get("/trips/{trip_id}/cancellation-terms")
async def cancellation_terms(world: W, trip_id: str) -> CancellationTerms:
    return _terms(world, world.trip(trip_id))


def _terms(world: World, trip: TripRecord) -> CancellationTerms:
    """Free until two minutes after the request, and when the car is more than five minutes late."""
    tariff, now = trip.city.tariff, world.now
    free = Money(amount=Decimal("0.00"), currency=tariff.currency)
    full = Money(amount=tariff.cancellation_fee, currency=tariff.currency)
    if not trip.status.live and trip.status is not S.SCHEDULED:
        return CancellationTerms(can_cancel=False, fee=free, reason_code="over")
    if trip.status is S.IN_PROGRESS:
        return CancellationTerms(can_cancel=False, fee=free, reason_code="in_progress")
    if (
        trip.promised_pickup_at
        and now - trip.promised_pickup_at > LATE_AFTER
        and trip.status is not S.WAITING
    ):
        return CancellationTerms(can_cancel=True, fee=free, reason_code="driver_late")
    free_until = trip.pickup_at - timedelta(hours=1) if trip.pickup_at else trip.requested_at + FREE_FOR
    if now < free_until or trip.driver is None:
        return CancellationTerms(can_cancel=True, fee=free, free_until=free_until, reason_code="free_period")
    reason = "driver_waiting" if trip.status is S.WAITING else "driver_on_the_way"
    return CancellationTerms(can_cancel=True, fee=full, reason_code=reason)


@router.post("/trips/{trip_id}/redispatch")
async def redispatch(world: W, trip_id: str, body: Redispatch) -> Trip:
    trip = not_begun(world, trip_id)
    if trip.status is S.SCHEDULED:
        raise Refusal(409, "not_searching", "The search for a car has not begun.")
    if body.pickup:
        trip.pickup = resolve(body.pickup, trip.city_code)
        _price(trip)
    earlier = trip.driver
    trip.driver, trip.delay, trip.frozen_at, trip.waiting_since = None, None, None, None
    trip.approach_from = None
    trip.promised_pickup_at = None
    if earlier:
        trip.previous_driver_ids = [*trip.previous_driver_ids, earlier.id]
    world.set_status(trip, S.SEARCHING)
    find_car(world, trip, besides=frozenset(trip.previous_driver_ids))
    data = {
        "driver_id": trip.driver.id if trip.driver else None,
        "previous_driver_id": earlier.id if earlier else None,
    }
    world.emit("trip.redispatched", data, trip=trip.id)
    return as_trip(world, trip)


@router.post("/trips/{trip_id}/destination")
async def change_destination(world: W, trip_id: str, body: NewPlace) -> Trip:
    trip = world.trip(trip_id)
    if trip.status in (S.FINISHED, S.CANCELLED):
        raise Refusal(409, "trip_over", "The trip is over.")
    destination = resolve(body.place, trip.city_code)
    if trip.status is S.IN_PROGRESS:
        trip.turn_to(destination, world.now)
        trip.quote = _quoted(trip)
    else:
        trip.destination = destination
        _price(trip)
    return as_trip(world, trip)


@router.post("/trips/{trip_id}/pickup")
async def change_pickup(world: W, trip_id: str, body: NewPlace) -> Trip:
    trip = not_begun(world, trip_id)
    trip.pickup = resolve(body.place, trip.city_code)
    _price(trip)
    return as_trip(world, trip)


@router.post("/trips/{trip_id}/schedule")
async def reschedule(world: W, trip_id: str, body: NewTime) -> Trip:
    trip = world.trip(trip_id)
    if trip.status is not S.SCHEDULED:
        raise Refusal(409, "not_scheduled", "Only a scheduled ride has a time to change.")
    _check_time(world, body.pickup_at)
    trip.pickup_at = trip.promised_pickup_at = body.pickup_at
    return as_trip(world, trip)


@router.post("/trips/{trip_id}/options")
async def set_options(world: W, trip_id: str, body: NewOptions) -> Trip:
    trip = not_begun(world, trip_id)
    if trip.driver and not set(body.options) <= trip.driver.offers:
        raise Refusal(422, "option_unavailable", "The assigned car cannot offer that.")
    trip.options = list(body.options)
    return as_trip(world, trip)


def not_begun(world: World, trip_id: str) -> TripRecord:
    """The trip if its ride has not begun. Raises Refusal trip_in_progress or trip_over."""
    trip = world.trip(trip_id)
    if trip.status is S.IN_PROGRESS:
        raise Refusal(409, "trip_in_progress", "The passenger is on the way.")
    if trip.status in (S.FINISHED, S.CANCELLED):
        raise Refusal(409, "trip_over", "The trip is over.")
    return trip
