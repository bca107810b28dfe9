"""Impossible 4: a third party turned away or made to sign in. And what a friend is never told."""

from __future__ import annotations

import json

import pytest

from tests.replays.driver import Stage, names

# Planted in the sandbox: r_lin is on the road to the airport with d_wang, plate 浙A·D8C61.
PLATE, TRIP, DRIVER, RIDER = "浙A·D8C61", "t_hz_live", "王建国", "林晓雨"
ASKS_FOR_PAPERS = (
    "登录",
    "注册",
    "订单号",
    "证明",
    "身份证",
    "sign in",
    "log in",
    "account",
    "order number",
    "proof",
)


@pytest.mark.parametrize(
    ("locale", "words", "number"),
    [("zh", "我朋友坐你们的车以后联系不上了，电话关机", "110"),
     ("en", "my friend got into your car an hour ago and I cannot reach her", "112")],
)  # fmt: skip
async def test_a_friend_needs_no_account_no_order_and_no_proof(
    stage: Stage, locale: str, words: str, number: str
) -> None:
    friend = await stage.reporter(locale)
    state = await friend.says(words)
    assert (state["grade"], state["holder"]) == ("S0", "queue")
    told = await friend.told()
    assert number in told[0].splitlines()[0], "the number comes first, before anything else"
    assert not [text for text in told for asked in ASKS_FOR_PAPERS if asked in text.lower()]
    assert len(stage.rang()) == 1 and state["incident"]["reference"] in stage.rang()[0]


async def test_the_team_finds_the_trip_by_the_plate_and_the_friend_learns_nothing_of_it(stage: Stage) -> None:
    friend = await stage.reporter("zh")
    await friend.says(f"我朋友坐你们的车以后联系不上了，车牌{PLATE}，电话关机")
    safety = await stage.agent("safety")
    screen = await safety.screen(await safety.finds(await friend.reference()))
    assert "trip_found" in names(screen["timeline"])
    assert screen["trip"]["id"] == TRIP and screen["trip"]["driver"]["name"] == DRIVER

    everything = json.dumps([await friend.state(), await friend.messages()], ensure_ascii=False)
    for secret in (TRIP, DRIVER, RIDER, "萧山", "lat", "d_wang", "r_lin"):
        assert secret not in everything.replace(PLATE, ""), secret
    assert (await friend.state())["emergency"]["basis"] == "language", "not even the city of a trip shows"
