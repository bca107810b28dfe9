"""Impossibles 9 and 10: "urgent" that changes nothing, and first come, first served between S0 and S3."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.replays.driver import Stage

CRY = "司机把车门锁了不让我下车"


async def test_urgent_moves_the_row_shortens_the_deadline_and_rings_the_pager(stage: Stage) -> None:
    agent = await stage.agent("agent")
    chats = []
    for _ in range(3):
        one = await stage.reporter("zh")
        await one.says("我要开发票")
        chats.append(one)
        await stage.pass_time(minutes=10)
    safety = await stage.agent("safety")
    rows = await safety.queue()
    last = rows[-1]["conversation_id"]
    assert stage.rang() == [] and rows[-1]["next_clock"] is None

    await agent.does(last, "escalate", reason="她说有人跟着她")

    first = (await safety.queue())[0]
    assert first["conversation_id"] == last, "queue"
    due = datetime.fromisoformat(first["next_clock"]["due_at"].replace("Z", "+00:00"))
    assert due - stage.clock.at <= timedelta(seconds=20), "deadline"
    assert len(stage.rang()) == 1 and first["reference"] in stage.rang()[0], "pager"
    assert any("110" in text for text in await chats[-1].told()), "and the reporter is told the number"


async def test_the_button_alone_does_the_same(stage: Stage) -> None:
    one = await stage.reporter("zh")
    state = await one.presses("/vigil_emergency")
    assert state["grade"] == "S0" and len(stage.rang()) == 1


@pytest.mark.parametrize("grave", ["S0", "S1"])
async def test_who_came_last_with_the_gravest_stands_first(stage: Stage, grave: str) -> None:
    words = {"S0": CRY, "S1": "司机一直绕路，不按导航走"}[grave]
    for _ in range(4):
        await (await stage.reporter("zh")).says("我要开发票")
        await stage.pass_time(minutes=20)
    last = await stage.reporter("zh")
    state = await last.says(words)
    assert state["grade"] == grave
    rows = await (await stage.agent("safety")).queue()
    assert rows[0]["reference"] == state["incident"]["reference"]
    assert [row["grade"] for row in rows] == [grave, *["S3"] * 4]
    assert "position" not in (state["queue"] or {}), "nobody in danger is told a place in a line"


async def test_an_s0_overtakes_an_s1_that_waits_longer(stage: Stage) -> None:
    await (await stage.reporter("zh")).says("司机一直绕路，不按导航走")
    await stage.pass_time(minutes=2)
    await (await stage.reporter("zh")).says(CRY)
    assert [row["grade"] for row in await (await stage.agent("safety")).queue()] == ["S0", "S1"]
