"""What the timeline, the evidence and listening have to say, in both languages and for those who may see it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.console import plainly
from bot.identity.schemas import Grant, Subject
from bot.kit.locale import has_text

ROOT = Path(__file__).resolve().parents[2]
_ABOUT_THE_ENTRY = {"who", "case_id", "conversation_id", "key", "subject", "since", "purpose", "spoken"}


def grant(*acts: str) -> Grant:
    return Grant("staff:x", Subject("any", "all"), "test", frozenset(acts), "audit", "zh")


def literals(node: ast.expr) -> list[str]:
    """The words that an argument can be: a constant, or either arm of a choice."""
    if isinstance(node, ast.IfExp):
        return [*literals(node.body), *literals(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def written() -> Iterator[tuple[str, list[str], set[str]]]:
    """Where, which acts (or clocks that ran out) as keys of their words, and with which details the code writes into the
    timeline, as far as it stands there in plain sight."""
    for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "actions").glob("*.py")]:
        if "node_modules" in path.parts or path.parent.name == "identity" or path.name == "erasure.py":
            continue  # the audit is another book
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name not in ("record", "acted", "ran_out") or ast.unparse(node.func).startswith("audit."):
                continue
            key = "clock.{}.breached" if name == "ran_out" else "act.{}"
            acts = [key.format(act) for arg in node.args[1:] for act in literals(arg)]
            keys = {word.arg for word in node.keywords if word.arg} - _ABOUT_THE_ENTRY - plainly._UNSAID
            yield f"{path.relative_to(ROOT)}:{node.lineno}", acts, keys


def reasons() -> Iterator[str]:
    """The English sentences that the code itself gives as reasons: named so, or among the reasons of what was heard."""
    for path in (ROOT / "bot").rglob("*.py"):
        if {"node_modules", "identity", "nlu", "paging"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            named = [word.value for word in node.keywords if word.arg in ("reason", "because")]
            if getattr(node.func, "id", "") == "Heard":
                named += node.args[5:6]
            for given in named:
                listed = given.elts if isinstance(given, ast.List) else [given]
                yield from (said for one in listed if " " in (said := _sentence(one)))


def _sentence(node: ast.expr) -> str:
    """A text as it may come out: its blanks hold a grade, a count and the like."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_sentence(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        name = ast.unparse(node.value)
        return (
            "S1"
            if "grade" in name
            else "2"
            if "reports" in name
            else "accident"
            if "intent" in name
            else "photo"
        )
    return str(node.value) if isinstance(node, ast.Constant) else ""


class TestEverythingHasWords:
    def test_each_act_and_each_detail_that_the_code_writes(self) -> None:
        found = list(written())
        assert len(found) > 60
        nameless = [
            f"{where} {key}"
            for where, acts, keys in found
            for key in [*acts, *(f"detail.{one}" for one in keys - {"details"})]
            if not has_text(key)
        ]
        assert nameless == []

    def test_each_sentence_that_software_gives_as_a_reason(self) -> None:
        sentences = list(reasons())
        assert len(sentences) > 10
        assert [one for one in sentences if not has_han(plainly.spoken("reason", one, "zh"))] == []

    def test_each_reason_of_sentinel_is_said_in_the_other_language(self) -> None:
        rules = [
            rule
            for file in (ROOT / "data/safety/lexicon").rglob("*.yml")
            for rule in yaml.safe_load(file.read_text()).get("rules") or []
        ]
        told = {f"{rule['id']}: {rule['why']}" for rule in rules}
        assert len(told) > 300
        for locale in ("zh", "en"):
            other = [
                one for one in told if has_han(plainly.spoken("because", one, locale)) != (locale == "zh")
            ]
            assert other == []


def has_han(text: str) -> bool:
    return any("\u3400" <= sign <= "\u9fff" for sign in text)


