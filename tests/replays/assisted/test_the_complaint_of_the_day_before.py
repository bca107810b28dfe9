"""Impossible 6, and the press case of the day before: a complaint about a driver who kept driving, and the next passenger."""

from __future__ import annotations

import pytest

from tests.replays.driver import Stage, entry, names

pytestmark = pytest.mark.timeout(900)  # the first of them may train the assistant

COMPLAINT = "昨天的司机开车时一直威胁我，说话很下流，我要投诉他"
CRY = "司机把车门锁了不让我下车"


async def test_a_complaint_nobody_processes_takes_the_driver_off_the_road(stage: Stage) -> None:
    await stage.has_pager("supervisor")
    passenger = await stage.reporter("zh", rider="r_chen")
    await passenger.says(COMPLAINT)
    state = await passenger.state()
    assert state["grade"] == "S2" and state["incident"]["reference"] in "\n".join(await passenger.told())
    boss = await stage.agent("supervisor")
    conversation = await boss.finds(state["incident"]["reference"])
    assert "trip_found" in names(await boss.acts(conversation))
    assert stage.sandbox.world.on_dispatch("d_zhao"), (
        "nobody is in danger now: a person looks within the hour"
    )

    await stage.pass_time(minutes=20)
    assert [page for page in stage.rang("supervisor") if state["incident"]["reference"] in page]
    await stage.pass_time(minutes=40)
    assert not stage.sandbox.world.on_dispatch("d_zhao"), (
        "unprocessed: no further orders until somebody has looked"
    )
    timeline = await boss.acts(conversation)
    assert "promise_broken" in names(timeline) and "driver_stopped" in names(timeline)
    assert entry(timeline, "hold_requested")["who"] == "software:clocks"


async def test_the_next_passenger_finds_it_linked_and_the_grade_raised(stage: Stage) -> None:
    before = await stage.reporter("zh", rider="r_chen")
    await before.says(COMPLAINT)
    earlier = await before.reference()
    boss = await stage.agent("supervisor")
    conversation = await boss.finds(earlier)
    await boss.does(conversation, "accept")
    await boss.does(conversation, "resolve", code="explained", reason="与司机谈过话")

    await stage.pass_time(hours=20)
    after = await stage.reporter("zh", rider="r_next_zh")
    await after.says("司机一直绕路，不按导航走，车牌浙A·F26739")
    safety = await stage.agent("safety")
    theirs = await safety.finds(await after.reference())
    case = await safety.case(theirs)
    assert {(link["reference"], link["relation"]) for link in case["links"]} == {
        (earlier, "earlier_complaint")
    }
    assert case["grade"] == "S0" and "earlier_complaint" in case["modifiers"], "an S1 that a complaint raised"
    assert not stage.sandbox.world.on_dispatch("d_zhao")
    outsider = await stage.agent("outsourced")
    assert (await outsider.client.get(f"/api/console/conversations/{theirs}")).status_code == 403
