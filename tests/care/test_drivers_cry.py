"""A driver's own cry for help is no complaint about that driver: not to people, not to the platform, not to the driver."""

from __future__ import annotations

from sqlalchemy import select

from bot.incidents.models import Case
from tests.care.conftest import task
from tests.replays.driver import Reporter, Stage

STRANGER = "我坐的车司机喝了酒又玩手机，车牌浙A·D8C61"


async def _cries(stage: Stage) -> Reporter:
    """The driver presses the button, is looked after, and three days go by."""
    driver = await stage.reporter("zh", driver="d_wang")
    await driver.presses("/vigil_emergency")
    safety = await stage.agent("safety")
    conversation = (await safety.queue())[0]["conversation_id"]
    await safety.does(conversation, "accept")
    await safety.does(conversation, "emergency-call", decision="not_called", reason="the passenger ran off")
    await safety.does(conversation, "resolve", code="plan_completed", reason="the driver is safe")
    await stage.pass_time(days=3)
    await driver.told()
    return driver


async def test_it_is_kept_as_no_report_on_conduct(stage: Stage) -> None:
    await _cries(stage)
    async with stage.desk.database.reading() as session:
        cases = list((await session.execute(select(Case))).scalars())
    assert [(one.reporter_role, one.driver_id, one.conduct) for one in cases] == [("driver", "d_wang", False)]


async def test_a_later_report_about_the_driver_has_no_earlier_complaint_and_tells_the_driver_nothing(
    stage: Stage,
) -> None:
    driver = await _cries(stage)
    stranger = await stage.reporter("zh")
    await stranger.says(STRANGER)
    safety = await stage.agent("safety")
    conversation = (await safety.queue())[0]["conversation_id"]
    screen = await safety.does(conversation, "accept")
    assert [one["relation"] for one in screen["cases"][0]["links"]] == []
    assert "earlier_complaint" not in screen["cases"][0]["modifiers"]
    stage.sandbox.demo("/trips/t_hz_live/status", status="finished")
    await stage.pass_time(minutes=3)
    await safety.does(conversation, "resolve", code="plan_completed", reason="looked into")
    await stage.pass_time(hours=2)
    assert await driver.told() == []


async def test_whether_the_two_ride_together_again_is_for_a_person_to_decide(stage: Stage) -> None:
    """The button does not say whom it is pressed against: it may be the passenger, so it is proposed, never done by itself."""
    driver = await stage.reporter("zh", driver="d_wang")
    await driver.presses("/vigil_emergency")
    safety = await stage.agent("safety")
    conversation = (await safety.queue())[0]["conversation_id"]
    await safety.does(conversation, "accept")
    await safety.does(conversation, "emergency-call", decision="not_called", reason="the passenger ran off")
    await safety.does(conversation, "resolve", code="plan_completed", reason="the driver is safe")
    await stage.pass_time(minutes=3)
    care = (await safety.screen(conversation))["care"][0]
    assert task(care, "never_matched")["state"] == task(care, "charges_reversed")["state"] == "proposed"
