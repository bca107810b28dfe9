"""Wire types of the contract (`openapi.yml`): what acts and narrower questions are answered with."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from bot.rides.schemas import Bilingual, Money, Place, Wire

PartyName = Literal["rider", "booker", "passenger", "driver", "desk"]
ItemCategory = Literal[
    "phone", "keys", "passport", "medicine", "wallet", "bag", "laptop", "clothing", "glasses", "other"
]


class Contact(Wire):
    """A person with an unmasked phone: personal data, read under a reference only."""

    role: Literal["rider", "booker", "passenger", "driver", "emergency"]
    name: str
    phone: str
    relation: str | None = None


class Hold(Wire):
    reason_code: str
    reference: str
    since: AwareDatetime


class Dispatch(Wire):
    driver_id: str
    on_dispatch: bool
    holds: list[Hold]
    stops: list[str] = Field(default_factory=list)


class Restrictions(Wire):
    restricted: bool
    restrictions: list[Hold]


class Call(Wire):
    id: str
    trip_id: str
    from_: PartyName = Field(alias="from")
    to: PartyName
    result: Literal["connected", "no_answer", "number_failed"]
    at: AwareDatetime


class Delivery(Wire):
    id: str
    result: Literal["delivered", "queued", "failed"]
    at: AwareDatetime


class Accepted(Wire):
    id: str
    at: AwareDatetime


class Payment(Wire):
    id: str
    trip_id: str
    method: str
    amount: Money
    status: Literal["pending", "succeeded", "failed", "reversed"]
    failure_code: str | None = None
    at: AwareDatetime


class Refund(Wire):
    id: str
    trip_id: str
    amount: Money
    status: Literal["processing", "paid", "failed"]
    reason: str
    reference: str | None = None
    created_at: AwareDatetime
    expected_by: AwareDatetime | None
    paid_at: AwareDatetime | None = None


class CancellationTerms(Wire):
    can_cancel: bool
    fee: Money
    free_until: AwareDatetime | None = None
    reason_code: str


class Promotion(Wire):
    code: str
    title: Bilingual
    status: Literal["usable", "used", "expired"]
    value: Money
    minimum_fare: Money | None = None
    city: str | None = None
    expires_at: AwareDatetime


class Receipt(Wire):
    id: str
    number: str
    kind: Literal["receipt", "invoice"]
    sent_to: str
    sent_at: AwareDatetime


class LostItemAnswer(Wire):
    found: bool
    note: str | None
    at: AwareDatetime


class ReturnArrangement(Wire):
    method: Literal["meet", "courier", "service_point"]
    place: Place | None
    at: AwareDatetime | None
    fee: Money


class LostItem(Wire):
    id: str
    trip_id: str
    category: ItemCategory
    item: str
    description: str | None
    reference: str | None = None
    reported_by: Literal["passenger", "driver"]
    reported_at: AwareDatetime
    status: Literal["asked", "found", "denied", "return_arranged", "returned"]
    driver_asked_at: AwareDatetime | None
    driver_answer: LostItemAnswer | None
    next_passenger_asked_at: AwareDatetime | None
    next_passenger_answer: LostItemAnswer | None
    return_arrangement: ReturnArrangement | None


class CodeSent(Wire):
    code_id: str
    sent_to: str
    expires_at: AwareDatetime


class Verified(Wire):
    rider_id: str | None
    driver_id: str | None
    phone_masked: str
    trip_ids: list[str]


class BlockedDrivers(Wire):
    driver_ids: list[str]
