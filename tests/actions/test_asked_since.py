"""A bare "yes" is no answer to a question that the desk has spoken over since."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("language", "begin", "words", "intent"),
    [
        ("zh", "取消行程", "好的", "thank"),
        ("zh", "取消行程", "是", "affirm"),
        ("en", "cancel the ride", "yes", "affirm"),
    ],
)
def test_nothing_is_cancelled_and_the_question_comes_again(talk, platform, language, begin, words, intent):
    me = talk(language, rider="r_tsai")
    question = me.say(begin, "cancel_ride")
    assert "100.00 TWD" in question
    me._who["asked_since"] = True
    assert me.say(words, intent) == question
    assert platform.trip("t_tp_call")["status"] == "driver_arriving"
    me._who["asked_since"] = False
    me.say(words, intent)
    assert platform.trip("t_tp_call")["status"] == "cancelled"
