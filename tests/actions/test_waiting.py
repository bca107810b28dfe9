"""Waiting: position, time, reason; the driver reached another way when the number fails; a way out past the
limit."""

from __future__ import annotations


class TestLateDriver:
    def test_position_time_and_reason_are_told_and_the_way_out_offered(self, talk, desk):
        me = talk("zh", rider="r_xu")
        answer = me.say("司机怎么还没到", "driver_late")
        assert "沈强" in answer and "沪B·D56120" in answer and "分钟到" in answer
        assert "公里" in answer and "路上堵车" in answer and "延安高架有事故" in answer
        assert me.titles == ["换一辆车", "免费取消"]
        assert desk.told("watches")[0] | {"kind": "trip", "trip_id": "t_sh_late"} == desk.told("watches")[0]
        assert desk.acts == []

    def test_a_new_car_is_claimed_after_the_platform_has_sent_one(self, talk, desk, platform):
        me = talk("en", rider="r_ravi")
        me.say("where is my driver", "driver_late")
        answer = me.tap("Send a new car")
        trip = platform.trip("t_sg_late")
        assert trip["driver"]["id"] != "d_tan" and trip["previous_driver_ids"] == ["d_tan"]
        assert trip["vehicle"]["plate"] in answer
        assert desk.acts == ["car_sent"]

    def test_free_cancellation_is_free(self, talk, desk, platform):
        me = talk("zh", rider="r_wong")
        assert "24 分钟" in me.say("司機一直沒來", "driver_no_show")
        assert "不收费" in me.tap("免费取消")
        trip = platform.trip("t_hk_noshow")
        assert trip["status"] == "cancelled" and not trip["charge"]
        assert "ride_cancelled" in desk.acts

    def test_a_wait_past_the_limit_with_a_child_reaches_people_too(self, talk, desk):
        talk("en", rider="r_ravi").say("my driver is so late and I have a baby with me", "driver_late")
        [case] = desk.told("cases")
        assert (
            case["grade"] == "S3"
            and "vulnerable_waiting" in case["reasons"]
            and case["evidence"]["late_s"] > 600
        )

    def test_who_rides_on_anothers_booking_finds_the_ride_by_their_phone(self, talk, platform):
        me = talk("zh")
        me.say("车什么时候到", "cannot_reach_driver")
        me.say("19900000093", "nlu_fallback")
        assert "虹桥火车站" in me.say(platform.code(), "nlu_fallback")

    def test_who_booked_for_another_finds_it_too(self, talk):
        assert "虹桥火车站" in talk("zh", rider="r_zhou").say("联系不上我妈的司机", "cannot_reach_driver")

    def test_nobody_is_told_hours(self, talk):
        assert "72" not in talk("zh", rider="r_wong").say("司机没来 我在街上", "driver_no_show").replace(
            "t_hk", ""
        )


class TestReachingTheDriver:
    def test_a_call_that_goes_through_is_recorded_and_said(self, talk, desk):
        me = talk("en", rider="r_ravi")
        assert "went through" in me.say("I can't reach him", "cannot_reach_driver")
        assert desk.acts == ["driver_called"]

    def test_a_failed_number_becomes_a_push_and_a_request_to_call(self, talk, desk, platform):
        answer = talk("zh", rider="r_tsai").say("打不通司机电话", "cannot_reach_driver")
        assert "没有打通" in answer and "回电" in answer
        assert desk.acts == ["driver_pushed"]
        assert any(sent["to"] == "d_hsu" for sent in platform.outbox("push"))

    def test_the_same_message_again_calls_once(self, talk, desk, platform):
        me = talk("zh", rider="r_tsai")
        first = me.say("打不通司机电话", "cannot_reach_driver")
        pushes = len(platform.outbox("push"))
        assert me.say("打不通司机电话", "cannot_reach_driver", again=True) == first
        assert len(platform.outbox("push")) == pushes and desk.acts == ["driver_pushed"]
