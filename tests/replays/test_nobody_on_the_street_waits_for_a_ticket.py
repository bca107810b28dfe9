"""Impossible 11, and the press case of the airport at midnight: a 72-hour ticket for somebody who is stranded now."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.replays.driver import Agent, Stage, names, ok, refused

LEFT = {"zh": "司机半夜把我弟弟扔在机场就走了", "en": "the driver left my brother at the airport at midnight"}


@pytest.fixture
def begins() -> datetime:
    """Five past midnight in Hangzhou."""
    return datetime(2026, 3, 11, 16, 5, tzinfo=UTC)


@pytest.mark.parametrize("locale", ["zh", "en"])
async def test_the_booker_far_away_is_heard_for_the_one_at_the_airport(stage: Stage, locale: str) -> None:
    booker = await stage.reporter(locale)
    state = await booker.says(LEFT[locale])
    assert state["grade"] in ("S0", "S1") and state["holder"] == "queue"
    assert len(stage.rang()) == 1, "at midnight the pager rings as at noon"
    told = "\n".join(await booker.told())
    assert "72" not in told and ("明亮" in told or "lit" in told)

    safety = await stage.agent("safety")
    conversation = await safety.finds(state["incident"]["reference"])
    await safety.does(conversation, "accept")
    clocks = {clock["kind"] for clock in (await safety.case(conversation))["clocks"]}
    assert "incident.plan" in clocks, "a car or a person's plan is owed in 20 minutes"


@pytest.mark.parametrize(
    "words", ["我们会在72小时内处理您的问题", "Our team will look into it within 72 hours"]
)
async def test_nobody_can_answer_with_72_hours(stage: Stage, words: str) -> None:
    booker = await stage.reporter("zh")
    await booker.says(LEFT["zh"])
    safety = await stage.agent("safety")
    conversation = await safety.finds(await booker.reference())
    await safety.does(conversation, "accept")
    error = refused(await safety.writes(conversation, words), 422)
    assert error["code"] == "forbidden_phrase" and "72" in error["message"]
    assert words not in await booker.told()


async def test_without_a_plan_in_twenty_minutes_the_supervisor_is_paged(stage: Stage) -> None:
    await _accepted(stage)
    await stage.pass_time(minutes=19)
    assert not [page for page in stage.rang("supervisor") if "方案" in page]
    await stage.pass_time(minutes=1)
    assert [page for page in stage.rang("supervisor") if "方案" in page]


async def _accepted(stage: Stage) -> tuple[Agent, str]:
    """Somebody stranded whose case a safety person has accepted, and a supervisor with a pager."""
    await stage.has_pager("supervisor")
    booker = await stage.reporter("zh")
    await booker.says(LEFT["zh"])
    safety = await stage.agent("safety")
    conversation = await safety.finds(await booker.reference())
    await safety.does(conversation, "accept")
    return safety, conversation


async def test_a_plan_that_was_made_is_not_asked_for_again(stage: Stage) -> None:
    safety, conversation = await _accepted(stage)
    ok(await safety.writes(conversation, "我在给他重新派车，车牌确定了告诉您"))
    await safety.does(conversation, "plan", text="机场的出租车调度已答应派一辆，牌号定了转告他")
    await stage.pass_time(minutes=21)
    assert not [page for page in stage.rang("supervisor") if "方案" in page]
    assert {"replied", "planned"} <= set(names(await safety.acts(conversation)))


async def test_a_kind_word_is_no_plan(stage: Stage) -> None:
    safety, conversation = await _accepted(stage)
    ok(await safety.writes(conversation, "您好，我看到了，正在处理"))
    await stage.pass_time(minutes=21)
    assert [page for page in stage.rang("supervisor") if "方案" in page]
