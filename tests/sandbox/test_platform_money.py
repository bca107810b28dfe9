"""Charges, refunds, payments, receipts, coupons."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.testing import RunningSandbox, act, code_of


class TestMoney:
    def test_a_detour_is_seen_in_quote_route_and_charge(self, http: httpx.Client) -> None:
        for trip_id in ("t_hz_detour", "t_ld_detour"):
            trip = http.get(f"/trips/{trip_id}").json()
            charge, quote = trip["charge"], trip["quote"]
            assert Decimal(charge["total"]["amount"]) > Decimal(quote["total"]["amount"]) * Decimal("1.3")
            assert charge["distance_m"] > quote["distance_m"] * 1.4
            assert sum(Decimal(line["amount"]) for line in charge["lines"]) == Decimal(
                charge["total"]["amount"]
            )

    def test_refunds_add_up_and_are_paid_later(self, http: httpx.Client, platform: RunningSandbox) -> None:
        trip = "/trips/t_hz_detour"
        given = act(http, f"{trip}/refunds", amount="43.28", currency="CNY", reason="detour").json()
        assert given["status"] == "processing"
        assert http.get(trip).json()["charge"]["refunded"] == {"amount": "43.28", "currency": "CNY"}
        again = act(http, f"{trip}/refunds", "k2", amount="100", currency="CNY", reason="detour")
        assert code_of(again) == (422, "refund_exceeds_charge")
        platform.pass_time(minutes=2)
        assert http.get(f"{trip}/refunds").json()["refunds"][0]["status"] == "paid"

    @pytest.mark.parametrize(
        ("money", "expected"),
        [
            ({"amount": "1.00", "currency": "GBP"}, (422, "currency_mismatch")),
            ({"amount": "0.00", "currency": "CNY"}, (422, "amount_invalid")),
            ({"amount": "-1.00", "currency": "CNY"}, (400, "bad_request")),
            ({"amount": 1.5, "currency": "CNY"}, (400, "bad_request")),
            ({"amount": "1e3", "currency": "CNY"}, (400, "bad_request")),
        ],
    )
    def test_a_refund_that_makes_no_sense_is_refused(
        self, http: httpx.Client, money: dict[str, Any], expected: tuple[int, str]
    ) -> None:
        assert code_of(act(http, "/trips/t_hz_phone/refunds", reason="x", **money)) == expected

    def test_a_failed_payment_goes_through_by_another_method(self, http: httpx.Client) -> None:
        trip = "/trips/t_ld_unpaid"
        assert http.get(f"{trip}/payments").json()["payments"][0]["failure_code"] == "card_expired"
        assert act(http, f"{trip}/payments/retry").json()["status"] == "failed"
        assert act(http, f"{trip}/payments/retry", "k2", method="alipay").json()["status"] == "succeeded"
        assert code_of(act(http, f"{trip}/payments/retry", "k3")) == (409, "nothing_due")

    def test_a_receipt_is_mailed_with_its_lines(self, http: httpx.Client, platform: RunningSandbox) -> None:
        sent = act(http, "/trips/t_hz_phone/receipts", kind="invoice", title="某公司", language="zh")
        assert sent.json()["sent_to"] == "c***@example.com"
        mail = next(noted for noted in platform.world.outbox if noted.kind == "mail")
        assert mail.to == "chen@example.com" and "某公司" in mail.text and "合计: 28.06 CNY" in mail.text
        assert code_of(act(http, "/trips/t_hz_phone/receipts", "k2", kind="invoice")) == (
            422,
            "title_missing",
        )

    def test_coupons(self, http: httpx.Client) -> None:
        held = {
            each["code"]: each["status"] for each in http.get("/riders/r_lin/promotions").json()["promotions"]
        }
        assert held == {"HELLO6": "usable", "MAY9": "used", "SPRING5": "expired"}
        assert act(http, "/riders/r_lin/promotions", code="west8").json()["status"] == "usable"
        wrong = {
            "west8": "promo_used",
            "bund10": "promo_not_here",
            "spring5": "promo_expired",
            "x": "promo_invalid",
        }
        for code, expected in wrong.items():
            assert code_of(act(http, "/riders/r_lin/promotions", code, code=code))[1] == expected
