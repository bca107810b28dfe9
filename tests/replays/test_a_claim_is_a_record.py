"""Impossible 17: a claim to a reporter that the timeline does not hold."""

from __future__ import annotations

import pytest

from tests.replays.driver import Agent, Reporter, Stage, names, ok, refused

CRY = "司机把车门锁了不让我下车"
CALLED = {"decision": "called", "station": "萧山分局", "officer": "周", "number": "0571-1"}


async def _held(stage: Stage) -> tuple[Reporter, Agent, str]:
    passenger = await stage.reporter("zh", rider="r_lin")
    await passenger.says(CRY)
    safety = await stage.agent("safety")
    conversation = await safety.finds(await passenger.reference())
    await safety.does(conversation, "accept")
    return passenger, safety, conversation


@pytest.mark.parametrize(
    "words", ["我们已经报警了，警察马上就到", "We have called the police, they are on their way"]
)
async def test_the_police_are_informed_only_when_the_call_is_recorded(stage: Stage, words: str) -> None:
    passenger, safety, conversation = await _held(stage)
    error = refused(await safety.writes(conversation, words), 422)
    assert error["details"]["claim"] == "police_informed" and words not in await passenger.told()
    assert (
        refused(await safety.tries(conversation, "emergency-call", decision="called"), 422)["code"]
        == "service_needed"
    )
    await safety.does(conversation, "emergency-call", service="police", **CALLED)
    told = [text for text in await passenger.told() if "0571-1" in text]
    assert told and "14:00" in told[0] or "06:00" in told[0], (
        "the reporter sees that, when, and under which number"
    )
    ok(await safety.writes(conversation, words))


@pytest.mark.parametrize("words", ["救护车已经在路上，我们已经叫了救护车", "An ambulance is on its way"])
async def test_another_services_record_is_not_this_ones(stage: Stage, words: str) -> None:
    _, safety, conversation = await _held(stage)
    await safety.does(conversation, "emergency-call", service="police", **CALLED)
    assert refused(await safety.writes(conversation, words), 422)["details"]["claim"] == "ambulance_called"


@pytest.mark.parametrize("words", ["司机已经停止接单了", "The driver has been suspended"])
async def test_the_driver_is_stopped_only_when_the_platform_has_done_it(stage: Stage, words: str) -> None:
    stage.sandbox.demo("/faults", status=500, paths=["/drivers/d_wang/dispatch-hold"])
    passenger, safety, conversation = await _held(stage)
    timeline = names(await safety.acts(conversation))
    assert "hold_requested" in timeline and "driver_stopped" not in timeline
    error = refused(await safety.writes(conversation, words), 422)
    assert error["details"]["claim"] == "driver_stopped" and words not in await passenger.told()

    stage.sandbox.demo("/faults")
    await stage.pass_time(minutes=2)
    assert not stage.sandbox.world.on_dispatch("d_wang")
    ok(await safety.writes(conversation, words))
    assert words in await passenger.told()


@pytest.mark.parametrize("words", ["已经给您退款了", "We've refunded you"])
async def test_a_refund_is_made_only_when_the_platform_has_made_it(stage: Stage, words: str) -> None:
    stage.sandbox.demo("/trips/t_hz_live/status", status="finished")
    passenger, safety, conversation = await _held(stage)
    assert refused(await safety.writes(conversation, words), 422)["details"]["claim"] == "refund_made"
    stage.sandbox.demo("/faults", status=500, paths=["/trips/t_hz_live/refunds"])
    await safety.does(conversation, "refund", amount="12.00", currency="CNY", reason="绕路")
    assert refused(await safety.writes(conversation, words), 422), "asked for is not made"
    stage.sandbox.demo("/faults")
    await stage.pass_time(minutes=2)
    assert any("12.00 CNY" in text for text in await passenger.told())
    ok(await safety.writes(conversation, words))


@pytest.mark.parametrize("words", ["我们已经叫了救护车", "Paramedics are on the way"])
async def test_a_call_to_the_traffic_police_brings_no_ambulance(stage: Stage, words: str) -> None:
    _, safety, conversation = await _held(stage)
    await safety.does(conversation, "emergency-call", service="traffic", **CALLED)
    assert refused(await safety.writes(conversation, words), 422)["details"]["claim"] == "ambulance_called"
    ok(await safety.writes(conversation, "我们已经通知交警"))
    await safety.does(conversation, "emergency-call", service="ambulance", **CALLED)
    ok(await safety.writes(conversation, words))


@pytest.mark.parametrize("words", ["请放心，司机已经停止接单了", "he will not get any more rides"])
async def test_a_driver_who_may_drive_again_is_not_said_to_be_stopped(stage: Stage, words: str) -> None:
    passenger, safety, conversation = await _held(stage)
    assert "driver_stopped" in names(await safety.acts(conversation))
    await safety.does(conversation, "release", reason="mistake")
    error = refused(await safety.writes(conversation, words), 422)
    assert error["details"]["claim"] == "driver_stopped" and words not in await passenger.told()


@pytest.mark.parametrize(
    ("words", "claim"),
    [
        ("我们报警了，警方已经出警", "police_informed"),
        ("we called the police, officers are on their way", "police_informed"),
        ("钱已经退了", "refund_made"),
        ("we refunded you", "refund_made"),
        ("这名司机不会再接单了。", "driver_stopped"),
        ("we've stopped the driver", "driver_stopped"),
        ("请等我5分钟", "time_promised"),
        ("I'll call you in fifteen minutes", "time_promised"),
    ],
)
async def test_the_plainest_words_are_a_claim(stage: Stage, words: str, claim: str) -> None:
    stage.sandbox.demo("/faults", status=500, paths=["/drivers/d_wang/dispatch-hold"])
    passenger, safety, conversation = await _held(stage)
    assert refused(await safety.writes(conversation, words), 422)["details"]["claim"] == claim
    assert words not in await passenger.told()


@pytest.mark.parametrize(
    "words", ["如果需要，我们会报警", "Shall I call the police?", "Have you called the police?"]
)
async def test_a_question_or_a_condition_is_no_claim(stage: Stage, words: str) -> None:
    _, safety, conversation = await _held(stage)
    ok(await safety.writes(conversation, words))
