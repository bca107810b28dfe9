"""Which city and country a position or a platform's city is in (data/cities.yml): what the emergency number depends on."""

from __future__ import annotations

import math
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import structlog
import tzfpy
from pydantic import BaseModel, ConfigDict, Field, RootModel

from bot.kit.data import read_yaml
from bot.settings import settings

log = structlog.get_logger(__name__)
_EARTH_KM = 6371.0
_WITHIN_KM = 80.0


class City(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    country: str
    area_code: str | None = Field(pattern=r"^\d+$")
    lat: float = Field(ge=-90, le=90)
    lng: float = Field(ge=-180, le=180)


class _File(RootModel[dict[str, City]]):
    """The whole list, so that what is wrong is named with its city."""


def load(path: Path) -> dict[str, City]:
    """Read and check the list of cities by slug. Raises ValueError whose sentences name what is wrong: a field, a country that
    there is not."""
    read = _File.model_validate(read_yaml(path)).root
    known = set(_countries().values())
    wrong = [
        f"{slug}: {city.country} is no country: write the two letters of ISO 3166, such as CN"
        for slug, city in read.items()
        if city.country not in known
    ]
    if wrong:
        raise ValueError("; ".join(wrong))
    return read


@lru_cache(maxsize=1)
def cities() -> dict[str, City]:
    """The list in force, read once, by the platform's slug."""
    return load(settings().data / "cities.yml")


def area_code_of(slug: str) -> str | None:
    """The telephone area code of a platform city, None where it has none or is unknown."""
    city = cities().get(slug.lower().replace("-", "_").replace(" ", "_"))
    return city.area_code if city else None


def place_at(lat: float, lng: float) -> dict[str, Any] | None:
    """`{country, city_name, area_code}` of a position (degrees): the country by its borders, the city (its name and area
    code may be empty) only where it is in that country. None at sea, far from every known city, and where looking fails: a cry
    is stored and heard without its place."""
    try:
        city, country = city_at(lat, lng), country_at(lat, lng)
    except Exception:
        log.exception("no place found for a position")
        return None
    if city is None and country is None:
        return None
    return {
        "country": country or (city.country if city else None),
        "city_name": {"zh": city.zh, "en": city.en} if city else {},
        "area_code": city.area_code if city else None,
    }


def country_at(lat: float, lng: float) -> str | None:
    """The country (ISO 3166, two letters) that a position (degrees) is in, None on the high seas. The nearest city does not
    tell it: Hong Kong's north is nearer to Shenzhen. Every country's time zones end at its borders, here within 111 m."""
    return _countries().get(tzfpy.get_tz(lng, lat))


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """The country of each time zone (zone.tab of the IANA time zone database: country, position, zone)."""
    lines = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {zone: country for country, _, zone, *_ in rows}


def city_at(lat: float, lng: float) -> City | None:
    """The nearest known city within 80 km of a position (degrees) that no border parts from it, else None."""
    country = country_at(lat, lng)
    near = [
        (_distance_km(lat, lng, one), one)
        for one in cities().values()
        if country is None or one.country == country
    ]
    distance, city = min(near, key=lambda pair: pair[0], default=(math.inf, None))
    return city if distance <= _WITHIN_KM else None


def _distance_km(lat: float, lng: float, city: City) -> float:
    """Great-circle distance by the haversine formula (R. W. Sinnott, Sky and Telescope 68, 1984)."""
    a, b = math.radians(lat), math.radians(city.lat)
    half = (
        math.sin((b - a) / 2) ** 2
        + math.cos(a) * math.cos(b) * math.sin(math.radians(city.lng - lng) / 2) ** 2
    )
    return 2 * _EARTH_KM * math.asin(math.sqrt(half))
