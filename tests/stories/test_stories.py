"""The stories beside this file, each in both languages, against the rules.

With a trained model, `rasa test core --stories tests/stories` checks hearing too: these files hold the words.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("test_*.yml"))
POLICY = yaml.safe_load((HERE.parents[1] / "data" / "policy.yml").read_text(encoding="utf-8"))


def stories(file: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))["stories"]
    return rows


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_story_is_told_in_both_languages(file):
    told = Counter(story["story"].rpartition(", ")[0] for story in stories(file))
    assert set(told.values()) == {2}


def test_every_intent_has_a_story():
    told = {
        step["intent"]
        for file in FILES
        for story in stories(file)
        for step in story["steps"]
        if "intent" in step
    }
    assert set(POLICY["intents"]) - told == set()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_rules_do_what_the_stories_tell(agent, tmp_path, file):
    from rasa.core.test import _collect_story_predictions, _create_data_generator

    told = stories(file)
    for story in told:
        for step in story["steps"]:
            step.pop("user", None)
    plain = tmp_path / file.name
    plain.write_text(yaml.safe_dump({"version": "3.1", "stories": told}), encoding="utf-8")
    trackers = _create_data_generator(str(plain), agent, None, use_conversation_test_files=False)
    found, count, _ = asyncio.run(
        _collect_story_predictions(trackers.generate_story_trackers(), agent, False, use_e2e=False)
    )
    assert 2 * count == len(told)  # without their words, the two languages are one
    assert [[str(event) for event in tracker.events] for tracker in found.failed_stories] == []
