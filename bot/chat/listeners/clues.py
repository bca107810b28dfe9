"""What finds a trip in the words, without any model: plates, phones and order numbers, by the shapes that the NLU reads too
(data/entities/shapes.yml). With the model down a friend's second report still joins the first."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import re2

from bot.kit.data import read_yaml
from bot.settings import settings

CLUES = ("licence_plate", "phone", "order_number")


@lru_cache(maxsize=1)
def _shapes() -> dict[str, list[re2.Pattern]]:
    read = read_yaml(settings().data / "entities" / "shapes.yml")["entities"]
    options = re2.Options()
    options.case_sensitive = False
    return {name: [re2.compile(one, options) for one in read[name]["patterns"]] for name in CLUES}


def clues_in(text: str) -> list[dict[str, Any]]:
    """The plates, phones and order numbers in `text` as entities, the first of each kind that the shapes name first."""
    plain = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode("utf-8"))
    found: list[dict[str, Any]] = []
    for name, patterns in _shapes().items():
        hit = next((match for pattern in patterns if (match := pattern.search(plain))), None)
        if hit is not None:
            found.append({"entity": name, "value": (hit.group(1) if hit.re.groups else hit.group(0)).strip()})
    return found


def clues_of(entities: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Those entities, whoever found them, that help to find a trip: value by name."""
    told = {str(one["entity"]): str(one["value"]) for one in entities}
    return {name: told[name] for name in CLUES if name in told}
