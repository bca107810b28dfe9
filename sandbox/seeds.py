"""The trips of the demo (`data/trips.yml`), told in minutes before or after the moment they are made for:
the same ones every
time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.rides.answers import Payment, Refund
from bot.rides.schemas import Delay, Money, Place, TripStatus
from sandbox import fares, geo
from sandbox.cities import CITIES, find_places
from sandbox.data import load
from sandbox.people import DriverRecord, RiderRecord
from sandbox.trips import CallResult, TripRecord


@dataclass(frozen=True)
class Seed:
    """Minutes are relative to the making, negative for the past. `swing` is how much of a detour was
    driven."""

    id: str
    booker: str
    driver: str | None
    start: str
    end: str
    status: TripStatus
    asked: float
    rider: str | None = ""
    passenger: tuple[str, str] | None = None
    promised: float | None = None
    arrives: float | None = None
    begun: float | None = None
    lasts: float | None = None
    frozen: float | None = None
    delay: tuple[int, str, str, float] | None = None
    next_trip: float | None = None
    swing: float = 0.12
    surge: str = "1.0"
    paid: bool = True
    refund: str | None = None
    calls: CallResult = "connected"
    scheduled: float | None = None

    @property
    def keeps_minutes(self) -> float:
        """How long the trip stays as made while nobody looks at it; then it is made anew, so that live
        ones stay live."""
        if not self.status.live:
            return 20 * 60
        return self.arrives - 1 if self.arrives is not None and self.frozen is None else 40


S = TripStatus
SEEDS = tuple(Seed(**row | {"status": TripStatus(row["status"])}) for row in load("trips"))


def plant(
    seed: Seed, number: int, riders: dict[str, RiderRecord], drivers: dict[str, DriverRecord], now: datetime
) -> TripRecord:
    """The seed's trip as it stands at `now`; `number` makes the order number."""
    booker = riders[seed.booker]
    rider_id = seed.booker if seed.rider == "" else seed.rider
    who = riders[rider_id or seed.booker]
    name, phone = seed.passenger or (who.name, who.phone)
    city = booker.city
    trip = TripRecord(
        id=seed.id,
        order_no=f"{CITIES[city].country}21070{number:05d}",
        city_code=city,
        booker_id=seed.booker,
        rider_id=rider_id,
        passenger_name=name,
        passenger_phone=phone,
        pickup=_place(seed.start, city),
        destination=_place(seed.end, city),
        requested_at=_at(now, seed.asked),
        status=seed.status,
        driver=drivers[seed.driver] if seed.driver else None,
        surge=Decimal(seed.surge),
        driven_bend=seed.swing,
        call_result=seed.calls,
        seeded_at=now,
        **_moments(seed, now),
    )
    trip.quote = fares.quote(
        trip.city, trip.product, geo.length_m(trip.planned), surge=trip.surge, pickup_minutes=6
    )
    _ride(trip, seed, now)
    _settle(trip, seed, booker)
    return trip


def _ride(trip: TripRecord, seed: Seed, now: datetime) -> None:
    """How long the ride takes, and when it ended."""
    quoted = trip.quote.duration_s if trip.quote else 0
    trip.duration_s = quoted if seed.lasts is None else seed.lasts * 60
    if seed.status is S.FINISHED and trip.started_at:
        trip.finished_at = trip.started_at + timedelta(seconds=trip.duration_s)
    elif seed.status is S.CANCELLED:
        trip.finished_at = _at(now, (seed.promised or 0) - 1)


def _moments(seed: Seed, now: datetime) -> dict[str, Any]:
    """The times of the record: `arrives` counts from the request, which is when the car set off."""
    begun = None if seed.begun is None else _at(now, seed.begun)
    wait = (seed.arrives if seed.arrives is not None else 0) - seed.asked
    return {
        "pickup_at": None if seed.scheduled is None else _at(now, seed.scheduled),
        "promised_pickup_at": _promise(seed, now),
        "approach_from": geo.near(_place(seed.start, None), 4200, -seed.asked * 7),
        "approach_started_at": None if seed.status is S.SCHEDULED else _at(now, seed.asked),
        "approach_s": wait * 60,
        "started_at": begun,
        "cancelled_by": "rider" if seed.status is S.CANCELLED else None,
        "frozen_at": None if seed.frozen is None else _at(now, seed.frozen),
        "next_trip_started_at": None if seed.next_trip is None else _at(now, seed.next_trip),
        "delay": _delay(seed, now),
    }


def _promise(seed: Seed, now: datetime) -> datetime | None:
    minutes = seed.scheduled if seed.promised is None else seed.promised
    return None if minutes is None else _at(now, minutes)


def _delay(seed: Seed, now: datetime) -> Delay | None:
    if seed.delay is None:
        return None
    minutes, code, words, reported = seed.delay
    return Delay.model_validate(
        {"minutes": minutes, "reason_code": code, "reason": words, "reported_at": _at(now, reported)}
    )


def _settle(trip: TripRecord, seed: Seed, booker: RiderRecord) -> None:
    """Charge, payment and refund of a trip that is over."""
    tariff, method = trip.city.tariff, (booker.methods or ["card"])[0]
    if trip.finished_at is None:
        return
    if trip.status is S.CANCELLED:
        lines, metres, seconds = [fares.line("cancellation_fee", tariff.cancellation_fee)], 0.0, 0.0
    else:
        metres, seconds = geo.length_m(trip.driven_way), trip.duration_s
        lines = fares.fare_lines(tariff, trip.product, metres, seconds, trip.surge)
    trip.charge = fares.charge(tariff, lines, metres, seconds, seed.paid)
    trip.payments = [
        Payment(
            id=f"pay_{seed.id}",
            trip_id=trip.id,
            method=method,
            amount=trip.charge.total,
            status="succeeded" if seed.paid else "failed",
            failure_code=None if seed.paid else "card_expired",
            at=trip.finished_at + timedelta(minutes=1),
        )
    ]
    if seed.refund:
        given = Money(amount=Decimal(seed.refund), currency=tariff.currency)
        asked = trip.finished_at + timedelta(hours=5)
        trip.charge = trip.charge.model_copy(update={"refunded": given})
        trip.refunds = [
            Refund(
                id=f"ref_{seed.id}",
                trip_id=trip.id,
                amount=given,
                status="processing",
                reason="overcharge",
                created_at=asked,
                expected_by=asked + timedelta(days=3),
            )
        ]


def _at(now: datetime, minutes: float) -> datetime:
    return now + timedelta(minutes=minutes)


def _place(name: str, city: str | None) -> Place:
    return find_places(name, city)[0]
