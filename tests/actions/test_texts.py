"""Every text in both languages, saying nothing that must never be said, and every text that the actions name
exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
RESPONSES: dict[str, list[dict[str, Any]]] = {}
for _file in sorted((ROOT / "data" / "responses").glob("*.yml")):
    RESPONSES |= yaml.safe_load(_file.read_text(encoding="utf-8"))["responses"]

FORBIDDEN = re.compile(
    r"calm down|prove it|no authority|72 hours|marked urgent|a person is coming|dear customer|valued customer"
    r"|冷静|请您耐心|证明一下|没有权限|72 ?小时|亲[，,~]|已加急|正在赶来|尊敬的",
    re.IGNORECASE,
)
HAN = re.compile(r"[\u4e00-\u9fff]")


def by_language(name: str) -> dict[str | None, dict[str, Any]]:
    return {(row["condition"][0]["value"] if "condition" in row else None): row for row in RESPONSES[name]}


@pytest.mark.parametrize("name", sorted(RESPONSES))
class TestEachText:
    def test_has_chinese_english_and_a_default(self, name):
        rows = by_language(name)
        assert set(rows) == {"zh", "en", None}
        assert HAN.search(rows["zh"]["text"]) and not HAN.search(rows["en"]["text"])
        assert rows[None]["text"] == rows["en"]["text"] and rows[None].get("buttons") == rows["en"].get(
            "buttons"
        )

    def test_names_the_same_values_and_leads_to_the_same_places(self, name):
        rows = by_language(name)
        values = [set(re.findall(r"{(\w+)}", rows[language]["text"])) for language in ("zh", "en")]
        assert values[0] == values[1]
        payloads = [[b["payload"] for b in rows[language].get("buttons", [])] for language in ("zh", "en")]
        assert payloads[0] == payloads[1]

    def test_says_nothing_forbidden(self, name):
        for row in RESPONSES[name]:
            assert not FORBIDDEN.search(row["text"])


def _named() -> Iterator[tuple[str, str]]:
    """Each response that the actions name, as a pattern (an f-string's parts in braces match anything),
    with its file."""
    for file in (ROOT / "actions").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and re.fullmatch(r"utter_\w+[a-z]", str(node.value)):
                yield str(node.value), file.name
            elif isinstance(node, ast.JoinedStr) and _begins(node).startswith("utter_"):
                parts = (re.escape(p.value) if isinstance(p, ast.Constant) else r"\w+" for p in node.values)
                yield "".join(parts), file.name


def _begins(node: ast.JoinedStr) -> str:
    return str(node.values[0].value) if isinstance(node.values[0], ast.Constant) else ""


class TestNames:
    def test_every_response_that_is_said_exists(self):
        missing = {
            (name, file)
            for name, file in _named()
            if name not in ("utter_question", "utter_again", "utter_action")
            and not any(re.fullmatch(name, response) for response in RESPONSES)
        }
        assert missing == set()

    def test_every_response_is_said_somewhere(self):
        patterns = [re.compile(name) for name, _ in _named() if name != r"utter_\w+"]
        questions = re.compile(r"utter_(question|again)_\w+")
        intents = yaml.safe_load((ROOT / "domain.yml").read_text())["intents"]
        unused = {
            name
            for name in RESPONSES
            if not questions.fullmatch(name)
            and name.removeprefix("utter_") not in intents
            and not any(pattern.fullmatch(name) for pattern in patterns)
            and not name.startswith("utter_promo_")
        }
        assert unused == set()

    def test_every_question_of_a_form_has_its_texts(self):
        domain = yaml.safe_load((ROOT / "domain.yml").read_text())
        slots = {slot for form in domain["forms"].values() for slot in form["required_slots"]}
        without = {
            slot for slot in slots if not any(name.startswith(f"utter_question_{slot}") for name in RESPONSES)
        }
        assert without <= {"new_place"}  # asked by the name of the change
        assert {slot for slot in slots if f"utter_again_{slot}" not in RESPONSES} == set()

    def test_every_button_leads_to_an_intent(self):
        intents = set(yaml.safe_load((ROOT / "domain.yml").read_text())["intents"])
        offered = {"vigil_emergency", "vigil_complaint", "vigil_start"}
        for rows in RESPONSES.values():
            for row in rows:
                for button in row.get("buttons", []):
                    assert re.match(r"/(\w+)", button["payload"])[1] in intents | offered
