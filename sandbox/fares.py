"""What a ride costs: pure functions from distance and time to quotes and charges."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from bot.rides.schemas import Bilingual, Charge, ChargeLine, Money, Quote
from sandbox.cities import City, Tariff

PRODUCTS: dict[str, Decimal] = {
    "standard": Decimal("1.0"),
    "comfort": Decimal("1.3"),
    "six_seats": Decimal("1.5"),
    "accessible": Decimal("1.0"),
}
LABELS = {
    "base": Bilingual(zh="起步价", en="Base fare"),
    "distance": Bilingual(zh="里程费", en="Distance"),
    "time": Bilingual(zh="时长费", en="Time"),
    "surge": Bilingual(zh="高峰加价", en="Surge"),
    "toll": Bilingual(zh="过路费", en="Tolls"),
    "waiting": Bilingual(zh="等候费", en="Waiting"),
    "cancellation_fee": Bilingual(zh="取消费", en="Cancellation fee"),
    "promotion": Bilingual(zh="优惠券", en="Coupon"),
    "tip": Bilingual(zh="小费", en="Tip"),
}


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def line(code: str, amount: Decimal) -> ChargeLine:
    return ChargeLine(code=code, label=LABELS[code], amount=rounded(amount))


def fare_lines(
    tariff: Tariff, product: str, distance_m: float, duration_s: float, surge: Decimal
) -> list[ChargeLine]:
    """Base, distance and time of the product, and the surge on their sum where there is one."""
    factor = PRODUCTS[product]
    lines = [
        line("base", tariff.base * factor),
        line("distance", tariff.per_km * factor * Decimal(round(distance_m)) / 1000),
        line("time", tariff.per_minute * factor * Decimal(round(duration_s)) / 60),
    ]
    if surge > 1:
        lines.append(line("surge", (surge - 1) * sum((each.amount for each in lines), Decimal(0))))
    return lines


def charge(
    tariff: Tariff, lines: Iterable[ChargeLine], distance_m: float, duration_s: float, paid: bool
) -> Charge:
    """The bill of these lines; never below nothing."""
    kept = list(lines)
    total = max(Decimal("0.00"), sum((each.amount for each in kept), Decimal("0.00")))
    return Charge(
        total=Money(amount=total, currency=tariff.currency),
        lines=kept,
        distance_m=round(distance_m),
        duration_s=round(duration_s),
        paid=paid,
        refunded=Money(amount=Decimal("0.00"), currency=tariff.currency),
    )


def quote(
    city: City, product: str, distance_m: float, *, surge: Decimal, pickup_minutes: int | None
) -> Quote:
    """What is agreed before the ride, from the planned distance and the city's mean speed."""
    duration_s = round(distance_m / 1000 / city.tariff.speed_kmh * 3600)
    lines = fare_lines(city.tariff, product, distance_m, duration_s, surge)
    total = sum((each.amount for each in lines), Decimal("0.00"))
    return Quote(
        product=product,
        total=Money(amount=total, currency=city.tariff.currency),
        surge=surge,
        distance_m=round(distance_m),
        duration_s=duration_s,
        available=pickup_minutes is not None,
        pickup_minutes=pickup_minutes,
        fixed=False,
    )
