"""Impossible 14 with the assistant up, and impossible 11 as the model hears it."""

from __future__ import annotations

import pytest

from tests.replays.driver import Stage

pytestmark = pytest.mark.timeout(900)  # the first of them may train the assistant

CRY = "司机把车门锁了不让我下车"


async def test_a_cry_in_the_middle_of_a_form_is_heard_as_a_cry(stage: Stage) -> None:
    """A form that waits for an answer takes no cry as one."""
    passenger = await stage.reporter("zh")
    await passenger.says("我的手机落在车上了")
    asked = await passenger.told()
    assert (await passenger.state())["holder"] == "assistant" and asked, "the form asks for something"
    answer = await passenger.tries(CRY)
    assert answer.json()["conversation"]["grade"] == "S0", "in the acknowledgement itself"
    await stage.settle()
    assert (await passenger.state())["holder"] == "queue" and len(stage.rang()) == 1
    assert not [text for text in await passenger.told() if "手机" in text and "？" in text], (
        "the form says no more"
    )


async def test_the_man_at_the_airport_whose_brother_booked_is_heard_by_the_model_too(stage: Stage) -> None:
    booker = await stage.reporter("zh")
    await booker.says("半夜十二点我弟弟一个人在机场，司机把他扔下走了")
    state = await booker.state()
    assert state["grade"] in ("S0", "S1") and state["holder"] == "queue" and len(stage.rang()) == 1
