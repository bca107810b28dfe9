"""What the code says against what the data files hold: keys that nobody wrote, placeholders that nobody fills."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_BRACES = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
_UTTERANCE = re.compile(r"utter_[a-z0-9_]*[a-z0-9]")
# A field of Rasa's forms, and beginnings of names.
_NO_RESPONSES = {"utter_action", "utter_question", "utter_again"}
_ERRORS = {
    "BadRequest", "NotSignedIn", "NotAllowed", "Missing", "Conflict", "TooLarge", "Unprocessable", "TooMany", "Unavailable",
}  # fmt: skip
_NO_VALUES = {"details"}


@dataclass(frozen=True)
class _Said:
    """A call that says something. given: the names it fills, None where only the running product knows them."""

    place: str
    key: str
    given: frozenset[str] | None


def texts(root: Path, contents: Mapping[str, Any]) -> list[str]:
    """The desk's own sentences and errors: each key that the code names is there, with no placeholder but those it fills."""
    written: dict[str, set[str]] = {}
    for path, content in contents.items():
        if path.startswith("data/texts/"):
            for key, both in (content or {}).items():
                written[key] = {field for text in both.values() for field in _fields(str(text))}
    wrong = []
    for said in _calls(root, "bot"):
        if said.key not in written:
            wrong.append(f"{said.place} says {said.key}, which stands nowhere in data/texts: write it.")
        elif said.given is not None and (empty := written[said.key] - said.given):
            wrong.append(
                f"data/texts: {said.key} has {{{', '.join(sorted(empty))}}}, which {said.place} does not fill; it fills "
                f"{', '.join(sorted(said.given)) or 'nothing'}."
            )
    return wrong


def responses(root: Path, contents: Mapping[str, Any]) -> list[str]:
    """The assistant's responses: each that an action names is written, with no variable but those that it or a slot fills."""
    slots = set(contents["domain.yml"].get("slots") or {})
    written: dict[str, set[str]] = {}
    for path, content in contents.items():
        if path.startswith("data/responses/") or path == "domain.yml":
            for name, variations in ((content or {}).get("responses") or {}).items():
                texts = [str(one.get("text", "")) for one in variations]
                written[name] = {field for text in texts for field in _BRACES.findall(text)} - slots
    wrong = []
    for path, tree in _modules(root, "actions"):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            if _UTTERANCE.fullmatch(node.value) and node.value not in {*written, *_NO_RESPONSES}:
                wrong.append(
                    f"{path}, line {node.lineno} says {node.value}, which stands nowhere in data/responses: write it."
                )
    for said in _calls(root, "actions"):
        if said.given is not None and (empty := written.get(said.key, set()) - said.given):
            wrong.append(
                f"data/responses: {said.key} has {{{', '.join(sorted(empty))}}}, which {said.place} does not fill; it fills "
                f"{', '.join(sorted(said.given)) or 'nothing'}."
            )
    return wrong


def _fields(text: str) -> Iterator[str]:
    for _, field, _, _ in string.Formatter().parse(text):
        if field:
            yield field


def _modules(root: Path, folder: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((root / folder).rglob("*.py")):
        if "node_modules" not in path.parts:
            yield path.relative_to(root).as_posix(), ast.parse(path.read_text("utf-8"))


def _calls(root: Path, folder: str) -> Iterator[_Said]:
    """Each call that names a key in so many words: `say("key", …)`, and errors by their code."""
    for path, tree in _modules(root, folder):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            first = node.args[0]
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
            if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
                continue
            if name == "say" or (name in _ERRORS and folder == "bot"):
                key = first.value if name == "say" else f"error.{first.value}"
                names = [one.arg for one in node.keywords]
                given = None if None in names else frozenset(one for one in names if one) - _NO_VALUES
                yield _Said(f"{path}, line {node.lineno},", key, given)
