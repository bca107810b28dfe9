"""The stage of the replays serves here too: public doors only, both databases, the real sandbox, a clock that tests move."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.conversations.models import Conversation

# Every fixture of that stage, whatever it is made of.
from tests.replays.conftest import *  # noqa: F403
from tests.replays.driver import Agent, Reporter, Stage

LOCKED = "司机把车门锁了不让我下车"


class Story:
    """A passenger who cried for help, the safety agent who looked after it, and the conversation at the desk."""

    def __init__(self, stage: Stage, victim: Reporter, safety: Agent, conversation: str) -> None:
        self.stage, self.victim, self.safety, self.conversation = stage, victim, safety, conversation

    async def rides_on(self) -> None:
        """The ride comes to its end and is paid; the desk has the platform's news of it."""
        self.stage.sandbox.demo("/trips/t_hz_live/status", status="finished")
        # On a slow machine a call to the platform may be given up and tried again.
        for _ in range(10):
            await self.stage.pass_time(minutes=1)
            if not await self._on_the_road():
                return
        raise AssertionError("the desk never learned that the ride is over")

    async def _on_the_road(self) -> bool:
        async with self.stage.desk.database.reading() as session:
            return (await session.get_one(Conversation, self.conversation)).trip_live

    async def resolved(self, code: str = "plan_completed") -> dict[str, Any]:
        """The ride is over and the agent ends the case; returns the screen after it."""
        await self.rides_on()
        await self.safety.does(self.conversation, "resolve", code=code, reason="she is home with her father")
        # On a slow machine a call to the platform may be given up and tried again.
        await self.stage.pass_time(minutes=1)
        return await self.safety.screen(self.conversation)

    async def long_after(self, **span: float) -> None:
        """Much later: what fell due meanwhile fires at once, as after an outage."""
        self.stage.clock.move(timedelta(**span).total_seconds())
        await self.stage.settle()
        for agent in self.stage._agents.values():
            await agent.signs_in()

    async def care(self) -> dict[str, Any]:
        """The care card on the safety agent's screen."""
        return (await self.safety.screen(self.conversation))["care"][0]  # type: ignore[no-any-return]


def task(care: dict[str, Any], kind: str, day: float = 0.0) -> dict[str, Any]:
    """One task of a care card."""
    tasks: list[dict[str, Any]] = care["tasks"]
    return next(one for one in tasks if one["kind"] == kind and one["day"] == day)


@pytest.fixture
async def story(stage: Stage) -> Story:
    """Lin Xiaoyu, on the live ride in Hangzhou, cries for help; the safety agent accepts."""
    victim = await stage.reporter("zh", rider="r_lin")
    await victim.says(LOCKED)
    safety = await stage.agent("safety")
    conversation = (await safety.queue())[0]["conversation_id"]
    await safety.does(conversation, "accept")
    await safety.does(conversation, "emergency-call", decision="not_called", reason="she is out of the car")
    return Story(stage, victim, safety, conversation)
