"""A trip as the sandbox keeps it, and as the contract shows it at a moment. Pure: the moment is always
given."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from bot.rides.answers import Payment, Refund
from bot.rides.phones import mask_phone
from bot.rides.schemas import (
    Charge,
    Delay,
    Eta,
    Passenger,
    Place,
    Point,
    Position,
    Quote,
    RideOption,
    TripDetail,
    TripStatus,
)
from sandbox import geo
from sandbox.cities import CITIES, City
from sandbox.people import DriverRecord

REPORT_EVERY_S = 5  # a car reports its position this often
DRIVEN_EVERY_S = 30
CallResult = Literal["connected", "no_answer", "number_failed"]


@dataclass
class TripRecord:
    """Times are aware, durations in seconds. `bend` and `driven_bend` shape the planned and the driven
    way; `past` is
    what was driven before the destination changed at `turned_at`, and `duration_s` is that of the way
    since."""

    id: str
    order_no: str
    city_code: str
    booker_id: str
    rider_id: str | None
    passenger_name: str
    passenger_phone: str
    pickup: Place
    destination: Place
    requested_at: datetime
    status: TripStatus
    driver: DriverRecord | None = None
    product: str = "standard"
    options: list[RideOption] = field(default_factory=list)
    surge: Decimal = Decimal("1.0")
    bend: float = 0.12
    driven_bend: float = 0.12
    pickup_at: datetime | None = None
    promised_pickup_at: datetime | None = None
    approach_from: Point | None = None
    approach_started_at: datetime | None = None
    approach_s: float = 300
    waiting_since: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    duration_s: float = 1800
    past: list[Position] = field(default_factory=list)
    turned_at: datetime | None = None
    cancelled_by: Literal["rider", "driver", "platform"] | None = None
    delay: Delay | None = None
    frozen_at: datetime | None = None
    next_trip_started_at: datetime | None = None
    previous_driver_ids: list[str] = field(default_factory=list)
    quote: Quote | None = None
    charge: Charge | None = None
    promo_code: str | None = None
    call_result: CallResult = "connected"
    payments: list[Payment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    seeded_at: datetime | None = None
    touched: bool = False

    @property
    def city(self) -> City:
        return CITIES[self.city_code]

    @property
    def planned(self) -> list[Point]:
        return geo.route(self.pickup, self.destination, self.bend)

    @property
    def driven_way(self) -> list[Point]:
        """The way that the car takes since the ride began, or since the destination changed."""
        return geo.route(self.past[-1] if self.past else self.pickup, self.destination, self.driven_bend)

    @property
    def under_way_since(self) -> datetime | None:
        return self.turned_at or self.started_at

    def turn_to(self, destination: Place, now: datetime) -> None:
        """Another destination during the ride: the car goes there from where it is."""
        self.past = self.driven(now)
        self.turned_at = now
        self.destination = destination
        self.duration_s = geo.length_m(self.driven_way) / 1000 / self.city.tariff.speed_kmh * 3600

    def approach_left_s(self, now: datetime) -> float:
        """Seconds until the car is at the pickup. One that does not move stays as far as it was when it
        stopped."""
        if self.approach_started_at is None:
            return self.approach_s
        moment = min(now, self.frozen_at) if self.frozen_at else now
        return max(0.0, self.approach_s - (moment - self.approach_started_at).total_seconds())

    def ride_left_s(self, now: datetime) -> float:
        if self.under_way_since is None:
            return self.duration_s
        return max(0.0, self.duration_s - (now - self.under_way_since).total_seconds())

    def position(self, now: datetime) -> Position | None:
        """Where the car was when it last reported; None while there is no car."""
        at = now - timedelta(seconds=now.timestamp() % REPORT_EVERY_S)
        match self.status:
            case TripStatus.DRIVER_ASSIGNED | TripStatus.DRIVER_ARRIVING:
                if self.approach_from is None:
                    return None
                at = min(at, self.frozen_at) if self.frozen_at else at
                way = geo.route(self.approach_from, self.pickup)
                share = 1 - self.approach_left_s(at) / max(self.approach_s, 1)
                point, heading = geo.along(way, share)
                metres = 0 if self.frozen_at else geo.length_m(way)
                return _position(point, at, metres / max(self.approach_s, 1), heading)
            case TripStatus.WAITING:
                return _position(self.pickup, at, 0, 0)
            case TripStatus.IN_PROGRESS:
                return self._on_the_way(at)
            case TripStatus.FINISHED if self.finished_at:
                return self._on_the_way(self.finished_at).model_copy(update={"speed_kmh": 0.0})
        return None

    def _on_the_way(self, at: datetime) -> Position:
        way = self.driven_way
        share = 1 - self.ride_left_s(at) / max(self.duration_s, 1)
        point, heading = geo.along(way, share)
        return _position(point, at, geo.length_m(way) / max(self.duration_s, 1), heading)

    def driven(self, now: datetime) -> list[Position]:
        """What the car reported since the passenger got in, every 30 s, the newest last."""
        if self.under_way_since is None:
            return []
        since = self.under_way_since
        end = max(since, min(self.finished_at or now, since + timedelta(seconds=self.duration_s)))
        count = int((end - since).total_seconds() // DRIVEN_EVERY_S)
        moments = [since + timedelta(seconds=DRIVEN_EVERY_S * step) for step in range(count + 1)]
        if end > moments[-1]:
            moments.append(end)
        return self.past + [self._on_the_way(moment) for moment in moments]

    def driven_m(self, now: datetime) -> float:
        """Metres driven with the passenger, detours included; less than the whole way when the ride ended
        early."""
        if self.under_way_since is None:
            return 0.0
        end = self.finished_at or now
        share = min(1.0, (end - self.under_way_since).total_seconds() / max(self.duration_s, 1))
        return geo.length_m(list(self.past)) + geo.length_m(self.driven_way) * share

    def eta(self, now: datetime) -> Eta | None:
        match self.status:
            case TripStatus.DRIVER_ASSIGNED | TripStatus.DRIVER_ARRIVING | TripStatus.WAITING:
                return _eta("pickup", self.approach_left_s(now), now) if not self.frozen_at else None
            case TripStatus.IN_PROGRESS:
                return _eta("destination", self.ride_left_s(now), now)
        return None

    def shown(self, now: datetime) -> TripDetail:
        """The contract's view at `now`."""
        here = now - timedelta(seconds=12) if self.status.live else self.finished_at
        there = (self.frozen_at or here) if self.driver else None
        return TripDetail(
            **{name: getattr(self, name) for name in _PLAIN},
            passenger=Passenger(name=self.passenger_name, phone_masked=mask_phone(self.passenger_phone)),
            driver=self.driver.brief() if self.driver else None,
            vehicle=self.driver.vehicle if self.driver else None,
            city=self.city_code,
            city_name=self.city.name,
            country=self.city.country,
            timezone=self.city.timezone,
            eta=self.eta(now),
            last_position=self.position(now),
            rider_device_last_seen=here,
            driver_device_last_seen=there,
            planned_route=self.planned,
            driven=self.driven(now),
        )


_PLAIN = tuple(
    [
        "id",
        "order_no",
        "status",
        "rider_id",
        "booker_id",
        "previous_driver_ids",
        "pickup",
        "destination",
        "product",
        "options",
        "requested_at",
        "promised_pickup_at",
        "delay",
        "started_at",
        "finished_at",
        "cancelled_by",
        "quote",
        "charge",
        "next_trip_started_at",
    ]
)


def _position(point: Point, at: datetime, metres_per_s: float, heading: float) -> Position:
    return Position(
        lat=point.lat, lng=point.lng, at=at, speed_kmh=round(metres_per_s * 3.6, 1), heading=heading
    )


def _eta(to: Literal["pickup", "destination"], left_s: float, now: datetime) -> Eta:
    return Eta(to=to, minutes=round(left_s / 60), at=now + timedelta(seconds=left_s))
