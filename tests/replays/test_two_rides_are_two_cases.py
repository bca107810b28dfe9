"""Joining takes nothing away: two victims of one driver keep a case each, and a cry is about the ride it comes from, with its
car and its driver, whatever else is open about the same driver or by the same person."""

from __future__ import annotations

from typing import Any

import pytest

from tests.replays.driver import Agent, Reporter, Stage, names

CRY = "司机把车门锁了不让我下车"
CALLED = {
    "decision": "called", "service": "police", "station": "杭州市110", "officer": "接警员 12", "number": "JJ-2210",
}  # fmt: skip


def _next_ride(stage: Stage, *, rider: str, driver: str) -> None:
    """The first ride is over; this rider now sits in this driver's car (t_hz_next)."""
    stage.sandbox.demo("/trips/t_hz_live/status", status="finished")
    trip = stage.sandbox.world.trips["t_hz_next"]
    trip.booker_id = trip.rider_id = rider
    trip.driver = stage.sandbox.world.drivers[driver]
    trip.requested_at = trip.started_at = stage.clock.at


async def _complaint_about_wang(stage: Stage) -> tuple[Reporter, Agent, str]:
    """A passenger of d_wang whose case a named person has lowered to S2; it is open, and its ride is over. The driver drives
    again."""
    passenger = await stage.reporter("zh", rider="r_lin")
    await passenger.says(CRY)
    safety = await stage.agent("safety")
    conversation = await safety.finds(await passenger.reference())
    await safety.does(conversation, "accept")
    await safety.does(conversation, "emergency-call", decision="not_called", reason="电话中说是儿童锁")
    await safety.does(conversation, "lower", grade="S2", reason="与乘客通话，车门是儿童锁")
    await safety.does(conversation, "release", reason="行车记录核对完毕")
    assert stage.sandbox.world.on_dispatch("d_wang")
    await stage.pass_time(minutes=10)
    return passenger, safety, conversation


def _relations(case: dict[str, Any], reference: str) -> set[str]:
    return {link["relation"] for link in case["links"] if link["reference"] == reference}


async def test_a_second_victim_keeps_acceptance_call_and_car_and_the_first_stays_at_peace(
    stage: Stage,
) -> None:
    first, safety, _ = await _complaint_about_wang(stage)
    before = await first.reference()
    _next_ride(stage, rider="r_next_zh", driver="d_wang")
    await first.told()

    stage.sandbox.demo("/faults", status=500)
    victim = await stage.reporter("zh", rider="r_next_zh")
    await victim.says(CRY)
    reference = await victim.reference()
    conversation = await safety.finds(reference)
    await safety.does(conversation, "accept")
    await safety.does(conversation, "emergency-call", **CALLED)
    stage.sandbox.demo("/faults")
    await stage.pass_time(minutes=3)

    case = await safety.case(conversation)
    assert (case["reference"], case["grade"], case["accepted_by"]) == (reference, "S0", safety.name)
    assert case["emergency_call"]["number"] == "JJ-2210"
    screen = await safety.screen(conversation)
    assert screen["trip"]["id"] == "t_hz_next" and screen["trip"]["rider"]["name"] == "何静"
    assert _relations(case, before), "the two cases know of each other"
    assert not stage.sandbox.world.on_dispatch("d_wang")

    state = await first.state()
    assert (state["grade"], state["incident"]["reference"]) == ("S2", before)
    assert await first.told() == [], "nobody tells a person at home to call the police"


async def test_a_cry_from_a_new_ride_in_the_same_chat_stops_the_new_driver_and_shows_the_new_car(
    stage: Stage,
) -> None:
    passenger, safety, conversation = await _complaint_about_wang(stage)
    before = await passenger.reference()
    _next_ride(stage, rider="r_lin", driver="d_zhao")
    await passenger.says("救命，他拿刀顶着我")
    await _stopped_and_shown(stage, safety, conversation, before)
    assert await passenger.reference() != before


async def test_whoever_talks_with_the_reporter_has_the_case_of_the_new_ride_too_and_owes_a_new_call(
    stage: Stage,
) -> None:
    passenger = await stage.reporter("zh", rider="r_lin")
    await passenger.says(CRY)
    before = await passenger.reference()
    safety = await stage.agent("safety")
    conversation = await safety.finds(before)
    await safety.does(conversation, "accept")
    await safety.does(conversation, "emergency-call", **CALLED)
    await stage.pass_time(minutes=10)
    _next_ride(stage, rider="r_lin", driver="d_zhao")
    await passenger.says("救命，他拿刀顶着我")
    new, old = (await safety.screen(conversation))["cases"]
    assert (old["reference"], old["accepted_by"], old["emergency_call"]["number"]) == (
        before, safety.name, "JJ-2210",
    )  # fmt: skip
    assert (new["reference"], new["accepted_by"]) == (await passenger.reference(), safety.name)
    assert new["emergency_call"] is None, "the police were told of the other car"
    clocks = {clock["kind"] for clock in new["clocks"]}
    assert "incident.emergency_call" in clocks and "incident.page" not in clocks
    assert not stage.sandbox.world.on_dispatch("d_zhao")


