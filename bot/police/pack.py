"""The data pack: what the officer needs of the trip, read under an audited grant, each page and file marked with the request,
the officer's unit, who hands it over and when."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

from bot.identity import contacts
from bot.identity.personal import contacts_for
from bot.identity.schemas import Grant, Member
from bot.incidents.locating import snapshot
from bot.incidents.models import Case
from bot.kit.now import iso, now
from bot.police.models import PoliceRequest
from bot.police.schemas import NEEDS, Facts
from bot.rides.answers import Contact
from bot.rides.client import PlatformClient
from bot.rides.errors import PlatformError
from bot.rides.service import get_trip_card

_TRIP = (
    "id", "order_no", "status", "city_name", "country", "timezone", "pickup", "destination", "product", "requested_at",
    "started_at", "finished_at", "cancelled_by", "passenger", "booked_by_other", "rider_device_last_seen",
    "driver_device_last_seen",
)  # fmt: skip
_DRIVER = ("id", "name", "languages", "city", "driving_since", "on_dispatch")


async def gather(
    platform: PlatformClient, grant: Grant, staff: Member, request: PoliceRequest, facts: Facts, case: Case
) -> dict[str, Any]:
    """The pack as plain data: `sections` are those asked for, `missing` what the platform did not give, `stale` that the trip
    is as last seen because the platform does not answer. The case's trip must be known. Raises NotAllowed for a grant that
    may not see full phones."""
    trip, stale, missing = await _trip(platform, case)
    sections = [one for one in NEEDS if one in request.needs]
    known: Sequence[Contact] = []
    if "contacts" in sections or "driver" in sections:
        known, unread = await _contacts(platform, grant, trip, request.reference)
        missing += unread
    pack: dict[str, Any] = {
        "reference": request.reference, "trip_id": trip["id"], "sections": sections, "missing": missing, "stale": stale,
        "seen_at": trip.get("seen_at"),
        "watermark": {
            "reference": request.reference, "unit": facts.unit, "officer": facts.officer, "badge": facts.badge,
            "released_by": staff.name, "at": iso(now()),
        },
    }  # fmt: skip
    for section in sections:
        pack[section] = _section(section, trip, known, grant)
    return pack


async def _trip(platform: PlatformClient, case: Case) -> tuple[dict[str, Any], bool, list[str]]:
    """(the trip now, or as it was last seen; whether it is the latter; parts that could not be read)."""
    try:
        card = await get_trip_card(platform, str(case.trip_id), now())
    except PlatformError:
        if case.trip is None:
            raise
        return case.trip, True, ["live"]
    return snapshot(card), False, list(card.missing)


async def _contacts(
    platform: PlatformClient, grant: Grant, trip: dict[str, Any], reference: str
) -> tuple[list[Contact], list[str]]:
    """Everybody on the trip with full phones, and whom the rider named for emergencies; what could not be read is told."""
    asked: list[Awaitable[Sequence[Contact]]] = [contacts.of_trip(platform, grant, trip["id"], reference)]
    if trip.get("rider_id"):
        asked.append(contacts.emergency_of_rider(platform, grant, trip["rider_id"], reference))
    found: list[Contact] = []
    missing = []
    for answer in await asyncio.gather(*asked, return_exceptions=True):
        if isinstance(answer, PlatformError):
            missing = ["contacts"]
        elif isinstance(answer, BaseException):
            raise answer
        else:
            found.extend(answer)
    return found, missing


def _section(name: str, trip: dict[str, Any], known: Sequence[Contact], grant: Grant) -> Any:
    driver = trip.get("driver") or {}
    if name == "trip":
        return {key: trip.get(key) for key in _TRIP}
    if name == "driver":
        phone = next((one["phone"] for one in contacts_for(grant, known) if one["role"] == "driver"), None)
        told = {key: driver[key] for key in _DRIVER if driver.get(key) is not None}
        return {
            **told,
            "phone": phone or driver.get("phone_masked"),
            "previous_driver_ids": trip["previous_driver_ids"],
        }
    if name == "vehicle":
        return trip.get("vehicle") or driver.get("vehicle") or {}
    if name == "route":
        return {"planned": trip.get("planned_route", []), "driven": trip.get("driven", [])}
    if name == "positions":
        return {"last": trip.get("last_position"), "driven": trip.get("driven", [])}
    return contacts_for(grant, known)
