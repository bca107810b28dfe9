"""Wire types of the contract (`openapi.yml`): trips, people, events. Times are aware, money decimal,
metres, seconds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

RideOption = Literal["pet", "child_seat", "luggage", "wheelchair", "quiet"]
DelayReason = Literal[
    "traffic",
    "road_closed",
    "previous_trip",
    "weather",
    "vehicle_problem",
    "charging",
    "police_check",
    "other",
]
EventType = Literal[
    "trip.status",
    "trip.delayed",
    "trip.position",
    "trip.redispatched",
    "lost_item.driver_answered",
    "lost_item.next_passenger_answered",
    "lost_item.return_arranged",
]


class Wire(BaseModel):
    """An answer of the platform: unknown fields are ignored, as the contract allows new ones."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Money(Wire):
    amount: Decimal
    currency: str = Field(pattern="^[A-Z]{3}$")


class Bilingual(Wire):
    zh: str
    en: str


class Point(Wire):
    lat: float = Field(ge=-90, le=90)
    lng: float = Field(ge=-180, le=180)


class Position(Point):
    at: AwareDatetime
    speed_kmh: float | None = None
    heading: float | None = None


class Place(Point):
    name: str
    name_en: str | None
    address: str | None


class TripStatus(StrEnum):
    SCHEDULED = "scheduled"
    SEARCHING = "searching"
    DRIVER_ASSIGNED = "driver_assigned"
    DRIVER_ARRIVING = "driver_arriving"
    WAITING = "waiting"
    IN_PROGRESS = "in_progress"
    FINISHED = "finished"
    CANCELLED = "cancelled"

    @property
    def live(self) -> bool:
        """Between the search for a car and the end of the ride."""
        return self not in (TripStatus.SCHEDULED, TripStatus.FINISHED, TripStatus.CANCELLED)


class Vehicle(Wire):
    plate: str
    make: str
    model: str
    colour: str
    seats: int | None = None


class DriverBrief(Wire):
    id: str
    name: str
    phone_masked: str
    photo_url: str | None
    rating: float | None


class Driver(DriverBrief):
    languages: list[str]
    city: str
    on_dispatch: bool
    vehicle: Vehicle | None
    current_trip_id: str | None
    driving_since: date | None = None


class Rider(Wire):
    id: str
    name: str
    phone_masked: str
    email_masked: str | None = None
    language: Literal["zh", "en"]
    city: str
    account_status: Literal["active", "locked", "restricted"]
    payment_methods: list[str] = []
    is_minor: bool | None
    member_since: date | None = None


class Passenger(Wire):
    name: str
    phone_masked: str


class Eta(Wire):
    to: Literal["pickup", "destination"]
    minutes: int = Field(ge=0)
    at: AwareDatetime


class Delay(Wire):
    minutes: int = Field(ge=1)
    reason_code: DelayReason
    reason: str | None
    reported_at: AwareDatetime


class Quote(Wire):
    product: str
    total: Money
    surge: Decimal
    distance_m: int
    duration_s: int
    available: bool
    pickup_minutes: int | None = None
    fixed: bool = False


class ChargeLine(Wire):
    code: str
    label: Bilingual
    amount: Decimal


class Charge(Wire):
    total: Money
    lines: list[ChargeLine]
    distance_m: int
    duration_s: int
    paid: bool
    refunded: Money


class Trip(Wire):
    id: str
    order_no: str
    status: TripStatus
    rider_id: str | None
    booker_id: str
    passenger: Passenger
    driver: DriverBrief | None
    vehicle: Vehicle | None
    previous_driver_ids: list[str]
    city: str
    city_name: Bilingual
    country: str = Field(pattern="^[A-Z]{2}$")
    timezone: str
    pickup: Place
    destination: Place
    product: str
    options: list[RideOption]
    requested_at: AwareDatetime
    promised_pickup_at: AwareDatetime | None
    eta: Eta | None
    delay: Delay | None
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None
    cancelled_by: Literal["rider", "driver", "platform"] | None = None
    last_position: Position | None
    quote: Quote | None
    charge: Charge | None
    rider_device_last_seen: AwareDatetime | None
    driver_device_last_seen: AwareDatetime | None


class TripDetail(Trip):
    planned_route: list[Point]
    driven: list[Position]
    next_trip_started_at: AwareDatetime | None


class TripList(Wire):
    trips: list[Trip]
    more: bool


class Event(Wire):
    """`type` stays open: an unknown one is acknowledged and ignored. `data` depends on it (see the
    contract)."""

    id: str
    type: EventType | str
    at: AwareDatetime
    trip_id: str | None
    lost_item_id: str | None
    data: dict[str, Any]


class EventList(Wire):
    events: list[Event]
    gap: bool
    more: bool
