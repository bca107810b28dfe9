"""Messages that no rule was written from: what sentinel must hand over, and what it must leave to the others.

A rule that is widened or narrowed shows here first. Danger that is told by facts alone is the model's to hear and not listed.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.chat.listeners.sentinel import normalise, sentinel

FRESH: dict[str, dict[str, list[str]]] = yaml.safe_load(
    Path(__file__).with_name("fresh_messages.yml").read_text("utf-8")
)

TERSE = {"help me", "hlep", "🆘", "救命啊", "110!!"}  # cries so short that they can only be said in one way


def messages(side: str) -> list[tuple[str, str]]:
    """(family, text) of one side of the file."""
    return [(family, text) for family, texts in FRESH[side].items() for text in texts]


@pytest.mark.parametrize(("family", "text"), messages("cries"))
def test_a_plain_report_of_danger_is_handed_over(family: str, text: str) -> None:
    assert sentinel().hear(text).decision == "handover", family


@pytest.mark.parametrize(("family", "text"), messages("everyday"))
def test_everyday_words_are_not_handed_over(family: str, text: str) -> None:
    assert sentinel().hear(text).decision != "handover", family


def test_every_family_has_twenty_messages_in_two_languages() -> None:
    for side in FRESH.values():
        for family, texts in side.items():
            chinese = sum(any("\u4e00" <= sign <= "\u9fff" for sign in text) for text in texts)
            assert len(texts) >= 20, family
            assert chinese >= 6 and len(texts) - chinese >= 6, family


def test_none_are_the_lexicons_own_examples() -> None:
    own = {normalise(text) for rule in sentinel().lexicon.rules for text in rule.match + rule.no_match}
    fresh = [normalise(text) for side in FRESH for _, text in messages(side)]
    assert [text for text in fresh if text in own and text not in TERSE] == []
