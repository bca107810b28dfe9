"""The people of the demo. Phones stand in ranges that are reserved or not handed out; the names are
nobody's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal
from urllib.parse import quote as percent

from bot.rides.phones import mask_phone
from bot.rides.schemas import Driver, DriverBrief, Rider, Vehicle
from sandbox.data import load

Language = Literal["zh", "en"]


@dataclass
class RiderRecord:
    """An account. `emergency` holds (name, phone, relation); `note` tells the demo page who this is."""

    id: str
    name: str
    phone: str
    language: Language
    city: str
    note: str
    email: str | None = None
    methods: list[str] = field(default_factory=lambda: ["card"])
    is_minor: bool = False
    locked: bool = False
    emergency: tuple[tuple[str, str, str], ...] = ()
    blocked_drivers: list[str] = field(default_factory=list)

    def shown(self, restricted: bool) -> Rider:
        return Rider(
            id=self.id,
            name=self.name,
            phone_masked=mask_phone(self.phone),
            email_masked=mask_email(self.email) if self.email else None,
            language=self.language,
            city=self.city,
            account_status="restricted" if restricted else "locked" if self.locked else "active",
            payment_methods=list(self.methods),
            is_minor=self.is_minor,
            member_since=date(2021, 3, 1),
        )


@dataclass
class DriverRecord:
    """A driver with the car. `offers` are the ride options that the car can take; `stops` what else keeps
    orders away."""

    id: str
    name: str
    phone: str
    languages: tuple[str, ...]
    city: str
    vehicle: Vehicle
    rating: float
    note: str
    offers: frozenset[str] = frozenset({"luggage", "quiet"})
    stops: tuple[str, ...] = ()

    def brief(self) -> DriverBrief:
        return DriverBrief(
            id=self.id,
            name=self.name,
            phone_masked=mask_phone(self.phone),
            photo_url=_portrait(self.name),
            rating=self.rating,
        )

    def shown(self, on_dispatch: bool, current_trip_id: str | None) -> Driver:
        return Driver(
            **self.brief().model_dump(),
            languages=list(self.languages),
            city=self.city,
            on_dispatch=on_dispatch,
            vehicle=self.vehicle,
            current_trip_id=current_trip_id,
            driving_since=date(2019, 5, 1),
        )


def mask_email(address: str) -> str:
    name, _, host = address.partition("@")
    return f"{name[:1]}***@{host}"


def _portrait(name: str) -> str:
    """A picture that needs no further request: the first letter on a colour."""
    hue = sum(map(ord, name)) * 47 % 360
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 64 64'>"
        f"<rect width='64' height='64' rx='32' fill='hsl({hue},45%,38%)'/>"
        "<text x='32' y='43' font-family='sans-serif' font-size='30' fill='white' text-anchor='middle'>"
        f"{name[0]}</text></svg>"
    )
    return "data:image/svg+xml," + percent(svg)


def riders() -> dict[str, RiderRecord]:
    """Fresh copies, as they are before anybody acts."""
    rows = load("people")["riders"]
    made = (RiderRecord(**row | {"emergency": tuple(map(tuple, row.get("emergency", ())))}) for row in rows)
    return {rider.id: rider for rider in made}


def drivers() -> dict[str, DriverRecord]:
    return {row["id"]: _driver(row) for row in load("people")["drivers"]}


def _driver(row: dict[str, Any]) -> DriverRecord:
    given = row | {"languages": tuple(row["languages"]), "vehicle": Vehicle(**row["vehicle"])}
    if "offers" in row:
        given["offers"] = frozenset(row["offers"])
    return DriverRecord(**given | {"stops": tuple(row.get("stops", ()))})
