"""Details of the timeline, a case's evidence and what listening heard, in the reader's language.

The desk writes down names and words of its own (`reason: handed_on`), and software's reasons as English sentences. Each has
its words in both languages: the names of facts as `detail.*`, values as `value.*` or with their feature, sentences as `said.*`
(data/texts/details.yml) and `heard.*` (sentinel's reasons, data/texts/heard.yml). What people wrote stays as they wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from bot.identity.personal import phone_for, text_for
from bot.identity.schemas import Grant
from bot.kit.data import read_yaml
from bot.kit.locale import has_text, say
from bot.settings import settings

# The name stands beside the act; the others are keys of rows, which tell people nothing.
_UNSAID = frozenset({"name", "card", "family", "session", "opened_at"})
# Said only where they are so.
_FLAGS = frozenset({"everyone", "repeat", "plate_differs"})
_PHONES = frozenset({"phone", "person_phone"})
# Figures that look like phones and are none.
_IDS = frozenset({"trip", "trip_id", "order", "order_no", "order_number", "reference", "ref", "sha256"})
_INTENT = ("intent.{}",)
# Where the words of a fact's values stand, before `value.*`.
_VALUES: dict[str, tuple[str, ...]] = {
    "intent": _INTENT, "kind": _INTENT, "reason": _INTENT, "reason_code": _INTENT, "topic": _INTENT,
    "because": _INTENT, "code": ("resolution.{}",), "clock": ("clock.{}.breached", "clock.{}"), "why": ("hold.why.{}",),
    "team": ("handover.team.{}",), "department": ("department.{}",), "task": ("value.{}", "care.task.{}"),
    "service": ("emergency.{}",), "needs": ("police.need.{}",), "sections": ("police.need.{}",), "changed": ("police.fact.{}",),
}  # fmt: skip
# Sentences that other features write into a case in the reporter's language.
_SAID_ELSEWHERE = (
    "police.no_trip", "police.because", "complaint.title", "unheard.title.photo", "unheard.title.voice",
    "unheard.title.position",
)  # fmt: skip
_TOKEN = re.compile(r"[a-z][a-z0-9_.]*")
_RULE = re.compile(r"[a-z]{2}-[^\s:?]+(\?)?: (.+)", re.DOTALL)
_GROUPS = {"grade": "S[0-3]", "count": r"\d+", "share": r"[\d.]+", "over": r"[\d.]+", "ask": r"[\d.]+"}


def facts(details: Mapping[str, Any], locale: str, grant: Grant) -> list[dict[str, str]]:
    """`{name, label, value}` of each detail that says something, as the holder of `grant` may see it; instants stay ISO 8601,
    the page writes them in its own zone."""
    if set(details) == {"details"} and isinstance(details["details"], Mapping):
        details = details["details"]
    found = []
    for name, value in details.items():
        silent = name in _UNSAID or (name in _FLAGS and not value)
        words = "" if silent else worded(name, value, locale, grant)
        if words:
            found.append({"name": name, "label": label_of(name, locale), "value": words})
    return found


def label_of(name: str, locale: str) -> str:
    """What a fact is called; its own name where nobody has given it words."""
    return say(f"detail.{name}", locale) if has_text(f"detail.{name}") else name.replace("_", " ")


def worded(name: str, value: Any, locale: str, grant: Grant) -> str:
    """One value of the fact `name` in words; empty when there is nothing to say."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return say("value.yes" if value else "value.no", locale)
    if isinstance(value, int) and name == "step":
        return str(value + 1)
    if isinstance(value, (int, float)):
        # Days and amounts that are kept as decimals: "1", not "1.0".
        return str(int(value)) if float(value).is_integer() else str(value)
    if isinstance(value, Mapping):
        return _parts(value, locale, grant)
    if isinstance(value, (list, tuple)):
        # Two rules may give the same reason.
        each = dict.fromkeys(worded(name, one, locale, grant) for one in value)
        return say("comma", locale).join(one for one in each if one)
    return spoken(name, str(masked(value, grant, name=name)), locale)


def _parts(value: Mapping[str, Any], locale: str, grant: Grant) -> str:
    """A thing with parts: an entity as "plate: B123", money as an amount, else each part with its name."""
    if "entity" in value and "value" in value:
        kind = str(value["entity"])
        return f"{label_of(kind, locale)}: {worded(kind, value['value'], locale, grant)}"
    if {"zh", "en"} <= set(value):
        return str(value["zh" if locale == "zh" else "en"])
    return " · ".join(f"{one['label']}: {one['value']}" for one in facts(value, locale, grant))


def spoken(name: str, text: str, locale: str) -> str:
    """A word or sentence of the desk's own in the reader's language; any other text as it is."""
    if _TOKEN.fullmatch(text):
        return _value(name, text, locale) or text
    tokens = text.split(", ")
    values = [_value(name, token, locale) for token in tokens if _TOKEN.fullmatch(token)]
    if len(values) == len(tokens) and all(values):
        return say("comma", locale).join(one or "" for one in values)
    return "; ".join(_sentence(part, locale) for part in text.split("; "))


def _value(name: str, token: str, locale: str) -> str | None:
    places = (place.format(token) for place in (*_VALUES.get(name, ()), "value.{}"))
    return next((say(key, locale) for key in places if has_text(key)), None)


def _sentence(text: str, locale: str) -> str:
    if rule := _RULE.fullmatch(text):
        why = _sentence(rule.group(2), locale)
        return say("said.doubted", locale, why=why) if rule.group(1) else why
    known = _plain().get(text)
    if known is not None:
        return say(known, locale)
    for key, pattern in _patterns():
        if hit := pattern.fullmatch(text):
            return say(
                key, locale, **{name: _filled(name, part, locale) for name, part in hit.groupdict().items()}
            )
    return text


def _filled(name: str, part: str, locale: str) -> str:
    return _value(name, part, locale) or part


@lru_cache(maxsize=1)
def _texts() -> dict[str, dict[str, str]]:
    """The sentences that software writes, by key."""
    folder = settings().data / "texts"
    read = {**read_yaml(folder / "details.yml"), **read_yaml(folder / "heard.yml")}
    return {key: both for key, both in read.items() if key.startswith(("said.", "heard."))}


@lru_cache(maxsize=1)
def _plain() -> dict[str, str]:
    """Sentences without a blank, in either language → key: a rule's reason is written in the language that it listens to."""
    own = {text: key for key, both in _texts().items() for text in both.values() if "{" not in text}
    return own | {say(key, locale): key for key in _SAID_ELSEWHERE for locale in ("zh", "en")}


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Sentences with blanks, as the English has them."""
    return [(key, _pattern(both["en"])) for key, both in _texts().items() if "{" in both["en"]]


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    made = [
        f"(?P<{part}>{_GROUPS.get(part, '.+')})" if index % 2 else re.escape(part)
        for index, part in enumerate(parts)
    ]
    return re.compile("".join(made), re.DOTALL)


def masked(value: Any, grant: Grant, *, name: str = "") -> Any:
    """Any value with the phones in it as the holder of `grant` may see them, in a copy."""
    if isinstance(value, Mapping):
        kind = str(value.get("entity", ""))
        return {key: masked(part, grant, name=kind if key == "value" else key) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(part, grant, name=name) for part in value]
    if not isinstance(value, str) or name in _IDS:
        return value
    return phone_for(grant, value) if name in _PHONES else text_for(grant, value)
