"""People: at once when asked for, offered when the assistant does not help; danger without a question; cases."""

from __future__ import annotations

import pytest

from actions.settings import policy

SAFETY = sorted(policy().intents("safety"))
CASES = sorted(policy().intents("case"))


class TestDanger:
    @pytest.mark.parametrize("intent", SAFETY)
    def test_every_safety_intent_reaches_the_desk_at_once(self, talk, desk, intent):
        me = talk("en")
        me.say("something bad", intent)
        [incident] = desk.told("incidents")
        assert incident["intent"] == intent and incident["action"] == "action_open_incident"
        assert incident["message_id"] == "message-1" and incident["text"] == "something bad"
        assert me.text == ""  # the desk has spoken already

    def test_on_another_channel_the_desks_words_are_said_here(self, talk):
        assert "nobody has joined yet" in talk("en", standalone=True).say("help me", "passenger_in_danger")

    @pytest.mark.parametrize("confidence", [0.95, 0.35])
    def test_a_form_is_no_obstacle(self, talk, desk, confidence):
        me = talk("zh", rider="r_chen")
        me.say("我落东西了", "lost_item")
        assert me.form == "lost_item_form"
        me.say("司机把车门锁了不让我下车", "passenger_in_danger", confidence=confidence)
        assert desk.told("incidents") and me.form is None

    def test_what_hearing_has_judged_a_check_in_opens_nothing_here(self, talk, desk):
        me = talk("en", rider="r_emma")
        me.say("hmm this is odd", "route_deviation", safety={"decision": "checkin", "grade": "S1"})
        assert desk.told("incidents") == [] and "/vigil_emergency" in me.payloads


class TestPerson:
    @pytest.mark.parametrize(("language", "text"), [("zh", "转人工"), ("en", "human please")])
    def test_is_given_the_first_time(self, talk, desk, language, text):
        talk(language).say(text, "speak_to_human")
        assert desk.told("hand-over")[0]["reason"] == "asked"

    def test_is_given_from_within_a_form(self, talk, desk):
        me = talk("en", rider="r_emma")
        me.say("get me a car", "book_ride")
        me.say("let me talk to somebody", "speak_to_human")
        assert desk.told("hand-over") and me.form is None

    def test_is_offered_after_two_messages_not_understood(self, talk):
        me = talk("en")
        first = me.say("blorp", "nlu_fallback")
        second = me.say("fnarg", "nlu_fallback")
        assert first != second and me.titles == ["Talk to a person"]

    def test_one_understood_in_between_starts_the_count_anew(self, talk):
        me = talk("en")
        first = me.say("blorp", "nlu_fallback")
        me.say("thanks", "thank")
        assert me.say("fnarg", "nlu_fallback") == first

    def test_is_offered_when_the_same_answer_comes_twice(self, talk):
        me = talk("zh")
        me.say("怎么叫车", "how_to_book")
        assert "/speak_to_human" not in me.payloads
        me.say("怎么叫车啊", "how_to_book")
        assert "/speak_to_human" in me.payloads

    def test_closed_hours_are_told_as_the_desk_tells_them(self, talk, desk):
        desk.open_now = False
        assert "back at" in talk("en").say("human", "speak_to_human")


class TestCases:
    @pytest.mark.parametrize("intent", CASES)
    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_every_case_intent_gets_a_reference_without_a_question(self, talk, desk, intent, language):
        me = talk(language)
        assert "V-2" in me.say("it was not right", intent)
        [case] = desk.told("cases")
        assert (case["kind"], case["grade"], case["evidence"]["words"]) == (intent, "S2", "it was not right")
        assert me.form is None

    def test_a_running_ride_and_a_child_are_passed_as_reasons(self, talk, desk):
        talk("zh", rider="r_lin").say("司机骂我和孩子", "driver_misconduct")
        [case] = desk.told("cases")
        assert {"live_trip", "vulnerable"} <= set(case["reasons"]) and case["evidence"][
            "trip_id"
        ] == "t_hz_live"

    def test_what_became_of_a_report_is_what_the_desk_knows(self, talk, desk):
        desk.cases.append(_case("V-7", "paged"))
        assert talk("en").say("any news?", "case_status") == (
            "V-7: the people responsible have been notified, nobody has taken it yet."
        )

    def test_many_times_without_an_answer_raises_it(self, talk, desk):
        desk.cases.append(_case("V-7", "opened"))
        talk("zh").say("我反映好几次了没人回复", "case_status")
        [case] = desk.told("cases")
        assert case["reasons"] == ["repeat"] and case["hand_over"] is True and case["kind"] == "lost_item"

    def test_a_driver_without_orders_learns_of_papers_but_never_of_a_report(self, talk, desk, platform):
        assert "证件过期" in talk("zh", driver="d_yu").say("为什么没有单", "hold_appeal")
        plain = talk("zh", driver="d_sun").say("为什么没有单", "hold_appeal")
        import requests

        hold = {"reason_code": "safety_report", "reference": "V-9"}
        key = {"X-Platform-Key": "test-platform-key"}
        requests.put(
            f"{platform.url}/drivers/d_sun/dispatch-hold", json=hold, headers=key, timeout=5
        ).raise_for_status()
        assert talk("zh", driver="d_sun").say("为什么没有单", "hold_appeal") == plain


def _case(reference: str, state: str) -> dict[str, object]:
    kept = {"reference": reference, "kind": "lost_item", "grade": "S3", "state": state}
    return {**kept, "opened_at": "2026-01-01T00:00:00Z", "accepted_by": None, "next_update_at": None}
