"""What to read to the emergency services: only what is known, and what is missing said as missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.incidents.emergency import Place, numbers_for
from bot.incidents.models import Case
from bot.kit.locale import say

# A position older than this is called old: at 60 km/h the car is 2 km further on.
OLD_POSITION_S = 120
LAST_WORDS = 3
# Countries where the service is spoken to in Chinese; English elsewhere.
_CHINESE = ("CN", "TW", "MO")


def script_for(
    case: Case, place: Place, trip: dict[str, Any] | None, said: Sequence[str], caller: str, locale: str
) -> dict[str, Any]:
    """`{numbers, text_number, lines, lines_there}` for the emergency dialog.

    place: where the vehicle is (`incidents.emergency.place_of_case`). trip: the card as `console.trips.shape` gives it, or
    None. said: the reporter's words, oldest first. caller: the agent's name. lines are in the agent's language (`locale`);
    lines_there in the language of the place, empty where it is the same.
    """
    numbers = numbers_for(place, locale, case.kind)
    there = "zh" if place.country in _CHINESE else "en" if place.country else locale
    return {
        "numbers": [_with_area(one, place.area_code, place.country) for one in numbers["numbers"]],
        "text_number": numbers["text_number"],
        "lines": _lines(case, trip, said, caller, locale),
        "lines_there": [] if there == locale else _lines(case, trip, said, caller, there),
    }


def _with_area(number: dict[str, Any], area_code: str | None, country: str | None) -> dict[str, Any]:
    """From another city a mainland short number reaches the caller's own city: the vehicle's area code goes before it."""
    far = (
        area_code + number["number"] if country == "CN" and area_code and len(number["number"]) == 3 else None
    )
    return {**number, "from_elsewhere": far}


def _lines(
    case: Case, trip: dict[str, Any] | None, said: Sequence[str], caller: str, locale: str
) -> list[str]:
    driver = (trip or {}).get("driver") or {}
    vehicle = (driver.get("vehicle_in") or {}).get(locale) or driver.get("vehicle")
    car = " · ".join(str(part) for part in (driver.get("plate"), vehicle) if part)
    words = [text for text in said if text.strip()][-LAST_WORDS:]
    lines = [
        say("script.who_calls", locale, name=caller),
        say("script.what", locale, what=say(f"intent.{case.kind}", locale)),
        _where((trip or {}).get("position"), locale),
        say("script.car", locale, car=car) if car else say("script.no_car", locale),
        say("script.driver", locale, name=driver["name"]) if driver.get("name") else say("script.no_driver", locale),
        _route(trip, locale),
        _people(trip, locale),
        say("script.said", locale, words=" / ".join(f"“{one}”" for one in words)) if words
        else say("script.nothing_said", locale),
    ]  # fmt: skip
    if "cannot_speak" in case.modifiers:
        lines.append(say("script.cannot_speak", locale))
    return [*lines, say("script.reference", locale, reference=case.reference)]


def _where(position: dict[str, Any] | None, locale: str) -> str:
    if not position:
        return say("script.no_position", locale)
    age = round(float(position["age_s"]))
    key = "script.position" if age <= OLD_POSITION_S else "script.position_old"
    ago = say("script.seconds", locale, n=age) if age < 120 else say("script.minutes", locale, n=age // 60)
    return say(key, locale, lat=f"{position['lat']:.5f}", lng=f"{position['lng']:.5f}", ago=ago)


def _route(trip: dict[str, Any] | None, locale: str) -> str:
    if not trip or not trip.get("pickup"):
        return say("script.no_route", locale)
    return say("script.route", locale, start=trip["pickup"], end=trip["destination"])


def _people(trip: dict[str, Any] | None, locale: str) -> str:
    passenger = ((trip or {}).get("passenger") or {}).get("name")
    return (
        say("script.passenger", locale, name=passenger) if passenger else say("script.no_passenger", locale)
    )
