"""What data/policy.yml must not hold: figures that the desk would start with and break on later, when somebody writes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

import bot.policy as of_policy
from bot.kit import names
from bot.policy import load, policy
from bot.policy.whole import ASKED
from bot.settings import settings


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("routine.open_hours_s2_s3.from", "9am"),
        ("routine.open_hours_s2_s3.to", "8pm"),
        ("modifiers.night.from", "25:00"),
        ("modifiers.night.to", "late"),
        ("modifiers.night.from", "24:00"),
        ("clocks.S0.page_again_s", [-30, -60]),
        ("clocks.S0.page_again_s", [40, 20]),
        ("clocks.S0.first_reply_s", 0),
        ("clocks.S0.page_everyone_every_s", 0),
        ("clocks.S0.accept_target", {}),
        ("clocks.S0.accept_target", {"p90_s": 15, "p95_s": 20, "p99_s": -1}),
        ("clocks.S1.accept_target", {"nine_in_ten": 90}),
        ("clocks.S1.stranded_plan_s", None),
        ("clocks.S2.accept_target", {}),
        ("clocks.S2.decide_target", {"p90_s": 3600}),
        ("clocks.S0.decide_target", {}),
        ("clocks.S0.accepted_silent_s", 90_000),
        ("clocks.S0.page_again_s", [20, 5000]),
        ("clocks.S0.stored_and_paged_s", 600),
        ("clocks.S0.first_reply_s", 60),
        ("clocks.S0.accept_target", {"p95_s": 1000, "p99_s": 2000}),
        ("clocks.S0.page_everyone_every_s", 86_400),
        ("clocks.care_contacts_days", [7, 1]),
        ("clocks.police_answer_s", -600),
        ("limits.message_characters", 0),
        ("limits.staff_session_hours", 0),
        ("limits.sign_in_attempts_per_quarter_hour", 0),
        ("hearing.hearing_budget_s", 0),
        ("routine.lost_item_answer_s", {"other": 7200}),
        ("routine.wait_limit_s", -1),
        ("emergency.CN.police", "call them"),
        ("emergency_by_language.zh", "ZZ"),
        ("emergency_service", {"accident": ["ambulance"]}),
        ("acts", {}),
        ("acts.accept_safety", {"roles": ["safety", "supervisor"]}),
        ("acts.accept_safety", {"roles": ["trainer"], "in_house": True}),
        ("acts.escalate", {"roles": ["supervisor"]}),
        (
            "acts.reopen",
            {"roles": ["agent", "safety", "supervisor", "trainer", "police_liaison"], "in_house": True},
        ),
        ("acts.refuse_police", {"roles": ["agent"]}),
        ("teams.safety", {"in_house": True}),
        ("teams.liaison", {"in_house": False, "never_closed": True}),
        ("hold_reasons", ["fitness"]),
        ("intents.passenger_in_danger", {"family": "safety", "grade": "S3"}),
        ("intents.accident", {"family": "safety", "grade": "S0", "lower": "S0"}),
        ("intents.route_deviation", {"family": "safety", "grade": "S1", "higher": "S2"}),
        ("routing.defaults.agent.tier", "expart"),
        ("routine.refund_limit_staff", {"agent": {"GBP": 3000}}),
    ],
)
def test_is_refused_by_its_name(tmp_path: Path, place: str, value: Any) -> None:
    written: dict[str, Any] = yaml.safe_load((settings().data / "policy.yml").read_text("utf-8"))
    *folders, name = place.split(".")
    inner = written
    for folder in folders:
        inner = inner[folder]
    inner[name] = value
    file = tmp_path / "policy.yml"
    file.write_text(yaml.safe_dump(written, allow_unicode=True))
    with pytest.raises(ValidationError) as refused:
        load(file)
    assert place.split(".")[0] in str(refused.value)
    assert refused.value.title == "data/policy.yml"


@pytest.mark.parametrize(
    ("place", "given"),
    [
        ("resolution_codes", ["safe_confirmed", "solved"]),
        ("departments", ["dispatch", "solved"]),
        ("hold_reasons", ["conduct", "solved"]),
        ("routing.tiers", ["support", "senior", "expert", "solved"]),
        ("modifiers.s1_to_s0", ["vulnerable", "solved"]),
        ("modifiers.s3_to_s2", ["repeated"]),  # it has a text, and nothing finds it
    ],
)
def test_a_name_that_nobody_knows_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, place: str, given: list[str]
) -> None:
    rules = load(settings().data / "policy.yml")
    *inner, name = place.split(".")
    changed: dict[str, Any] = {name: given}
    for part in inner:
        changed = {part: getattr(rules, part).model_copy(update=changed)}
    monkeypatch.setattr(names, "policy", lambda: rules.model_copy(update=changed))
    with pytest.raises(ValueError) as refused:
        names.check([])
    assert re.search(rf"data/policy\.yml, {place}: .*{given[-1]}.*\. (Correct|Use) ", str(refused.value))


def test_what_the_lexicon_finds_is_known() -> None:
    names.check(["cannot_speak"])
    with pytest.raises(ValueError, match=r"modifiers\.s2_to_s1: nothing finds cannot_speak"):
        names.check([])


def test_a_wrong_edit_while_the_desk_runs_changes_nothing_that_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "policy.yml"
    file.write_bytes((settings().data / "policy.yml").read_bytes())
    monkeypatch.setattr(of_policy, "settings", lambda: settings().model_copy(update={"data": tmp_path}))
    policy.cache_clear()
    try:
        running = policy()
        file.write_text("grades: [S3]", "utf-8")
        assert policy() is running
        with pytest.raises(ValidationError):
            load(file)
    finally:
        policy.cache_clear()


def test_the_hours_of_a_whole_day_and_past_midnight_are_taken() -> None:
    rules = load(settings().data / "policy.yml")
    assert (rules.routine.open_hours_s2_s3.to, rules.modifiers.night.from_) == ("24:00", "22:00")


def test_every_act_that_the_code_asks_for_by_name_must_be_there() -> None:
    source = "\n".join(file.read_text("utf-8") for file in Path("bot").rglob("*.py"))
    # Of a person (`staff.must`); `rates_of(…).must` asks how often.
    asked = set(re.findall(r"\w\.(?:may|must)\(\"([a-z_]+)\"", source))
    assert "accept_safety" in asked and asked <= ASKED