class TestWords:
    @pytest.mark.parametrize(
        ("name", "stored", "zh", "en"),
        [
            ("reason", "handed_on", "已转交", "handed on"),
            ("reason", "accident", "交通事故", "accident"),
            ("reason", "raised to S1", "升到 S1", "raised to S1"),
            ("reason", "raised by 王芳", "由 王芳 升级", "raised by 王芳"),
            ("reason", "live_trip, night", "行程进行中、夜间", "live trip, night"),
            ("because", "en-gun-seen?: a weapon is in sight or pointed at somebody",
             "看到凶器或凶器指着人（存疑）", "a weapon is in sight or pointed at somebody (in doubt)"),
            ("reason", "in the sentence “a knife”", "出自这句话：“a knife”", "in the sentence “a knife”"),
            ("reason", "en-crash: a crash is named; leading intent accident 0.912",
             "说出了撞车; 最可能：交通事故 0.912", "a crash is named; leading intent accident 0.912"),
            ("clock", "silent", "已接手但很久没有回复报案人", "Accepted but silent towards the reporter"),
            ("title", "Lost: blue bag", "遗失：blue bag", "Lost: blue bag"),
            ("reason", "she rang me; he hung up", "she rang me; he hung up", "she rang me; he hung up"),
            ("note", "victim's chat; chats of earlier complainants: 0",
             "当事人的对话; 之前投诉人的对话：0", "victim's chat; chats of earlier complainants: 0"),
            ("words", "Zhe shi wo xie de", "Zhe shi wo xie de", "Zhe shi wo xie de"),
        ],
    )  # fmt: skip
    def test_the_desks_own_words_are_said_in_both_languages_and_peoples_stay(
        self, name: str, stored: str, zh: str, en: str
    ) -> None:
        assert plainly.spoken(name, stored, "zh") == zh
        assert plainly.spoken(name, stored, "en").lower() == en.lower()

    def test_facts_name_their_parts_and_leave_out_what_says_nothing(self) -> None:
        details = {
            "name": "Sam", "step": 0, "everyone": True, "repeat": False, "due": "2026-01-01T10:00:00+00:00", "note": None,
            "calculation": {"verdict": "detour", "charged": "12.50"}, "modifiers": ["night", "repeat", "night"],
        }  # fmt: skip
        shown = [(one["label"], one["value"]) for one in plainly.facts(details, "zh", grant())]
        assert shown == [
            ("第几次", "1"), ("呼叫全部值班", "是"), ("到期", "2026-01-01T10:00:00+00:00"),
            ("计算", "结论: 绕路 · 实收: 12.50"), ("加重情节", "夜间、再次报告"),
        ]  # fmt: skip

    def test_what_the_assistant_did_is_not_hidden_in_a_box(self) -> None:
        shown = plainly.facts({"details": {"trip_id": "T1", "kind": "brakes"}}, "en", grant())
        assert [(one["label"], one["value"]) for one in shown] == [("trip", "T1"), ("kind", "brakes")]


class TestWhoMaySee:
    STORED = {  # noqa: RUF012
        "words": "call me on 13800138000",
        "entities": [
            {"entity": "phone", "value": "13800138000"},
            {"entity": "order_number", "value": "20261122000111"},
        ],
    }

    def test_a_phone_in_any_detail_is_masked_for_whoever_may_not_see_it(self) -> None:
        for shown in (plainly.masked(self.STORED, grant()), plainly.facts(self.STORED, "en", grant())):
            assert "13800138000" not in str(shown) and "138****8000" in str(shown)
            assert "20261122000111" in str(shown)

    def test_and_stays_for_whoever_may(self) -> None:
        assert plainly.masked(self.STORED, grant("see_unmasked_phone")) == self.STORED

    def test_a_whole_number_has_no_decimals(self) -> None:
        assert [plainly.worded("day", day, "en", grant()) for day in (0.0, 7.0, 0.5, 3)] == [
            "0",
            "7",
            "0.5",
            "3",
        ]
