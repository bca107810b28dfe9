"""Whatever identity says is there in both languages, and fits the policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.kit.locale import has_text, say
from bot.policy import policy

SOURCES = sorted((Path(__file__).parents[2] / "bot" / "identity").glob("*.py"))
_ERRORS = r"NotSignedIn|NotAllowed|Conflict|Missing|Unprocessable|TooMany"
RAISED = sorted(
    {code for file in SOURCES for code in re.findall(rf'(?:{_ERRORS})\(\s*"(\w+)"', file.read_text("utf-8"))}
)


@pytest.mark.parametrize("code", RAISED)
def test_every_error_has_a_sentence(code: str) -> None:
    assert has_text(f"error.{code}")


def test_the_codes_were_found() -> None:
    assert {"sign_in_failed", "sign_in_throttled", "last_manager", "not_allowed"} <= set(RAISED)


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_every_role_and_act_of_the_policy_has_a_name(locale: str) -> None:
    assert all(say(f"role.{role}", locale) for role in policy().roles)
    assert all(say(f"permission.{act}", locale) for act in policy().acts)
