"""Money of a ride: quote, route and charge compared with the calculation shown; refunded at once within the
limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions import words
from actions.clients import PlatformRefused
from actions.fares import (
    NOTHING,
    PAID_TWICE,
    Calculation,
    cancellation_fee,
    check_fare,
    double_payment,
    fee_is_ours,
    given_back_twice,
    within_limit,
)
from actions.flow import (
    FlowAction,
    local,
    open_case,
    record,
    say_case,
    trip_evidence,
    trip_of,
)
from actions.forms import Reader
from actions.models import Money, Trip
from actions.platform import platform
from actions.settings import policy
from actions.trips import Fits, TripForm, label
from actions.turn import Question, Turn

TOPICS = frozenset(
    {"fare_dispute", "detour_overcharge", "cancellation_fee", "refund_status", "payment_problem"}
)


class FareForm(TripForm):
    """Which ride the money is about."""

    form = "fare_form"
    topics = TOPICS

    def none_found_for(self, turn: Turn) -> str:
        fee = turn.slot("topic") == "cancellation_fee"
        return "utter_no_cancellation_fee" if fee else "utter_no_paid_trip"

    def fits(self, turn: Turn) -> Fits:
        if turn.slot("topic") == "cancellation_fee":
            return lambda trip: trip.charge is not None and trip.charge.sum_of("cancellation_fee") > 0
        return lambda trip: trip.charge is not None

    def readers(self) -> Mapping[str, Reader]:
        return self.trip_readers()

    async def next_question(self, turn: Turn) -> Question | None:
        return await self.trip_question(turn)


class FareAction(FlowAction):
    """Answers with figures, gives back what is due, or opens a case that holds the calculation."""

    def name(self) -> str:
        return "action_fare"

    async def finish(self, turn: Turn) -> None:
        trip, topic = await trip_of(turn), turn.slot("topic")
        if turn.slot("choice") == "dispute":
            found = await _checked(trip)
            await _case(turn, trip, {"calculation": found.as_evidence(), "words": turn.all_said})
        elif topic == "refund_status":
            await _refund_status(turn, trip)
        elif topic == "payment_problem":
            await _payment(turn, trip)
        elif trip.status == "cancelled":
            await _cancellation(turn, trip)
        else:
            await _fare(turn, trip)


async def _checked(trip: Trip) -> Calculation:
    """The fare's calculation; a payment that was taken twice and given back is no part of it."""
    refunded = trip.charge is not None and trip.charge.refunded.amount > 0
    return check_fare(trip, given_back_twice(await platform().refunds(trip.id)) if refunded else NOTHING)


async def _fare(turn: Turn, trip: Trip) -> None:
    found = await _checked(trip)
    if found.verdict == "nothing_charged":
        turn.say("utter_nothing_charged")
        return
    _show(turn, trip, found)
    if found.over > 0:
        await _give_back(turn, trip, found.refund, found.verdict, {"calculation": found.as_evidence()})
    elif found.refunded > 0:
        turn.say("utter_already_refunded", amount=str(Money(found.refunded, found.currency)))
    else:
        turn.say(f"utter_fare_{found.verdict}", trip_id=trip.id)


def _show(turn: Turn, trip: Trip, found: Calculation) -> None:
    assert trip.charge is not None
    lines = "\n".join(f"{line.label(turn.language)}: {line.amount:.2f}" for line in trip.charge.lines)
    figures: dict[str, Any] = {name: str(value) for name, value in found.__dict__.items()}
    ride = label(trip, turn)
    turn.say("utter_fare_lines", ride=ride, lines=lines, **figures)
    if trip.quote:
        turn.say("utter_fare_extras" if found.extras else "utter_fare_calculation", **figures)


