"""Impossible 2: "We are contacting the safety team" without a stored, paged case whose state the reporter can see."""

from __future__ import annotations

import pytest

from tests.replays.driver import Stage, names, ok, refused

CRY = {"zh": "司机把车门锁了不让我下车", "en": "he locked the doors and won't stop"}
ALERTED = {
    "zh": "已经通知安全团队，目前还没有人加入",
    "en": "The safety team has been alerted; nobody has joined yet",
}


@pytest.mark.parametrize("locale", ["zh", "en"])
async def test_the_sentence_stands_on_a_page_that_rang_and_a_case_the_reporter_can_follow(
    stage: Stage, locale: str
) -> None:
    passenger = await stage.reporter(locale)
    state = await passenger.says(CRY[locale])
    reference = state["incident"]["reference"]
    told = "\n".join(await passenger.told())
    assert ALERTED[locale] in told and reference in told
    assert [page for page in stage.rang() if reference in page], "the team's pager rang for this very case"
    assert state["incident"]["state"] == "paged" and state["incident"]["accepted_by"] is None

    safety = await stage.agent("safety")
    await safety.does(await safety.finds(reference), "accept")

    seen = (await passenger.state())["incident"]
    assert (seen["state"], seen["accepted_by"]) == ("accepted", safety.name)
    assert any(safety.name in text for text in await passenger.told()), "a name only after somebody accepted"


@pytest.mark.parametrize("words", ["我们正在联系安全团队，请稍等", "We are contacting the safety team now"])
async def test_an_agent_cannot_say_it_before_the_team_was_paged(stage: Stage, words: str) -> None:
    passenger = await stage.reporter()
    await passenger.says("我要开发票")
    agent = await stage.agent("agent")
    conversation = (await agent.queue())[0]["conversation_id"]
    await agent.does(conversation, "accept")

    error = refused(await agent.writes(conversation, words), 422)
    assert error["code"] == "claim_without_record"
    assert words not in await passenger.told() and stage.rang() == []

    await agent.does(conversation, "escalate", reason="她说司机还在楼下")
    ok(await agent.writes(conversation, words))
    assert words in await passenger.told()
    assert len(stage.rang()) == 1 and "paged" in names(await (await stage.agent("safety")).acts(conversation))
