"""The press case of the lost phone: the driver says there is none, and that is not the end of it (impossible 8)."""

from __future__ import annotations

import pytest

from tests.replays.driver import Stage, names, ok, refused

pytestmark = pytest.mark.timeout(900)  # the first of them may train the assistant

LOST = {
    "zh": ("r_chen", "d_zhao", "我的手机落在刚才那辆车上了"),
    "en": ("r_emma", "d_patel", "left my phone in the car just now"),
}


@pytest.mark.parametrize("locale", ["zh", "en"])
async def test_the_denial_brings_a_person_with_the_evidence_and_limits_the_driver_until_they_decide(
    stage: Stage, locale: str
) -> None:
    rider, driver, words = LOST[locale]
    passenger = await stage.reporter(locale, rider=rider)
    await passenger.says(words)
    assert (await passenger.state())["holder"] == "assistant", "\n".join(await passenger.told())
    item = next(iter(stage.sandbox.world.lost_items))

    stage.sandbox.demo(f"/lost-items/{item}/next-passenger-answer", found=True, note="I saw a phone")
    stage.sandbox.demo(f"/lost-items/{item}/driver-answer", found=False, note="没有看到")
    await stage.settle()

    state = await passenger.state()
    assert state["holder"] == "queue", "a person, not an apology"
    told = "\n".join(await passenger.told())
    assert "VG-" in told and not [
        no for no in ("已关闭", "无法处理", "closed", "nothing we can do") if no in told
    ]
    assert stage.sandbox.world.restrictions[driver], "the account is limited until a person has decided"
    agent = await stage.agent("agent")
    conversation = (await agent.queue())[0]["conversation_id"]
    case = await agent.case(conversation)
    assert case["kind"] == "lost_item" and case["state"] in ("opened", "paged")
    assert case["evidence"]["driver_answer"]["found"] is False
    assert case["evidence"]["next_passenger_answer"]["found"] is True

    await stage.pass_time(hours=3)
    assert (await agent.case(conversation))["state"] in ("opened", "paged"), "time does not close it either"
    await agent.does(conversation, "accept")
    assert refused(await agent.tries(conversation, "resolve", code="explained", reason=""), 422)
    ok(
        await agent.tries(
            conversation, "resolve", code="item_returned", reason="司机在座椅下找到，已约好归还"
        )
    )
    assert not stage.sandbox.world.restrictions[driver], "decided by a person, by name"
    assert "account_restricted" in names(await agent.acts(conversation))


async def test_a_driver_who_says_nothing_is_no_end_either(stage: Stage) -> None:
    passenger = await stage.reporter("zh", rider="r_chen")
    await passenger.says(LOST["zh"][2])
    await stage.pass_time(minutes=29)
    assert (await passenger.state())["holder"] == "assistant"
    await stage.pass_time(minutes=1)
    assert (await passenger.state())["holder"] == "queue"
    assert "没有在约定时间内回答" in "\n".join(await passenger.told())
