"""What the platform tells, as small frozen values. Times are UTC; money is Decimal with its ISO 4217
currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from actions.wire import Wire

Language = Literal["zh", "en"]
BEFORE_RIDE = frozenset({"searching", "driver_assigned", "driver_arriving", "waiting"})
LIVE = BEFORE_RIDE | {"in_progress"}
# Charges that are a cost of the road, of waiting or of the passenger's own choice, not of the route driven.
EXTRAS = frozenset({"toll", "airport", "waiting", "cleaning", "tip", "promotion", "cancellation_fee"})


@dataclass(frozen=True)
class Money:
    amount: Decimal
    currency: str

    @classmethod
    def read(cls, wire: Wire) -> Money:
        return cls(wire.decimal("amount"), wire.text("currency"))

    @property
    def minor(self) -> int:
        """In hundredths, as data/policy.yml has its limits."""
        return int((self.amount * 100).to_integral_value())

    def __str__(self) -> str:
        return f"{self.amount:.2f} {self.currency}"


@dataclass(frozen=True)
class Place:
    name: str
    name_en: str | None
    lat: float
    lng: float
    address: str | None = None

    @classmethod
    def read(cls, wire: Wire) -> Place:
        at = wire.number("lat"), wire.number("lng")
        return cls(wire.text("name"), wire.text_or_none("name_en"), *at, wire.text_or_none("address"))

    def label(self, language: str) -> str:
        return self.name_en or self.name if language == "en" else self.name

    def as_input(self) -> dict[str, object]:
        return {"name": self.name, "address": self.address, "lat": self.lat, "lng": self.lng}


@dataclass(frozen=True)
class Driver:
    id: str
    name: str


@dataclass(frozen=True)
class Vehicle:
    plate: str
    make: str
    model: str
    colour: str


@dataclass(frozen=True)
class Position:
    lat: float
    lng: float
    at: datetime

    @classmethod
    def read(cls, wire: Wire) -> Position:
        return cls(wire.number("lat"), wire.number("lng"), wire.at("at"))


@dataclass(frozen=True)
class Eta:
    to: str
    minutes: int
    at: datetime


@dataclass(frozen=True)
class Delay:
    minutes: int
    reason_code: str
    reason: str | None


@dataclass(frozen=True)
class Quote:
    """distance in metres, duration in seconds; fixed: the price binds."""

    product: str
    total: Money
    distance_m: int
    duration_s: int
    available: bool
    pickup_minutes: int | None
    fixed: bool

    @classmethod
    def read(cls, wire: Wire) -> Quote:
        return cls(
            wire.text("product"),
            Money.read(wire.part("total")),
            wire.integer("distance_m"),
            wire.integer("duration_s"),
            wire.flag("available", default=True),
            wire.integer_or_none("pickup_minutes"),
            wire.flag("fixed", default=False),
        )


@dataclass(frozen=True)
class Line:
    code: str
    label_zh: str
    label_en: str
    amount: Decimal

    @classmethod
    def read(cls, wire: Wire) -> Line:
        label = wire.part("label")
        return cls(wire.text("code"), label.text("zh"), label.text("en"), wire.decimal("amount"))

    def label(self, language: str) -> str:
        return self.label_zh if language == "zh" else self.label_en


@dataclass(frozen=True)
class Charge:
    total: Money
    lines: tuple[Line, ...]
    distance_m: int
    duration_s: int
    paid: bool
    refunded: Money

    @classmethod
    def read(cls, wire: Wire) -> Charge:
        return cls(
            Money.read(wire.part("total")),
            tuple(Line.read(line) for line in wire.parts("lines")),
            wire.integer("distance_m"),
            wire.integer("duration_s"),
            wire.flag("paid"),
            Money.read(wire.part("refunded")),
        )

    def sum_of(self, *codes: str) -> Decimal:
        return sum((line.amount for line in self.lines if line.code in codes), Decimal(0))


@dataclass(frozen=True)
class Trip:
    id: str
    order_no: str
    status: str
    rider_id: str | None
    booker_id: str
    driver: Driver | None
    vehicle: Vehicle | None
    city: str
    timezone: str
    pickup: Place
    destination: Place
    requested_at: datetime
    promised_pickup_at: datetime | None
    eta: Eta | None
    delay: Delay | None
    started_at: datetime | None
    finished_at: datetime | None
    cancelled_by: str | None
    position: Position | None
    quote: Quote | None
    charge: Charge | None
    options: tuple[str, ...] = ()

    @property
    def live(self) -> bool:
        return self.status in LIVE

    @property
    def at(self) -> datetime:
        """When the passenger would say it was: the ride's begin, else the promised pickup, else the order."""
        return self.started_at or self.promised_pickup_at or self.requested_at

    @classmethod
    def read(cls, wire: Wire) -> Trip:
        driver, vehicle = wire.part_or_none("driver"), wire.part_or_none("vehicle")
        eta, delay = wire.part_or_none("eta"), wire.part_or_none("delay")
        position, quote, charge = (wire.part_or_none(key) for key in ("last_position", "quote", "charge"))
        return cls(
            id=wire.text("id"),
            order_no=wire.text("order_no"),
            status=wire.text("status"),
            rider_id=wire.text_or_none("rider_id"),
            booker_id=wire.text("booker_id"),
            driver=Driver(driver.text("id"), driver.text("name")) if driver else None,
            vehicle=_vehicle(vehicle) if vehicle else None,
            city=wire.text("city"),
            timezone=wire.text("timezone"),
            pickup=Place.read(wire.part("pickup")),
            destination=Place.read(wire.part("destination")),
            requested_at=wire.at("requested_at"),
            promised_pickup_at=wire.at_or_none("promised_pickup_at"),
            eta=Eta(eta.text("to"), eta.integer("minutes"), eta.at("at")) if eta else None,
            delay=Delay(delay.integer("minutes"), delay.text("reason_code"), delay.text_or_none("reason"))
            if delay
            else None,
            started_at=wire.at_or_none("started_at"),
            finished_at=wire.at_or_none("finished_at"),
            cancelled_by=wire.text_or_none("cancelled_by"),
            position=Position.read(position) if position else None,
            quote=Quote.read(quote) if quote else None,
            charge=Charge.read(charge) if charge else None,
            options=wire.texts("options"),
        )


