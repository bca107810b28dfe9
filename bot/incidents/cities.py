"""Which city and country a position or a platform's city is in (data/cities.yml): what the emergency number depends on."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict

from bot.kit.data import read_yaml
from bot.settings import settings

_EARTH_KM = 6371.0
_WITHIN_KM = 80.0


class City(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str
    country: str
    area_code: str | None
    lat: float
    lng: float


@lru_cache(maxsize=1)
def _cities() -> dict[str, City]:
    read = read_yaml(settings().data / "cities.yml")
    return {slug: City.model_validate(one) for slug, one in read.items()}


def area_code_of(slug: str) -> str | None:
    """The telephone area code of a platform city, None where it has none or is unknown."""
    city = _cities().get(slug.lower().replace("-", "_").replace(" ", "_"))
    return city.area_code if city else None


def place_at(lat: float, lng: float) -> dict[str, Any] | None:
    """`{country, city_name, area_code}` of a position, None outside the known cities."""
    city = city_at(lat, lng)
    if city is None:
        return None
    return {"country": city.country, "city_name": {"zh": city.zh, "en": city.en}, "area_code": city.area_code}


def city_at(lat: float, lng: float) -> City | None:
    """The nearest known city within 80 km of a position (degrees), else None."""
    distance, city = min(
        ((_distance_km(lat, lng, one), one) for one in _cities().values()), key=lambda pair: pair[0]
    )
    return city if distance <= _WITHIN_KM else None


def _distance_km(lat: float, lng: float, city: City) -> float:
    """Great-circle distance by the haversine formula (R. W. Sinnott, Sky and Telescope 68, 1984)."""
    a, b = math.radians(lat), math.radians(city.lat)
    half = (
        math.sin((b - a) / 2) ** 2
        + math.cos(a) * math.cos(b) * math.sin(math.radians(city.lng - lng) / 2) ** 2
    )
    return 2 * _EARTH_KM * math.asin(math.sqrt(half))
