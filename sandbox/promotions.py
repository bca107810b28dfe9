"""Coupons: those that riders hold at the start, and the codes that can be added."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from bot.rides.answers import Promotion
from bot.rides.schemas import Bilingual, Money


def _coupon(
    code: str,
    zh: str,
    en: str,
    amount: str,
    currency: str,
    city: str | None,
    minimum: str,
    days: int,
    now: datetime,
) -> Promotion:
    return Promotion(
        code=code,
        title=Bilingual(zh=zh, en=en),
        status="usable" if days > 0 else "expired",
        value=Money(amount=Decimal(amount), currency=currency),
        minimum_fare=Money(amount=Decimal(minimum), currency=currency),
        city=city,
        expires_at=now + timedelta(days=days),
    )


def known_codes(now: datetime) -> dict[str, Promotion]:
    """What a rider may add, by code in capitals."""
    coupons = (
        _coupon(
            "WEST8", "杭州立减 8 元", "8 yuan off in Hangzhou", "8.00", "CNY", "hangzhou", "20.00", 20, now
        ),
        _coupon(
            "BUND10",
            "上海立减 10 元",
            "10 yuan off in Shanghai",
            "10.00",
            "CNY",
            "shanghai",
            "30.00",
            20,
            now,
        ),
        _coupon(
            "THAMES3", "伦敦立减 3 英镑", "3 pounds off in London", "3.00", "GBP", "london", "8.00", 20, now
        ),
        _coupon(
            "LION4",
            "新加坡立减 4 元",
            "4 dollars off in Singapore",
            "4.00",
            "SGD",
            "singapore",
            "10.00",
            20,
            now,
        ),
        _coupon("SPRING5", "春季优惠", "Spring coupon", "5.00", "CNY", None, "15.00", -9, now),
    )
    return {coupon.code: coupon for coupon in coupons}


def plant(now: datetime) -> dict[str, list[Promotion]]:
    """What riders hold at the start: one usable, one used, one expired."""
    usable = _coupon(
        "HELLO6", "新客立减 6 元", "6 yuan off for new riders", "6.00", "CNY", None, "15.00", 12, now
    )
    used = usable.model_copy(update={"code": "MAY9", "status": "used"})
    pounds = _coupon(
        "HELLO2", "新客立减 2 英镑", "2 pounds off for new riders", "2.00", "GBP", None, "6.00", 12, now
    )
    spring = known_codes(now)["SPRING5"]
    return {
        "r_lin": [usable, used, spring],
        "r_chen": [usable, spring],
        "r_emma": [pounds],
        "r_olivia": [pounds],
    }
