"""Payments, refunds, receipts, tips, coupons."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from bot.rides.answers import Accepted, Payment, Promotion, Receipt, Refund
from bot.rides.schemas import Charge, Money, TripStatus, Wire
from sandbox.api.common import W, acts_router
from sandbox.bodies import MoneyBody, PaymentRetry, PromoCode, ReceiptBody, RefundBody
from sandbox.errors import Refusal
from sandbox.people import mask_email
from sandbox.promotions import known_codes
from sandbox.trips import TripRecord

router = acts_router("money")
REFUND_DAYS = timedelta(days=3)


class Payments(Wire):
    payments: list[Payment]


class Refunds(Wire):
    refunds: list[Refund]


class Promotions(Wire):
    promotions: list[Promotion]


@router.get("/trips/{trip_id}/payments")
async def list_payments(world: W, trip_id: str) -> Payments:
    return Payments(payments=world.trip(trip_id).payments[::-1])


@router.post("/trips/{trip_id}/payments/retry", status_code=201)
async def retry_payment(world: W, trip_id: str, body: PaymentRetry) -> Payment:
    trip = world.trip(trip_id)
    charge = _charged(trip)
    if charge.paid:
        raise Refusal(409, "nothing_due", "The trip is paid.")
    last = trip.payments[-1] if trip.payments else None
    booker = world.riders[trip.booker_id]
    method = body.method or (last.method if last else "card")
    if method not in {*booker.methods, "alipay", "wechat_pay", "card"}:
        raise Refusal(422, "method_unknown", f"There is no payment method {method!r}.")
    expired = last is not None and last.method == method and last.failure_code == "card_expired"
    payment = Payment(
        id=world.new_id("pay"),
        trip_id=trip.id,
        method=method,
        amount=charge.total,
        status="failed" if expired else "succeeded",
        failure_code="card_expired" if expired else None,
        at=world.now,
    )
    trip.payments.append(payment)
    trip.charge = charge.model_copy(update={"paid": not expired})
    return payment


@router.get("/trips/{trip_id}/refunds")
async def list_refunds(world: W, trip_id: str) -> Refunds:
    return Refunds(refunds=world.trip(trip_id).refunds[::-1])


@router.post("/trips/{trip_id}/refunds", status_code=201)
async def refund(world: W, trip_id: str, body: RefundBody) -> Refund:
    trip = world.trip(trip_id)
    charge, amount = _charged(trip), Decimal(body.amount)
    _check_currency(charge, body.currency)
    if amount <= 0:
        raise Refusal(422, "amount_invalid", "A refund is more than nothing.")
    left = (charge.total.amount if charge.paid else Decimal(0)) - charge.refunded.amount
    if amount > left:
        raise Refusal(422, "refund_exceeds_charge", "That is more than was paid.", left=str(left))
    given = Refund(
        id=world.new_id("ref"),
        trip_id=trip.id,
        amount=Money(amount=amount, currency=body.currency),
        status="processing",
        reason=body.reason,
        reference=body.reference,
        created_at=world.now,
        expected_by=world.now + REFUND_DAYS,
    )
    trip.refunds.append(given)
    total = Money(amount=charge.refunded.amount + amount, currency=body.currency)
    trip.charge = charge.model_copy(update={"refunded": total})
    return given


@router.post("/trips/{trip_id}/receipts", status_code=201)
async def send_receipt(world: W, trip_id: str, body: ReceiptBody) -> Receipt:
    trip = world.trip(trip_id)
    charge = _charged(trip)
    email = body.email or world.riders[trip.booker_id].email
    if not email:
        raise Refusal(422, "email_missing", "The account has no mail address.")
    if body.email is not None and not _is_address(body.email):
        raise Refusal(422, "email_invalid", "That is no mail address.")
    if body.kind == "invoice" and not (body.title or "").strip():
        raise Refusal(422, "title_missing", "An invoice needs a title.")
    number = world.new_id("INV" if body.kind == "invoice" else "RCP")
    world.note("mail", email, _letter(trip, charge, body, number), trip.id)
    return Receipt(
        id=world.new_id("rcpt"),
        number=number,
        kind=body.kind,
        sent_to=body.email or mask_email(email),
        sent_at=world.now,
    )


def _is_address(text: str) -> bool:
    name, _, host = text.partition("@")
    return bool(name) and "." in host and not any(c.isspace() for c in text)


def _letter(trip: TripRecord, charge: Charge, body: ReceiptBody, number: str) -> str:
    """The mail's text, in the language asked for."""
    zh = body.language == "zh"
    head = {("zh", "invoice"): "电子发票", ("zh", "receipt"): "行程单"}.get(
        (body.language, body.kind), body.kind.title()
    )
    rows = [f"{line.label.zh if zh else line.label.en}: {line.amount}" for line in charge.lines]
    who = [value for value in (body.title, body.tax_number) if value]
    total = f"{'合计' if zh else 'Total'}: {charge.total.amount} {charge.total.currency}"
    return "\n".join([f"{head} {number}", *who, trip.order_no, *rows, total])


@router.post("/trips/{trip_id}/tips", status_code=201)
async def tip(world: W, trip_id: str, body: MoneyBody) -> Accepted:
    trip = world.trip(trip_id)
    if trip.status is not TripStatus.FINISHED:
        raise Refusal(409, "trip_not_finished", "A tip can be given after the ride.")
    charge = _charged(trip)
    _check_currency(charge, body.currency)
    if not 0 < body.value <= max(charge.total.amount * 2, Decimal(50)):
        raise Refusal(422, "amount_invalid", "The tip is nothing, or more than twice the fare.")
    world.note("push", trip.driver.id if trip.driver else "-", f"+{body.amount} {body.currency}", trip.id)
    return Accepted(id=world.new_id("tip"), at=world.now)


@router.get("/riders/{rider_id}/promotions")
async def list_promotions(world: W, rider_id: str) -> Promotions:
    world.rider(rider_id)
    return Promotions(promotions=world.promotions.get(rider_id, []))


@router.post("/riders/{rider_id}/promotions", status_code=201)
async def add_promotion(world: W, rider_id: str, body: PromoCode) -> Promotion:
    rider = world.rider(rider_id)
    held = world.promotions.setdefault(rider.id, [])
    code = body.code.strip().upper()
    if any(coupon.code == code and coupon.status != "expired" for coupon in held):
        raise Refusal(409, "promo_used", "The account has or had this coupon.")
    coupon = known_codes(world.now).get(code)
    if coupon is None:
        raise Refusal(422, "promo_invalid", "There is no such code.")
    if coupon.status == "expired":
        raise Refusal(422, "promo_expired", "The code has expired.")
    if coupon.city not in (None, rider.city):
        raise Refusal(422, "promo_not_here", "The code is for another city.", city=coupon.city)
    held.insert(0, coupon)
    return coupon


def _charged(trip: TripRecord) -> Charge:
    if trip.charge is None or trip.charge.total.amount == 0:
        raise Refusal(409, "nothing_charged", "Nothing was charged for this trip.")
    return trip.charge


def _check_currency(charge: Charge, currency: str) -> None:
    if currency != charge.total.currency:
        raise Refusal(422, "currency_mismatch", f"The trip was charged in {charge.total.currency}.")
