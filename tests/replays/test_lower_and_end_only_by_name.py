"""Impossible 16: anything lowered, closed or edited without a name, a reason and a place in the append-only timeline."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.replays.driver import Agent, Reporter, Stage, entry, refused

CRY = "司机把车门锁了不让我下车"


async def _accepted(stage: Stage) -> tuple[Reporter, Agent, str]:
    passenger = await stage.reporter("zh")
    await passenger.says(CRY)
    safety = await stage.agent("safety")
    conversation = await safety.finds(await passenger.reference())
    await safety.does(conversation, "accept")
    return passenger, safety, conversation


async def test_lowering_needs_a_reason_and_keeps_the_name(stage: Stage) -> None:
    _, safety, conversation = await _accepted(stage)
    for reason in ("", "   "):
        assert refused(await safety.tries(conversation, "lower", grade="S2", reason=reason), 422)
    assert (await safety.case(conversation))["grade"] == "S0"
    await safety.does(conversation, "lower", grade="S2", reason="与乘客通话，车门是儿童锁")
    lowered = entry(await safety.acts(conversation), "lowered")
    assert lowered["who"].startswith("staff:")
    assert lowered["details"] == {
        "before": "S0", "after": "S2", "reason": "与乘客通话，车门是儿童锁", "name": safety.name,
    }  # fmt: skip


@pytest.mark.parametrize("role", ["agent", "outsourced", "trainer"])
async def test_who_may_not_lower_or_end_cannot(stage: Stage, role: str) -> None:
    _, safety, conversation = await _accepted(stage)
    other = await stage.agent(role)
    for act, body in (
        ("lower", {"grade": "S3", "reason": "not needed"}),
        ("resolve", {"code": "false_alarm", "reason": "not needed"}),
        ("return", {"reason": "not needed"}),
        ("release", {"reason": "not needed"}),
    ):
        assert refused(await other.tries(conversation, act, **body))
    case = await safety.case(conversation)
    assert (case["grade"], case["state"]) == ("S0", "accepted")


async def test_ending_needs_a_code_and_a_reason_and_handing_back_needs_the_end_first(stage: Stage) -> None:
    passenger, safety, conversation = await _accepted(stage)
    assert refused(await safety.tries(conversation, "return", reason="done"), 422)["code"] == "resolve_first"
    assert (
        refused(await safety.tries(conversation, "resolve", code="", reason="done"), 422)["code"]
        == "unknown_code"
    )
    assert refused(await safety.tries(conversation, "resolve", code="safe_confirmed", reason=" "), 422)
    await safety.does(conversation, "resolve", code="safe_confirmed", reason="她已到家，本人来电确认")
    resolved = entry(await safety.acts(conversation), "resolved")
    assert (
        resolved["details"]["name"] == safety.name
        and resolved["details"]["reason"] == "她已到家，本人来电确认"
    )
    assert (await passenger.state())["incident"]["state"] == "resolved"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE timeline SET act = 'lowered'",
        "UPDATE timeline SET who = 'software:nobody'",
        "DELETE FROM timeline",
    ],
)
async def test_not_even_a_hand_in_the_database_changes_the_timeline(stage: Stage, statement: str) -> None:
    _, safety, conversation = await _accepted(stage)
    before = await safety.acts(conversation)
    with pytest.raises(DBAPIError):
        async with stage.desk.database.unit_of_work() as uow:
            await uow.session.execute(text(statement))
    assert await safety.acts(conversation) == before
