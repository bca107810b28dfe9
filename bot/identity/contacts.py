"""The only way to unmasked phones: the ride platform's contacts, read under a grant.

Each function takes the platform's client, the grant, and `reference` (the case's: the platform logs the read
under it). Raises NotAllowed `not_allowed` unless the holder may see unmasked phones, and what the
client raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from bot.errors import NotAllowed
from bot.identity.schemas import Grant, permission_label, who_may

_ACT = "see_unmasked_phone"
One = TypeVar("One", covariant=True)


class Reads(Protocol[One]):
    """What is used of the platform's client (`bot.rides.client.PlatformClient`); One is its contact."""

    async def trip_contacts(self, trip_id: str, reference: str) -> Sequence[One]: ...
    async def rider_contact(self, rider_id: str, reference: str) -> One: ...
    async def driver_contact(self, driver_id: str, reference: str) -> One: ...
    async def emergency_contacts(self, rider_id: str, reference: str) -> Sequence[One]: ...


Contact = TypeVar("Contact")


def _must(grant: Grant) -> None:
    if not grant.may(_ACT):
        words = {"act": permission_label(_ACT, grant.locale), "roles": who_may(_ACT, grant.locale)}
        raise NotAllowed("not_allowed", details={"act": _ACT}, **words)


async def of_trip(platform: Reads[Contact], grant: Grant, trip_id: str, reference: str) -> Sequence[Contact]:
    """Everyone on the trip: rider, booker, passenger, driver."""
    _must(grant)
    return await platform.trip_contacts(trip_id, reference)


async def of_rider(platform: Reads[Contact], grant: Grant, rider_id: str, reference: str) -> Contact:
    """The rider."""
    _must(grant)
    return await platform.rider_contact(rider_id, reference)


async def of_driver(platform: Reads[Contact], grant: Grant, driver_id: str, reference: str) -> Contact:
    """The driver."""
    _must(grant)
    return await platform.driver_contact(driver_id, reference)


async def emergency_of_rider(
    platform: Reads[Contact], grant: Grant, rider_id: str, reference: str
) -> Sequence[Contact]:
    """Whom the rider named for emergencies, perhaps nobody."""
    _must(grant)
    return await platform.emergency_contacts(rider_id, reference)
