"""Impossible 3, and the press case of the agent who promised an hour: a time that is named has a timer that runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.replays.driver import Agent, Reporter, Stage, entry, names, ok, refused

MISSING = "我朋友坐你们的车以后联系不上了，电话关机"
AN_HOUR = {"zh": "我们一小时内给您回复", "en": "We will get back to you within an hour"}
BROKEN = "A promised time has passed"


async def _held(stage: Stage) -> tuple[Reporter, Agent, str]:
    """A friend has reported, the safety team's person holds the chat."""
    friend = await stage.reporter("zh")
    await friend.says(MISSING)
    safety = await stage.agent("safety")
    conversation = await safety.finds(await friend.reference())
    await safety.does(conversation, "accept")
    await friend.told()
    return friend, safety, conversation


@pytest.mark.parametrize("locale", ["zh", "en"])
async def test_the_agent_who_promises_an_hour_must_set_it_and_is_named_when_it_passes(
    stage: Stage, locale: str
) -> None:
    await stage.has_pager("supervisor")
    friend, safety, conversation = await _held(stage)
    error = refused(await safety.writes(conversation, AN_HOUR[locale]), 422)
    assert error["code"] == "claim_without_record"
    assert error["details"]["claim"] == "time_promised" and "promise" in error["message"]
    assert AN_HOUR[locale] not in await friend.told()

    in_an_hour = stage.clock.at + timedelta(hours=1)
    ok(await safety.writes(conversation, AN_HOUR[locale], promise_at=in_an_hour))
    assert AN_HOUR[locale] in await friend.told()

    await stage.pass_time(minutes=59)
    assert not [page for page in stage.rang("supervisor") if BROKEN in page or "承诺的时间已过" in page]
    await stage.pass_time(minutes=1)

    assert [page for page in stage.rang("supervisor") if BROKEN in page or "承诺的时间已过" in page]
    broken = entry(await safety.acts(conversation), "promise_broken")
    assert broken["details"]["name"] == safety.name, "the one who promised is named"


async def test_a_promise_that_has_passed_does_not_cover_the_next_one(stage: Stage) -> None:
    friend, safety, conversation = await _held(stage)
    ok(await safety.writes(conversation, AN_HOUR["zh"], promise_at=stage.clock.at + timedelta(hours=1)))
    ok(await safety.writes(conversation, "是的，一小时内联系您"))  # the same hour again: its timer still runs
    await stage.pass_time(hours=1, seconds=1)
    await friend.says("一小时过去了，没有人联系我")
    error = refused(await safety.writes(conversation, "再等一小时给您答复"), 422)
    assert error["code"] == "claim_without_record"


async def test_a_kept_promise_is_written_down_as_kept(stage: Stage) -> None:
    _, safety, conversation = await _held(stage)
    ok(await safety.writes(conversation, AN_HOUR["zh"], promise_at=stage.clock.at + timedelta(hours=1)))
    await stage.pass_time(minutes=50)
    ok(await safety.writes(conversation, "警方的车已经不在原处，我们在核对监控"))
    await stage.pass_time(minutes=10)
    assert "promise_kept" in names(await safety.acts(conversation))
    assert "promise_broken" not in names(await safety.acts(conversation))


@pytest.mark.parametrize("words", ["请您保持电话畅通。", "Please keep your phone on."])
async def test_a_word_said_right_after_it_keeps_no_promise(stage: Stage, words: str) -> None:
    await stage.has_pager("supervisor")
    _, safety, conversation = await _held(stage)
    ok(await safety.writes(conversation, AN_HOUR["zh"], promise_at=stage.clock.at + timedelta(hours=1)))
    await stage.pass_time(seconds=5)
    ok(await safety.writes(conversation, words))
    await stage.pass_time(hours=1, minutes=1)
    assert "promise_broken" in names(await safety.acts(conversation))
    assert "promise_kept" not in names(await safety.acts(conversation))
    assert [page for page in stage.rang("supervisor") if BROKEN in page or "承诺的时间已过" in page]


async def test_a_timer_of_a_week_is_none_for_five_minutes(stage: Stage) -> None:
    friend, safety, conversation = await _held(stage)
    words = "我会持续跟进，5分钟内给您回复"
    late = stage.clock.at + timedelta(days=7)
    error = refused(await safety.writes(conversation, words, promise_at=late), 422)
    assert error["details"]["claim"] == "time_promised" and words not in await friend.told()
    ok(await safety.writes(conversation, words, promise_at=stage.clock.at + timedelta(minutes=5)))
    other = refused(await safety.writes(conversation, "一分钟内警方会给您回电话"), 422)
    assert other["details"]["claim"] == "time_promised", "an earlier time needs its own timer"


async def test_a_promise_kept_by_a_call_is_marked_by_name(stage: Stage) -> None:
    _, safety, conversation = await _held(stage)
    screen = await safety.does(conversation, "promise", minutes=15)
    one = screen["promises"][0]["id"]
    await safety.does(conversation, "promise-kept", promise_id=one, reason="打过电话，朋友已经到家")
    await stage.pass_time(minutes=16)
    acts = await safety.acts(conversation)
    assert "promise_broken" not in names(acts)
    assert entry(acts, "promise_kept")["details"]["name"] == safety.name


async def test_a_time_that_has_passed_cannot_be_promised(stage: Stage) -> None:
    friend, safety, conversation = await _held(stage)
    answer = await safety.writes(
        conversation, AN_HOUR["zh"], promise_at=stage.clock.at - timedelta(seconds=1)
    )
    assert refused(answer, 422)["code"] == "promise_in_past"
    assert AN_HOUR["zh"] not in await friend.told(), "nothing was half-written"
