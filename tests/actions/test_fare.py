"""Money: the calculation is shown, the limit holds, and a refund is said only when it is made and recorded."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from actions.fares import cancellation_fee, check_fare, double_payment, given_back_twice, within_limit
from actions.models import Money, Payment, Refund, Trip
from actions.wire import Wire


@pytest.fixture
def detour(platform) -> Trip:
    return Trip.read(Wire(platform.trip("t_hz_detour")))


class TestCalculation:
    def test_a_longer_way_than_quoted_gives_back_what_exceeds_the_quote(self, detour):
        found = check_fare(detour)
        assert found.verdict == "detour"
        assert found.over == found.charged - found.quoted > 0

    def test_extras_are_no_overcharge(self, detour):
        toll = replace(detour.charge.lines[0], code="toll", amount=Decimal("20"))
        total = Money(detour.charge.total.amount + 20, "CNY")
        with_toll = replace(
            detour, charge=replace(detour.charge, lines=(*detour.charge.lines, toll), total=total)
        )
        assert check_fare(with_toll).over == check_fare(detour).over

    def test_what_was_refunded_is_not_given_twice(self, detour):
        refunded = replace(
            detour, charge=replace(detour.charge, refunded=Money(check_fare(detour).over, "CNY"))
        )
        assert check_fare(refunded).over == 0

    def test_an_estimate_exceeded_by_time_alone_is_explained_not_refunded(self, detour):
        slow = replace(detour, charge=replace(detour.charge, distance_m=detour.quote.distance_m))
        slow = replace(slow, quote=replace(slow.quote, fixed=False))
        assert (check_fare(slow).verdict, check_fare(slow).over) == ("longer_time", 0)
        fixed = replace(slow, quote=replace(slow.quote, fixed=True))
        assert check_fare(fixed).verdict == "above_fixed" and check_fare(fixed).over > 0

    def test_a_tenth_more_road_is_no_detour(self, detour):
        metres = int(detour.quote.distance_m * 1.1)
        near = replace(
            detour, charge=replace(detour.charge, distance_m=metres), quote=replace(detour.quote, fixed=False)
        )
        assert check_fare(near).verdict == "longer_time"

    def test_the_limit_itself_is_within_and_an_unknown_currency_never(self):
        limits = {"CNY": 5000}
        assert within_limit(Money(Decimal("50.00"), "CNY"), limits)
        assert not within_limit(Money(Decimal("50.01"), "CNY"), limits)
        assert not within_limit(Money(Decimal("0.01"), "XAU"), limits)
        assert not within_limit(Money(Decimal("0"), "CNY"), limits)

    def test_the_same_amount_taken_twice_is_seen(self, detour):
        one = Payment("card", Money(Decimal("12"), "GBP"), "succeeded", None, detour.requested_at)
        charge = replace(detour.charge, total=one.amount)
        assert double_payment([one, replace(one, status="failed")], charge) is None
        assert double_payment([one, one], charge) == double_payment([one, one], None) == one.amount

    def test_two_equal_halves_of_one_fare_are_paid_once(self, detour):
        half = Payment("card", Money(Decimal("20"), "GBP"), "succeeded", None, detour.requested_at)
        charge = replace(detour.charge, total=Money(Decimal("40"), "GBP"))
        assert double_payment([half, replace(half, method="alipay")], charge) is None
        assert double_payment([half, half, half], charge) == half.amount

    def test_a_payment_given_back_because_taken_twice_is_no_part_of_the_detours_refund(self, detour):
        whole = detour.charge.total
        twice = Refund("ref_1", whole, "paid", None, "double_payment")
        refunded = replace(detour, charge=replace(detour.charge, refunded=whole))
        apart = given_back_twice([twice, replace(twice, status="failed"), replace(twice, reason="detour")])
        assert apart == whole.amount
        assert check_fare(refunded, apart).over == check_fare(detour).over > 0
        assert check_fare(refunded).over == 0

    def test_no_charge_no_fee(self):
        assert cancellation_fee(None) == 0


class TestRefund:
    def test_within_the_limit_it_is_made_recorded_and_said(self, talk, desk, platform):
        answer = talk("zh", rider="r_chen").say("昨天司机绕路多收我钱", "detour_overcharge")
        [refund] = platform.refunds("t_hz_detour")
        assert refund["amount"]["amount"] in answer and "已经退给您" in answer and "公里" in answer
        [act] = desk.told("acts")
        assert act["act"] == "refund_made" and act["details"]["refund_id"] == refund["id"]

    def test_above_the_limit_a_case_holds_the_calculation(self, talk, desk, platform):
        me = talk("en", rider="r_emma")
        me.say("the fare yesterday was way too high", "fare_dispute")
        if me.form:
            me.say("King's Cross", "nlu_fallback")
        assert platform.refunds("t_ld_detour") == [] and desk.acts == []
        [case] = desk.told("cases")
        assert case["evidence"]["calculation"]["verdict"] == "detour"
        assert case["evidence"]["proposed_refund"].endswith("GBP")
        assert "refunded" not in me.text and "V-2" in me.text

    def test_asked_twice_it_is_made_once(self, talk, platform):
        me = talk("zh", rider="r_chen")
        me.say("昨天司机绕路多收我钱", "detour_overcharge")
        assert "已经退过" in me.say("昨天绕路的钱退我", "fare_dispute")
        assert len(platform.refunds("t_hz_detour")) == 1

    def test_no_claim_when_the_desk_cannot_record_it(self, talk, desk):
        desk.broken = True
        answer = talk("zh", rider="r_chen").say("昨天司机绕路多收我钱", "detour_overcharge")
        assert "已经退给您" not in answer and "没法确认" in answer

    def test_the_state_of_a_refund_is_the_platforms(self, talk):
        assert "18.00 CNY" in talk("en", rider="r_grace").say("where is my refund", "refund_status")


class TestPaymentsAndFees:
    def test_a_failed_payment_names_its_reason_and_can_be_tried_again(self, talk, desk):
        me = talk("en", rider="r_noah")
        assert "expired" in me.say("payment failed", "payment_problem")
        assert "still failed" in me.tap("Try the payment again")
        assert desk.acts == []

    def test_a_fee_that_was_right_is_explained_and_can_be_contested(self, talk, desk):
        me = talk("zh", rider="r_wong")
        assert "30.00 HKD" in me.say("为什么收取消费", "cancellation_fee")
        me.tap("请人复核")
        assert desk.told("cases")[0]["kind"] == "cancellation_fee"
        assert json.dumps(desk.told("cases")[0]["evidence"])
