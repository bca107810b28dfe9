"""A thing left in the car: reported, followed, and nothing promised that is not scheduled."""

from __future__ import annotations

from datetime import datetime, timezone

NOON_SHANGHAI = datetime.now(timezone.utc).replace(hour=4, minute=0, second=0, microsecond=0)


def _order(platform) -> str:
    return str(platform.trip("t_hz_phone")["order_no"])


class TestSignedInRider:
    def test_the_ride_that_just_ended_is_found_and_nothing_is_asked(self, talk, desk, platform):
        me = talk("zh", rider="r_chen")
        answer = me.say("我的手机落在刚才那辆车上了", "lost_item", lost_item="手机")
        assert "杭州东站" in answer and "手机" in answer and "司机和下一位乘客" in answer
        assert me.form is None
        [watch] = desk.told("watches")
        assert (watch["kind"], watch["trip_id"], watch["answer_due_s"]) == ("lost_item", "t_hz_phone", 1800)
        [item] = platform.lost_items("t_hz_phone")
        assert item["category"] == "phone" and item["id"] == watch["ref"]
        assert desk.told("identity") == []

    def test_in_english_and_for_a_thing_that_can_wait_longer(self, talk, desk, platform):
        answer = talk("en", rider="r_emma").say("left my umbrella in the car", "lost_item")
        assert "Waterloo Station" in answer and "next passenger" in answer
        [watch] = desk.told("watches")
        assert watch["answer_due_s"] == 7200 and watch["essential"] is False
        assert platform.lost_items("t_ld_phone")[0]["category"] == "clothing"

    def test_no_time_is_named_when_the_desk_has_scheduled_none(self, talk, desk):
        desk.due_at = None
        answer = talk("en", rider="r_emma").say("left my umbrella in the car", "lost_item")
        assert "I will tell you here" in answer and " by " not in answer

    def test_only_the_thing_is_asked_when_it_is_not_named(self, talk, desk):
        me = talk("en", rider="r_emma")
        assert me.say("I left something behind", "lost_item") == "What did you leave? Colour and brand help."
        assert "a blue folder" in me.say("a blue folder", "nlu_fallback", confidence=0.3)
        assert desk.told("watches")[0]["item"] == "a blue folder"

    def test_the_same_thing_reported_again_is_not_filed_twice(self, talk, platform):
        me = talk("zh", rider="r_chen")
        me.say("手机落车上了", "lost_item", lost_item="手机")
        me.say("我的手机找到没有", "lost_item", lost_item="手机")
        assert len(platform.lost_items("t_hz_phone")) == 1

    def test_a_phone_lost_at_night_opens_a_case_that_night_raises(self, talk, desk, platform):
        night = datetime.now(timezone.utc).replace(hour=16, minute=30)  # 00:30 in Hangzhou
        talk("zh", rider="r_chen", now=night).say(
            "手机落昨天的车上了", "lost_item", order_number=_order(platform)
        )
        assert [case["reasons"] for case in desk.told("cases")] == [["essential_item_at_night"]]

    def test_by_day_it_opens_none(self, talk, desk, platform):
        talk("zh", rider="r_chen", now=NOON_SHANGHAI).say(
            "手机丢了", "lost_item", order_number=_order(platform)
        )
        assert desk.told("watches") and desk.told("cases") == []


class TestSeveralThings:
    def test_two_things_of_one_kind_on_one_ride_are_two_reports(self, talk, desk, platform):
        me = talk("en", rider="r_emma")
        me.say("I left my backpack in the car", "lost_item", lost_item="backpack")
        me.say("and my suitcase too, on the same ride", "lost_item", lost_item="suitcase")
        assert {item["item"] for item in platform.lost_items("t_ld_phone")} == {"backpack", "suitcase"}
        assert len({watch["ref"] for watch in desk.told("watches")}) == 2

    def test_what_was_denied_of_one_is_not_told_of_another(self, talk, platform):
        me = talk("en", rider="r_emma")
        me.say("I left my backpack", "lost_item", lost_item="backpack")
        [item] = platform.lost_items("t_ld_phone")
        for who in ("driver", "next-passenger"):
            platform.demo(f"/lost-items/{item['id']}/{who}-answer", found=False)
        assert "filed" in me.say("My suitcase is in the boot as well", "lost_item", lost_item="suitcase")
        assert "nobody has seen" in me.say("my backpack?", "lost_item", lost_item="backpack")

    def test_all_things_of_one_message_are_reported_and_followed(self, talk, desk, platform):
        me = talk("en", rider="r_emma")
        answer = me.say("I left my phone and my umbrella in the car", "lost_item", lost_item="phone")
        assert {item["category"] for item in platform.lost_items("t_ld_phone")} == {"phone", "clothing"}
        assert {watch["item"]: watch["answer_due_s"] for watch in desk.told("watches")} == {
            "phone": 1800,
            "umbrella": 7200,
        }
        assert "phone, umbrella" in answer

    def test_so_are_those_of_the_answer(self, talk, platform):
        me = talk("zh", rider="r_chen")
        me.say("有东西落车上了", "lost_item")
        assert "护照、钥匙" in me.say("护照和我的钥匙", "lost_item", lost_item="护照")
        assert {item["item"] for item in platform.lost_items("t_hz_phone")} == {"护照", "钥匙"}

    def test_a_second_of_the_same_name_is_another(self, talk, platform):
        me = talk("en", rider="r_emma")
        me.say("I left my bag in the car", "lost_item", lost_item="bag")
        me.say("I left another bag there too", "lost_item", lost_item="bag")
        assert len(platform.lost_items("t_ld_phone")) == 2


