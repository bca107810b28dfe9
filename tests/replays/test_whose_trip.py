"""The car on the screen is the one that the words are about. A friend who rides at this moment, or rode this morning, is not
the person they report; what was only guessed gives way to what words or a named person say (decision 0018)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.incidents import service as incidents
from bot.incidents.models import Case
from tests.replays.driver import Agent, Reporter, Stage, entry, names, ok, refused

PLATE, YESTERDAYS = "浙A·D8C61", "浙A·7K392"
MISSING = "我妹妹坐你们的车以后联系不上了，电话关机"
CRY = "司机把车门锁了不让我下车"


async def _seen(safety: Agent, reporter: Reporter) -> tuple[str, dict[str, Any]]:
    conversation = await safety.finds(await reporter.reference())
    return conversation, await safety.screen(conversation)


async def _filed(stage: Stage, rider: str, intent: str, grade: str) -> str:
    """What only the model hears as this intent; returns the conversation."""
    await stage.reporter("zh", rider=rider)
    async with stage.desk.database.unit_of_work() as uow:
        newest = select(Conversation.id).order_by(Conversation.created_at.desc()).limit(1)
        conversation = await conversations.lock(uow, (await uow.session.execute(newest)).scalar_one())
        await conversations.append(uow, conversation, author="reporter", text="-")
        await incidents.report(uow, conversation, incidents.Report(intent, grade, "nlu"))  # type: ignore[arg-type]
    await stage.settle()
    return conversation.id


@pytest.mark.parametrize("rider", ["r_lin", "r_chen"])
async def test_the_reporters_own_ride_is_never_the_missing_persons(stage: Stage, rider: str) -> None:
    safety = await stage.agent("safety")
    friend = await stage.reporter("zh", rider=rider)
    await friend.says(MISSING)
    conversation, screen = await _seen(safety, friend)
    assert screen["trip"] is None and "trip_not_found" in names(screen["timeline"])
    assert not any("萧山" in line for line in screen["script"]["lines"]), (
        "nothing of the own ride is read to the police"
    )
    await stage.pass_time(minutes=3)
    await friend.says(f"车牌是{PLATE}")
    screen = await safety.screen(conversation)
    assert (screen["trip"]["id"], len(screen["cases"])) == ("t_hz_live", 1)
    assert entry(screen["timeline"], "trip_found")["details"]["matched_by"] == "plate"


@pytest.mark.parametrize(
    "words",
    [
        "我女儿打了你们的车，司机不让她下车，救命",
        "my daughter got into one of your cars and the driver won't let her out",
    ],
)
async def test_words_about_somebody_else_leave_the_own_driver_on_the_road(stage: Stage, words: str) -> None:
    friend = await stage.reporter("zh" if "我" in words else "en", rider="r_lin")
    await friend.says(words)
    _, screen = await _seen(await stage.agent("safety"), friend)
    assert screen["cases"][0]["grade"] in ("S0", "S1") and screen["trip"] is None
    await stage.pass_time(minutes=2)
    assert stage.sandbox.world.on_dispatch("d_wang")


async def test_a_ride_that_was_booked_for_another_is_found_by_the_bookers_account(stage: Stage) -> None:
    son = await stage.reporter("zh", rider="r_zhou")
    await son.says("我妈坐你们的车以后联系不上了，电话关机")
    _, screen = await _seen(await stage.agent("safety"), son)
    assert screen["trip"]["id"] == "t_sh_mother"


async def test_who_sits_in_the_car_with_the_sister_is_shown_the_own_ride(stage: Stage) -> None:
    rider = await stage.reporter("zh", rider="r_lin")
    await rider.says("我和我妹妹坐你们的车，司机把车门锁了不让我们下车")
    _, screen = await _seen(await stage.agent("safety"), rider)
    assert screen["trip"]["id"] == "t_hz_live"
    assert not stage.sandbox.world.on_dispatch("d_wang")


@pytest.mark.parametrize(
    ("intent", "grade"), [("past_safety_complaint", "S2"), ("stalking_after_ride", "S1")]
)
async def test_a_complaint_about_an_earlier_ride_does_not_stop_the_driver_of_this_one(
    stage: Stage, intent: str, grade: str
) -> None:
    stage.sandbox.world.trips["t_hz_lin_home"].finished_at = stage.clock.at - timedelta(hours=3)
    stage.sandbox.world.trips["t_hz_lin_home"].requested_at = stage.clock.at - timedelta(hours=4)
    conversation = await _filed(stage, "r_lin", intent, grade)
    await stage.pass_time(minutes=2)
    screen = await (await stage.agent("safety")).screen(conversation)
    assert stage.sandbox.world.on_dispatch("d_wang")
    assert screen["trip"]["id"] == "t_hz_lin_home", "the only ride of theirs that is over"


async def test_a_named_ride_takes_the_place_of_a_guessed_one_and_its_driver_drives_again(
    stage: Stage,
) -> None:
    safety = await stage.agent("safety")
    friend = await stage.reporter("zh", rider="r_lin")
    await friend.says(CRY)
    conversation, screen = await _seen(safety, friend)
    assert screen["trip"]["id"] == "t_hz_live" and not stage.sandbox.world.on_dispatch("d_wang")
    await safety.does(conversation, "accept")
    called = {"service": "police", "station": "杭州市110", "officer": "12", "number": "JJ-1"}
    await safety.does(conversation, "emergency-call", decision="called", **called)
    plate = stage.sandbox.world.drivers["d_zhao"].vehicle.plate
    await friend.says(f"不是我，是我妹妹坐的车，车牌{plate}")
    screen = await safety.screen(conversation)
    assert (screen["trip"]["id"], screen["cases"][0]["reports"]) == ("t_hz_next", 1)
    assert screen["cases"][0]["emergency_call"] is None, "the police were told of the other car"
    assert stage.sandbox.world.on_dispatch("d_wang") and not stage.sandbox.world.on_dispatch("d_zhao")
    lifted = entry(screen["timeline"], "hold_released")
    assert lifted["who"] == "software:locating" and lifted["details"]["reason"] == "another ride was meant"
    assert "trip_replaced" in names(screen["timeline"])


@pytest.mark.parametrize("away", [False, True], ids=["platform answers", "platform is away"])
async def test_who_is_locked_in_and_misses_a_friend_in_another_car_keeps_their_own_ride(
    stage: Stage, away: bool
) -> None:
    """away: nobody knows either ride until both have been told of."""
    rider = await stage.reporter("zh", rider="r_lin")
    if away:
        stage.sandbox.demo("/faults", status=500)
    await rider.says(CRY)
    plate = stage.sandbox.world.drivers["d_zhao"].vehicle.plate
    await rider.says(f"还有我朋友失踪了，她坐的另一辆车，车牌{plate}，一直联系不上她")
    if away:
        stage.sandbox.demo("/faults")
        await stage.pass_time(minutes=3)
    safety = await stage.agent("safety")
    conversation = await safety.finds(await rider.reference())
    screen = await safety.screen(conversation)
    assert "hold_released" not in names(screen["timeline"])
    assert not stage.sandbox.world.on_dispatch("d_wang")
    async with stage.desk.database.reading() as session:
        rows = (await session.execute(select(Case.kind, Case.trip_id).where(Case.state != "joined"))).all()
    found = {kind: trip for kind, trip in rows}
    assert found == {"passenger_in_danger": "t_hz_live", "missing_person": "t_hz_next"}


async def test_a_hold_that_a_person_asked_for_stays_until_a_person_lifts_it(stage: Stage) -> None:
    safety = await stage.agent("safety")
    rider = await stage.reporter("zh", rider="r_lin")
    await rider.says(CRY)
    conversation, _ = await _seen(safety, rider)
    await safety.does(conversation, "accept")
    await safety.does(conversation, "review", keep=True, why="conduct", reason="她说司机威胁她")
    plate = stage.sandbox.world.drivers["d_zhao"].vehicle.plate
    await rider.says(f"不是我，是我妹妹坐的车，车牌{plate}")
    assert (await safety.screen(conversation))["trip"]["id"] == "t_hz_next"
    assert not stage.sandbox.world.on_dispatch("d_wang") and not stage.sandbox.world.on_dispatch("d_zhao")


async def test_her_phone_finds_her_ride_although_the_reporters_own_stands_first(stage: Stage) -> None:
    friend = await stage.reporter("zh")
    await friend.says(
        "我是她姐姐，我的电话13911112222，我妹妹坐你们的车以后联系不上了，她的手机号是19900000001"
    )
    _, screen = await _seen(await stage.agent("safety"), friend)
    assert screen["trip"]["id"] == "t_hz_live"


async def test_a_ride_of_some_days_ago_is_found_by_its_plate(stage: Stage) -> None:
    await stage.pass_time(days=6)
    friend = await stage.reporter("zh")
    await friend.says(f"我妹妹上周坐你们的车以后就联系不上了，车牌{YESTERDAYS}，电话关机")
    _, screen = await _seen(await stage.agent("safety"), friend)
    assert screen["trip"]["driver"]["plate"].replace("·", "") == YESTERDAYS.replace("·", "")


async def test_safety_looks_for_the_ride_and_says_which_it_is(stage: Stage) -> None:
    safety = await stage.agent("safety")
    friend = await stage.reporter("zh", rider="r_chen")
    await friend.says(MISSING)
    conversation, _ = await _seen(safety, friend)
    found = await safety.does(conversation, "trips", plate=PLATE)
    assert [one["id"] for one in found["trips"]] == ["t_hz_live"] and found["trips"][0]["live"]
    own = await safety.does(conversation, "trips", reporters=True)
    assert "t_hz_phone" in [one["id"] for one in own["trips"]]
    refused(await safety.tries(conversation, "trips"), 422)
    refused(await safety.tries(conversation, "trip", trip_id="t_hz_live", reason=" "), 422)
    refused(await safety.tries(conversation, "trip", trip_id="t_nothing", reason="电话核对"), 404)
    screen = await safety.does(conversation, "trip", trip_id="t_hz_phone", reason="电话核对")
    assert screen["trip"]["id"] == "t_hz_phone"
    screen = await safety.does(conversation, "trip", trip_id="t_hz_live", reason="她妹妹打的是这辆")
    assert screen["trip"]["id"] == "t_hz_live" and names(screen["timeline"]).count("trip_attached") == 2
    assert entry(screen["timeline"], "trip_replaced")["who"].startswith("staff:")
    await friend.says(f"车牌是{YESTERDAYS}")
    assert (await safety.screen(conversation))["trip"]["id"] == "t_hz_live", "what a person has said stands"
    refused(await (await stage.agent("agent")).tries(conversation, "trips", plate=PLATE), 403)


async def test_a_person_stops_the_driver_of_a_plate_without_a_trip(stage: Stage) -> None:
    safety = await stage.agent("safety")
    friend = await stage.reporter("zh")
    await friend.says(MISSING)
    conversation, _ = await _seen(safety, friend)
    refused(await safety.tries(conversation, "hold-plate", plate=PLATE, reason=""), 422)
    refused(await safety.tries(conversation, "hold-plate", plate="浙A00000", reason="最后看见的车"), 404)
    screen = await safety.does(conversation, "hold-plate", plate=PLATE, reason="最后看见的车")
    assert not stage.sandbox.world.on_dispatch("d_wang")
    assert screen["cases"][0]["hold"]["driver_name"] == "王建国" and screen["trip"] is None
    asked = entry(screen["timeline"], "hold_requested")
    assert asked["who"].startswith("staff:")
    await safety.does(conversation, "release", reason="看错车牌")
    assert stage.sandbox.world.on_dispatch("d_wang")
    assert ok(await safety.tries(conversation, "trips", plate=PLATE))["trips"]
