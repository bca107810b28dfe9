"""The ride platform (contract: bot/rides/openapi.yml) as typed calls. Every act takes an idempotency key.

All raise PlatformDown when there is no usable answer, PlatformRefused (NotFound) when the platform says no.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from actions.clients import Http, PlatformDown
from actions.models import (
    LostItem,
    Money,
    Payment,
    Place,
    Promotion,
    Quote,
    Refund,
    Rider,
    Trip,
    Verified,
)
from actions.settings import settings
from actions.wire import Wire


class Platform:
    """The reads and acts that the assistant uses."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def _get(self, path: str, **params: Any) -> Wire:
        return Wire(await self._http.call("GET", path, params=params), path)

    async def _act(self, path: str, key: str | None, **body: Any) -> Wire:
        sent = _told_apart(key, body) if key else None
        return Wire(await self._http.call("POST", path, body=body, key=sent), path)

    # Trips

    async def trips(self, *, limit: int = 20, **filters: Any) -> list[Trip]:
        """Newest first. filters: account, phone, driver, order, status, live (bool), since (datetime)."""
        sent = {name: _query(value) for name, value in filters.items()}
        wire = await self._get("/trips", limit=limit, **sent)
        return [Trip.read(part) for part in wire.parts("trips")]

    async def trip(self, trip_id: str) -> Trip:
        return Trip.read(await self._get(f"/trips/{trip_id}"))

    async def confirm_trip(self, facts: Mapping[str, str], requester: str) -> str:
        """The id of the one trip that two facts fit. NotFound when they fit none; `rate_limited`
        after 5 tries."""
        wire = await self._act("/trips/confirm", None, facts=dict(facts), requester=requester)
        return wire.text("trip_id")

    async def cancellation_terms(self, trip_id: str) -> tuple[bool, Money, str]:
        """Whether it can be cancelled, what it costs now, and why."""
        wire = await self._get(f"/trips/{trip_id}/cancellation-terms")
        return wire.flag("can_cancel"), Money.read(wire.part("fee")), wire.text("reason_code")

    async def cancel(self, trip_id: str, *, waived: bool, reason: str, key: str) -> Trip:
        fee = "waived" if waived else "standard"
        return Trip.read(await self._act(f"/trips/{trip_id}/cancel", key, fee=fee, reason_code=reason))

    async def redispatch(self, trip_id: str, *, reason: str, key: str) -> Trip:
        return Trip.read(await self._act(f"/trips/{trip_id}/redispatch", key, reason_code=reason))

    async def change_place(self, trip_id: str, end: str, place: Place, *, key: str) -> Trip:
        """end: destination or pickup."""
        return Trip.read(await self._act(f"/trips/{trip_id}/{end}", key, place=place.as_input()))

    async def set_options(self, trip_id: str, options: Sequence[str], *, key: str) -> Trip:
        return Trip.read(await self._act(f"/trips/{trip_id}/options", key, options=list(options)))

    # Reaching the driver

    async def call(self, trip_id: str, party: str, *, key: str) -> str:
        """A masked call from a party of the trip to the driver: connected, no_answer or number_failed."""
        wire = await self._act(f"/trips/{trip_id}/calls", key, **{"from": party, "to": "driver"})
        return wire.text("result")

    async def push(self, driver_id: str, kind: str, text: str, trip_id: str, *, key: str) -> str:
        """delivered, queued or failed."""
        wire = await self._act(f"/drivers/{driver_id}/pushes", key, kind=kind, text=text, trip_id=trip_id)
        return wire.text("result")

    async def ask_to_call(self, driver_id: str, trip_id: str, party: str, reason: str, *, key: str) -> str:
        """delivered, queued or failed: whether the driver's app was asked to call that party."""
        path = f"/drivers/{driver_id}/call-requests"
        return (await self._act(path, key, trip_id=trip_id, to=party, reason_code=reason)).text("result")

    async def dispatch_stops(self, driver_id: str) -> tuple[str, ...]:
        """What stops orders apart from holds. Holds are left out on purpose: the driver must not
        learn of one here."""
        wire = await self._get(f"/drivers/{driver_id}/dispatch-hold")
        return wire.texts("stops") if wire.has("stops") else ()

    # Lost and found

    async def report_lost(
        self,
        trip_id: str,
        category: str,
        item: str,
        call_back: str | None,
        *,
        reference: str | None,
        key: str,
    ) -> LostItem:
        """reference: kept with the report and read back, to tell whose it is."""
        body = {
            "category": category,
            "item": item[:200],
            "call_back_phone": call_back,
            "reference": reference,
        }
        return _lost(await self._act(f"/trips/{trip_id}/lost-items", key, **body))

    async def report_found(self, trip_id: str, category: str, item: str, *, key: str) -> LostItem:
        return _lost(
            await self._act(f"/trips/{trip_id}/found-items", key, category=category, item=item[:200])
        )

    async def lost_items(self, trip_id: str) -> list[LostItem]:
        wire = await self._get(f"/trips/{trip_id}/lost-items")
        return [_lost(part) for part in wire.parts("lost_items")]

    # Money

    async def payments(self, trip_id: str) -> list[Payment]:
        wire = await self._get(f"/trips/{trip_id}/payments")
        return [_payment(part) for part in wire.parts("payments")]

    async def retry_payment(self, trip_id: str, *, key: str) -> Payment:
        return _payment(await self._act(f"/trips/{trip_id}/payments/retry", key, method=None))

    async def refunds(self, trip_id: str) -> list[Refund]:
        wire = await self._get(f"/trips/{trip_id}/refunds")
        return [_refund(part) for part in wire.parts("refunds")]

    async def refund(self, trip_id: str, money: Money, reason: str, *, key: str) -> Refund:
        body = {"amount": f"{money.amount:.2f}", "currency": money.currency, "reason": reason}
        return _refund(await self._act(f"/trips/{trip_id}/refunds", key, **body))

    async def send_receipt(
        self, trip_id: str, *, kind: str, email: str | None, title: str | None, language: str, key: str
    ) -> tuple[str, str]:
        """Number of the document and the address it went to. `email_missing`, `title_missing`,
        `nothing_charged`."""
        body = {"kind": kind, "email": email, "title": title, "language": language}
        wire = await self._act(f"/trips/{trip_id}/receipts", key, **body)
        return wire.text("number"), wire.text("sent_to")

    async def promotions(self, rider_id: str) -> list[Promotion]:
        wire = await self._get(f"/riders/{rider_id}/promotions")
        return [_promotion(part) for part in wire.parts("promotions")]

    async def add_promotion(self, rider_id: str, code: str, *, key: str) -> Promotion:
        return _promotion(await self._act(f"/riders/{rider_id}/promotions", key, code=code))

    # Booking

    async def places(self, query: str, city: str | None) -> list[Place]:
        wire = await self._get("/places", query=query[:200], city=city)
        return [Place.read(part) for part in wire.parts("places")]

    async def quotes(
        self, rider_id: str, pickup: Place, destination: Place, at: datetime | None
    ) -> list[Quote]:
        body = {"rider_id": rider_id, "pickup": pickup.as_input(), "destination": destination.as_input()}
        wire = await self._act("/quotes", None, **body, pickup_at=at.isoformat() if at else None)
        return [Quote.read(part) for part in wire.parts("quotes")]

    async def book(
        self,
        booker_id: str,
        pickup: Place,
        destination: Place,
        at: datetime | None,
        passenger: Mapping[str, str] | None,
        *,
        key: str,
    ) -> Trip:
        """`no_car_available`, `pickup_time_invalid`, `place_not_found`."""
        body = {"booker_id": booker_id, "pickup": pickup.as_input(), "destination": destination.as_input()}
        rest = {"passenger": passenger, "pickup_at": at.isoformat() if at else None}
        return Trip.read(await self._act("/trips", key, **body, **rest))

    # Accounts

    async def rider(self, rider_id: str) -> Rider:
        return Rider.read(await self._get(f"/riders/{rider_id}"))

    async def send_code(self, phone: str, purpose: str, language: str, *, key: str) -> tuple[str, str]:
        """Id of the code and the phone it went to, masked."""
        wire = await self._act("/codes", key, phone=phone, purpose=purpose, language=language)
        return wire.text("code_id"), wire.text("sent_to")

    async def verify_code(self, code_id: str, code: str) -> Verified:
        """`code_wrong`, `code_expired`, `code_used`, `rate_limited`."""
        wire = await self._act("/codes/verify", None, code_id=code_id, code=code[:20])
        return Verified(wire.text_or_none("rider_id"), wire.text_or_none("driver_id"), wire.texts("trip_ids"))

    async def change_phone(self, rider_id: str, phone: str, code_id: str, *, key: str) -> Rider:
        return Rider.read(await self._act(f"/riders/{rider_id}/phone", key, new_phone=phone, code_id=code_id))

    async def unlock(self, rider_id: str, code_id: str, *, key: str) -> Rider:
        return Rider.read(await self._act(f"/riders/{rider_id}/unlock", key, code_id=code_id))

    # Feedback

    async def tip(self, trip_id: str, money: Money, *, key: str) -> None:
        body = {"amount": f"{money.amount:.2f}", "currency": money.currency}
        (await self._act(f"/trips/{trip_id}/tips", key, **body)).text("id")

    async def compliment(self, trip_id: str, text: str, *, key: str) -> None:
        (await self._act(f"/trips/{trip_id}/compliments", key, text=text[:1000])).text("id")

    async def report_condition(self, trip_id: str, kind: str, text: str, unsafe: bool, *, key: str) -> None:
        body = {"kind": kind, "text": text[:1000], "unsafe": unsafe}
        (await self._act(f"/trips/{trip_id}/condition-reports", key, **body)).text("id")


