"""A slip in a data file is told in a sentence with its file, never in a traceback, and none is lost without a word."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools.check_data import first_checks, loads
from tools.checks import dialogue, files, said
from tools.places import ROOT

Contents = dict[str, Any]
GREET = "data/nlu/en/greet.yml"
NLU = "nlu:\n  - intent: greet\n    examples: |\n      - hello there\n"


@pytest.fixture(scope="module")
def whole() -> Contents:
    read: Contents = {}
    assert files.read_all(ROOT, read) == []
    return read


@pytest.fixture
def contents(whole: Contents) -> Contents:
    """The project's data, to be broken."""
    return copy.deepcopy(whole)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with few data files, all of them whole."""
    for name in (
        "config.yml",
        "domain.yml",
        "endpoints.yml",
        "credentials.yml",
        "data/policy.yml",
        "data/macros.yml",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "bot/rides").mkdir(parents=True)
    shutil.copy(ROOT / "bot/rides/openapi.yml", tmp_path / "bot/rides")
    put(tmp_path, GREET, NLU)
    assert told(tmp_path) == []
    return tmp_path


def put(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, "utf-8")


def told(root: Path) -> list[str]:
    read: Contents = {}
    return next((wrong for check in first_checks(root, read).values() if (wrong := check())), [])


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (GREET, NLU + "      - he\x0bllo\n", "line 5: holds the control character"),
        (GREET, NLU + "      - he\x00llo\n", "line 5: holds the control character"),
        ("data/nlu/en/more.yaml", NLU, "more.yaml is not read: data files end in .yml"),
        ("data/texts/more.yaml", "a: {zh: 好, en: good}\n", "more.yaml is not read"),
        (GREET, "- intent: greet\n  examples: |\n    - hello\n", "must begin with a key"),
        (GREET, NLU.replace("nlu:", "nul:"), "line 1: begins with nul; it must be `nlu:`"),
        (GREET, NLU + "      hello you\n", "line 5: “hello you” is not learnt"),
        (GREET, NLU + "      -hello you\n", "line 5: “-hello you” is not learnt"),
        (GREET, NLU.replace("examples: |", "examples:"), "line 4: write `examples: |`"),
        (GREET, NLU + "  - intent: greet\n", "line 5: has intent where only"),
        (GREET, NLU + "  - synonym: phone\n    examples: |\n      - mobile\n", "line 5: has synonym, examples where"),
        (GREET, NLU + "      - my [phone](lost_itm)\n", "line 5: the entity 'lost_itm' is unknown"),
        (GREET, NLU + "      - my [phone](lost_item\n", "line 5: “- my [phone](lost_item” has a bracket too"),
        (GREET, NLU + "      - my [](lost_item)\n", "has a bracket too"),
        (GREET, NLU + "      - my [[black] phone](lost_item) now\n", "has a bracket too"),
        (GREET, NLU + "      - my [phone] (lost_item)\n", "has a bracket too"),
        ("domain.yml", "intentz: [greet]\n", "domain.yml: needs `intents:`"),
        ("data/macros.yml", "hello: {text: {zh: 好, en: good}}\n", "data/macros.yml: needs `macros:`"),
        ("data/responses/a.yml", "responses:\n  utter_a:\n", "utter_a needs a list of variations"),
        ("data/responses/a.yml", "responses:\n  utter_a: hello\n", "utter_a needs a list of variations"),
        ("data/rules/a.yml", "ruls: []\n", "ruls is read by nobody"),
        ("data/rules/a.yml", "rules:\n  - second\n", "must be a list of entries"),
        ("data/entities/a.yml", "entities:\n  item:\n    patterns: ['((']\n", "item: the pattern '((' is not RE2"),
        ("data/entities/a.yml", "entities:\n  item:\n    words: {umbrella: 雨伞}\n", "item: each kind of `words`"),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_its_file(root: Path, name: str, text: str, said: str) -> None:
    put(root, name, text)
    wrong = told(root)
    assert len(wrong) == 1 and said in wrong[0] and wrong[0].startswith(name)


def test_a_marked_entity_is_whole(root: Path) -> None:
    put(
        root,
        GREET,
        NLU + '      - my [phone](lost_item) and [keys](lost_item:key) and [hat]{"entity": "lost_item"}\n',
    )
    assert told(root) == []


class TestDialogue:
    def test_the_project_s_own_names_what_there_is(self, contents: Contents) -> None:
        assert dialogue.faults(contents) == []

    @pytest.mark.parametrize(
        ("steps", "said"),
        [
            ([{"intent": "greet"}, {"action": "action_nothing"}], "no action action_nothing"),
            ([{"slot_was_set": [{"itm": None}]}, {"action": "action_answer"}], "no slot itm"),
            ([{"intent": "greet"}, {"active_loop": "itm_form"}], "no form itm_form"),
            ([{"intent": "accident"}, {"action": "action_answer"}], "“x” keeps accident from people"),
        ],
    )
    def test_a_rule_that_names_what_there_is_not(
        self, contents: Contents, steps: list[Any], said: str
    ) -> None:
        contents["data/rules/more.yml"] = {"rules": [{"rule": "x", "steps": steps}]}
        wrong = dialogue.faults(contents)
        assert len(wrong) == 1 and said in wrong[0] and wrong[0].startswith("data/rules/more.yml")

    def test_a_button_without_an_intent(self, contents: Contents) -> None:
        variation = {"text": "?", "buttons": [{"title": "yes", "payload": '/lost_itm{{"a":"b"}}'}]}
        contents["data/responses/more.yml"] = {"responses": {"utter_more": [variation]}}
        assert ["there is no intent lost_itm" in one for one in dialogue.faults(contents)] == [True]


class TestSaid:
    def test_the_project_s_own_is_written(self, contents: Contents) -> None:
        assert said.texts(ROOT, contents) + said.responses(ROOT, contents) == []

    @pytest.mark.parametrize(
        ("break_it", "words"),
        [
            (lambda texts: texts.pop("safety.case_opened"), "says safety.case_opened, which stands nowhere"),
            (
                lambda texts: texts.update({"safety.case_opened": {"zh": "{refernce}", "en": "{refernce}"}}),
                "safety.case_opened has {refernce}",
            ),
        ],
    )
    def test_a_text_that_the_code_cannot_say(
        self, contents: Contents, break_it: Callable[[Any], object], words: str
    ) -> None:
        break_it(contents["data/texts/safety.yml"])
        assert any(words in one for one in said.texts(ROOT, contents))

    def test_a_response_that_an_action_cannot_say(self, contents: Contents) -> None:
        listed = contents["data/responses/lost_item.yml"]["responses"]
        for variation in listed["utter_lost_item_filed"]:
            variation["text"] = variation["text"].replace("{item}", "{itm}")
        del listed["utter_lost_item_due"]
        wrong = said.responses(ROOT, contents)
        assert any("utter_lost_item_filed has {itm}" in one for one in wrong)
        assert any("says utter_lost_item_due, which stands nowhere" in one for one in wrong)


class TestLoads:
    @pytest.mark.parametrize(
        ("name", "right", "wrong", "said"),
        [
            ("protocols/accident.yml", "act: replied", "act: repled", "data/protocols: accident.yml: "),
            ("rota.yml", 'start: "00:00", end: "24:00"', "start: 20:00, end: 08:00", "data/rota.yml: rota.yml: "),
            ("entities/grading.yml", "higher_if: [impaired]", "higher_if: [impared]", "data/entities/grading.yml: Grading of"),
            ("macros.yml", "topic: medical_emergency", "topic: medical_emergncy", "the topic medical_emergncy is no intent"),
        ],
    )  # fmt: skip
    def test_what_a_reader_refuses_is_told(
        self, tmp_path: Path, name: str, right: str, wrong: str, said: str
    ) -> None:
        shutil.copytree(
            ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("nlu", "development", "lexicon")
        )
        file = tmp_path / "data" / name
        text = file.read_text("utf-8")
        assert right in text
        file.write_text(text.replace(right, wrong), "utf-8")
        assert [said in one for one in loads(tmp_path) if "lexicon" not in one] == [True]
