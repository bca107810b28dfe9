"""The arithmetic of a fare: quote, route and charge compared, and what is to be given back. Pure functions,
Decimal money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from actions.models import EXTRAS, Charge, Money, Payment, Refund, Trip

# Driving this much farther than quoted is a detour; less is traffic, parking, the other side of the road.
DETOUR_SHARE = Decimal("0.10")
CENT = Decimal("0.01")
NOTHING = Decimal(0)
# The reason of a refund for a payment taken twice: it says nothing about the fare itself.
PAID_TWICE = "double_payment"


@dataclass(frozen=True)
class Calculation:
    """One fare, checked. verdict: as_quoted, detour, above_fixed, longer_time, no_quote or nothing_charged.

    extras: tolls, waiting, tips and the like, which no quote holds. over: what to give back, refunds made
    counted in.
    """

    verdict: str
    currency: str
    charged: Decimal
    quoted: Decimal
    extras: Decimal
    refunded: Decimal
    over: Decimal
    quoted_km: Decimal
    driven_km: Decimal
    quoted_min: int
    driven_min: int

    @property
    def refund(self) -> Money:
        return Money(self.over, self.currency)

    def as_evidence(self) -> dict[str, str]:
        """For a case: every figure of the calculation as text."""
        return {name: str(value) for name, value in self.__dict__.items()}


def check_fare(trip: Trip, apart: Decimal = NOTHING) -> Calculation:
    """What was charged against what was quoted. apart: given back for something else than the fare.

    A fixed quote binds: all above it, extras apart, goes back. An estimate binds as far as the route: if
    the charged
    distance is more than a tenth above the quoted one, what exceeds the quote (extras apart) goes back.
    """
    charge, quote = trip.charge, trip.quote
    if charge is None or charge.total.amount <= 0:
        return _calculation(trip, "nothing_charged", NOTHING, NOTHING, apart)
    extras = charge.sum_of(*EXTRAS)
    if quote is None:
        return _calculation(trip, "no_quote", extras, NOTHING, apart)
    above = charge.total.amount - extras - quote.total.amount
    longer = Decimal(charge.distance_m) > Decimal(quote.distance_m) * (1 + DETOUR_SHARE)
    if above <= 0:
        verdict = "as_quoted"
    elif quote.fixed:
        verdict = "above_fixed"
    else:
        verdict = "detour" if longer else "longer_time"
    back = above if verdict in ("above_fixed", "detour") else Decimal(0)
    return _calculation(trip, verdict, extras, back, apart)


def _calculation(trip: Trip, verdict: str, extras: Decimal, back: Decimal, apart: Decimal) -> Calculation:
    charge, quote = trip.charge, trip.quote
    refunded = max(NOTHING, charge.refunded.amount - apart) if charge else NOTHING
    currency = charge.total.currency if charge else (quote.total.currency if quote else "")
    return Calculation(
        verdict=verdict,
        currency=currency,
        charged=charge.total.amount if charge else Decimal(0),
        quoted=quote.total.amount if quote else Decimal(0),
        extras=extras,
        refunded=refunded,
        over=max(Decimal(0), back - refunded).quantize(CENT, ROUND_HALF_UP),
        quoted_km=_km(quote.distance_m if quote else 0),
        driven_km=_km(charge.distance_m if charge else 0),
        quoted_min=round((quote.duration_s if quote else 0) / 60),
        driven_min=round((charge.duration_s if charge else 0) / 60),
    )


def _km(metres: int) -> Decimal:
    return (Decimal(metres) / 1000).quantize(Decimal("0.1"), ROUND_HALF_UP)


def cancellation_fee(charge: Charge | None) -> Decimal:
    """The fee still kept: charged for cancelling and not given back yet."""
    if charge is None:
        return Decimal(0)
    return max(Decimal(0), charge.sum_of("cancellation_fee") - charge.refunded.amount)


def fee_is_ours(trip: Trip) -> bool:
    """Whether the fee must go back: not the passenger cancelled, or the promised pickup had passed when
    they did."""
    if trip.cancelled_by in ("driver", "platform"):
        return True
    late = trip.promised_pickup_at and trip.finished_at and trip.finished_at > trip.promised_pickup_at
    return bool(late or (trip.delay and trip.delay.minutes > 0))


def given_back_twice(refunds: Sequence[Refund]) -> Decimal:
    """What was refunded because it had been taken twice."""
    made = [refund for refund in refunds if refund.reason == PAID_TWICE and refund.status != "failed"]
    return sum((refund.amount.amount for refund in made), NOTHING)


def double_payment(payments: Sequence[Payment], charge: Charge | None) -> Money | None:
    """The amount taken twice for one trip, if it was: without it, the rest still pays the whole charge. Two equal
    halves of one fare are none."""
    taken = [payment.amount for payment in payments if payment.status == "succeeded"]
    total = sum((money.amount for money in taken), NOTHING)
    for index, money in enumerate(taken):
        if money in taken[index + 1 :] and (charge is None or total - money.amount >= charge.total.amount):
            return money
    return None


def within_limit(money: Money, limits: Mapping[str, int]) -> bool:
    """Whether the assistant may give it back itself. limits: minor units by currency; an unknown currency
    never is."""
    return 0 < money.minor <= limits.get(money.currency, 0)
