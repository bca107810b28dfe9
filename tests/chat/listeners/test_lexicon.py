"""What a lexicon's files may not say: slips that would silence sentinel, or make everything an incident, without a word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.chat.listeners.sentinel import Sentinel, sentinel


def rule(**changes: object) -> dict[str, object]:
    return {
        "id": "en-out", "intent": "stranded", "grade": "S1", "why": "put out of the car",
        "patterns": [r"\bput me out\b"], "match": ["He put me out"], "no_match": ["hello"],
    } | changes  # fmt: skip


def load(folder: Path, *files: dict[str, Any] | str) -> Sentinel:
    for number, content in enumerate(files):
        text = content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True)
        (folder / f"{number}.yml").write_text(text, "utf-8")
    return Sentinel.load(folder)


class TestRefusedWhenRead:
    @pytest.mark.parametrize("pattern", ["", ".*", r"\bput me out\b|"])
    def test_a_pattern_that_fits_every_message(self, tmp_path: Path, pattern: str) -> None:
        with pytest.raises(ValueError, match=r"en-out: .* fits every message"):
            load(tmp_path, {"rules": [rule(patterns=[pattern])]})

    def test_an_everyday_phrase_or_excuse_that_fits_every_message(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"everyday: .* fits every message"):
            load(tmp_path, {"everyday": [".*"], "rules": [rule()]})
        with pytest.raises(ValueError, match=r"en-out: .* fits every message"):
            load(tmp_path, {"rules": [rule(unless=[""])]})

    def test_the_same_rule_or_word_list_in_two_files(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="the rules en-out stand twice"):
            load(tmp_path, {"rules": [rule()]}, {"rules": [rule(patterns=["xyz"])]})
        with pytest.raises(ValueError, match="the words kin stand twice"):
            load(tmp_path, {"words": {"kin": "son"}, "rules": [rule()]}, {"words": {"kin": "cat"}})

    def test_rules_given_twice_in_one_file(self, tmp_path: Path) -> None:
        once = yaml.safe_dump({"rules": [rule()]})
        with pytest.raises(ValueError, match=r"0\.yml.*(\n.*)*'rules' stands twice"):
            load(tmp_path, once + yaml.safe_dump({"rules": [rule(id="en-other")]}))

    def test_words_that_stand_in_words_without_end(self, tmp_path: Path) -> None:
        words = {"a": "<b>", "b": "<c>", "c": "<d>", "d": "<e>", "e": "zed"}
        with pytest.raises(ValueError, match="en-out: words stand in words more than 4 deep"):
            load(tmp_path, {"words": words, "rules": [rule(patterns=["<a>"])]})
        assert load(tmp_path, {"words": words, "rules": [rule(patterns=["<b>"])]}).hear("zed").grade == "S1"

    def test_a_rule_that_is_no_danger(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="en-out: a rule is S0 or S1, not S3"):
            load(tmp_path, {"rules": [rule(grade="S3")]})

    def test_a_modifier_that_nothing_follows_from(self, tmp_path: Path) -> None:
        modifier = {"modifier": "vulnerabel", "patterns": ["x"], "match": ["x"], "no_match": ["y"]}
        with pytest.raises(ValueError, match="nothing follows from the modifiers vulnerabel"):
            load(tmp_path, {"rules": [rule()], "modifiers": [modifier]})

    def test_a_file_of_another_ending(self, tmp_path: Path) -> None:
        (tmp_path / "more.yaml").write_text("rules: []", "utf-8")
        with pytest.raises(ValueError, match=r"more\.yaml is not read.*Rename it"):
            load(tmp_path, {"rules": [rule()]})


class TestProvenByItsExamples:
    def test_the_product_s_own_is(self) -> None:
        assert sentinel().unproven() == []

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"match": ["something else"]}, "“something else” stands under match and is not heard"),
            ({"no_match": ["so he put me out"]}, "“so he put me out” stands under no_match and is heard"),
            ({"patterns": ["He put me out"]}, "“He put me out” stands under match and is not heard"),
            (
                {"patterns": ["he wouldn't stop"], "match": ["he wouldn't stop"]},
                "“he wouldn't stop” stands under match and is not heard",
            ),
            (
                {"patterns": ["司機鎖門"], "match": ["司機鎖門"]},
                "“司機鎖門” stands under match and is not heard",
            ),
            ({"unless": ["."]}, "“He put me out” stands under match and is not heard"),
            ({"patterns": [".+"]}, "“hello” stands under no_match and is heard"),
        ],
    )
    def test_a_rule_that_its_examples_speak_against(
        self, tmp_path: Path, changes: dict[str, object], said: str
    ) -> None:
        assert load(tmp_path, {"rules": [rule(**changes)]}).unproven() == [f"en-out: {said}."]

    def test_an_everyday_phrase_that_silences_every_rule(self, tmp_path: Path) -> None:
        assert len(load(tmp_path, {"everyday": [".+"], "rules": [rule()]}).unproven()) == 1

    def test_a_modifier(self, tmp_path: Path) -> None:
        modifier = {"modifier": "vulnerable", "patterns": ["Old"], "match": ["Old man"], "no_match": ["old"]}
        assert load(tmp_path, {"rules": [rule()], "modifiers": [modifier]}).unproven() == [
            "modifier vulnerable: “Old man” is not heard."
        ]
