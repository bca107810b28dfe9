"""The same intents everywhere: policy, domain, both languages' training data, rules, names for staff, test messages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.checks.near import Message, near_pairs, told

LANGUAGES = ("zh", "en")
GIVEN_BY_RASA = {"nlu_fallback"}  # no training data: the fallback classifier gives it
KINDS = {"safety", "case", "routine", "hard_negative", "review"}
HANDED_OVER = {"S0", "S1", None}


def same_everywhere(contents: Mapping[str, Any]) -> list[str]:
    """Sentences about intents that one place knows and another does not."""
    policy = set(contents["data/policy.yml"]["intents"])
    known = {
        "domain.yml": domain_intents(contents) - GIVEN_BY_RASA,
        "data/texts (intent.NAME)": _named(contents),
        "data/rules and data/stories": _followed(contents)
        & (policy | domain_intents(contents)) - GIVEN_BY_RASA,
        **{f"data/nlu/{language}": set(training(contents, language)) for language in LANGUAGES},
    }
    wrong: list[str] = []
    for place, found in known.items():
        wrong += [
            f"The intent {name} of data/policy.yml is missing in {place}: add it."
            for name in sorted(policy - found)
        ]
        wrong += [
            f"The intent {name} in {place} is unknown to data/policy.yml: add it there or correct its name."
            for name in sorted(found - policy)
        ]
    return wrong


def domain_intents(contents: Mapping[str, Any]) -> set[str]:
    """The domain's intents; an entry is a name, or a mapping of the name to its options."""
    return {next(iter(one)) if isinstance(one, dict) else one for one in contents["domain.yml"]["intents"]}


def training(contents: Mapping[str, Any], language: str) -> dict[str, list[Message]]:
    """The training messages of a language by intent."""
    found: dict[str, list[Message]] = {}
    for path, content in contents.items():
        if not path.startswith(f"data/nlu/{language}/"):
            continue
        for item in (content or {}).get("nlu", []):
            lines = [
                line.strip()[2:].strip()
                for line in item["examples"].splitlines()
                if line.strip().startswith("- ")
            ]
            found.setdefault(item["intent"], []).extend(
                Message(line, _place(path, line)) for line in lines if line
            )
    return found


def _place(path: str, line: str) -> str:
    return f"{path} “{line if len(line) <= 60 else line[:57] + '…'}”"


def _named(contents: Mapping[str, Any]) -> set[str]:
    keys = (
        key for path, content in contents.items() if path.startswith("data/texts/") for key in content or {}
    )
    return {key.partition(".")[2] for key in keys if key.startswith("intent.")}


def _followed(contents: Mapping[str, Any]) -> set[str]:
    """Intents that some rule or story begins or goes on with."""
    folders = ("data/rules/", "data/stories/")
    followed: set[str] = set()
    for path, content in contents.items():
        if path.startswith(folders):
            followed |= set(
                _intents_of([*(content or {}).get("rules", []), *(content or {}).get("stories", [])])
            )
    return followed


def _intents_of(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from _intents_of(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "intent" and isinstance(value, str):
                yield value.partition("/")[0]
            else:
                yield from _intents_of(value)


def training_copies(contents: Mapping[str, Any]) -> list[str]:
    """Near-copies within the training data of each language."""
    wrong: list[str] = []
    for language in LANGUAGES:
        messages = [message for listed in training(contents, language).values() for message in listed]
        wrong += told(near_pairs(messages), "remove one, or write another situation.")
    return wrong


def test_messages(root: Path, contents: Mapping[str, Any]) -> list[str]:
    """The messages that hearing is measured with, or its thresholds are settled on: well formed, known intents, none in or
    near the training data."""
    wrong: list[str] = []
    known = set(contents["data/policy.yml"]["intents"])
    learnt = [
        one for language in LANGUAGES for listed in training(contents, language).values() for one in listed
    ]
    apart = [
        *(root / "tests" / "nlu").glob("messages_*.jsonl"),
        *(root / "tests" / "nlu").glob("reviews_*.jsonl"),
        *(root / "data" / "development").glob("*.jsonl"),
    ]
    for path in sorted(apart):
        messages = []
        try:
            lines = path.read_text("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            wrong.append(f"{path.relative_to(root).as_posix()} is not UTF-8: save it as UTF-8.")
            continue
        for number, line in enumerate(lines, 1):
            place = f"{path.relative_to(root).as_posix()}, line {number}"
            fault = _fault(line, known)
            if fault:
                wrong.append(f"{place}: {fault}")
            else:
                messages.append(Message(json.loads(line)["text"], place))
        wrong += told(
            near_pairs(learnt, messages), "take it out of the training data; the test must stay apart."
        )
        wrong += told(near_pairs(messages), "remove one.")
    return wrong


def _fault(line: str, known: set[str]) -> str:
    try:
        row = json.loads(line)
    except ValueError:
        return "not JSON. Correct the line."
    if not isinstance(row, dict) or not {"text", "intent", "handoff"} <= set(row):
        return "needs text, intent and handoff."
    nameless = row["intent"] is None and row.get("kind") == "review"
    if not isinstance(row["text"], str) or not (nameless or row["intent"] in known):
        return f"the intent {row['intent']!r} is unknown to data/policy.yml, or the text is none."
    if row["handoff"] not in HANDED_OVER or row.get("kind", "routine") not in KINDS:
        return "handoff is S0, S1 or null, and kind one of " + ", ".join(sorted(KINDS)) + "."
    return ""
