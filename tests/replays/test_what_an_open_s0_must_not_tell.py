"""Nothing rings in the car of an open S0 from another chat; a driver is told nothing while somebody may be with them or near;
and who writes anonymously with a plate learns nothing of others' reports."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.incidents import service as incidents
from tests.replays.driver import Agent, Stage, names, refused

PLATE = "浙A·D8C61"
MISSING = f"我朋友坐你们的车以后联系不上了，车牌{PLATE}，电话关机"
LOCKED = "司机把车门锁了不让我下车"


async def _routine(stage: Stage, agent: Agent, rider: str) -> str:
    """A routine chat of the rider, in this agent's hands."""
    passenger = await stage.reporter("zh", rider=rider)
    await passenger.says("我想转人工")
    conversation = next(row["conversation_id"] for row in await agent.queue() if row["holder"] == "queue")
    await agent.does(conversation, "accept")
    return str(conversation)


class TestCall:
    async def test_no_other_chat_on_the_trip_rings_in_the_car(self, stage: Stage) -> None:
        outsider = await stage.agent("outsourced")
        routine = await _routine(stage, outsider, "r_lin")
        friend = await stage.reporter("zh")
        await friend.says(MISSING)
        for whom in ("driver", "passenger"):
            for asked in (False, True):
                answer = await outsider.tries(routine, "call", **{"from": "desk", "to": whom, "asked": asked})
                error = refused(answer, 422)
                assert error["code"] == "call_not_now" and "S0" not in error["message"]
        assert "call_placed" not in names(await outsider.acts(routine))
        safety = await stage.agent("safety")
        own = await safety.finds(await friend.reference())
        await safety.does(own, "accept")
        unasked = await safety.tries(own, "call", **{"from": "desk", "to": "driver"})
        assert refused(unasked, 422)["code"] == "call_would_ring"


class TestDriver:
    async def test_learns_of_a_kept_hold_only_once_no_s0_or_s1_about_them_is_open(self, stage: Stage) -> None:
        # Nobody is in the car: only the open case keeps the driver from being told.
        stage.sandbox.demo("/trips/t_hz_next/status", status="finished")
        passenger = await stage.reporter("zh", rider="r_chen")
        async with stage.desk.database.unit_of_work() as uow:
            chat = (await uow.session.execute(select(Conversation.id))).scalar_one()
            conversation = await conversations.lock(uow, chat)
            await conversations.append(uow, conversation, author="reporter", text="他一直跟着我")
            made = incidents.Report("stalking_after_ride", "S1", "sentinel", because=["follows her"])
            await incidents.report(uow, conversation, made)
        await stage.settle()
        safety = await stage.agent("safety")
        await safety.does(chat, "accept")
        await safety.does(chat, "review", keep=True, why="conduct", reason="he is following her")
        await stage.pass_time(minutes=30)
        assert "driver_told" not in names(await safety.acts(chat))
        seq = (await safety.screen(chat))["messages"][-1]["seq"]
        await safety.does(chat, "resolve", code="safe_confirmed", reason="at her mother's", seen_seq=seq)
        await stage.pass_time(minutes=6)
        assert "driver_told" in names(await safety.acts(chat))
        assert (await passenger.state())["incident"]["state"] == "resolved"


class TestAnonymous:
    async def test_a_plate_tells_nobody_that_a_case_is_open_until_a_person_looks(self, stage: Stage) -> None:
        alone = await stage.reporter("zh")
        fresh = await alone.says("我朋友坐你们的车以后联系不上了，车牌浙A·00000，电话关机")
        fresh_words = await alone.told()
        victim = await stage.reporter("zh", rider="r_lin")
        await victim.says(LOCKED)
        safety = await stage.agent("safety")
        held = await safety.finds(await victim.reference())
        await safety.does(held, "accept")
        await safety.does(
            held,
            "emergency-call",
            decision="called",
            service="police",
            station="萧山",
            officer="周",
            number="1",
        )
        await stage.pass_time(minutes=3)

        stranger = await stage.reporter("zh")
        seen = await stranger.says(MISSING)
        assert seen["incident"]["reference"] == await victim.reference(), "it has joined all the same"
        assert (seen["incident"]["state"], seen["incident"]["accepted_by"]) == ("paged", None)
        assert seen["incident"]["state"] == fresh["incident"]["state"]
        opened = str(seen["incident"]["opened_at"])
        assert opened >= (stage.clock.at - timedelta(seconds=1)).isoformat()[:19], "its own time"
        words = [text.replace(await victim.reference(), "") for text in await stranger.told()]
        assert words == [text.replace(fresh["incident"]["reference"], "") for text in fresh_words]
        reference = await victim.reference()
        waiting = [
            one for one in await safety.queue() if one["holder"] == "queue" and one["reference"] == reference
        ]
        await safety.does(waiting[0]["conversation_id"], "accept")
        assert (await stranger.state())["incident"]["accepted_by"] is not None
