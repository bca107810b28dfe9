"""What callers send, as the contract has it. Unknown fields are refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from bot.rides.answers import ItemCategory, PartyName
from bot.rides.schemas import DelayReason, RideOption, TripStatus

Text = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Amount = Annotated[str, StringConstraints(pattern=r"^\d{1,9}(\.\d{1,2})?$")]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PlaceInput(Body):
    name: str = Field(min_length=1, max_length=200)
    address: str | None = None
    lat: float | None = Field(default=None, ge=-90, le=90)
    lng: float | None = Field(default=None, ge=-180, le=180)


class PassengerInput(Body):
    name: str = Field(min_length=1, max_length=100)
    phone: str


class Booking(Body):
    booker_id: str
    pickup: PlaceInput
    destination: PlaceInput
    passenger: PassengerInput | None = None
    pickup_at: AwareDatetime | None = None
    product: str = "standard"
    options: list[RideOption] = []
    promo_code: str | None = None


class Facts(Body):
    time: str | None = None
    place: str | None = None
    plate: str | None = None
    fare: str | None = None


class Confirmation(Body):
    requester: str = Field(min_length=1, max_length=200)
    facts: Facts


class Cancellation(Body):
    fee: Literal["waived", "standard"]
    reason_code: str | None = None


class Redispatch(Body):
    reason_code: str
    pickup: PlaceInput | None = None


class NewPlace(Body):
    place: PlaceInput


class NewTime(Body):
    pickup_at: AwareDatetime


class NewOptions(Body):
    options: list[RideOption]


class LostItemReport(Body):
    category: ItemCategory
    item: str = Field(min_length=1, max_length=200)
    description: str | None = Field(default=None, max_length=1000)
    call_back_phone: str | None = None
    reference: str | None = None


class FoundItemReport(Body):
    category: ItemCategory
    item: str = Field(min_length=1, max_length=200)
    note: str | None = Field(default=None, max_length=1000)


class Return(Body):
    method: Literal["meet", "courier", "service_point"]
    place: PlaceInput | None = None
    at: AwareDatetime | None = None


class CallBody(Body):
    from_: PartyName = Field(alias="from")
    to: PartyName


class PaymentRetry(Body):
    method: str | None = None


class RefundBody(Body):
    amount: Amount
    currency: Currency
    reason: str = Field(max_length=500)
    reference: str | None = None


class ReceiptBody(Body):
    kind: Literal["receipt", "invoice"]
    email: str | None = Field(default=None, max_length=254)
    title: str | None = Field(default=None, max_length=200)
    tax_number: str | None = Field(default=None, max_length=40)
    language: Literal["zh", "en"] = "zh"


class MoneyBody(Body):
    amount: Annotated[str, StringConstraints(pattern=r"^-?\d{1,9}(\.\d{1,2})?$")]
    currency: Currency

    @property
    def value(self) -> Decimal:
        return Decimal(self.amount)


class Compliment(Body):
    text: Text


class ConditionReport(Body):
    kind: Literal["dirty", "smell", "air_conditioning", "seat_belt", "brakes", "tyres", "damage", "other"]
    text: str | None = Field(default=None, max_length=1000)
    unsafe: bool = False


class HoldBody(Body):
    reason_code: str = Field(max_length=60)
    reference: Reference


class Block(Body):
    driver_id: str
    reference: str | None = None


class PromoCode(Body):
    code: str = Field(min_length=1, max_length=40)


class NewPhone(Body):
    new_phone: str
    code_id: str


class Unlock(Body):
    code_id: str


class Push(Body):
    kind: Literal["passenger_waiting", "cannot_reach", "lost_item", "notice"]
    text: str = Field(min_length=1, max_length=500)
    trip_id: str | None = None


class CallRequest(Body):
    trip_id: str
    to: PartyName
    reason_code: str | None = None


class QuoteRequest(Body):
    rider_id: str | None = None
    pickup: PlaceInput
    destination: PlaceInput
    pickup_at: AwareDatetime | None = None


class CodeRequest(Body):
    phone: str | None = None
    trip_id: str | None = None
    to: Literal["passenger", "booker"] = "passenger"
    purpose: Literal["identify", "change_phone", "sign_in"] = "identify"
    language: Literal["zh", "en"] = "zh"


class CodeCheck(Body):
    code_id: str
    code: str = Field(max_length=20)


# The driver's page


class DemoAnswer(Body):
    found: bool
    note: str | None = Field(default=None, max_length=1000)


class DemoDelay(Body):
    minutes: int = Field(ge=0, le=600)
    reason_code: DelayReason = "traffic"
    reason: str | None = Field(default=None, max_length=300)


class DemoStatus(Body):
    status: TripStatus


class DemoCalls(Body):
    result: Literal["connected", "no_answer", "number_failed"]


class Faults(Body):
    """How to misbehave: `slow_s` before every answer, `status` instead of it, `garbage` as its body; `lost`: what was asked
    is done, only its answer is spoilt. `paths` are beginnings of paths, none means all; `times` is how many answers are
    spoilt, none means until cleared."""

    slow_s: float = Field(default=0, ge=0, le=60)
    status: int | None = Field(default=None, ge=400, le=599)
    garbage: Literal["not_json", "wrong_types", "cut_off"] | None = None
    lost: bool = False
    paths: list[str] = []
    times: int | None = Field(default=None, ge=1)

    def hits(self, path: str) -> bool:
        return not self.paths or any(path.startswith(beginning) for beginning in self.paths)

    @property
    def active(self) -> bool:
        return bool(self.slow_s or self.status or self.garbage or self.lost)
