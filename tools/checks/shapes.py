"""What each data file must be before anything else can be asked of it: keys where keys belong, lists where lists do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import re2

_TOP = {
    "data/rules/": {"version", "rules"},
    "data/stories/": {"version", "stories"},
    "data/responses/": {"version", "responses"},
    "data/entities/": {"version", "entities", "cues", "rules", "distress"},
}
_WHOLE = ("domain.yml", "data/policy.yml", "data/macros.yml")


def faults(contents: Mapping[str, Any]) -> list[str]:
    """Sentences about files whose outline is wrong."""
    wrong: list[str] = []
    for path, content in contents.items():
        if not path.startswith("data/") and path != "domain.yml":
            continue
        if not isinstance(content, dict):
            if content is not None or path in _WHOLE:
                wrong.append(f"{path}: must begin with a key, such as `nlu:`. Write it above the rest.")
            continue
        wrong += [f"{path}: {fault}" for fault in _of(path, content)]
    return wrong


def _of(path: str, content: Mapping[str, Any]) -> Iterator[str]:
    for folder, known in _TOP.items():
        if path.startswith(folder) and (strangers := set(map(str, content)) - known):
            yield f"{', '.join(sorted(strangers))} is read by nobody; the keys are {', '.join(sorted(known))}. Correct it."
    if path == "domain.yml" and not _list_of(content.get("intents"), str, dict):
        yield "needs `intents:` with a list of names. Restore it."
    if path == "data/policy.yml" and not isinstance(content.get("intents"), dict):
        yield "needs `intents:`, each with its family and grade. Restore it."
    if path == "data/macros.yml" and not isinstance(content.get("macros"), dict):
        yield "needs `macros:` above the macros. Restore it."
    for key in ("rules", "stories"):
        if path.startswith(f"data/{key}/") and key in content:
            yield from _conversations(key, content[key])
    if "responses" in content:
        yield from _responses(content["responses"])
    if "entities" in content and path.startswith("data/entities/"):
        yield from _entities(content["entities"])


def _list_of(value: Any, *kinds: type) -> bool:
    return isinstance(value, list) and all(isinstance(one, kinds) for one in value)


def _conversations(key: str, listed: Any) -> Iterator[str]:
    if not _list_of(listed, dict):
        yield f"`{key}:` must be a list of entries, each with its `steps`."
        return
    for one in listed:
        if not _list_of(one.get("steps"), dict):
            name = one.get(key.replace("stories", "story").removesuffix("s"), "an entry")
            yield f"{name}: needs `steps:` with a list of what happens."


def _responses(listed: Any) -> Iterator[str]:
    if not isinstance(listed, dict):
        yield "`responses:` must hold names, each with its variations."
        return
    for name, variations in listed.items():
        if not variations or not _list_of(variations, dict):
            yield f"{name} needs a list of variations, each with its `text`."
            continue
        for one in variations:
            if not all(_list_of(one.get(part) or [], dict) for part in ("condition", "buttons")):
                yield f"{name}: `condition` and `buttons` are lists of {{key: value}}."


def _entities(listed: Any) -> Iterator[str]:
    for name, content in (listed or {}).items() if isinstance(listed, dict | None) else [("entities", None)]:
        if not isinstance(content, dict):
            yield f"{name} needs `words:` or `patterns:`."
            continue
        words, patterns = content.get("words") or {}, content.get("patterns") or []
        if not isinstance(words, dict) or not all(_list_of(one, str) for one in words.values()):
            yield f"{name}: each kind of `words` is a list of words in [ ]; quote yes, no and numbers."
        if not _list_of(patterns, str):
            yield f"{name}: `patterns` must be a list."
            continue
        for pattern in patterns:
            try:
                re2.compile(pattern, _quiet())
            except re2.error as error:
                yield f"{name}: the pattern {pattern!r} is not RE2 ({error}). Correct it."


def _quiet() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    return options
