"""The platform's contract as typed calls. Reads are tried twice; acts take an idempotency key and are
tried once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal, Self, TypeVar
from urllib.parse import quote

from bot.rides import answers
from bot.rides import schemas as wire
from bot.rides.errors import NotFound
from bot.rides.transport import Limits, Transport

Answer = TypeVar("Answer", bound=wire.Wire)


@dataclass(frozen=True)
class TripFilter:
    """All that is given must fit, and one of the first eight is needed. `since` is aware."""

    rider: str | None = None
    booker: str | None = None
    account: str | None = None
    phone: str | None = None
    plate: str | None = None
    plate_part: str | None = None
    driver: str | None = None
    order: str | None = None
    status: wire.TripStatus | None = None
    since: datetime | None = None
    live: bool | None = None
    limit: int = 20

    def query(self) -> dict[str, str | int | bool | None]:
        since = self.since.isoformat() if self.since else None
        return {field.name: getattr(self, field.name) for field in fields(self)} | {"since": since}


class _Drivers(wire.Wire):
    drivers: list[wire.Driver]


class _Riders(wire.Wire):
    riders: list[wire.Rider]


class _Contacts(wire.Wire):
    contacts: list[answers.Contact]


class _LostItems(wire.Wire):
    lost_items: list[answers.LostItem]


class _Refunds(wire.Wire):
    refunds: list[answers.Refund]


class _Payments(wire.Wire):
    payments: list[answers.Payment]


class _TripId(wire.Wire):
    trip_id: str


class PlatformClient:
    """One per process. Every call may raise PlatformUnavailable, PlatformRefused and NotFound
    (`bot.rides.errors`)."""

    def __init__(self, base_url: str, key: str, limits: Limits | None = None) -> None:
        self._transport = Transport(base_url, key, limits or Limits())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._transport.close()

    # Trips

    async def find_trips(self, wanted: TripFilter) -> wire.TripList:
        """Newest first; no trip fits a filter that the platform cannot read, such as a phone that is none."""
        return await self._transport.get("/trips", wire.TripList, **wanted.query())

    async def trip(self, trip_id: str) -> wire.TripDetail:
        return await self._transport.get(f"/trips/{_part(trip_id)}", wire.TripDetail)

    async def cancellation_terms(self, trip_id: str) -> answers.CancellationTerms:
        return await self._transport.get(
            f"/trips/{_part(trip_id)}/cancellation-terms", answers.CancellationTerms
        )

    async def cancel(
        self, trip_id: str, fee: Literal["waived", "standard"], *, key: str, reason_code: str | None = None
    ) -> wire.Trip:
        body = {"fee": fee, "reason_code": reason_code}
        return await self._post(f"/trips/{_part(trip_id)}/cancel", wire.Trip, body, key)

    async def redispatch(self, trip_id: str, reason_code: str, *, key: str) -> wire.Trip:
        body = {"reason_code": reason_code}
        return await self._post(f"/trips/{_part(trip_id)}/redispatch", wire.Trip, body, key)

    async def confirm_trip(self, facts: Mapping[str, str], requester: str) -> str:
        """The id of the one trip that two of the facts fit (time, place, plate, fare); else NotFound."""
        body = {"facts": dict(facts), "requester": requester}
        return (await self._post("/trips/confirm", _TripId, body, None)).trip_id

    # People

    async def rider(self, rider_id: str) -> wire.Rider:
        return await self._transport.get(f"/riders/{_part(rider_id)}", wire.Rider)

    async def riders_by_phone(self, phone: str) -> list[wire.Rider]:
        return (await self._transport.get("/riders", _Riders, phone=phone)).riders

    async def driver(self, driver_id: str) -> wire.Driver:
        return await self._transport.get(f"/drivers/{_part(driver_id)}", wire.Driver)

    async def find_drivers(self, *, plate: str | None = None, phone: str | None = None) -> list[wire.Driver]:
        return (await self._transport.get("/drivers", _Drivers, plate=plate, phone=phone)).drivers

    async def sign_out_everywhere(self, rider_id: str, *, key: str) -> answers.Accepted:
        return await self._post(f"/riders/{_part(rider_id)}/sign-outs", answers.Accepted, None, key)

    async def block_driver(self, rider_id: str, driver_id: str, reference: str, *, key: str) -> list[str]:
        """The two are never matched again; returns the ids of all drivers blocked for this rider."""
        body = {"driver_id": driver_id, "reference": reference}
        path = f"/riders/{_part(rider_id)}/blocked-drivers"
        return (await self._post(path, answers.BlockedDrivers, body, key)).driver_ids

    # Unmasked phones: personal data, logged by the platform under the reference

    async def trip_contacts(self, trip_id: str, reference: str) -> list[answers.Contact]:
        path = f"/trips/{_part(trip_id)}/contacts"
        return (await self._transport.get(path, _Contacts, reference=reference)).contacts

    async def rider_contact(self, rider_id: str, reference: str) -> answers.Contact:
        return await self._transport.get(
            f"/riders/{_part(rider_id)}/contact", answers.Contact, reference=reference
        )

    async def driver_contact(self, driver_id: str, reference: str) -> answers.Contact:
        return await self._transport.get(
            f"/drivers/{_part(driver_id)}/contact", answers.Contact, reference=reference
        )

    async def emergency_contacts(self, rider_id: str, reference: str) -> list[answers.Contact]:
        path = f"/riders/{_part(rider_id)}/emergency-contacts"
        return (await self._transport.get(path, _Contacts, reference=reference)).contacts

    # Dispatch holds and restrictions: one per reference, so repeating or lifting one touches no other

    async def dispatch(self, driver_id: str) -> answers.Dispatch:
        return await self._transport.get(f"/drivers/{_part(driver_id)}/dispatch-hold", answers.Dispatch)

    async def hold_driver(self, driver_id: str, reason_code: str, reference: str) -> answers.Dispatch:
        path, body = f"/drivers/{_part(driver_id)}/dispatch-hold", _hold(reason_code, reference)
        return await self._transport.act("PUT", path, answers.Dispatch, body=body)

    async def release_driver(self, driver_id: str, reference: str) -> answers.Dispatch:
        path = f"/drivers/{_part(driver_id)}/dispatch-hold"
        return await self._transport.act("DELETE", path, answers.Dispatch, reference=reference)

    async def restrict(
        self, kind: Literal["driver", "rider"], account_id: str, reason_code: str, reference: str
    ) -> answers.Restrictions:
        path, body = f"/{kind}s/{_part(account_id)}/restriction", _hold(reason_code, reference)
        return await self._transport.act("PUT", path, answers.Restrictions, body=body)

    async def unrestrict(
        self, kind: Literal["driver", "rider"], account_id: str, reference: str
    ) -> answers.Restrictions:
        path = f"/{kind}s/{_part(account_id)}/restriction"
        return await self._transport.act("DELETE", path, answers.Restrictions, reference=reference)

    # Lost items

    async def lost_item(self, lost_item_id: str) -> answers.LostItem:
        return await self._transport.get(f"/lost-items/{_part(lost_item_id)}", answers.LostItem)

    async def lost_items(self, trip_id: str) -> list[answers.LostItem]:
        return (await self._transport.get(f"/trips/{_part(trip_id)}/lost-items", _LostItems)).lost_items

    async def report_lost_item(
        self,
        trip_id: str,
        category: answers.ItemCategory,
        item: str,
        *,
        key: str,
        description: str | None = None,
        call_back_phone: str | None = None,
        reference: str | None = None,
    ) -> answers.LostItem:
        body = {
            "category": category,
            "item": item,
            "description": description,
            "call_back_phone": call_back_phone,
            "reference": reference,
        }
        return await self._post(f"/trips/{_part(trip_id)}/lost-items", answers.LostItem, body, key)

    async def remind_lost_item(self, lost_item_id: str, *, key: str) -> answers.LostItem:
        return await self._post(f"/lost-items/{_part(lost_item_id)}/reminders", answers.LostItem, None, key)

    # Contact with the driver

    async def call(
        self, trip_id: str, caller: answers.PartyName, callee: answers.PartyName, *, key: str
    ) -> answers.Call:
        """A masked call. `number_failed`: nobody's phone rang, take another way."""
        return await self._post(
            f"/trips/{_part(trip_id)}/calls", answers.Call, {"from": caller, "to": callee}, key
        )

    async def push_to_driver(
        self,
        driver_id: str,
        kind: Literal["passenger_waiting", "cannot_reach", "lost_item", "notice"],
        text: str,
        *,
        key: str,
        trip_id: str | None = None,
    ) -> answers.Delivery:
        body = {"kind": kind, "text": text, "trip_id": trip_id}
        return await self._post(f"/drivers/{_part(driver_id)}/pushes", answers.Delivery, body, key)

    async def ask_driver_to_call(
        self, driver_id: str, trip_id: str, to: answers.PartyName, *, key: str, reason_code: str | None = None
    ) -> answers.Delivery:
        body = {"trip_id": trip_id, "to": to, "reason_code": reason_code}
        return await self._post(f"/drivers/{_part(driver_id)}/call-requests", answers.Delivery, body, key)

    # Money

    async def refunds(self, trip_id: str) -> list[answers.Refund]:
        return (await self._transport.get(f"/trips/{_part(trip_id)}/refunds", _Refunds)).refunds

    async def payments(self, trip_id: str) -> list[answers.Payment]:
        return (await self._transport.get(f"/trips/{_part(trip_id)}/payments", _Payments)).payments

    async def refund(
        self, trip_id: str, money: wire.Money, reason: str, *, key: str, reference: str | None = None
    ) -> answers.Refund:
        body = {
            "amount": str(money.amount),
            "currency": money.currency,
            "reason": reason,
            "reference": reference,
        }
        return await self._post(f"/trips/{_part(trip_id)}/refunds", answers.Refund, body, key)

    # One-time codes and events

    async def send_code(
        self,
        *,
        key: str,
        phone: str | None = None,
        trip_id: str | None = None,
        to: Literal["passenger", "booker"] = "passenger",
        language: Literal["zh", "en"] = "zh",
    ) -> answers.CodeSent:
        """To a phone, or to the phone on an order: exactly one of `phone` and `trip_id`."""
        body = {"phone": phone, "trip_id": trip_id, "to": to, "language": language}
        return await self._post("/codes", answers.CodeSent, body, key)

    async def verify_code(self, code_id: str, code: str) -> answers.Verified:
        return await self._post("/codes/verify", answers.Verified, {"code_id": code_id, "code": code}, None)

    async def events(self, after: str | None = None, limit: int = 100) -> wire.EventList:
        """What happened after the event `after`, oldest first; `gap` says that some may be lost."""
        return await self._transport.get("/events", wire.EventList, after=after, limit=limit)

    async def _post(
        self, path: str, into: type[Answer], body: Mapping[str, object] | None, key: str | None
    ) -> Answer:
        return await self._transport.act("POST", path, into, body=body, key=key)


def _part(identifier: str) -> str:
    """An id as one path segment, whatever it holds: it may have been typed by a person."""
    if identifier in ("", ".", ".."):
        raise NotFound(404, "not_found", f"{identifier!r} is no id")
    return quote(identifier, safe="")


def _hold(reason_code: str, reference: str) -> dict[str, str]:
    return {"reason_code": reason_code, "reference": reference}