def _told_apart(key: str, body: Mapping[str, Any]) -> str:
    """The key as it is sent: another wish under the same key (another place, another amount) is another act."""
    content = json.dumps([key, body], sort_keys=True, default=str)
    return f"{key[:150]}:{sha256(content.encode()).hexdigest()[:32]}"


def _query(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else value


def _lost(wire: Wire) -> LostItem:
    driver, following = (wire.at_or_none(f"{who}_asked_at") for who in ("driver", "next_passenger"))
    ids = wire.text("id"), wire.text("trip_id")
    what = wire.text("status"), wire.text("category"), wire.text("item")
    return LostItem(*ids, *what, driver is not None, following is not None, wire.text_or_none("reference"))


def _payment(wire: Wire) -> Payment:
    amount = Money.read(wire.part("amount"))
    return Payment(
        wire.text("method"), amount, wire.text("status"), wire.text_or_none("failure_code"), wire.at("at")
    )


def _refund(wire: Wire) -> Refund:
    amount, due = Money.read(wire.part("amount")), wire.at_or_none("expected_by")
    return Refund(wire.text("id"), amount, wire.text("status"), due, wire.text("reason"))


def _promotion(wire: Wire) -> Promotion:
    title = wire.part("title")
    worth = Money.read(wire.part("value")), wire.at("expires_at")
    return Promotion(wire.text("code"), title.text("zh"), title.text("en"), wire.text("status"), *worth)


@lru_cache(maxsize=1)
def platform() -> Platform:
    """The process's one client of the platform."""
    held = settings()
    return Platform(Http(held.platform_url, {"X-Platform-Key": held.platform_key}, PlatformDown))
