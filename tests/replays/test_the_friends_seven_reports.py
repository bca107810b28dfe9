"""Impossible 5, and the press case of the friend who reported seven times: a repeat joins the open case and raises it.

Seven reports in ninety minutes, from four chats and two channels, by two people. Nobody starts from nothing, nobody is told
that there is no authority, and whoever accepted sees each of them on one screen.
"""

from __future__ import annotations

from tests.replays.driver import Stage, entry, names, ok, refused

PLATE = "浙A·D8C61"


async def test_seven_reports_in_ninety_minutes_are_one_case_with_a_name_on_it(stage: Stage) -> None:
    await stage.has_pager("supervisor")
    friend = await stage.reporter("zh")
    await friend.says(
        f"我朋友坐你们的车以后联系不上了，车牌{PLATE}，电话关机"
    )  # first report, 15:42 in the story
    reference = await friend.reference()
    assert len(stage.rang()) == 1

    await stage.pass_time(seconds=20)
    assert len(stage.rang()) == 2, "nobody accepted within 20 s: paged again"
    safety = await stage.agent("safety")
    conversation = await safety.finds(reference)
    await safety.does(conversation, "accept")
    error = refused(await safety.writes(conversation, "我们已经报警了"), 422)
    assert error["details"]["claim"] == "police_informed"
    call = {
        "decision": "called",
        "service": "police",
        "station": "萧山分局",
        "officer": "周",
        "number": "0571-1",
    }
    await safety.does(conversation, "emergency-call", **call)
    assert any("报警" in text and "0571-1" in text for text in await friend.told())

    await stage.pass_time(minutes=14)
    await friend.says("我再问一次，我朋友坐你们的车以后联系不上了，还是没有消息")  # 2: the same chat
    second = await stage.reporter("zh")
    await stage.pass_time(minutes=13)
    await second.says(
        "我说过了！我朋友坐你们的车以后联系不上了，车牌浙ad8c61"
    )  # 3: a new chat, the plate spelt otherwise
    assert await second.reference() == reference
    await safety.takes(reference)
    await stage.pass_time(minutes=13)
    mother = "我女儿坐你们的车以后联系不上了，车牌浙A·D8C61"
    ok(await stage.webhook("5b7e0d5e-7d3a-4a55-9b42-1f0d6c9a2e77", mother))  # 4: by another channel
    await safety.takes(reference)
    await stage.pass_time(minutes=13)
    await second.says("求你们了，我朋友坐你们的车以后联系不上了，有人在管吗")  # 5
    await stage.pass_time(minutes=13)
    third = await stage.reporter("en")
    await third.says(
        "my friend got into your car 浙A D8C61 and I cannot reach her, her phone is off"
    )  # 6: in English
    assert await third.reference() == reference
    await safety.takes(reference)
    await stage.pass_time(minutes=13)
    await friend.says("第七次了，我朋友坐你们的车以后联系不上了，到底有没有人管")  # 7

    case = await safety.case(conversation)
    assert (case["reference"], case["grade"], case["reports"]) == (reference, "S0", 7)
    assert case["accepted_by"] == safety.name
    timeline = await safety.acts(conversation)
    assert names(timeline).count("opened") == 1, "one case; the others joined it"
    assert (
        entry(timeline, "joined")["details"] | {"reports": 7, "repeat": True}
        == entry(timeline, "joined")["details"]
    )
    rows = [row for row in await safety.queue() if row["reference"] == reference]
    assert len(rows) == 4 and {row["lane"] for row in rows} == {"safety"}, "four chats, one case"
    assert "reminded" in names(timeline) and [
        page for page in stage.rang("supervisor") if "很久没有回复" in page
    ], "ninety minutes without a word to the friend did not stay unseen"


async def test_each_new_chat_has_a_clock_of_its_own_until_somebody_speaks_to_it(stage: Stage) -> None:
    friend = await stage.reporter("zh")
    await friend.says(f"我朋友坐你们的车以后联系不上了，车牌{PLATE}")
    safety = await stage.agent("safety")
    await safety.does(await safety.finds(await friend.reference()), "accept")
    before = len(stage.rang())
    second = await stage.reporter("zh")
    await second.says(f"我女朋友坐你们的车以后联系不上了，车牌{PLATE}")
    assert len(stage.rang()) == before + 1, "the case has a person, this reporter has not: it rings"
    told = "\n".join(await second.told())
    assert "还没有人加入" in told and safety.name not in told
    await stage.pass_time(seconds=20)
    assert len(stage.rang()) == before + 2


async def test_a_repeat_raises_what_was_not_yet_the_gravest(stage: Stage) -> None:
    first = await stage.reporter("zh")
    state = await first.says(f"司机一直绕路，不按导航走，车牌{PLATE}")
    assert state["grade"] == "S1"
    await stage.pass_time(minutes=3)
    state = await first.says("司机还在绕路，不按导航走")
    assert state["grade"] == "S0", "repeat contact on the same matter"
    safety = await stage.agent("safety")
    conversation = await safety.finds(await first.reference())
    raised = entry(await safety.acts(conversation), "raised")
    assert (raised["details"]["before"], raised["details"]["after"]) == ("S1", "S0")
