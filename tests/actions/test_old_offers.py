"""An act follows what the person has agreed to and nothing else: the ride they meant, the price they were told, the
offer as it stands now."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
import requests

from actions.models import Trip
from actions.trips import named
from actions.wire import Wire

NO_YES = {
    "zh": ["取消要钱吗？", "可以免费取消吗", "我没说要取消", "取消另一趟"],
    "en": [
        "What is the cancellation fee?",
        "why would it cost me to cancel?",
        "cancel the other one",
        "is it OK?",
    ],
}
SAID_AS_YES = {
    "zh": ["取消", "好的，取消吧", "确认取消", "幫我取消", "可以"],
    "en": ["cancel it", "yes, cancel the ride please", "Yes please", "cancel"],
}


def _which_ride_is_asked(me) -> bool:
    return me.form is not None and any('"trip_id"' in payload for payload in me.payloads)


def demo(platform, path: str, **body) -> None:
    requests.post(f"{platform.url}/demo{path}", json=body, timeout=5).raise_for_status()


class TestAYesToCancelling:
    @pytest.mark.parametrize(
        ("language", "words"), [(language, words) for language in NO_YES for words in NO_YES[language]]
    )
    @pytest.mark.parametrize("heard", ["cancel_ride", "affirm"])
    def test_a_question_or_another_ride_is_none(self, talk, platform, language, words, heard):
        me = talk(language, rider="r_tsai")
        me.say("取消行程" if language == "zh" else "cancel my ride", "cancel_ride")
        answer = me.say(words, heard, confidence=0.5)
        assert platform.trip("t_tp_call")["status"] == "driver_arriving"
        assert "100.00 TWD" in answer and me.form == "cancel_form"

    def test_asked_what_it_costs_it_tells_that(self, talk, platform):
        for language, words in (("zh", "取消要钱吗？"), ("en", "What is the cancellation fee?")):
            me = talk(language, rider="r_tsai")
            me.say("cancel my ride", "cancel_ride")
            answer = me.say(words, "cancellation_fee")
            assert "100.00 TWD" in answer and me.form == "cancel_form"
            assert platform.trip("t_tp_call")["status"] == "driver_arriving"

    @pytest.mark.parametrize(
        ("language", "words"),
        [(language, words) for language in SAID_AS_YES for words in SAID_AS_YES[language]],
    )
    def test_the_plain_words_are(self, talk, platform, language, words):
        me = talk(language, rider="r_tsai")
        me.say("取消行程" if language == "zh" else "cancel my ride", "cancel_ride")
        me.say(words, "cancel_ride")
        assert platform.trip("t_tp_call")["status"] == "cancelled"

    def test_do_not_cancel_is_a_no(self, talk, platform):
        for language, words in (("zh", "不要取消"), ("en", "don't cancel it")):
            me = talk(language, rider="r_tsai")
            me.say("cancel my ride", "cancel_ride")
            me.say(words, "cancel_ride")
            assert platform.trip("t_tp_call")["status"] == "driver_arriving" and me.form is None

    def test_a_fee_of_the_past_is_another_matter(self, talk):
        me = talk("en", rider="r_ravi")
        me.tap_payload('/cancel_ride{"trip_id":"t_sg_late"}')
        me.say("why did you charge me a cancellation fee yesterday?", "cancellation_fee")
        assert me.form != "cancel_form"


class TestTheFeeAgreedTo:
    def test_a_fee_that_came_after_the_question_is_asked_about(self, talk, platform, desk):
        me = talk("en", rider="r_ravi")
        me.tap_payload('/cancel_ride{"trip_id":"t_sg_late"}')
        assert "costs nothing" in me.text
        demo(platform, "/trips/t_sg_late/status", status="waiting")
        assert "4.00 SGD" in me.say("yes", "affirm")
        assert platform.trip("t_sg_late")["status"] == "waiting" and desk.acts == []
        assert "The fee is 4.00 SGD" in me.say("yes", "affirm")
        assert platform.trip("t_sg_late")["status"] == "cancelled"

    def test_an_old_button_agrees_to_no_fee(self, talk, platform):
        me = talk("zh", rider="r_tsai")
        me.tap_payload('/cancel_ride{"choice":"yes","trip_id":"t_tp_call"}')
        assert platform.trip("t_tp_call")["status"] == "driver_arriving" and "100.00 TWD" in me.text


class TestTheRideMeant:
    @pytest.fixture
    def ravi(self, talk):
        """A ride on its way and one tomorrow; the first was just talked of."""
        me = talk("en", rider="r_ravi")
        me.say("where is my driver", "driver_late")
        return me

    def test_the_day_named_is_the_ride(self, ravi, platform):
        answer = ravi.say(
            "and tomorrow's ride goes to Marina Bay Sands", "change_destination", place="Marina Bay Sands"
        )
        assert platform.trip("t_sg_late")["destination"]["name"] == "Changi Airport Terminal 3"
        assert platform.trip("t_sg_later")["destination"]["name"] == "Marina Bay Sands"
        assert "Orchard Road → Marina Bay Sands" in answer

    def test_the_day_named_is_the_ride_for_the_pickup_too(self, ravi, platform):
        ravi.say(
            "the booking for tomorrow should start at Tampines Mall", "change_pickup", place="Tampines Mall"
        )
        assert platform.trip("t_sg_late")["pickup"]["name"] == "Orchard Road"
        assert platform.trip("t_sg_later")["pickup"]["name"] == "Tampines Mall"

    def test_where_two_may_be_meant_ride_place_and_price_are_asked_about(self, ravi, platform, desk):
        asked = ravi.say("change destination to Bugis Junction", "change_destination", place="Bugis Junction")
        assert platform.trip("t_sg_late")["destination"]["name"] == "Changi Airport Terminal 3"
        assert "Changi Airport Terminal 3" in asked and "Bugis Junction" in asked and "SGD" in asked
        ravi.tap("Change it")
        assert platform.trip("t_sg_late")["destination"]["name"] == "Bugis Junction"
        assert platform.trip("t_sg_later")["destination"]["name"] == "Changi Airport Terminal 3"
        assert "destination_changed" in desk.acts

    def test_a_no_changes_nothing(self, ravi, platform):
        ravi.say("change destination to Bugis Junction", "change_destination", place="Bugis Junction")
        assert "nothing was changed" in ravi.say("no", "deny")
        assert platform.trip("t_sg_late")["destination"]["name"] == "Changi Airport Terminal 3"

    def test_a_ride_that_was_picked_is_not_asked_about_again(self, ravi, platform):
        ravi.tap_payload('/change_destination{"trip_id":"t_sg_later"}')
        ravi.say("Bugis Junction", "nlu_fallback", place="Bugis Junction")
        assert platform.trip("t_sg_later")["destination"]["name"] == "Bugis Junction"

    def test_a_day_without_a_ride_is_asked_about(self, talk, platform):
        me = talk("zh", rider="r_lin")
        me.say("明天那趟改去杭州东站", "change_destination", place="杭州东站")
        assert platform.trip("t_hz_live")["destination"]["name"] == "萧山国际机场"
        assert _which_ride_is_asked(me)
        me.say("是的", "affirm")
        assert platform.trip("t_hz_live")["destination"]["name"] == "杭州东站"

    def test_an_order_of_somebody_else_is_asked_about(self, talk, platform):
        me = talk("en", rider="r_tsai")
        answer = me.say(
            "change my sister's ride, order TW9911223344, to Songshan",
            "change_destination",
            order_number="TW9911223344",
            place="松山機場",
        )
        assert platform.trip("t_tp_call")["destination"]["name"] == "台北101"
        assert "TW9911223344" in answer and _which_ride_is_asked(me)

    def test_a_question_of_price_gets_the_price_and_changes_nothing(self, talk, platform):
        me = talk("zh", rider="r_lin")
        answer = me.say("改目的地去西溪湿地要加多少钱？", "change_destination")
        assert platform.trip("t_hz_live")["destination"]["name"] == "萧山国际机场"
        assert "西溪湿地" in answer and "CNY" in answer
        me.tap("改")
        assert platform.trip("t_hz_live")["destination"]["name"] == "西溪湿地"

    def test_do_not_change_yet_changes_nothing(self, talk, platform):
        for language, words in (
            ("zh", "我要是改去杭州东站行吗？先别改"),
            ("en", "can I go to 杭州东站 instead? don't change it yet"),
        ):
            talk(language, rider="r_lin").say(words, "change_destination", place="杭州东站")
            assert platform.trip("t_hz_live")["destination"]["name"] == "萧山国际机场"

    def test_a_polite_request_is_an_order(self, talk, platform):
        talk("zh", rider="r_lin").say("可以把目的地改成杭州东站吗？", "change_destination", place="杭州东站")
        assert platform.trip("t_hz_live")["destination"]["name"] == "杭州东站"


class TestANewCar:
    def test_tapped_twice_the_new_driver_stays(self, talk, platform, desk):
        me = talk("en", rider="r_ravi")
        me.tap_payload('/driver_late{"choice":"new_car","trip_id":"t_sg_late"}')
        sent = platform.trip("t_sg_late")["driver"]
        answer = me.tap_payload('/driver_late{"choice":"new_car","trip_id":"t_sg_late"}')
        assert platform.trip("t_sg_late")["driver"] == sent and desk.acts == ["car_sent"]
        assert sent["name"] in answer and "/driver_late" in me.payloads[-1]

    def test_a_driver_at_the_pickup_is_not_dropped_by_an_old_button(self, talk, platform):
        me = talk("en", rider="r_ravi")
        me.say("where is he", "driver_late")
        demo(platform, "/trips/t_sg_late/status", status="waiting")
        answer = me.tap("Send a new car")
        trip = platform.trip("t_sg_late")
        assert (trip["driver"]["id"], trip["status"]) == ("d_tan", "waiting") and "pickup point" in answer
        me.tap("Take another car")
        assert platform.trip("t_sg_late")["driver"]["id"] != "d_tan"

    def test_the_second_answer_holds_for_the_car_it_was_given_for(self, talk, platform):
        me = talk("en", rider="r_ravi")
        demo(platform, "/trips/t_sg_late/status", status="waiting")
        me.tap_payload('/driver_late{"choice":"new_car","trip_id":"t_sg_late"}')
        old = next(button["payload"] for button in me.buttons if button["title"].startswith("Take"))
        me.tap_payload(old)
        sent = platform.trip("t_sg_late")["driver"]
        me.tap_payload(old)
        assert platform.trip("t_sg_late")["driver"] == sent


class TestWhichRide:
    def test_a_clock_time_is_no_place_in_the_list(self, talk):
        for language, words in (("zh", "2点那趟"), ("en", "2 pm"), ("en", "1am")):
            me = talk(language, rider="r_ravi")
            me.say("cancel my ride", "cancel_ride")
            me.say(words, "nlu_fallback")
            assert _which_ride_is_asked(me)

    def test_the_time_of_a_ride_names_it(self, platform):
        late, later = (Trip.read(Wire(platform.trip(name))) for name in ("t_sg_late", "t_sg_later"))
        for trip in (late, later):
            local = trip.at.astimezone(ZoneInfo(trip.timezone))
            assert named(f"the {local:%H:%M} one", [late, later]) is trip
            assert named(f"{local:%H:%M}那趟", [later, late]) is trip

    @pytest.mark.parametrize("text", ["on", "it", "no", "he", "2点", "2 pm", "1am"])
    def test_what_names_no_ride(self, platform, text):
        trips = [Trip.read(Wire(platform.trip(name))) for name in ("t_ld_phone", "t_ld_detour")]
        hours = {trip.at.astimezone(ZoneInfo(trip.timezone)).hour % 12 for trip in trips}
        assert not hours & {1, 2} and named(text, trips) is None

    def test_places_in_the_list_still_count(self, talk):
        for language, words in (("zh", "第二趟"), ("zh", "2"), ("en", "the second one please")):
            me = talk(language, rider="r_ravi")
            me.say("cancel my ride", "cancel_ride")
            me.say(words, "nlu_fallback")
            assert not _which_ride_is_asked(me) and me.form == "cancel_form"

    def test_a_ride_of_days_ago_is_not_todays(self, talk, platform):
        for language, rider, words in (
            ("en", "r_olivia", "I left my keys in the taxi last Friday"),
            ("zh", "r_chen", "前几天我的钥匙落车上了"),
        ):
            me = talk(language, rider=rider)
            me.say(words, "lost_item")
            assert platform.lost_items("t_ld_live") == [] and platform.lost_items("t_hz_phone") == []

    def test_a_plan_for_tomorrow_is_not_the_day_of_a_ride_gone_by(self, talk):
        me = talk("en", rider="r_olivia")
        me.say("I left my passport in the car and I fly tomorrow", "lost_item", lost_item="passport")
        assert not _which_ride_is_asked(me)


class TestATip:
    def test_the_fare_is_not_the_tip(self, talk, platform):
        for language, rider, words, tip in (
            ("zh", "r_chen", "刚才那趟车费35元，我想给司机5元小费", "5.00 CNY"),
            ("en", "r_emma", "the ride just now was £12 and I would like to tip £2", "2.00 GBP"),
        ):
            answer = talk(language, rider=rider).say(words, "compliment_tip")
            assert tip in answer
