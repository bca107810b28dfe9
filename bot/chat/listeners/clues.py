"""What finds a trip in the words, without any model: plates, phones and order numbers, by the shapes that the NLU reads too
(data/entities/shapes.yml). With the model down a friend's second report still joins the first."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import re2

from bot.kit.data import read_yaml
from bot.settings import settings

CLUES = ("licence_plate", "phone", "order_number")
# A phone that the words before it call the reporter's own.
REPORTERS = "reporter_phone"
_OWN = re2.compile(
    r"(?i)(?:我(?:本人|自己)?的?(?:电话|手机|号码|联系方式|联系电话)(?:号码?)?|(?:打|拨|联系|回|回复|回电)给?我(?:的?电话|的?手机)?"
    r"|\bmy (?:own )?(?:phone|number|mobile|cell|tel)(?: number)?|\b(?:call|ring|text|reach|phone) me(?: back)?(?: on| at)?)"
    r"(?:是|为|在| is)?[:, ]*$"
)
_BEFORE, _MOST = 24, 2


@lru_cache(maxsize=1)
def _shapes() -> dict[str, list[re2.Pattern]]:
    read = read_yaml(settings().data / "entities" / "shapes.yml")["entities"]
    options = re2.Options()
    options.case_sensitive = False
    return {name: [re2.compile(one, options) for one in read[name]["patterns"]] for name in CLUES}


def clues_in(text: str) -> list[dict[str, Any]]:
    """The plates, phones and order numbers in `text` as entities: the first plate and order number that the shapes name first,
    two phones, and one that the words call the reporter's own."""
    plain = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode("utf-8"))
    found: list[dict[str, Any]] = []
    for name, patterns in _shapes().items():
        if name == "phone":
            found.extend(_phones(plain, patterns))
            continue
        hit = next((match for pattern in patterns if (match := pattern.search(plain))), None)
        if hit is not None:
            found.append({"entity": name, "value": _value(hit)})
    return found


def _phones(plain: str, patterns: list[re2.Pattern]) -> list[dict[str, Any]]:
    found: dict[str, list[str]] = {"phone": [], REPORTERS: []}
    for pattern in patterns:
        for hit in pattern.finditer(plain):
            value, start = _value(hit), hit.start(1) if hit.re.groups else hit.start()
            name = REPORTERS if _OWN.search(plain[max(0, start - _BEFORE) : start]) else "phone"
            known = [digits(one) for many in found.values() for one in many]
            if not any(digits(value) in one or one in digits(value) for one in known):
                found[name].append(value)
    most = {"phone": _MOST, REPORTERS: 1}
    return [{"entity": name, "value": one} for name, many in found.items() for one in many[: most[name]]]


def _value(hit: Any) -> str:
    return str(hit.group(1) if hit.re.groups else hit.group(0)).strip()


def digits(text: str) -> str:
    return "".join(one for one in text if one.isdigit())


def clues_of(entities: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Those entities, whoever found them, that help to find a trip: value by name, the second phone as `other_phone`."""
    told: dict[str, str] = {}
    own = {digits(str(one["value"])) for one in entities if one["entity"] == REPORTERS}
    for one in entities:
        name, value = str(one["entity"]), str(one["value"])
        if name not in (*CLUES, REPORTERS) or (name == "phone" and digits(value) in own):
            continue
        if name == "phone" and "phone" in told:
            name = "phone" if digits(value) == digits(told["phone"]) else "other_phone"
        told.setdefault(name, value)
    return told


def with_clues(entities: Sequence[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """What the model has found, and what the shapes find beside it."""
    known = list(entities)
    said = {(str(one["entity"]), str(one["value"])) for one in known}
    return known + [one for one in clues_in(text) if (one["entity"], one["value"]) not in said]
