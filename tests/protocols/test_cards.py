"""The agents' cards: every safety intent has one, in both languages, bound to acts that the timeline knows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.console.phrases import said_in
from bot.policy import policy
from bot.protocols.cards import cards, read_cards
from bot.settings import settings

FOLDER = settings().data / "protocols"
SAFETY = sorted(name for name, intent in policy().intents.items() if intent.family == "safety")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "protocols"))


class TestCards:
    @pytest.mark.parametrize("intent", SAFETY)
    def test_each_card_says_what_to_say_and_what_never(self, intent: str) -> None:
        steps = cards()[intent].steps
        assert any(step.say for step in steps) and any(step.never for step in steps)

    @pytest.mark.parametrize("intent", sorted(set(SAFETY) - {"police_request"}))
    def test_each_card_decides_on_the_call_within_its_clock(self, intent: str) -> None:
        [step] = [step for step in cards()[intent].steps if step.act == "emergency_call"]
        assert step.within_s is not None and step.within_s <= (
            policy().clocks.S0.emergency_call_decided_s or 0
        )

    @pytest.mark.parametrize("intent", SAFETY)
    @pytest.mark.parametrize("locale", ["zh", "en"])
    def test_no_card_puts_forbidden_words_into_a_mouth(self, intent: str, locale: str) -> None:
        for step in cards()[intent].steps:
            if step.say:
                assert said_in(step.say.in_(locale), "S0") == []


class TestReading:
    def test_a_missing_card_is_named(self, copied: Path) -> None:
        (copied / "stranded.yml").unlink()
        with pytest.raises(ValueError, match="no card for stranded"):
            read_cards(copied)

    def test_a_card_for_nothing_is_named(self, copied: Path) -> None:
        shutil.copy(copied / "stranded.yml", copied / "strandd.yml")
        with pytest.raises(ValueError, match="strandd is no intent"):
            read_cards(copied)

    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            ("act: new_car_asked", "act: car_conjured", "car_conjured, which the timeline does not know"),
            ("- use: next_word", "- use: last_word", "last_word is not in _shared.yml"),
            ("- id: no_money", "- id: car", "car stands twice"),
            ("within_s: 1200", "within_s: 0", "within_s"),
        ],
    )
    def test_a_mistake_names_the_file(self, copied: Path, old: str, new: str, says: str) -> None:
        file = copied / "stranded.yml"
        text = file.read_text("utf-8")
        if old not in text:
            pytest.fail(f"{old} is not in the card any more")
        file.write_text(text.replace(old, new), "utf-8")
        with pytest.raises(ValueError, match=says) as raised:
            read_cards(copied)
        assert "stranded.yml" in str(raised.value)
