"""What other features ask about rides: which trip is meant, what is known of it, and who gets no further
orders."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot.rides import schemas as wire
from bot.rides.answers import Dispatch
from bot.rides.client import PlatformClient, TripFilter
from bot.rides.errors import PlatformError, PlatformRefused
from bot.rides.phones import phone_candidates
from bot.rides.plates import normalise_plate, same_plate

Found = TypeVar("Found")

# Which live trip is meant when several fit: with the passenger in the car first.
_NEAREST_TO_HARM = (
    wire.TripStatus.IN_PROGRESS,
    wire.TripStatus.WAITING,
    wire.TripStatus.DRIVER_ARRIVING,
    wire.TripStatus.DRIVER_ASSIGNED,
    wire.TripStatus.SEARCHING,
)


@dataclass(frozen=True)
class TripFacts:
    """What is known of whom we talk to and of the ride. `account_id` is a rider's or booker's; all may be
    missing."""

    trip_id: str | None = None
    order_no: str | None = None
    account_id: str | None = None
    driver_id: str | None = None
    phone: str | None = None
    plate: str | None = None


@dataclass(frozen=True)
class TripMatch:
    """`matched_by` names the fact that found the trip; `differs` the facts that the trip does not fit,
    such as a plate
    other than the ordered car's; `others` counts further trips that fit as well."""

    trip: wire.Trip
    matched_by: str
    others: int = 0
    differs: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlateMatch:
    """`drivers` and `live_trip` are empty when the platform knows no such plate."""

    plate: str
    drivers: tuple[wire.Driver, ...]
    live_trip: wire.Trip | None


@dataclass(frozen=True)
class TripCard:
    """All that a person needs to see of a trip. `missing` names the parts that the platform did not give
    this time."""

    trip: wire.TripDetail
    driver: wire.Driver | None
    rider: wire.Rider | None
    position: wire.Position | None
    position_age_s: float | None
    booked_by_other: bool
    missing: tuple[str, ...]


async def find_live_trip(platform: PlatformClient, facts: TripFacts) -> TripMatch | None:
    """The live trip that the facts mean, the strongest fact first: trip, order, account, driver, phone,
    plate.

    None if no live trip fits. Raises PlatformUnavailable; a fact that the platform refuses is passed over.
    """
    return await _first_match(platform, facts, live=True, since=None)


async def find_recent_trip(
    platform: PlatformClient, facts: TripFacts, now: datetime, within: timedelta
) -> TripMatch | None:
    """The live trip or, without one, the newest that ended or was asked for since `now - within`."""
    match = await find_live_trip(platform, facts)
    return match or await _first_match(platform, facts, live=False, since=now - within)


async def _first_match(
    platform: PlatformClient, facts: TripFacts, *, live: bool, since: datetime | None
) -> TripMatch | None:
    if facts.trip_id:
        trip = await _none_if_refused(platform.trip(facts.trip_id))
        if trip and trip.status.live == live:
            return TripMatch(trip, "trip", differs=_differs(trip, facts))
    for name, wanted in _filters(facts):
        page = await _none_if_refused(platform.find_trips(replace(wanted, live=live, since=since)))
        if page and page.trips:
            trips = sorted(page.trips, key=_urgency) if live else page.trips
            return TripMatch(trips[0], name, len(trips) - 1, _differs(trips[0], facts))
    return None


def _filters(facts: TripFacts) -> list[tuple[str, TripFilter]]:
    plate = normalise_plate(facts.plate or "")
    asked = [
        ("order", facts.order_no, TripFilter(order=facts.order_no)),
        ("account", facts.account_id, TripFilter(account=facts.account_id)),
        ("driver", facts.driver_id, TripFilter(driver=facts.driver_id)),
        ("phone", facts.phone, TripFilter(phone=facts.phone)),
        ("plate", plate, TripFilter(plate=plate)),
    ]
    return [(name, wanted) for name, given, wanted in asked if given]


def _urgency(trip: wire.Trip) -> tuple[int, float]:
    return _NEAREST_TO_HARM.index(trip.status), -trip.requested_at.timestamp()


def _differs(trip: wire.Trip, facts: TripFacts) -> tuple[str, ...]:
    """Facts that contradict the trip. A phone is not compared: it is masked there, and people call from
    other phones."""
    wrong = []
    if facts.order_no and facts.order_no.replace(" ", "").upper() != trip.order_no.upper():
        wrong.append("order")
    if facts.account_id and facts.account_id not in (trip.rider_id, trip.booker_id):
        wrong.append("account")
    if facts.plate and trip.vehicle and not same_plate(facts.plate, trip.vehicle.plate):
        wrong.append("plate")
    return tuple(wrong)


async def get_trip_card(platform: PlatformClient, trip_id: str, now: datetime) -> TripCard:
    """The trip with driver, rider, position and its age in seconds at `now`.

    Raises what reading the trip raises; a driver or rider that cannot be read is left out and named in
    `missing`.
    """
    trip = await platform.trip(trip_id)
    driver, rider = await asyncio.gather(
        _part("driver", platform.driver(trip.driver.id) if trip.driver else None),
        _part("rider", platform.rider(trip.rider_id) if trip.rider_id else None),
    )
    position = trip.last_position
    return TripCard(
        trip=trip,
        driver=driver[0],
        rider=rider[0],
        position=position,
        position_age_s=max(0.0, (now - position.at).total_seconds()) if position else None,
        booked_by_other=trip.rider_id != trip.booker_id,
        missing=tuple(name for _, name in (driver, rider) if name),
    )


async def match_plate(platform: PlatformClient, plate: str) -> PlateMatch:
    """Who drives with this plate, and the live trip if there is one. Raises PlatformUnavailable."""
    normal = normalise_plate(plate)
    if not normal:
        return PlateMatch(normal, (), None)
    drivers, page = await asyncio.gather(
        platform.find_drivers(plate=normal), platform.find_trips(TripFilter(plate=normal, live=True))
    )
    return PlateMatch(normal, tuple(drivers), min(page.trips, key=_urgency, default=None))


async def hold_driver(platform: PlatformClient, driver_id: str, reason_code: str, reference: str) -> Dispatch:
    """No further orders for this driver because of case `reference`; the running trip goes on. Safe to
    repeat."""
    return await platform.hold_driver(driver_id, reason_code, reference)


async def release_driver(platform: PlatformClient, driver_id: str, reference: str) -> Dispatch:
    """End the hold of this case. The answer tells whether the driver gets orders again: another case may
    still hold."""
    return await platform.release_driver(driver_id, reference)


def phone_e164(text: str) -> str | None:
    """The likeliest phone that the text means, as E.164, or None."""
    return next(iter(phone_candidates(text)), None)


async def _none_if_refused(answer: Awaitable[Found]) -> Found | None:
    try:
        return await answer
    except PlatformRefused:
        return None


async def _part(name: str, answer: Awaitable[Found] | None) -> tuple[Found | None, str | None]:
    """(what was read, None) or (None, the part's name) when it could not be read."""
    if answer is None:
        return None, None
    try:
        return await answer, None
    except PlatformError:
        return None, name