def _vehicle(wire: Wire) -> Vehicle:
    return Vehicle(wire.text("plate"), wire.text("make"), wire.text("model"), wire.text("colour"))


@dataclass(frozen=True)
class Rider:
    id: str
    name: str
    city: str
    account_status: str
    email_masked: str | None

    @classmethod
    def read(cls, wire: Wire) -> Rider:
        status, email = wire.text("account_status"), wire.text_or_none("email_masked")
        return cls(wire.text("id"), wire.text("name"), wire.text("city"), status, email)


@dataclass(frozen=True)
class Verified:
    """Who holds a phone: accounts, and the trips of the last 7 days, newest first."""

    rider_id: str | None
    driver_id: str | None
    trip_ids: tuple[str, ...]


@dataclass(frozen=True)
class Payment:
    method: str
    amount: Money
    status: str
    failure_code: str | None
    at: datetime


@dataclass(frozen=True)
class Refund:
    id: str
    amount: Money
    status: str
    expected_by: datetime | None
    reason: str


@dataclass(frozen=True)
class LostItem:
    """status: asked, found, denied, return_arranged or returned."""

    id: str
    trip_id: str
    status: str
    category: str
    item: str
    driver_asked: bool
    next_passenger_asked: bool
    reference: str | None


@dataclass(frozen=True)
class Promotion:
    code: str
    title_zh: str
    title_en: str
    status: str
    value: Money
    expires_at: datetime

    def title(self, language: str) -> str:
        return self.title_zh if language == "zh" else self.title_en