async def _give_back(turn: Turn, trip: Trip, money: Money, reason: str, evidence: dict[str, Any]) -> None:
    """At once within the limit of the policy; above it a person decides, with the calculation before them."""
    if not within_limit(money, policy().refund_limit):
        await _case(turn, trip, {**evidence, "proposed_refund": str(money)}, money=money)
        return
    try:
        refund = await platform().refund(trip.id, money, reason, key=turn.wish())
    except PlatformRefused as error:
        if error.status != 422 and error.status != 409:
            raise
        await _case(turn, trip, {**evidence, "proposed_refund": str(money), "refused": error.code})
        return
    await record(
        turn,
        "refund_made",
        trip_id=trip.id,
        refund_id=refund.id,
        amount=str(money.amount),
        currency=money.currency,
    )
    turn.say("utter_refund_made", amount=str(money))
    if refund.status == "paid":
        turn.say("utter_refund_paid_now")
    elif refund.expected_by:
        turn.say("utter_refund_expected", due=local(refund.expected_by, turn, trip))


async def _case(turn: Turn, trip: Trip, evidence: dict[str, Any], money: Money | None = None) -> None:
    topic = str(turn.slot("topic"))
    reasons = ["repeat"] if words.says("again", turn.all_said) else []
    title = f"{topic}: {trip.order_no}" + (f", {money}" if money else "")
    case = await open_case(
        turn, topic, title=title, evidence={**trip_evidence(trip), **evidence}, reasons=reasons
    )
    if money:
        turn.say("utter_refund_above_limit", amount=str(money))
    say_case(turn, case, trip)


async def _cancellation(turn: Turn, trip: Trip) -> None:
    fee = cancellation_fee(trip.charge)
    if fee <= 0:
        refunded = trip.charge.refunded if trip.charge else None
        if refunded and refunded.amount > 0:
            turn.say("utter_already_refunded", amount=str(refunded))
        else:
            turn.say("utter_no_cancellation_fee")
        return
    assert trip.charge is not None
    money = Money(fee, trip.charge.total.currency)
    if fee_is_ours(trip):
        turn.say("utter_cancellation_fee_wrong", amount=str(money))
        await _give_back(
            turn, trip, money, "cancellation_fee", {"fee": str(money), "cancelled_by": trip.cancelled_by}
        )
    else:
        turn.say("utter_cancellation_fee_right", amount=str(money), trip_id=trip.id)


async def _refund_status(turn: Turn, trip: Trip) -> None:
    refunds = await platform().refunds(trip.id)
    if not refunds:
        turn.say("utter_no_refund", trip_id=trip.id)
        return
    for refund in refunds:
        amount = str(refund.amount)
        if refund.status == "processing" and refund.expected_by:
            turn.say("utter_refund_processing_due", amount=amount, due=local(refund.expected_by, turn, trip))
        else:
            turn.say(f"utter_refund_{refund.status}", amount=amount, trip_id=trip.id)


async def _payment(turn: Turn, trip: Trip) -> None:
    payments = await platform().payments(trip.id)
    twice = double_payment(payments, trip.charge)
    if twice and given_back_twice(await platform().refunds(trip.id)) < twice.amount:
        turn.say("utter_paid_twice", amount=str(twice))
        facts = [
            f"{payment.at.isoformat()} {payment.method} {payment.amount} {payment.status}"
            for payment in payments
        ]
        await _give_back(turn, trip, twice, PAID_TWICE, {"payments": facts})
        return
    latest = max(payments, key=lambda payment: payment.at, default=None)
    if latest is None:
        turn.say("utter_nothing_charged")
    elif latest.status == "failed" and turn.slot("choice") == "retry":
        await _retry(turn, trip)
    elif latest.status == "failed":
        known = latest.failure_code in ("insufficient_funds", "card_expired", "bank_declined")
        why = f"utter_payment_failed_{latest.failure_code}" if known else "utter_payment_failed"
        turn.say(why, amount=str(latest.amount), trip_id=trip.id)
    else:
        turn.say(f"utter_payment_{latest.status}", amount=str(latest.amount), trip_id=trip.id)


async def _retry(turn: Turn, trip: Trip) -> None:
    again = await platform().retry_payment(trip.id, key=turn.wish())
    if again.status == "failed":
        turn.say("utter_payment_failed_again", amount=str(again.amount), trip_id=trip.id)
    else:
        await record(turn, "payment_retried", trip_id=trip.id, status=again.status, amount=str(again.amount))
        turn.say("utter_payment_retried", amount=str(again.amount))
