"""Impossible 13: silence closing a case; accepted and then forgotten."""

from __future__ import annotations

from tests.replays.driver import Stage, names, ok

CRY = "司机把车门锁了不让我下车"
SILENT, NO_CALL = "很久没有回复报案人", "没有记录报警"
ENDINGS = {"resolved", "closed", "lowered", "handed_back"}


async def test_nobody_accepts_and_it_rings_on_wider_and_wider(stage: Stage) -> None:
    await stage.has_pager("supervisor")
    passenger = await stage.reporter("zh")
    await passenger.says(CRY)
    assert (len(stage.rang()), len(stage.rang("supervisor"))) == (1, 0)
    await stage.pass_time(seconds=20)
    assert (len(stage.rang()), len(stage.rang("supervisor"))) == (2, 0)
    await stage.pass_time(seconds=20)
    assert (len(stage.rang()), len(stage.rang("supervisor"))) == (3, 1), "at 40 s the supervisor too"
    await stage.pass_time(minutes=2)
    assert (len(stage.rang()), len(stage.rang("supervisor"))) == (7, 5), "then everyone, every 30 s"
    assert (await passenger.state())["incident"]["state"] == "paged"


async def test_accepted_and_forgotten_comes_back_to_the_supervisor_again_and_again(stage: Stage) -> None:
    await stage.has_pager("supervisor")
    passenger = await stage.reporter("zh")
    await passenger.says(CRY)
    safety = await stage.agent("safety")
    conversation = await safety.finds(await passenger.reference())
    await safety.does(conversation, "accept")

    await stage.pass_time(seconds=179)
    assert not [page for page in stage.rang("supervisor") if NO_CALL in page], (
        "120 s: the holder is reminded first"
    )
    assert "reminded" in names(await safety.acts(conversation))
    await stage.pass_time(seconds=1)
    assert [page for page in stage.rang("supervisor") if NO_CALL in page]
    await stage.pass_time(minutes=6, seconds=59)
    assert not [page for page in stage.rang("supervisor") if SILENT in page]
    await stage.pass_time(seconds=1)
    once = len([page for page in stage.rang("supervisor") if SILENT in page])
    assert once == 1, "10 minutes of silence: the supervisor"
    await stage.pass_time(minutes=10)
    assert len([page for page in stage.rang("supervisor") if SILENT in page]) == once + 2

    ok(await safety.writes(conversation, "我在，正在联系司机和警方"))
    quiet = len([page for page in stage.rang("supervisor") if SILENT in page])
    await stage.pass_time(minutes=4)
    assert len([page for page in stage.rang("supervisor") if SILENT in page]) == quiet, (
        "somebody spoke: it starts anew"
    )
    assert not ENDINGS & set(names(await safety.acts(conversation)))


async def test_a_reporter_who_says_nothing_more_closes_nothing(stage: Stage) -> None:
    passenger = await stage.reporter("zh")
    await passenger.says("司机一直绕路，不按导航走")
    safety = await stage.agent("safety")
    conversation = await safety.finds(await passenger.reference())
    await safety.does(conversation, "accept")
    await stage.pass_time(hours=9)
    assert (await safety.case(conversation))["state"] == "accepted"
    assert (await safety.queue())[0]["conversation_id"] == conversation, "it still stands first"
    clocks = (await safety.case(conversation))["clocks"]
    assert clocks and not ENDINGS & set(names(await safety.acts(conversation)))
