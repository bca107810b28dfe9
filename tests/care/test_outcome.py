"""The outcome reaches whom it is owed to, however long it is not safe to say, and nobody in a car meanwhile."""

from __future__ import annotations

from tests.care.conftest import LOCKED, Story, task
from tests.replays.driver import Agent, Reporter, Stage


def _outcomes(messages: list[dict[str, object]]) -> int:
    return sum("处理结果" in str(one["text"]) for one in messages)


class TestVictim:
    async def test_a_task_that_staff_end_meanwhile_takes_nothing_from_the_wait(self, story: Story) -> None:
        await story.safety.does(
            story.conversation, "resolve", code="plan_completed", reason="police ride with her"
        )
        await story.stage.pass_time(minutes=10)
        back = task(await story.care(), "charges_reversed")["id"]
        await story.safety.does(story.conversation, f"care/{back}/decline", note="finance does it")
        assert _outcomes(await story.victim.messages()) == 0, "she still rides"
        first = task(await story.care(), "contact", 1)["id"]
        await story.safety.does(story.conversation, f"care/{first}/done", note="spoken with her")
        await story.rides_on()
        await story.stage.pass_time(hours=2)
        assert _outcomes(await story.victim.messages()) == 1
        assert task(await story.care(), "outcome_told")["state"] == "done"

    async def test_what_a_person_has_declined_to_tell_is_not_told_later(self, story: Story) -> None:
        await story.safety.does(
            story.conversation, "resolve", code="plan_completed", reason="police ride with her"
        )
        told = task(await story.care(), "outcome_told")["id"]
        await story.safety.does(
            story.conversation, f"care/{told}/decline", note="he reads what comes to her phone"
        )
        await story.rides_on()
        await story.stage.pass_time(hours=3)
        assert _outcomes(await story.victim.messages()) == 0


class _Two:
    """A passenger who complained of the driver before, and the victim whose case is resolved while she is in danger anew."""

    def __init__(self, earlier: Reporter, before: str, victim: Reporter, now: str, safety: Agent) -> None:
        self.earlier, self.before, self.victim, self.now, self.safety = earlier, before, victim, now, safety

    async def earlier_is_safe(self) -> None:
        await self.safety.does(self.before, "emergency-call", decision="not_called", reason="she is out")
        await self.safety.does(self.before, "resolve", code="safe_confirmed", reason="she is home")


async def _one_tells_one_is_in_danger(stage: Stage) -> _Two:
    earlier = await stage.reporter("en", rider="r_chen")
    await earlier.says("the driver touched me and threatened me with a knife on my ride")
    safety = await stage.agent("safety")
    before = (await safety.queue())[0]["conversation_id"]
    await safety.does(before, "accept")
    await safety.does(before, "emergency-call", decision="not_called", reason="days ago, she is safe")
    await safety.does(before, "resolve", code="explained", reason="spoken with her, looked into")
    await stage.pass_time(minutes=5)
    victim = await stage.reporter("zh", rider="r_next_zh")
    await victim.says(LOCKED)
    now = next(row["conversation_id"] for row in await safety.queue() if row["grade"] == "S0")
    await safety.does(now, "accept")
    await safety.does(now, "emergency-call", decision="not_called", reason="she is out")
    await earlier.presses("/vigil_emergency")
    # Accepted at once: hours of pages every half minute would be played else.
    await safety.does(before, "accept")
    stage.sandbox.demo("/trips/t_hz_next/status", status="finished")
    await stage.settle()
    await safety.does(now, "resolve", code="plan_completed", reason="she is home")
    await stage.pass_time(minutes=5)
    return _Two(earlier, before, victim, now, safety)


def _of_the_earlier(words: list[str]) -> list[str]:
    return [text for text in words if "About your earlier report" in text]


class TestEarlierComplainantInDanger:
    async def test_nothing_is_said_on_her_screen_until_she_is_safe(self, stage: Stage) -> None:
        two = await _one_tells_one_is_in_danger(stage)
        assert _of_the_earlier(await two.earlier.told()) == []
        await stage.pass_time(minutes=65)
        assert _of_the_earlier(await two.earlier.told()) == []
        await two.earlier_is_safe()
        await stage.pass_time(minutes=65)
        assert len(_of_the_earlier(await two.earlier.told())) == 1

    async def test_she_is_told_though_the_victims_care_is_over_and_the_victim_is_told_once(
        self, stage: Stage
    ) -> None:
        two = await _one_tells_one_is_in_danger(stage)
        await two.victim.presses("/vigil_care_decline")
        assert (await two.safety.screen(two.now))["care"][0]["state"] == "done"
        await two.earlier_is_safe()
        await stage.pass_time(minutes=65)
        assert len(_of_the_earlier(await two.earlier.told())) == 1
        assert _outcomes(await two.victim.messages()) == 1
