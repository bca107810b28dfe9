"""Impossible 1: "I have no authority" as an end. Every actor can raise to S0, and none can block it."""

from __future__ import annotations

import pytest

from tests.replays.driver import Stage, entry, names, ok, refused

RECEIPT = "我要开昨天那单的发票"


@pytest.mark.parametrize("role", ["agent", "outsourced", "trainer", "police_liaison", "safety", "supervisor"])
async def test_every_role_raises_a_routine_chat_to_s0_and_the_safety_team_is_paged(
    stage: Stage, role: str
) -> None:
    passenger = await stage.reporter()
    await passenger.says(RECEIPT)
    agent, safety = await stage.agent(role), await stage.agent("safety")
    conversation = (await safety.queue())[0]["conversation_id"]
    assert stage.rang() == []

    ok(await agent.tries(conversation, "escalate", reason="她说她害怕"))

    first = (await safety.queue())[0]
    assert (first["conversation_id"], first["grade"], first["state"]) == (conversation, "S0", "paged")
    assert len(stage.rang()) == 1 and "S0" in stage.rang()[0]
    timeline = await safety.acts(conversation)
    raised = entry(timeline, "raised" if "raised" in names(timeline) else "opened")
    assert raised["who"].startswith("staff:") and raised["details"]["reason"] == "她说她害怕"
    assert (await passenger.state())["incident"]["reference"] == first["reference"]


async def test_what_a_supervisor_lowered_the_outsourced_agent_may_raise_again(stage: Stage) -> None:
    passenger = await stage.reporter()
    await passenger.says(RECEIPT)
    outsider, boss = await stage.agent("outsourced"), await stage.agent("supervisor")
    conversation = (await boss.queue())[0]["conversation_id"]
    ok(await outsider.tries(conversation, "escalate", reason="她说她害怕"))
    seen = (await boss.screen(conversation))["messages"][-1]["seq"]
    await boss.does(conversation, "lower", grade="S2", reason="打过电话，她只是要发票", seen_seq=seen)
    assert (await boss.queue())[0]["grade"] == "S2"
    await stage.pass_time(minutes=5)
    assert len(stage.rang()) == 1, "lowered by name: the S0's clock does not go on ringing"

    ok(await outsider.tries(conversation, "escalate", reason="她又写了：他还在楼下"))

    assert (await boss.queue())[0]["grade"] == "S0"
    assert len(stage.rang()) == 2


@pytest.mark.parametrize("words", ["我这边没有权限处理", "I'm sorry, I have no authority to do that"])
async def test_the_words_cannot_be_sent_and_the_refusal_says_what_to_do_instead(
    stage: Stage, words: str
) -> None:
    passenger = await stage.reporter()
    await passenger.says(RECEIPT)
    agent = await stage.agent("agent")
    conversation = (await agent.queue())[0]["conversation_id"]
    await agent.does(conversation, "accept")
    error = refused(await agent.writes(conversation, words), 422)
    assert error["code"] == "forbidden_phrase" and "S0" in error["message"]
    assert words not in await passenger.told()
