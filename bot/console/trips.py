"""The trip on the agent's screen: the live card when the platform answers, else the last one seen, and its age."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from bot.identity import contacts
from bot.identity.personal import trip_for
from bot.identity.schemas import Grant
from bot.incidents.locating import snapshot
from bot.kit.locale import has_text, say
from bot.kit.now import iso, now
from bot.rides.answers import Contact
from bot.rides.client import PlatformClient
from bot.rides.errors import PlatformError
from bot.rides.service import get_trip_card

log = structlog.get_logger(__name__)
_FRESH_S = 2.0
_FORGET_S = 300.0


class TripCards:
    """Reads cards through a cache of two seconds, so that ten open screens ask the platform once."""

    def __init__(self, platform: PlatformClient) -> None:
        self._platform = platform
        self._seen: dict[str, tuple[float, dict[str, Any]]] = {}

    async def card(
        self, trip_id: str | None, known: dict[str, Any] | None, grant: Grant, reference: str
    ) -> dict[str, Any] | None:
        """The trip as the grant's holder may see it; `stale` when the platform did not answer and an older card is shown."""
        if trip_id is None:
            return None
        trip, stale = await self._read(trip_id), False
        if trip is None:
            trip, stale = known, True
        if trip is None:
            return {"id": trip_id, "stale": True}
        people = await self._contacts(trip, grant, reference) if grant.may("see_unmasked_phone") else []
        return {**shape(trip_for(grant, trip, people), grant.locale), "stale": stale}

    async def _read(self, trip_id: str) -> dict[str, Any] | None:
        clock = time.monotonic()
        self._seen = {key: one for key, one in self._seen.items() if clock - one[0] < _FORGET_S}
        seen = self._seen.get(trip_id)
        if seen is not None and clock - seen[0] < _FRESH_S:
            return seen[1]
        try:
            trip = snapshot(await get_trip_card(self._platform, trip_id, now()))
        except PlatformError as problem:
            log.warning("trip not read", trip=trip_id, error=str(problem))
            return None
        self._seen[trip_id] = (clock, trip)
        return trip

    async def _contacts(self, trip: dict[str, Any], grant: Grant, reference: str) -> list[Contact]:
        """Everyone's phone on a live trip's card, and the emergency contacts; what cannot be read is left out."""
        asked: list[Awaitable[Sequence[Contact]]] = [
            contacts.of_trip(self._platform, grant, trip["id"], reference)
        ]
        if trip.get("rider_id"):
            asked.append(contacts.emergency_of_rider(self._platform, grant, trip["rider_id"], reference))
        answers = await asyncio.gather(*asked, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, PlatformError):
                raise answer
        return [one for answer in answers if not isinstance(answer, BaseException) for one in answer]


def shape(trip: dict[str, Any], locale: str) -> dict[str, Any]:
    """A trip in the form of the screen; who may see what was decided before (`personal.trip_for`)."""
    position = trip.get("last_position")
    driver, vehicle = trip.get("driver") or {}, trip.get("vehicle") or {}
    cars = {language: _car(vehicle, language) for language in ("zh", "en")}
    local = now().astimezone(ZoneInfo(trip["timezone"])).strftime("%H:%M") if trip.get("timezone") else None
    return {
        "id": trip["id"], "order_number": trip["order_no"], "status": trip["status"], "live": trip["live"],
        "status_label": _word("trip", trip["status"], locale),
        "city": trip["city_name"][locale], "local_time": local,
        "pickup": _place(trip["pickup"], locale), "destination": _place(trip["destination"], locale),
        "driver": {
            "id": driver.get("id"), "name": driver.get("name"), "phone": driver.get("phone"),
            "photo": driver.get("photo_url"), "rating": driver.get("rating"), "plate": vehicle.get("plate"),
            "vehicle": cars[locale], "vehicle_in": cars,
            "on_dispatch": driver.get("on_dispatch"),
        },
        "passenger": trip["passenger"], "rider": trip.get("rider"), "booked_by_other": trip.get("booked_by_other"),
        "position": {**position, "age_s": _age_s(position["at"])} if position else None,
        "planned": [[point["lat"], point["lng"]] for point in trip.get("planned_route", [])],
        "driven": [[point["lat"], point["lng"]] for point in trip.get("driven", [])],
        "quote": trip.get("quote"), "charge": trip.get("charge"), "delay": trip.get("delay"), "eta": trip.get("eta"),
        "device_last_seen": trip.get("rider_device_last_seen"), "seen_at": trip.get("seen_at"),
        "emergency_contacts": [
            {**one, "relation": _word("relation", one.get("relation"), locale)} for one in trip.get("emergency_contacts", [])
        ],
        "started_at": trip.get("started_at"), "finished_at": trip.get("finished_at"), "read_at": iso(now()),
    }  # fmt: skip


def _car(vehicle: dict[str, Any], locale: str) -> str:
    """Colour, make and model, the colour in the language of whoever reads it, perhaps to the police."""
    parts = (_word("colour", vehicle.get("colour"), locale), vehicle.get("make"), vehicle.get("model"))
    return " ".join(str(part) for part in parts if part)


def _word(kind: str, value: str | None, locale: str) -> str:
    """The platform's code in words; what we have none for stays as the platform says it."""
    key = f"{kind}.{(value or '').lower()}"
    return say(key, locale) if has_text(key) else (value or "").replace("_", " ")


def _place(place: dict[str, Any], locale: str) -> str:
    name = place.get("name_en") if locale == "en" else None
    return str(name or place["name"])


def _age_s(at: str) -> float:
    """Seconds since a position was taken."""
    return max(0.0, (now() - datetime.fromisoformat(at.replace("Z", "+00:00"))).total_seconds())
