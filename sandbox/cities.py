"""The cities of the demo (`data/cities.yml`): places, tariffs, time zones."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bot.rides.schemas import Bilingual, Place
from sandbox.data import load


@dataclass(frozen=True)
class Tariff:
    """Amounts in the city's currency; the speed is the mean in traffic."""

    currency: str
    base: Decimal
    per_km: Decimal
    per_minute: Decimal
    cancellation_fee: Decimal
    speed_kmh: float


@dataclass(frozen=True)
class City:
    code: str
    name: Bilingual
    country: str
    timezone: str
    tariff: Tariff
    places: tuple[Place, ...]


def _city(code: str, row: dict[str, Any]) -> City:
    tariff = row["tariff"]
    return City(
        code,
        Bilingual(**row["name"]),
        row["country"],
        row["timezone"],
        Tariff(
            tariff["currency"],
            Decimal(tariff["base"]),
            Decimal(tariff["per_km"]),
            Decimal(tariff["per_minute"]),
            Decimal(tariff["cancellation_fee"]),
            tariff["speed_kmh"],
        ),
        tuple(Place(**place) for place in row["places"]),
    )


CITIES: dict[str, City] = {code: _city(code, row) for code, row in load("cities").items()}


def find_places(query: str, city: str | None = None) -> list[Place]:
    """Places of the city (of all, without one) whose name or address holds the query or is held by it;
    best first."""
    wanted = folded(query)
    if not wanted:
        return []
    found = [
        (rank, order, place)
        for order, place in enumerate(
            place for code, known in CITIES.items() if city in (None, code) for place in known.places
        )
        if (rank := _rank(wanted, place)) is not None
    ]
    return [place for _, _, place in sorted(found, key=lambda row: row[:2])]


def _rank(wanted: str, place: Place) -> int | None:
    """0 for the very name, 1 for a part of it, 2 for a longer text that holds it, 3 for the address; else
    None."""
    names = [folded(name) for name in (place.name, place.name_en or "") if name]
    if wanted in names:
        return 0
    if any(wanted in name for name in names):
        return 1
    if any(name in wanted for name in names):
        return 2
    return 3 if wanted in folded(place.address or "") else None


def folded(text: str) -> str:
    """For comparison: half width, lower case, letters and digits only."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
