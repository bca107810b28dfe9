"""Answers that nobody expected: a picture, a share instead of an amount, another matter, a yes for a ride that is gone."""

from __future__ import annotations

from decimal import Decimal

import pytest

from actions.feedback import tip_told


class TestTheRideIsGone:
    """What was agreed to for one ride is done to no other, even if only one other is left."""

    def test_another_matter_does_not_cancel_the_ride_that_is_left(self, talk, desk, platform):
        me = talk("en", rider="r_ravi")
        me.say("where is my driver", "driver_late")
        platform.demo("/trips/t_sg_late/status", status="finished")
        me.tap("Cancel free")
        assert "Which ride" in me.text
        me.say("cannot reach my driver", "cannot_reach_driver")
        assert platform.trip("t_sg_later")["status"] == "scheduled" and desk.acts == []

    def test_picked_instead_it_is_asked_about_before_it_is_cancelled(self, talk, platform):
        me = talk("en", rider="r_ravi")
        platform.demo("/trips/t_sg_late/status", status="finished")
        me.tap_payload('/cancel_ride{"choice":"free","trip_id":"t_sg_late"}')
        me.tap_payload('/cancel_ride{"trip_id":"t_sg_later"}')
        assert platform.trip("t_sg_later")["status"] == "scheduled" and "Shall I cancel" in me.text

    @pytest.mark.parametrize(("language", "yes"), [("en", "yes"), ("zh", "好的")])
    def test_a_yes_to_a_change_holds_for_the_ride_that_was_named(self, talk, platform, language, yes):
        me = talk(language, rider="r_ravi")
        me.say("where is my driver", "driver_late")
        me.say("change destination to Bugis Junction", "change_destination", place="Bugis Junction")
        platform.demo("/trips/t_sg_late/status", status="finished")
        me.say(yes, "affirm")
        me.say("hmm", "nlu_fallback", confidence=0.2)
        assert platform.trip("t_sg_later")["destination"]["name"] == "Changi Airport Terminal 3"
        assert me.form == "change_form"

    def test_an_answer_that_names_no_ride_picks_none(self, talk, platform):
        me = talk("en", rider="r_ravi")
        platform.demo("/trips/t_sg_late/status", status="finished")
        me.tap_payload('/cancel_ride{"trip_id":"t_sg_late"}')
        assert "Which ride" in me.say("hmm", "nlu_fallback", confidence=0.2)
        assert me.say("tomorrow's", "nlu_fallback", confidence=0.2) and "Shall I cancel" in me.text


class TestAYesToAChange:
    @pytest.mark.parametrize(
        ("language", "yes", "heard"),
        [
            ("zh", "好的", "thank"),
            ("zh", "好的", "nlu_fallback"),
            ("en", "yes", "affirm"),
            ("en", "ok", "greet"),
        ],
    )
    def test_the_bare_word_is_one(self, talk, platform, language, yes, heard):
        me = talk(language, rider="r_ravi")
        me.say("where is my driver", "driver_late")
        me.say("change destination to Bugis Junction", "change_destination", place="Bugis Junction")
        assert me.form == "change_form"
        me.say(yes, heard)
        assert platform.trip("t_sg_late")["destination"]["name"] == "Bugis Junction"


class TestAnotherTimeForABooking:
    @pytest.mark.parametrize(
        ("language", "words"),
        [("en", "move my 5pm to 6pm"), ("zh", "把五点改成五点半"), ("zh", "預約單可以改時間嗎")],
    )
    def test_no_second_ride_is_begun_and_a_person_is_offered(self, talk, language, words):
        me = talk(language, rider="r_ravi")
        me.say(words, "scheduled_ride")
        assert me.form is None and me.payloads == ["/speak_to_human"]

    def test_who_has_booked_none_books_one(self, talk):
        me = talk("en", rider="r_emma")
        me.say(
            "my flight was brought forward, from Camden Town to Waterloo tomorrow at 7 am", "scheduled_ride"
        )
        assert "Shall I book it" in me.text


class TestATip:
    @pytest.mark.parametrize(
        ("text", "amount"),
        [
            *[(text, 5) for text in ("5", "£5, thanks", "五块", "５块", "改成5")],
            *[("十块钱", 10), ("三十五元", 35), ("1,000", 1000), ("the ride was £12, tip £2", 2)],
            *[
                (text, None)
                for text in ("10%", "ten percent", "一成", "-5", "5到10块", "2 or 3", "一百五十块", "7:30")
            ],
            *[(text, None) for text in ("😀", "+447700900101", "5.555", "")],
        ],
    )
    def test_the_amount_told(self, text, amount):
        assert tip_told(text) == (Decimal(amount) if amount else None)

    @pytest.mark.parametrize("text", ["10%", "-5", "😀"])
    def test_what_is_no_amount_is_asked_about(self, talk, desk, text):
        me = talk("en", rider="r_emma")
        me.say("tip my driver", "compliment_tip", trip_id="t_ld_phone")
        assert "Please give an amount" in me.say(text, "nlu_fallback", confidence=0.2) and desk.acts == []

    def test_chinese_numbers(self, talk, desk):
        me = talk("zh", rider="r_chen")
        me.say("给司机小费", "compliment_tip", trip_id="t_hz_phone")
        assert "5.00 CNY" in me.say("五块", "nlu_fallback", confidence=0.2) and desk.acts == ["tip_given"]


class TestWordsAreAsked:
    @pytest.mark.parametrize("text", ["😀", "?", "123", "yes"])
    def test_a_fault_of_the_car(self, talk, desk, text):
        me = talk("en", rider="r_emma")
        me.say("the car was bad", "vehicle_condition", trip_id="t_ld_phone")
        me.say(text, "affirm" if text == "yes" else "nlu_fallback")
        assert me.form == "condition_form" and desk.acts == []

    @pytest.mark.parametrize("text", ["😀", "??"])
    def test_the_title_of_an_invoice_and_a_passengers_name(self, talk, desk, text):
        me = talk("zh", rider="r_chen")
        me.say("要发票", "receipt_invoice", trip_id="t_hz_phone", choice="invoice")
        assert "抬头" in me.say(text, "nlu_fallback", confidence=0.2) and desk.acts == []
        me = talk("en", rider="r_emma")
        for said, heard in (("a car for my mum", "book_for_other"), ("Camden Town", "x"), ("Waterloo", "x")):
            me.say(said, "nlu_fallback" if heard == "x" else heard)
        assert "name" in me.say(text, "nlu_fallback", confidence=0.2)

    @pytest.mark.parametrize(
        ("text", "heard", "form"), [("no", "deny", None), ("yes", "affirm", "promo_form")]
    )
    def test_a_yes_or_no_is_no_coupon_code(self, talk, text, heard, form):
        me = talk("en", rider="r_emma")
        me.say("I have a code", "promo_coupon", choice="add")
        assert "no code" not in me.say(text, heard) and me.form == form
