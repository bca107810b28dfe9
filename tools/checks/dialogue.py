"""What follows what, before a training says it: names in rules, stories and buttons that the domain knows, and danger that goes
to people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tools.checks.intents import domain_intents

TO_PEOPLE = "action_open_incident"
_FOLDERS = ("data/rules/", "data/stories/")
_RASA_SLOTS = {"requested_slot"}
_RASA_ACTIONS = {
    "action_listen", "action_restart", "action_session_start", "action_default_fallback", "action_deactivate_loop",
    "action_revert_fallback_events", "action_default_ask_affirmation", "action_default_ask_rephrase",
    "action_two_stage_fallback", "action_unlikely_intent", "action_back", "action_extract_slots",
}  # fmt: skip
_DESK_PAYLOADS = "vigil_"  # taps that the desk takes itself


def faults(contents: Mapping[str, Any]) -> list[str]:
    """Sentences about slots, actions and forms that no domain knows, danger that does not go to people, and buttons that
    mean nothing."""
    domain = contents["domain.yml"]
    slots = set(domain.get("slots") or {}) | _RASA_SLOTS
    forms = set(domain.get("forms") or {})
    actions = {next(iter(one)) if isinstance(one, dict) else one for one in domain.get("actions") or []}
    known = {
        "slot_was_set": ("slot", slots),
        "active_loop": ("form", forms),
        "action": ("action", actions | forms | _RASA_ACTIONS),
    }
    policy = contents["data/policy.yml"]["intents"]
    danger = {name for name, intent in policy.items() if intent.get("family") == "safety"}
    wrong: list[str] = []
    for path, content in contents.items():
        if path.startswith(_FOLDERS):
            for key, name in _names(content or {}):
                what, listed = known[key]
                if name not in listed and not (key == "action" and name.startswith("utter_")):
                    wrong.append(f"{path}: there is no {what} {name} in domain.yml. Correct its name.")
            wrong += [f"{path}: {fault}" for fault in _kept_back(content or {}, danger)]
        elif path.startswith("data/responses/") or path == "domain.yml":
            wrong += [f"{path}: {fault}" for fault in _dead_buttons(content or {}, domain_intents(contents))]
    return wrong


def _names(node: Any) -> Iterator[tuple[str, str]]:
    """Each slot, form and action that is named, with the key it stands under."""
    if isinstance(node, list):
        for one in node:
            yield from _names(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "slot_was_set":
                for one in value if isinstance(value, list) else [value]:
                    yield from (("slot_was_set", name) for name in (one if isinstance(one, dict) else [one]))
            elif key in ("active_loop", "action") and isinstance(value, str):
                yield key, value
            else:
                yield from _names(value)


def _kept_back(content: Mapping[str, Any], danger: set[str]) -> Iterator[str]:
    """Rules in which anything but people follows a message of danger."""
    for rule in content.get("rules") or []:
        for step, then in zip(rule["steps"], [*rule["steps"][1:], {}], strict=True):
            if step.get("intent") in danger and then.get("action") != TO_PEOPLE:
                yield f"“{rule.get('rule')}” keeps {step['intent']} from people: let {TO_PEOPLE} follow it."


def _dead_buttons(content: Mapping[str, Any], intents: set[str]) -> Iterator[str]:
    for name, variations in (content.get("responses") or {}).items():
        for button in (button for one in variations for button in one.get("buttons") or []):
            payload = str(button.get("payload", ""))
            intent = payload.removeprefix("/").partition("{")[0]
            if intent not in intents and not intent.startswith(_DESK_PAYLOADS):
                yield f"{name} has a button that says {payload!r}, and there is no intent {intent}. Correct it."
