"""What other features ask about rides: which trip is meant, what is known of it, and who gets no further
orders."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from bot.rides import schemas as wire
from bot.rides.answers import Dispatch
from bot.rides.client import PlatformClient, TripFilter
from bot.rides.errors import PlatformError, PlatformRefused
from bot.rides.phones import phone_candidates
from bot.rides.plates import normalise_plate, same_plate

Found = TypeVar("Found")
Rides = Literal["any", "for_others", "over"]
_NAMING = frozenset({"order", "phone", "plate"})

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
    missing.

    rides: which rides of the account may be meant when nothing names one: any; only those booked for somebody else; only
    one that is over, and only if it is the only one. named_first: among rides that are over, what names a ride (order,
    phone, plate) goes before whose it is.
    """

    trip_id: str | None = None
    order_no: str | None = None
    account_id: str | None = None
    driver_id: str | None = None
    phone: str | None = None
    plate: str | None = None
    other_phones: tuple[str, ...] = ()
    rides: Rides = "any"
    named_first: bool = False


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
    platform: PlatformClient, facts: TripFacts, now: datetime, within: timedelta,
    named_within: timedelta | None = None,
) -> TripMatch | None:  # fmt: skip
    """The live trip or, without one, the newest that ended or was asked for since `now - within`; what an order number, a
    phone or a plate names is looked for since `now - named_within`, where that is given."""
    live = await find_live_trip(platform, facts)
    if live is not None and live.matched_by != "plate":
        return live
    since = now - within, now - (named_within or within)
    # A car carries others after its passenger: their own ride in it goes before whoever sits in it now.
    return await _own_in_that_car(platform, facts, since[1]) or live or await _first_match(
        platform, facts, live=False, since=since
    )  # fmt: skip


async def _own_in_that_car(platform: PlatformClient, facts: TripFacts, since: datetime) -> TripMatch | None:
    plate = normalise_plate(facts.plate or "")
    if not facts.account_id or not plate or facts.rides == "for_others":
        return None
    wanted = TripFilter(account=facts.account_id, plate=plate, since=since)
    page = await _none_if_refused(platform.find_trips(wanted))
    if not page or not page.trips:
        return None
    return TripMatch(page.trips[0], "plate", len(page.trips) - 1, _differs(page.trips[0], facts))


async def _first_match(
    platform: PlatformClient, facts: TripFacts, *, live: bool, since: tuple[datetime, datetime] | None
) -> TripMatch | None:
    """since: from when on by whose ride it is, and by what names a ride."""
    last = facts.named_first and not live
    if not last and (match := await _by_id(platform, facts, live)) is not None:
        return match
    for name, wanted in _filters(facts, last):
        start = None if since is None else since[name in _NAMING]
        page = await _none_if_refused(platform.find_trips(replace(wanted, live=live, since=start)))
        trips = _meant(page.trips, facts, name, live) if page else []
        if trips:
            trips = sorted(trips, key=_urgency) if live else trips
            return TripMatch(trips[0], name, len(trips) - 1, _differs(trips[0], facts))
    return await _by_id(platform, facts, live) if last else None


async def _by_id(platform: PlatformClient, facts: TripFacts, live: bool) -> TripMatch | None:
    trip = await _none_if_refused(platform.trip(facts.trip_id)) if facts.trip_id else None
    if trip is None or trip.status.live != live:
        return None
    return TripMatch(trip, "trip", differs=_differs(trip, facts))


def _meant(trips: list[wire.Trip], facts: TripFacts, name: str, live: bool) -> list[wire.Trip]:
    """Those of the trips found by `name` that the facts can mean."""
    if name != "account" or facts.rides == "any":
        return list(trips)
    if facts.rides == "for_others":
        return [one for one in trips if one.booker_id == facts.account_id != one.rider_id]
    return list(trips) if not live and len(trips) == 1 else []


def _filters(facts: TripFacts, named_first: bool) -> list[tuple[str, TripFilter]]:
    plate = normalise_plate(facts.plate or "")
    order = ("order", facts.order_no, TripFilter(order=facts.order_no))
    whose = [
        ("account", facts.account_id, TripFilter(account=facts.account_id)),
        ("driver", facts.driver_id, TripFilter(driver=facts.driver_id)),
    ]
    words = [
        *(("phone", one, TripFilter(phone=one)) for one in (facts.phone, *facts.other_phones)),
        ("plate", plate, TripFilter(plate=plate)),
    ]
    asked = [order, *words, *whose] if named_first else [order, *whose, *words]
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


async def search_trips(platform: PlatformClient, wanted: TripFilter) -> wire.TripList:
    """The trips that fit, the newest first; none for what the platform refuses. Raises PlatformUnavailable."""
    return await _none_if_refused(platform.find_trips(wanted)) or wire.TripList(trips=[], more=False)


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