@pytest.mark.parametrize("accepted_first", [True, False])
async def test_two_reporters_of_one_trip_become_one_case_that_keeps_acceptance_and_call(
    stage: Stage, accepted_first: bool
) -> None:
    stage.sandbox.demo("/faults", status=500)
    safety = await stage.agent("safety")
    reporters = {name: await stage.reporter("en", rider=name) for name in ("r_chloe", "r_jane")}
    child, mother = reporters["r_chloe"], reporters["r_jane"]
    order = (child, mother) if accepted_first else (mother, child)
    for one in order:
        await one.says("he locked the doors and won't stop")
        await stage.pass_time(seconds=1)
    reference = await child.reference()
    conversation = await safety.finds(reference)
    assert reference != await mother.reference(), "the platform is silent: nobody knows that it is one trip"
    await safety.does(conversation, "accept")
    await safety.does(conversation, "emergency-call", **CALLED)
    stage.sandbox.demo("/faults")
    rung = len(stage.rang("team"))
    await stage.pass_time(minutes=2)

    joint = await child.reference()
    assert await mother.reference() == joint and (joint == reference or not accepted_first)
    case = await safety.case(conversation)
    assert (case["reference"], case["accepted_by"], case["reports"]) == (joint, safety.name, 2)
    assert case["emergency_call"]["number"] == "JJ-2210"
    waiting = [row for row in await safety.queue() if row["holder"] == "queue"]
    assert [row["reference"] for row in waiting] == [joint], "the mother waits for a person of her own"
    assert len(stage.rang("team")) > rung, "and somebody is called for her"
    before = len(stage.rang("team"))
    await safety.takes(joint)
    await stage.pass_time(minutes=2)
    assert len(stage.rang("team")) == before


async def test_a_cry_from_a_new_ride_in_a_new_chat_stops_the_new_driver_and_shows_the_new_car(
    stage: Stage,
) -> None:
    first, safety, _ = await _complaint_about_wang(stage)
    before = await first.reference()
    _next_ride(stage, rider="r_lin", driver="d_zhao")
    passenger = await stage.reporter("zh", rider="r_lin")
    await passenger.says(CRY)
    reference = await passenger.reference()
    assert reference != before
    await _stopped_and_shown(stage, safety, await safety.finds(reference), before)
    assert (await first.state())["grade"] == "S2", "the complaint about the first ride stays what it was"


async def test_a_cry_from_a_new_ride_while_the_platform_is_silent_stops_nobody_else(stage: Stage) -> None:
    first, safety, _ = await _complaint_about_wang(stage)
    before = await first.reference()
    _next_ride(stage, rider="r_lin", driver="d_zhao")
    stage.sandbox.demo("/faults", status=500)
    passenger = await stage.reporter("zh", rider="r_lin")
    await passenger.says(CRY)
    await stage.pass_time(seconds=30)
    assert stage.sandbox.world.on_dispatch("d_wang"), "the driver of the earlier ride is not stopped for it"
    stage.sandbox.demo("/faults")
    await stage.pass_time(minutes=3)
    await _stopped_and_shown(stage, safety, await safety.finds(await passenger.reference()), before)


async def _stopped_and_shown(stage: Stage, safety: Agent, conversation: str, before: str) -> None:
    screen = await safety.screen(conversation)
    assert (screen["cases"][0]["grade"], screen["trip"]["id"]) == ("S0", "t_hz_next")
    assert screen["trip"]["driver"]["id"] == "d_zhao"
    assert _relations(screen["cases"][0], before) == {"same_reporter"}
    assert not stage.sandbox.world.on_dispatch("d_zhao")
    assert stage.sandbox.world.on_dispatch("d_wang")


async def test_a_further_cry_on_the_same_ride_stays_one_case(stage: Stage) -> None:
    passenger = await stage.reporter("zh", rider="r_lin")
    await passenger.says(CRY)
    reference = await passenger.reference()
    await stage.pass_time(minutes=3)
    await passenger.says("救命，他拿刀顶着我")
    safety = await stage.agent("safety")
    conversation = await safety.finds(reference)
    screen = await safety.screen(conversation)
    assert [case["reference"] for case in screen["cases"]] == [reference]
    assert (screen["cases"][0]["reports"], names(screen["timeline"]).count("trip_found")) == (2, 0)
    assert screen["trip"]["id"] == "t_hz_live"
