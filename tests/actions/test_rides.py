"""Booking, changing, cancelling; receipts, coupons, the account, praise and the state of the car: done on the
platform."""

from __future__ import annotations


class TestCancel:
    def test_the_fee_is_told_before_and_taken_only_after_a_yes(self, talk, desk, platform):
        me = talk("zh", rider="r_tsai")
        assert "100.00 TWD" in me.say("取消行程", "cancel_ride")
        assert platform.trip("t_tp_call")["status"] == "driver_arriving"
        assert "已取消" in me.tap("取消行程")
        assert platform.trip("t_tp_call")["status"] == "cancelled" and desk.acts == ["ride_cancelled"]

    def test_no_keeps_the_ride(self, talk, desk, platform):
        me = talk("en", rider="r_ravi")
        me.say("cancel my ride", "cancel_ride")
        if me.answer["slots"].get("trip_id") is None:
            me.tap_payload('/cancel_ride{"trip_id":"t_sg_late"}')
        assert "the ride stays" in me.say("no", "deny")
        assert platform.trip("t_sg_late")["status"] == "driver_arriving" and desk.acts == []

    def test_a_running_ride_cannot_be_cancelled_and_the_way_out_is_told(self, talk):
        me = talk("en", rider="r_olivia")
        assert "change the destination" in me.say("cancel the ride", "cancel_ride")
        assert "/vigil_emergency" in me.payloads

    def test_free_is_not_believed_from_a_button_when_it_is_not_free(self, talk, platform):
        me = talk("zh", rider="r_tsai")
        me.tap_payload('/cancel_ride{"choice":"free","trip_id":"t_tp_call"}')
        assert platform.trip("t_tp_call")["status"] == "driver_arriving" and "100.00 TWD" in me.text


class TestChange:
    def test_a_new_destination_and_its_price(self, talk, desk, platform):
        me = talk("zh", rider="r_lin")
        me.say("改一下目的地", "change_destination")
        assert "新的价格" in me.say("杭州东站", "nlu_fallback", place="杭州东站")
        assert platform.trip("t_hz_live")["destination"]["name"] == "杭州东站"
        assert desk.acts == ["destination_changed"]

    def test_named_at_once_nothing_is_asked(self, talk, platform):
        me = talk("en", rider="r_olivia")
        assert "Waterloo" in me.say(
            "take me to Waterloo Station instead", "change_destination", place="Waterloo Station"
        )
        assert me.form is None

    def test_a_place_the_map_does_not_know_is_asked_again(self, talk):
        me = talk("zh", rider="r_lin")
        assert "新的目的地" in me.say("把目的地改成火星", "change_destination", place="火星")
        assert "地图上没找到" in me.say("就是火星啊", "nlu_fallback", confidence=0.2)
        assert me.form == "change_form"

    def test_an_answer_heard_as_a_booking_is_still_the_answer(self, talk, platform):
        me = talk("zh", rider="r_lin")
        me.say("改一下目的地", "change_destination")
        me.say("去杭州东站", "book_ride", confidence=0.99, place="杭州")
        assert platform.trip("t_hz_live")["destination"]["name"] == "杭州东站"

    def test_told_in_one_message_the_whole_name_counts(self, talk, platform):
        talk("zh", rider="r_lin").say("把目的地改成杭州东站", "change_destination", place="杭州")
        assert platform.trip("t_hz_live")["destination"]["name"] == "杭州东站"


class TestBooking:
    def test_now(self, talk, desk):
        me = talk("en", rider="r_emma")
        assert "GBP" in me.say("I need a car from Camden Town to Waterloo please", "book_ride")
        assert desk.acts == []
        assert "Booked" in me.tap("Book it") and desk.acts == ["ride_booked"]

    def test_for_later(self, talk, platform):
        me = talk("zh", rider="r_chen")
        assert "07:30" in me.say("明早七点半从武林广场到杭州东站", "scheduled_ride")
        me.say("好的", "affirm")
        booked = platform.get("/trips", account="r_chen", status="scheduled")["trips"]
        assert [trip["pickup"]["name"] for trip in booked] == ["武林广场"]

    def test_for_another(self, talk, platform):
        me = talk("zh", rider="r_chen")
        for text in ("帮我妈叫车", "武林广场", "杭州东站", "王阿姨"):
            me.say(text, "book_for_other" if "妈" in text else "nlu_fallback")
        assert "CNY" in me.say("13800138000", "nlu_fallback")
        me.say("好", "affirm")
        [trip] = platform.get("/trips", account="r_chen", live="true")["trips"]
        assert trip["passenger"]["name"] == "王阿姨" and trip["booker_id"] == "r_chen"

    def test_no_books_nothing(self, talk, desk):
        me = talk("en", rider="r_emma")
        me.say("I need a car from Camden Town to Waterloo", "book_ride")
        assert "nothing was booked" in me.tap("No") and desk.acts == []


