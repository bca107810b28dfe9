"""Impossible 14: a form, menu, survey, language or model failure before escalation. Here the model is down; what happens with
it up, in the middle of a form, is in assisted/test_no_form_stands_in_the_way.py."""

from __future__ import annotations

import pytest

from tests.replays.driver import Stage

CRIES = {
    "simplified": ("zh", "司机把车门锁了不让我下车"),
    "traditional, in an English page": ("en", "司機把車門鎖了不讓我下車"),
    "Cantonese": ("zh", "司機鎖咗門唔畀我落車"),
    "English, in a Chinese page": ("zh", "he locked the doors and won't stop"),
    "both at once": ("en", "help 他把车门锁了 不让我下车 please"),
    "broken letters and signs": (
        "en",
        "HE LOCKED THE D00RS!!! he locked the doors and won't let me out 😭😭\u200b",
    ),
}


@pytest.mark.parametrize("cry", CRIES)
async def test_the_acknowledgement_itself_carries_the_incident_with_the_model_down(
    stage: Stage, cry: str
) -> None:
    locale, words = CRIES[cry]
    parts = (await stage.reporter(locale)).client
    ready = (await parts.get("/readyz")).json()["parts"]
    assert not ready["rasa"]["ok"] and not ready["actions"]["ok"], "the model is down in this story"
    passenger = await stage.reporter(locale)
    answer = await passenger.tries(words)
    state = answer.json()["conversation"]
    assert answer.status_code == 202 and (state["grade"], state["holder"]) == ("S0", "queue")
    told = await passenger.told()
    assert "?" not in told[0] and "？" not in told[0], "nothing is asked before the number"
    await stage.settle()
    assert len(stage.rang()) == 1


async def test_what_the_model_would_have_answered_goes_to_a_person_and_is_heard_later(stage: Stage) -> None:
    passenger = await stage.reporter("zh")
    state = await passenger.says("我想问一下昨天的发票")
    assert (await passenger.state())["holder"] == "queue" and state["grade"] is None
    assert any("转接人工" in text for text in await passenger.told())
    await passenger.says("司机把车门锁了不让我下车")
    assert (await passenger.state())["grade"] == "S0" and len(stage.rang()) == 1


async def test_no_survey_coupon_or_menu_follows_an_s0(stage: Stage) -> None:
    passenger = await stage.reporter("zh")
    await passenger.says("司机把车门锁了不让我下车")
    safety = await stage.agent("safety")
    conversation = await safety.finds(await passenger.reference())
    await safety.does(conversation, "accept")
    call = {"decision": "not_called", "reason": "乘客已下车，与她通话中"}
    await safety.does(conversation, "emergency-call", **call)
    await safety.does(conversation, "resolve", code="safe_confirmed", reason="与乘客本人通话，她已到家")
    await stage.pass_time(minutes=30)
    shown = str([[one["text"], one.get("buttons")] for one in await passenger.messages()])
    for word in ("评价", "打分", "满意", "优惠", "问卷", "星"):
        assert word not in shown
