"""Whatever a form asks: fear and complaints go to people, never into the answer and never to the driver."""

from __future__ import annotations

import pytest

CHECKIN = {"decision": "checkin"}
ROUTINE = {"decision": "routine"}
INSULTED = "he insulted me because I am black"


def _pushed(platform) -> list[str]:
    return [sent["text"] for sent in platform.outbox("push")]


class TestAtTheQuestionWhatWasLost:
    @pytest.mark.parametrize(
        ("language", "text", "confidence"),
        [
            ("en", "he shouted at me and threw my bag out, I am scared of him", 0.95),
            ("en", "he shouted at me and threw my bag out, I am scared of him", 0.45),
            ("zh", "司机一路骂我，还翻我的包", 0.95),
        ],
    )
    def test_a_complaint_opens_a_case_and_the_driver_reads_none_of_it(
        self, talk, desk, platform, language, text, confidence
    ):
        me = talk(language, rider="r_olivia")
        me.say("落了东西" if language == "zh" else "I dropped something", "lost_item")
        me.say(text, "driver_misconduct", confidence, safety=ROUTINE)
        [case] = desk.told("cases")
        assert (case["kind"], case["grade"]) == ("driver_misconduct", "S2")
        assert _pushed(platform) == [] and desk.told("watches") == []

    @pytest.mark.parametrize("confidence", [0.95, 0.5])
    def test_fear_that_is_checked_on_is_no_name_of_a_thing(self, talk, desk, platform, confidence):
        me = talk("en", rider="r_olivia")
        me.say("I dropped something", "lost_item")
        text = "he is scaring me, took another road and keeps my phone"
        me.say(text, "route_deviation", confidence, safety=CHECKIN)
        assert "I need help now" in me.titles
        assert _pushed(platform) == [] and desk.told("watches") == []

    def test_a_bare_name_is_an_answer_whatever_the_model_hears_in_it(self, talk, desk):
        me = talk("zh", rider="r_chen")
        me.say("有东西落车上了", "lost_item")
        me.say("一个保温杯", "dangerous_driving", 0.63, safety=CHECKIN, lost_item="保温杯")
        assert [watch["item"] for watch in desk.told("watches")] == ["一个保温杯"]

    def test_words_that_nobody_understood_are_not_sent_to_the_driver(self, talk, desk, platform):
        me = talk("en", rider="r_olivia")
        me.say("I dropped something", "lost_item")
        assert "what thing it is" in me.say("please he is scaring me", "nlu_fallback", 0.2)
        assert _pushed(platform) == [] and me.form == "lost_item_form"

    def test_an_address_and_a_phone_beside_the_thing_stay_here(self, talk, platform):
        me = talk("zh", rider="r_chen")
        me.say("我有东西落车上了", "lost_item")
        me.say("一个粉色的小熊，我住人民路88号3单元502，电话13812345678，找到打给我", "lost_item")
        assert _pushed(platform)
        for text in _pushed(platform):
            assert "一个粉色的小熊" in text and "人民路" not in text and "138" not in text


OPENED = [
    ("compliment_tip", "I want to leave a tip", "tip_amount", {}),
    ("promo_coupon", "a code", "promo_code", {"choice": "add"}),
    ("scheduled_ride", "book a car for tomorrow", "pickup_place", {}),
    ("receipt_invoice", "I need an invoice", "invoice_title", {"choice": "invoice"}),
    ("vehicle_condition", "something was wrong with the car", "condition_text", {}),
]


class TestAtAnyQuestion:
    """Each opens one question of a form; a complaint said there opens a case."""

    @pytest.mark.parametrize("confidence", [0.97, 0.55])
    @pytest.mark.parametrize(("intent", "text", "asked", "tapped"), OPENED, ids=[each[2] for each in OPENED])
    def test_a_complaint_is_heard(self, talk, desk, intent, text, asked, tapped, confidence):
        me = talk("en", rider="r_emma")
        me.say(text, intent, trip_id="t_ld_phone", **tapped)
        assert me.form
        me.say(INSULTED, "discrimination", confidence, safety=ROUTINE)
        assert [case["kind"] for case in desk.told("cases")] == ["discrimination"]

    def test_another_matter_at_the_tip_is_taken_up(self, talk):
        me = talk("en", rider="r_emma")
        me.say("I want to leave a tip", "compliment_tip", trip_id="t_ld_phone")
        assert "amount" in me.text or "much" in me.text
        assert me.say("forget the tip, my receipt please", "receipt_invoice", trip_id="t_ld_phone")
        assert "tip" not in me.text and me.form is None

    def test_at_the_time_of_a_booking(self, talk, desk):
        me = talk("en", rider="r_emma")
        me.say("schedule a ride from King's Cross Station to Canary Wharf", "scheduled_ride")
        assert me.form == "booking_form"
        me.say(INSULTED, "discrimination", 0.97, safety=ROUTINE)
        assert len(desk.told("cases")) == 1

    def test_at_the_number_to_call_back(self, talk, desk):
        me = talk("en")
        me.say("I left my phone in the car", "lost_item")
        me.say("Waterloo Station, about an hour ago", "nlu_fallback")
        me.say(INSULTED, "discrimination", 0.5, safety=ROUTINE)
        assert len(desk.told("cases")) == 1


class TestPraise:
    def test_praise_alone_reaches_the_driver_in_its_own_words(self, talk, platform):
        talk("en", rider="r_emma").say("such a kind driver", "compliment_tip", trip_id="t_ld_phone")
        assert any("such a kind driver" in text for text in _pushed(platform))

    @pytest.mark.parametrize(
        ("text", "safety"),
        [
            ("师傅人很好，就是后来加我微信一直发消息", None),
            ("很好的司机，我电话13812345678", None),
            ("nice man, he stroked my hair", CHECKIN),
        ],
    )
    def test_praise_with_more_in_it_is_passed_on_as_thanks_only(self, talk, platform, text, safety):
        me = talk("zh", rider="r_chen")
        me.say(text, "compliment_tip", trip_id="t_hz_phone", safety=safety)
        assert _pushed(platform) and not any(text in sent for sent in _pushed(platform))
        assert "/speak_to_human" in me.payloads
