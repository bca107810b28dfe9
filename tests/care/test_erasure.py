"""Erasing a person: two steps, refused while it would take evidence or an open case away; then nothing they said can be
read, and the timeline still stands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import select, text

from bot.incidents.models import TimelineEntry
from tests.care.conftest import Story
from tests.ports import free_port
from tests.replays.driver import Agent, Stage, names, ok, refused


async def _step(agent: Agent, person: str, **body: object) -> httpx.Response:
    answer = await agent.client.post(f"/api/console/people/{person}/erase", json=body)
    await agent.stage.settle()
    return answer


@pytest.fixture
def forgotten() -> list[str]:
    """What the assistant was told to forget, by path."""
    return []


@asynccontextmanager
async def _assistant(port: int, forgotten: list[str]) -> AsyncIterator[None]:
    """The assistant's erasing door as its contract has it, over real HTTP, and nothing else of it."""
    app = FastAPI()

    @app.delete("/webhooks/vigil/conversations/{conversation:path}")
    async def forget(conversation: str) -> dict[str, object]:
        forgotten.append(conversation)
        return {"conversation": conversation, "forgotten": True}

    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await serving


@pytest.fixture
async def addresses(forgotten: list[str]) -> AsyncIterator[dict[str, str]]:
    port = free_port()
    async with _assistant(port, forgotten):
        yield {"rasa": f"http://127.0.0.1:{port}", "actions": f"http://127.0.0.1:{port}"}


async def _complains(stage: Stage) -> tuple[Agent, str]:
    """A rider asks for her data to be deleted, after a routine chat that names her phone."""
    rider = await stage.reporter("en", rider="r_olivia")
    await rider.says("my receipt please, call me on 07700900123, I am Olivia from Camden")
    chief = await stage.agent("supervisor")
    conversation = (await chief.queue())[0]["conversation_id"]
    await chief.does(conversation, "accept")
    await chief.does(conversation, "note", text="Olivia sounded upset")
    async with stage.desk.database.unit_of_work() as uow:
        from bot.conversations import service as conversations
        from bot.incidents import service as incidents

        one = await conversations.lock(uow, conversation)
        made = incidents.Report("privacy_complaint", "S2", "action", title="Olivia wants her data deleted")
        await incidents.report(uow, one, made)
    await stage.settle()
    return chief, conversation


class TestErasing:
    async def test_two_steps_make_every_word_unreadable_and_leave_the_timeline(
        self, stage: Stage, forgotten: list[str]
    ) -> None:
        chief, conversation = await _complains(stage)
        before = await chief.screen(conversation)
        person = before["erasable"]["person"]
        assert person == "rider:r_olivia"
        refused(await _step(chief, person, reason=" "), 422)
        asked = ok(await _step(chief, person, reason="she asked for it in writing"))
        assert asked["conversations"] == 1 and asked["confirm"]
        assert "Olivia" in str(await chief.screen(conversation))
        done = ok(await _step(chief, person, confirm=asked["confirm"]))
        assert done["state"] == "done" and done["confirm"] is None
        after = await chief.screen(conversation)
        for word in ("Olivia", "Camden", "07700900123", "r_olivia", "receipt"):
            assert word not in str(after), word
        assert "have been erased" in after["messages"][-1]["text"]
        assert set(names(before["timeline"])) <= set(names(after["timeline"]))
        assert forgotten == [conversation]
        refused(await _step(chief, person, confirm=asked["confirm"]), 409)

    async def test_nothing_of_the_words_is_left_anywhere_in_the_database(self, stage: Stage) -> None:
        chief, _ = await _complains(stage)
        asked = ok(await _step(chief, "rider:r_olivia", reason="asked in writing"))
        ok(await _step(chief, "rider:r_olivia", confirm=asked["confirm"]))
        async with stage.desk.database.reading() as session:
            from bot.kit.database import Base

            for table in Base.metadata.sorted_tables:
                if table.name in ("audit", "erasures"):
                    continue  # who erased whom, by the account's id
                for row in (await session.execute(select(table))).all():
                    for word in ("Olivia from", "Camden", "07700900123", "sounded upset", "r_olivia"):
                        assert word not in str(row), (table.name, word)

    async def test_the_timeline_can_still_not_be_changed_by_hand(self, stage: Stage) -> None:
        chief, _ = await _complains(stage)
        asked = ok(await _step(chief, "rider:r_olivia", reason="asked in writing"))
        ok(await _step(chief, "rider:r_olivia", confirm=asked["confirm"]))
        async with stage.desk.database.reading() as session:
            left = (await session.execute(select(TimelineEntry.id))).scalars().all()
        assert len(left) > 3
        with pytest.raises(Exception, match="append-only"):
            async with stage.desk.database.unit_of_work() as uow:
                await uow.session.execute(text("DELETE FROM timeline"))

    async def test_what_is_written_after_it_is_heard_as_ever(self, stage: Stage) -> None:
        chief, conversation = await _complains(stage)
        asked = ok(await _step(chief, "rider:r_olivia", reason="asked in writing"))
        ok(await _step(chief, "rider:r_olivia", confirm=asked["confirm"]))
        again = await stage.reporter("en", rider="r_olivia")
        state = await again.says("help me, he has a knife")
        assert state["grade"] == "S0" and state["incident"]["reference"]
        assert conversation


class TestRefusing:
    async def test_an_open_case_and_held_evidence_stand_in_the_way_until_a_supervisor_lifts_it(
        self, story: Story
    ) -> None:
        chief = await story.stage.agent("supervisor")
        error = refused(await _step(chief, "rider:r_lin", reason="asked"), 409)
        assert error["code"] == "erase_case_open" and await story.victim.reference() in error["message"]
        await story.resolved()
        error = refused(await _step(chief, "rider:r_lin", reason="asked"), 409)
        assert error["code"] == "erase_held"
        refused(await story.safety.tries(story.conversation, "lift-evidence", reason="closed"), 403)
        refused(await chief.tries(story.conversation, "lift-evidence", reason=" "), 422)
        await chief.does(story.conversation, "lift-evidence", reason="the court has ruled")
        asked = ok(await _step(chief, "rider:r_lin", reason="asked"))
        ok(await _step(chief, "rider:r_lin", confirm=asked["confirm"]))
        assert "锁了" not in str(await chief.screen(story.conversation))

    async def test_only_a_supervisor_and_only_the_same_one_in_time(self, stage: Stage) -> None:
        chief, _ = await _complains(stage)
        safety = await stage.agent("safety")
        refused(await _step(safety, "rider:r_olivia", reason="asked"), 403)
        refused(await _step(chief, "rider:nobody", reason="asked"), 404)
        refused(await _step(chief, "everybody", reason="asked"), 404)
        asked = ok(await _step(chief, "rider:r_olivia", reason="asked"))
        refused(await _step(chief, "rider:r_lin", confirm=asked["confirm"]), 409)
        await stage.pass_time(minutes=16)
        refused(await _step(chief, "rider:r_olivia", confirm=asked["confirm"]), 409)

    async def test_a_driver_who_is_held_is_not_erased(self, story: Story) -> None:
        await story.resolved()
        driver = await story.stage.reporter("zh", driver="d_wang")
        await driver.says("你好")
        chief = await story.stage.agent("supervisor")
        error = refused(await _step(chief, "driver:d_wang", reason="asked"), 409)
        assert error["code"] == "erase_driver_held"