class TestMoneyAndAccount:
    def test_an_invoice_asks_for_its_title_only(self, talk, desk, platform):
        me = talk("zh", rider="r_chen")
        me.say("刚才那趟我要开发票", "receipt_invoice")
        assert me.form == "receipt_form" and "抬头" in me.text
        assert "已发到" in me.say("杭州山水有限公司", "nlu_fallback")
        assert desk.acts == ["receipt_sent"] and platform.outbox("mail")

    def test_coupons_and_a_code_that_is_not_one(self, talk):
        me = talk("en", rider="r_emma")
        assert "HELLO2" in me.say("do I have coupons", "promo_coupon")
        me.tap("Add a code")
        assert 'no code "NOPE99"' in me.say("NOPE99", "nlu_fallback")

    def test_another_number_after_a_code_sent_there(self, talk, desk, platform):
        me = talk("en", rider="r_emma")
        me.say("change my number", "change_phone_number")
        me.say("+44 7700 900555", "nlu_fallback")
        assert platform.outbox("code")[0]["to"] == "+447700900555"
        assert "is now" in me.say(platform.code(), "nlu_fallback")
        assert [rider["id"] for rider in platform.get("/riders", phone="+447700900555")["riders"]] == [
            "r_emma"
        ]
        assert desk.acts == ["phone_changed"]

    def test_a_locked_account_is_unlocked_by_the_code(self, talk, platform):
        me = talk("en")
        phone = next(sent for sent in _phones(platform) if sent)
        me.say("I'm locked out", "account_login")
        me.say(phone, "nlu_fallback")
        assert "unlocked" in me.say(platform.code(), "nlu_fallback")
        assert platform.get("/riders/r_noah")["account_status"] == "active"


def _phones(platform) -> list[str]:
    contact = platform.get("/riders/r_noah/contact", reference="test")
    return [contact["phone"]]


class TestFeedback:
    def test_a_smell_goes_on_record_and_brakes_open_a_case(self, talk, desk):
        talk("zh", rider="r_chen").say("车里一股烟味", "vehicle_condition")
        assert desk.told("cases") == []
        me = talk("en", rider="r_olivia")
        me.say("the brakes are making a horrible noise", "vehicle_condition")
        [case] = desk.told("cases")
        assert (
            case["grade"] == "S2" and case["reasons"] == ["live_trip"] and "/vigil_emergency" in me.payloads
        )

    def test_praise_is_passed_on_in_the_riders_words(self, talk, desk):
        assert "王建国" in talk("zh", rider="r_lin").say("司机人特别好", "compliment_tip")
        assert desk.acts == ["compliment_sent"]

    def test_a_tip(self, talk, desk):
        me = talk("en", rider="r_emma")
        me.say("I'd like to tip my driver", "compliment_tip")
        assert "5.00 GBP" in me.say("5", "nlu_fallback") and desk.acts == ["tip_given"]

    def test_a_dog_is_asked_about_before_it_is_added(self, talk, platform):
        me = talk("en", rider="r_ravi")
        me.tap_payload('/cancel_ride{"choice":"free","trip_id":"t_sg_late"}')
        me.say("can I bring my dog", "ride_options")
        assert platform.trip("t_sg_later")["options"] == []
        me.tap("Add it")
        assert platform.trip("t_sg_later")["options"] == ["pet"]


class TestForms:
    def test_small_talk_is_answered_and_the_question_asked_again(self, talk):
        me = talk("en")
        me.say("left my umbrella in the car", "lost_item")
        answer = me.say("are you a robot?", "bot_challenge")
        assert "automated" in answer and "Which phone number" in answer and me.form == "lost_item_form"

    def test_another_matter_takes_over(self, talk):
        me = talk("zh", rider="r_xu")
        me.say("改一下目的地", "change_destination")
        assert "沈强" in me.say("司机怎么还没到", "driver_late") and me.form is None

    def test_never_mind_ends_it(self, talk):
        for language, words in (("zh", "算了"), ("en", "never mind")):
            me = talk(language, rider="r_emma")
            me.say("x", "book_ride")
            me.say(words, "nlu_fallback", confidence=0.3)
            assert me.form is None and me.answer["slots"].get("topic") is None

    def test_two_answers_that_cannot_be_used_offer_a_person_and_a_third_ends_it(self, talk):
        me = talk("en")
        me.say("left my umbrella in the car", "lost_item")
        assert "does not look like a phone number" in me.say("dunno", "nlu_fallback")
        me.say("what", "nlu_fallback")
        assert "/speak_to_human" in me.payloads and me.form == "lost_item_form"
        me.say("what", "nlu_fallback")
        assert me.form is None and "/speak_to_human" in me.payloads

    def test_anger_is_met_once_with_one_sentence(self, talk):
        me = talk("zh", rider="r_wong")
        assert me.say("司機一直沒來 氣死了", "driver_no_show").count("让人生气") == 1
        assert "让人生气" not in me.say("真是气死我了 还不来", "driver_no_show")
