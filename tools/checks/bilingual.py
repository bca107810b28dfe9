"""Both languages equal: every response and every text exists in Chinese and in English and says the same variables."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from typing import Any

from tools.checks.intents import LANGUAGES

_HAN = re.compile("[㐀-鿿]")
_BRACES = re.compile(r"\{([^{}]*)\}")


def responses(contents: Mapping[str, Any]) -> list[str]:
    """Each response: a variation for zh, one for en, an unconditional one, with the same variables and button payloads."""
    wrong: list[str] = []
    defined: dict[str, str] = {}
    for path, content in contents.items():
        if path != "domain.yml" and not path.startswith("data/responses/"):
            continue
        for name, variations in ((content or {}).get("responses") or {}).items():
            if name in defined:
                wrong.append(f"{name} stands in {defined[name]} and in {path}: keep one.")
            defined[name] = path
            wrong += [f"{path}: {name} {fault}" for fault in _faults(variations)]
    used = _uttered(
        content for path, content in contents.items() if path.startswith(("data/rules/", "data/stories/"))
    )
    wrong += [f"{name} is uttered in data/rules or data/stories and stands nowhere in data/responses: write it."
              for name in sorted(used - set(defined))]  # fmt: skip
    return wrong


def _faults(variations: Any) -> list[str]:
    by_language: dict[str, list[Mapping[str, Any]]] = {"zh": [], "en": [], "default": []}
    for variation in variations:
        by_language.setdefault(_language(variation), []).append(variation)
    missing = [name for name in (*LANGUAGES, "default") if not by_language[name]]
    if missing:
        what = [
            "an unconditional variation" if name == "default" else f"a variation for {name}"
            for name in missing
        ]
        return [f"lacks {' and '.join(what)}: add it."]
    faults = []
    if len({frozenset(_variables(one)) for listed in by_language.values() for one in listed}) > 1:
        faults.append("does not use the same {variables} in every variation: make them equal.")
    if len({_payloads(one) for listed in by_language.values() for one in listed}) > 1:
        faults.append(
            "does not offer the same buttons in every variation: give each the same payloads in the same order."
        )
    if any(not _HAN.search(_words(one)) and _letters(one) for one in by_language["zh"]):
        faults.append("has a variation for zh that is not Chinese: translate it.")
    if any(_HAN.search(_words(one)) for one in by_language["en"]):
        faults.append("has a variation for en with Chinese in it: translate it.")
    return faults


def _language(variation: Mapping[str, Any]) -> str:
    for condition in variation.get("condition") or []:
        if condition.get("name") == "language":
            return str(condition.get("value"))
    return "default" if not variation.get("condition") else "other"


def _words(variation: Mapping[str, Any]) -> str:
    titles = [str(button.get("title", "")) for button in variation.get("buttons") or []]
    return " ".join([str(variation.get("text") or ""), *titles])


def _letters(variation: Mapping[str, Any]) -> bool:
    return any(sign.isalpha() for sign in _BRACES.sub("", _words(variation)))


def _variables(variation: Mapping[str, Any]) -> set[str]:
    return set(_BRACES.findall(_words(variation)))


def _payloads(variation: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(button.get("payload")) for button in variation.get("buttons") or [])


def _uttered(nodes: Iterable[Any]) -> set[str]:
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, dict):
            found |= _uttered(value for key, value in node.items() if key != "action")
            action = node.get("action")
            found |= {action} if isinstance(action, str) and action.startswith("utter_") else set()
        elif isinstance(node, list):
            found |= _uttered(node)
    return found


def texts(contents: Mapping[str, Any]) -> list[str]:
    """Each of the desk's own sentences: both languages, the same placeholders, each key once."""
    wrong: list[str] = []
    seen: dict[str, str] = {}
    for path, content in contents.items():
        if not path.startswith("data/texts/"):
            continue
        for key, both in (content or {}).items():
            if key in seen:
                wrong.append(f"{key} stands in {seen[key]} and in {path}: keep one.")
            seen[key] = path
            fault = _text_fault(both)
            if fault:
                wrong.append(f"{path}: {key} {fault}")
    return wrong


def _text_fault(both: Any) -> str:
    if not isinstance(both, dict) or set(both) != set(LANGUAGES) or not all(both.values()):
        return "needs a text for zh and one for en."
    try:
        zh, en = (
            {field for _, field, _, _ in string.Formatter().parse(str(both[name])) if field}
            for name in LANGUAGES
        )
    except ValueError as error:
        return f"has a brace too many or too few ({error})."
    if zh != en:
        return f"has {{{', '.join(sorted(zh ^ en))}}} in one language only: make them equal."
    return "has Chinese in its English text: translate it." if _HAN.search(str(both["en"])) else ""