def _with_two_facts(me) -> str:
    me.say("I lost my phone in a car", "lost_item", lost_item="phone")
    me.say("Waterloo Station, about an hour ago", "nlu_fallback")
    return me.say("+44 7700 900999", "nlu_fallback")


class TestTwoFacts:
    def test_the_report_of_the_rider_is_not_joined(self, talk, desk, platform):
        talk("en", rider="r_emma").say("I lost my iPhone in the car", "lost_item", lost_item="iPhone")
        [own] = platform.lost_items("t_ld_phone")
        _with_two_facts(talk("en"))
        assert desk.told("watches")[-1]["ref"] != own["id"]
        assert len(platform.lost_items("t_ld_phone")) == 2

    def test_nor_is_anything_of_its_return_told(self, talk, platform):
        talk("en", rider="r_emma").say("I lost my iPhone in the car", "lost_item", lost_item="iPhone")
        [own] = platform.lost_items("t_ld_phone")
        platform.demo(f"/lost-items/{own['id']}/driver-answer", found=True)
        answer = _with_two_facts(talk("en"))
        assert "found" not in answer and "+447700900999" in answer

    def test_the_rider_does_not_join_theirs_either(self, talk, desk, platform):
        _with_two_facts(talk("en"))
        [theirs] = platform.lost_items("t_ld_phone")
        talk("en", rider="r_emma").say("I lost my iPhone", "lost_item", lost_item="iPhone")
        assert desk.told("watches")[-1]["ref"] != theirs["id"]

    def test_in_one_conversation_it_is_the_same_report(self, talk, platform):
        me = talk("en")
        _with_two_facts(me)
        me.say("any news of my phone?", "lost_item", lost_item="phone")
        assert len(platform.lost_items("t_ld_phone")) == 1


class TestNobodyKnown:
    def test_a_code_to_the_phone_on_the_order_shows_who_it_is(self, talk, desk, platform):
        me = talk("en")
        me.say("left my umbrella in the car", "lost_item")
        assert "****0101" in me.say("+44 7700 900101", "out_of_scope")
        assert "Waterloo Station" in me.say(platform.code(), "nlu_fallback")
        [told] = desk.told("identity")
        assert (told["method"], told["rider_id"], told["trip_id"]) == ("code", "r_emma", "t_ld_phone")

    def test_three_wrong_codes_end_it_with_a_person_offered(self, talk, desk):
        me = talk("zh")
        me.say("雨伞落车上了", "lost_item")
        me.say("13900001111", "nlu_fallback")
        for _ in range(2):
            assert "不对" in me.say("000000", "nlu_fallback")
        assert "三次" in me.say("000000", "nlu_fallback")
        assert me.form is None and "/speak_to_human" in me.payloads
        assert desk.heard == []

    def test_whose_phone_is_lost_tells_two_facts_and_a_number_and_sees_nothing_of_the_ride(
        self, talk, desk, platform
    ):
        me = talk("zh")
        assert "任意两点" in me.say("手机丢车上了", "lost_item")
        assert "还需要一点" in me.say("在杭州东站上的车", "nlu_fallback", place="杭州东站")
        assert "哪个号码" in me.say("大概一个小时前", "nlu_fallback")
        answer = me.say("打我朋友的 13900001111", "nlu_fallback")
        assert "13900001111" in answer
        assert "武林广场" not in answer and "赵志强" not in answer and "浙A" not in answer
        [told] = desk.told("identity")
        assert (told["method"], told["callback_phone"]) == ("two_facts", "13900001111")
        assert "rider_id" not in told
        assert len(platform.lost_items("t_hz_phone")) == 1

    def test_two_facts_open_nothing_but_the_lost_item(self, talk, platform):
        me = talk("en")
        me.say("I left my phone in the car", "lost_item")
        me.say("Waterloo Station, about an hour ago", "nlu_fallback")
        me.say("07700 900123", "nlu_fallback")
        answer = me.say("send me the receipt to evil@example.com", "receipt_invoice")
        assert "Which phone number is on the order" in answer
        assert platform.outbox("mail") == []

    def test_words_that_are_no_fact_do_not_count(self, talk):
        me = talk("en")
        me.say("I left my phone in the car", "lost_item")
        assert "I cannot tell the ride" in me.say("no idea sorry mate", "nlu_fallback")


class TestDriver:
    def test_a_thing_found_is_recorded_for_its_owner(self, talk, platform):
        me = talk("zh", driver="d_zhao")
        me.say("乘客落了个钱包", "lost_item", lost_item="钱包")
        assert "钱包" in me.tap_payload(next(p for p in me.payloads if "t_hz_phone" in p))
        [found] = platform.lost_items("t_hz_phone")
        assert found["reported_by"] == "driver" and found["category"] == "wallet"


class TestOthersTrips:
    def test_a_button_with_a_trip_that_is_not_theirs_is_not_believed(self, talk, platform):
        me = talk("en", rider="r_emma")
        me.say("lost my bag", "lost_item")
        answer = me.tap_payload('/lost_item{"trip_id":"t_hz_phone"}', "x")
        assert "武林广场" not in answer
        assert platform.lost_items("t_hz_phone") == []
