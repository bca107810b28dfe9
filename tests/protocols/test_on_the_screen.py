"""The card on the agent's screen: it knows what was done, and a tick is an entry that stays."""

from __future__ import annotations

from typing import Any

from tests.replays.driver import Stage, names, refused

CRY = "司机把车门锁了不让我下车"


def _step(screen: dict[str, Any], step: str) -> dict[str, Any]:
    return next(one for one in screen["protocol"]["steps"] if one["id"] == step)


async def _opened(stage: Stage, locale: str = "en") -> tuple[Any, str]:
    passenger = await stage.reporter("zh", rider="r_lin")
    await passenger.says(CRY)
    safety = await stage.agent("safety", locale)
    return safety, await safety.finds(await passenger.reference())


async def test_clocks_run_from_acceptance_and_the_words_are_the_reporters(stage: Stage) -> None:
    safety, conversation = await _opened(stage)
    before = _step(await safety.screen(conversation), "decide_call")
    assert before["due_at"] is None and before["done"] is None
    screen = await safety.does(conversation, "accept")
    assert _step(screen, "decide_call")["due_at"] is not None
    assert (
        safety.name in _step(screen, "name_yourself")["say"]
        and "我在这里" in _step(screen, "name_yourself")["say"]
    )


async def test_a_recorded_act_ticks_its_step_and_another_persons_tick_is_not_needed(stage: Stage) -> None:
    safety, conversation = await _opened(stage)
    await safety.does(conversation, "accept")
    called = {
        "decision": "called",
        "service": "police",
        "station": "萧山",
        "officer": "周",
        "number": "0571-1",
    }
    screen = await safety.does(conversation, "emergency-call", **called)
    done = _step(screen, "decide_call")
    assert done["done"]["itself"] and done["due_at"] is None and done["done"]["who"] == safety.name


async def test_a_tick_stays_with_its_name_and_comes_once(stage: Stage) -> None:
    safety, conversation = await _opened(stage)
    await safety.does(conversation, "accept")
    await safety.does(conversation, "protocol/locate")
    screen = await safety.does(conversation, "protocol/locate")
    assert _step(screen, "locate")["done"]["who"] == safety.name
    assert names(screen["timeline"]).count("protocol_step") == 1
    refused(await safety.tries(conversation, "protocol/dance"), 404)


async def test_a_tick_does_not_stop_the_clock_that_waits_for_a_decision(stage: Stage) -> None:
    safety, conversation = await _opened(stage)
    await safety.does(conversation, "accept")
    before = {
        clock["kind"] for case in (await safety.screen(conversation))["cases"] for clock in case["clocks"]
    }
    screen = await safety.does(conversation, "protocol/locate")
    assert {clock["kind"] for case in screen["cases"] for clock in case["clocks"]} == before


async def test_the_script_is_there_for_whoever_may_call(stage: Stage) -> None:
    safety, conversation = await _opened(stage)
    script = (await safety.does(conversation, "accept"))["script"]
    assert script["numbers"][0]["from_elsewhere"] == "0571110"
    assert any(CRY in line for line in script["lines"])


async def test_a_chat_that_was_only_opened_before_reads_out_no_signal_of_the_page(stage: Stage) -> None:
    passenger = await stage.reporter("zh", rider="r_lin")
    await passenger.presses("/vigil_start")
    await passenger.presses("/vigil_emergency")
    safety = await stage.agent("safety", "zh")
    conversation = await safety.finds(await passenger.reference())
    lines = (await safety.does(conversation, "accept"))["script"]["lines"]
    assert not any("vigil_" in line for line in lines)
    assert any("一键求助" in line for line in lines)


async def test_the_car_and_who_to_call_are_told_in_the_readers_language(stage: Stage) -> None:
    safety, conversation = await _opened(stage, "zh")
    screen = await safety.does(conversation, "accept")
    trip = screen["trip"]
    assert (
        trip["driver"]["vehicle"] == "白色 BYD Qin" and trip["driver"]["vehicle_in"]["en"] == "white BYD Qin"
    )
    assert [one["relation"] for one in trip["emergency_contacts"]] == ["父亲"]
    assert trip["status_label"] == "行程中"
    assert any("白色 BYD Qin" in line for line in screen["script"]["lines"])
