"""The data checks find what they are for, in the project's own data with one thing broken at a time."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools.checks import bilingual, files, intents, repository
from tools.places import ROOT

Contents = dict[str, Any]


@pytest.fixture(scope="module")
def whole() -> Contents:
    read: Contents = {}
    assert files.read_all(ROOT, read) == []
    return read


@pytest.fixture
def contents(whole: Contents) -> Contents:
    """The project's data, to be broken."""
    return copy.deepcopy(whole)


def first_response(contents: Contents) -> tuple[str, str]:
    for path in sorted(contents):
        if path.startswith("data/responses/"):
            for name, variations in contents[path]["responses"].items():
                if any("{" in str(one.get("text")) for one in variations):
                    return path, name
    raise AssertionError("no response with a variable")


class TestIntents:
    def test_the_project_s_own_are_the_same_everywhere(self, contents: Contents) -> None:
        assert intents.same_everywhere(contents) == []

    @pytest.mark.parametrize("language", intents.LANGUAGES)
    def test_an_intent_without_training_in_one_language(self, contents: Contents, language: str) -> None:
        for path in [path for path in contents if path.startswith(f"data/nlu/{language}/")]:
            contents[path]["nlu"] = [one for one in contents[path]["nlu"] if one["intent"] != "stranded"]
        assert intents.same_everywhere(contents) == [
            f"The intent stranded of data/policy.yml is missing in data/nlu/{language}: add it."
        ]

    def test_an_intent_that_the_policy_does_not_know(self, contents: Contents) -> None:
        contents["domain.yml"]["intents"].append({"order_pizza": {"use_entities": []}})
        assert any(
            "order_pizza in domain.yml is unknown" in fault for fault in intents.same_everywhere(contents)
        )

    def test_an_intent_that_nothing_follows(self, contents: Contents) -> None:
        for path in [path for path in contents if path.startswith(("data/rules/", "data/stories/"))]:
            del contents[path]
        assert any(
            "accident of data/policy.yml is missing in data/rules" in one
            for one in intents.same_everywhere(contents)
        )


class TestResponses:
    def test_the_project_s_own_are_in_both_languages(self, contents: Contents) -> None:
        assert bilingual.responses(contents) == []

    @pytest.mark.parametrize(
        ("drop", "said"),
        [(0, "a variation for zh"), (1, "a variation for en"), (2, "an unconditional variation")],
    )
    def test_a_missing_language_or_default(self, contents: Contents, drop: int, said: str) -> None:
        path, name = first_response(contents)
        ways = ["zh", "en", None]
        contents[path]["responses"][name] = [
            {
                "text": "好 {x}" if way == "zh" else "fine {x}",
                **({"condition": [{"name": "language", "value": way}]} if way else {}),
            }
            for way in ways[:drop] + ways[drop + 1 :]
        ]
        assert [fault for fault in bilingual.responses(contents) if name in fault] == [
            f"{path}: {name} lacks {said}: add it."
        ]

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda one: one.update(text="{other} " + one["text"]), "the same {variables}"),
            (
                lambda one: one.update(text="English " + " ".join(re.findall(r"{.*?}", one["text"]))),
                "not Chinese",
            ),
            (lambda one: one.update(buttons=[{"title": "好", "payload": "/affirm"}]), "the same buttons"),
        ],
    )
    def test_a_variation_that_differs(
        self, contents: Contents, change: Callable[[Any], None], said: str
    ) -> None:
        path, name = first_response(contents)
        change(next(one for one in contents[path]["responses"][name] if bilingual._language(one) == "zh"))
        assert any(said in fault for fault in bilingual.responses(contents) if name in fault)

    def test_an_utterance_that_nobody_wrote(self, contents: Contents) -> None:
        contents["data/rules/more.yml"] = {"rules": [{"rule": "x", "steps": [{"action": "utter_nowhere"}]}]}
        assert any(fault.startswith("utter_nowhere is uttered") for fault in bilingual.responses(contents))


class TestTexts:
    def test_the_project_s_own_are_whole(self, contents: Contents) -> None:
        assert bilingual.texts(contents) == []

    @pytest.mark.parametrize(
        ("both", "said"),
        [
            ({"zh": "好"}, "one for en"),
            ({"zh": "好 {a}", "en": "fine"}, "{a} in one language only"),
            ({"zh": "好 {a", "en": "fine"}, "brace"),
            ({"zh": "好", "en": "好"}, "Chinese in its English"),
            ({"zh": "", "en": "x"}, "one for en"),
        ],
    )
    def test_what_is_not_equal(self, contents: Contents, both: dict[str, str], said: str) -> None:
        contents["data/texts/more.yml"] = {"more.text": both}
        faults = bilingual.texts(contents)
        assert len(faults) == 1 and "more.text" in faults[0] and said in faults[0]


