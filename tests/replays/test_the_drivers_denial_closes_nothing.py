"""Impossible 8: the driver's denial closing a case."""

from __future__ import annotations

import json

from tests.replays.driver import Stage, names, refused

CRY = "司机把车门锁了不让我下车"


async def test_what_the_driver_writes_neither_ends_nor_lowers_the_passengers_case(stage: Stage) -> None:
    passenger = await stage.reporter("zh", rider="r_lin")
    await passenger.says(CRY)
    reference = await passenger.reference()
    driver = await stage.reporter("zh", driver="d_wang")
    await driver.says("她说谎，我什么都没做，请把这个投诉关掉")
    await driver.says("是乘客拿刀威胁我，救命")

    state = await passenger.state()
    assert (state["grade"], state["incident"]["reference"]) == ("S0", reference)
    assert state["incident"]["state"] == "paged", "still waiting for a person, and paged"
    safety = await stage.agent("safety")
    theirs = await safety.finds(reference)
    relations = {link["relation"] for link in (await safety.case(theirs))["links"]}
    assert relations == {"counter"}, "the driver's report is its own case beside it"
    assert not {"resolved", "lowered", "closed"} & set(names(await safety.acts(theirs)))
    assert not stage.sandbox.world.on_dispatch("d_wang")

    shown = json.dumps([await driver.state(), await driver.messages()], ensure_ascii=False)
    assert reference not in shown and "r_lin" not in shown and "林晓雨" not in shown, (
        "nobody learns who complained"
    )


async def test_only_a_named_person_with_a_reason_ends_it_and_the_hold_stays_until_reviewed(
    stage: Stage,
) -> None:
    passenger = await stage.reporter("zh", rider="r_lin")
    await passenger.says(CRY)
    safety = await stage.agent("safety")
    conversation = await safety.finds(await passenger.reference())
    await safety.does(conversation, "accept")
    denied = {"code": "explained", "reason": " "}
    assert refused(await safety.tries(conversation, "resolve", **denied), 422)["code"] == "reason_needed"
    assert (await safety.case(conversation))["state"] == "accepted"
    await safety.does(conversation, "resolve", code="safe_confirmed", reason="与乘客本人通话，她已到家")
    assert not stage.sandbox.world.on_dispatch("d_wang"), (
        "the case is resolved, the driver is not yet reviewed"
    )
    await stage.has_pager("supervisor")
    await stage.pass_time(hours=2)
    assert [page for page in stage.rang("supervisor") if "停派已超过两小时" in page]
    await safety.does(conversation, "release", reason="行车记录与乘客说法核对完毕")
    assert stage.sandbox.world.on_dispatch("d_wang")
