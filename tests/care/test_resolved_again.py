"""Resolved again, care owes what the first ending could not know: the ride's money, the separation, the victim's chat."""

from __future__ import annotations

from typing import Any

from tests.care.conftest import task
from tests.replays.driver import Agent, Stage

NAMED = "，车牌浙A·D8C61，手机号19900000001"


async def _resolves(safety: Agent, conversation: str, code: str = "plan_completed") -> dict[str, Any]:
    for row in await safety.queue():
        # Nobody's words may be left unread when a case is ended.
        seen = (await safety.screen(row["conversation_id"]))["messages"][-1]["seq"]
        await safety.does(row["conversation_id"], "accept")
        await safety.does(row["conversation_id"], "read", seq=seen)
    await safety.does(conversation, "emergency-call", decision="not_called", reason="she is out of the car")
    await safety.does(conversation, "resolve", code=code, reason="looked into")
    return (await safety.screen(conversation))["care"][0]  # type: ignore[no-any-return]


def _kinds(care: dict[str, Any]) -> set[str]:
    return {one["kind"] for one in care["tasks"]}


class TestTripKnownLater:
    async def test_the_refund_and_the_separation_are_owed_once_the_trip_is_known(self, stage: Stage) -> None:
        victim = await stage.reporter("zh")
        await victim.says("我是乘客，司机摸我大腿")
        safety = await stage.agent("safety")
        conversation = (await safety.queue())[0]["conversation_id"]
        care = await _resolves(safety, conversation, "unreachable_after_attempts")
        assert _kinds(care) == {"evidence_held", "outcome_told", "contact"}
        await stage.pass_time(hours=3)
        await victim.says("我是乘客，刚才司机摸我大腿" + NAMED)
        stage.sandbox.demo("/trips/t_hz_live/status", status="finished")
        await stage.pass_time(minutes=3)
        await _resolves(safety, conversation)
        await stage.pass_time(hours=2)
        care = (await safety.screen(conversation))["care"][0]
        assert task(care, "charges_reversed")["state"] == task(care, "never_matched")["state"] == "done"
        world = stage.sandbox.world
        assert len(world.trips["t_hz_live"].refunds) == 1
        assert "d_wang" in world.riders["r_lin"].blocked_drivers
        assert any("费用已全部退回" in one["text"] for one in await victim.messages())

        await safety.does(conversation, "reopen", reason="her sister called")
        await _resolves(safety, conversation)
        assert len(world.trips["t_hz_live"].refunds) == 1, "what was done is not asked again"


class TestVictimKnownLater:
    async def test_the_victims_chat_is_known_though_a_friend_reported_first(self, stage: Stage) -> None:
        friend = await stage.reporter("zh")
        await friend.says("我朋友坐车后失联了，车牌浙A·D8C61，电话关机")
        safety = await stage.agent("safety")
        conversation = (await safety.queue())[0]["conversation_id"]
        stage.sandbox.demo("/trips/t_hz_live/status", status="finished")
        await stage.pass_time(minutes=2)
        care = await _resolves(safety, conversation)
        assert task(care, "outcome_told")["state"] == "waiting", "a friend's chat is not the victim's"
        victim = await stage.reporter("zh", rider="r_lin")
        await victim.says("昨晚那趟车司机强行摸我大腿" + NAMED)
        await stage.pass_time(minutes=2)
        care = await _resolves(safety, conversation)
        await stage.pass_time(hours=2)
        care = (await safety.screen(conversation))["care"][0]
        assert task(care, "outcome_told")["state"] == "done"
        assert any("处理结果" in one["text"] for one in await victim.messages())
        assert not any("处理结果由" in one["text"] for one in await friend.messages())
