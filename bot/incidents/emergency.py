"""The emergency numbers valid at the vehicle: by its position or trip, else by the language (data/policy.yml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.incidents.models import Case
from bot.kit.locale import say
from bot.policy import policy

_SERVICES = ("police", "ambulance", "fire", "traffic", "crisis")


@dataclass(frozen=True)
class Place:
    """Where the vehicle is, as far as known. area_code: the city's telephone code with its leading zero."""

    country: str | None = None
    city: str | None = None
    area_code: str | None = None
    basis: str = "language"


def place_of_case(case: Case, location: Mapping[str, Any] | None = None) -> Place:
    """Where the vehicle of a case is, for staff: by its trip, else by the reporter's phone (a conversation's `location`).
    What a reporter may learn of it, `chat.state` decides."""
    for place, basis in ((case.trip, "trip"), ((location or {}).get("place"), "position")):
        if place and place.get("country"):
            return Place(
                place["country"], (place.get("city_name") or {}).get("en"), place.get("area_code"), basis
            )
    return Place()


def local_time(case: Case, at: datetime) -> str:
    """`16:42` on the clocks where the vehicle is; with `UTC` behind it while nobody knows where that is."""
    zone = (case.trip or {}).get("timezone")
    return (
        at.astimezone(ZoneInfo(zone)).strftime("%H:%M") if zone else at.astimezone(UTC).strftime("%H:%M UTC")
    )


def numbers_for(place: Place, locale: str, intent: str | None = None) -> dict[str, Any]:
    """`{place, numbers: [{service, number, label}], text_number, basis}`: those that lead for `intent` come first.

    text_number is the SMS service: mainland China 12110 plus the area code's last three digits.
    """
    chosen = policy()
    country = place.country or chosen.emergency_by_language.get(locale, "default")
    numbers = chosen.emergency.get(country) or chosen.emergency["default"]
    lead = chosen.emergency_service.get(intent or "", chosen.emergency_service["default"])
    # A crisis line helps where it leads; elsewhere it only pushes the numbers that matter down.
    order = [*lead, *(name for name in _SERVICES if name not in lead and name != "crisis")]
    listed = [
        {"service": name, "number": number, "label": say(f"emergency.{name}", locale)}
        for name in order
        if (number := getattr(numbers, name))
    ]
    text = numbers.text
    if numbers.text_prefix and place.area_code:
        text = numbers.text_prefix + place.area_code[-3:]
    return {
        "place": place.city, "numbers": listed, "basis": place.basis if place.country else "language",
        "text_number": {"number": text, "body": say("emergency.text_body", locale)} if text else None,
    }  # fmt: skip