class TestTestMessages:
    def write(self, root: Path, *rows: object) -> None:
        (root / "tests" / "nlu").mkdir(parents=True, exist_ok=True)
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        (root / "tests" / "nlu" / "messages_en.jsonl").write_text("\n".join(lines))

    def test_one_taken_from_training_is_found(self, contents: Contents, tmp_path: Path) -> None:
        taken = max((one.text for one in intents.training(contents, "en")["accident"]), key=len)
        self.write(tmp_path, {"text": taken.upper() + " 👍", "intent": "accident", "handoff": "S0"})
        faults = intents.test_messages(tmp_path, contents)
        assert len(faults) == 1 and "messages_en.jsonl, line 1" in faults[0]

    def test_emoji_alone_are_no_copy(self, contents: Contents, tmp_path: Path) -> None:
        self.write(
            tmp_path, *({"text": sign, "intent": "thank", "handoff": None} for sign in ("👍", "👍", "🙏"))
        )
        assert intents.test_messages(tmp_path, contents) == []

    @pytest.mark.parametrize(
        "row",
        [
            "{",
            "[]",
            {"text": "x"},
            {"text": "x", "intent": "nonsense", "handoff": None},
            {"text": "x", "intent": "thank", "handoff": "S9"},
            {"text": 3, "intent": "thank", "handoff": None},
        ],
    )
    def test_a_malformed_line_is_named(self, contents: Contents, tmp_path: Path, row: object) -> None:
        self.write(tmp_path, row)
        faults = intents.test_messages(tmp_path, contents)
        assert len(faults) == 1 and "line 1" in faults[0]

    def test_a_byte_order_mark_is_no_fault_and_another_encoding_is_told(
        self, contents: Contents, tmp_path: Path
    ) -> None:
        self.write(tmp_path, {"text": "x", "intent": "thank", "handoff": None})
        file = tmp_path / "tests/nlu/messages_en.jsonl"
        file.write_text(file.read_text("utf-8"), "utf-8-sig")
        assert intents.test_messages(tmp_path, contents) == []
        file.write_text("好", "gb18030")
        assert intents.test_messages(tmp_path, contents) == [
            "tests/nlu/messages_en.jsonl is not UTF-8: save it as UTF-8."
        ]


class TestFiles:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("a: 1\na: 2\n", "line 2: the key 'a' stands twice"),
            ("a: [1\n", "line"),
            ("a:\n\t- b\n", "line 2"),
        ],
    )
    def test_a_file_that_loses_or_breaks_something_is_named(
        self, tmp_path: Path, text: str, said: str
    ) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "policy.yml").write_text(text)
        faults = [fault for fault in files.read_all(tmp_path, {}) if fault.startswith("data/policy.yml")]
        assert len(faults) == 1 and said in faults[0]

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        assert "domain.yml is missing: restore it." in files.read_all(tmp_path, {})


class TestRepository:
    @pytest.mark.parametrize(
        ("name", "text", "said"),
        [
            ("a.py", "get('https://host.test/x/pkg-1.0.tar" + ".gz')", "an address to download from"),
            ("a.cfg", "[install]\nregistry" + " = https://host.test/", "a package index"),
            ("a.sh", "\npip install --index" + "-url x y", "line 2 names a package index"),
            ("a.md", "see https://registry" + ".host.test/pkg", "a package index"),
            ("a.py", "open('" + "/home/" + "ann/x')", "a path of one machine"),
            ("package-lock.json", '{"resolved"' + ': "x"}', "resolved addresses"),
        ],
    )
    def test_what_no_file_may_hold(self, tmp_path: Path, name: str, text: str, said: str) -> None:
        (tmp_path / name).write_text(text)
        faults = repository.hygiene(tmp_path)
        assert len(faults) == 1 and said in faults[0] and faults[0].startswith(name)

    @pytest.mark.parametrize(
        "text",
        [
            "http://127.0.0.1:8080/widget.js",
            "xmlns='http://www.w3.org/2000/svg'",
            "omit-lockfile-registry-resolved=true",
        ],
    )
    def test_what_is_allowed(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "a.txt").write_text(text)
        assert repository.hygiene(tmp_path) == []

    @pytest.mark.parametrize(
        "line", ["-i https://host.test/simple", "requests", "requests==2.31", "requests>=2 --hash=sha256:aa"]
    )
    def test_requirements_without_version_or_hash(self, tmp_path: Path, line: str) -> None:
        (tmp_path / "requirements").mkdir()
        good = "httpx==0.27.0 \\\n    --hash=sha256:aa\n    # via vigil\n"
        (tmp_path / "requirements" / "desk.txt").write_text(good + line + "\n")
        assert len([fault for fault in repository.hygiene(tmp_path) if "not pinned" in fault]) == 1
