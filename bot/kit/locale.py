"""Languages: which one a text is written in, and the desk's own sentences in both (data/texts/*.yml)."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from bot.kit.data import read_yaml
from bot.settings import settings

Locale = Literal["zh", "en"]
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN = re.compile(r"[A-Za-z]")


def language_of(text: str, otherwise: Locale) -> Locale:
    """The language to answer in: Chinese when there is any Han character, English when there are Latin words, else what
    was spoken so far (`otherwise`)."""
    if _HAN.search(text):
        return "zh"
    if len(_LATIN.findall(text)) >= 2:
        return "en"
    return otherwise


def locale_from(header: str | None) -> Locale:
    """`zh` if an Accept-Language or locale string prefers Chinese, else `en`."""
    first = (header or "").split(",")[0].strip().lower()
    return "zh" if first.startswith(("zh", "yue")) else "en"


@lru_cache(maxsize=4)
def _texts(folder: Path) -> dict[str, dict[str, str]]:
    merged: dict[str, dict[str, str]] = {}
    for file in sorted(folder.glob("*.yml")):
        for key, both in (read_yaml(file) or {}).items():
            if key in merged or set(both) != {"zh", "en"}:
                raise ValueError(f"{file.name}: {key} is given twice or lacks a language")
            merged[key] = both
    return merged


def say(key: str, locale: str, **values: Any) -> str:
    """The sentence `key` in `locale` with its placeholders filled.

    Raises KeyError for an unknown key or a missing value: both are mistakes of ours that a test finds.
    """
    both = _texts(settings().data / "texts")[key]
    return both["zh" if locale == "zh" else "en"].format(**values)


def has_text(key: str) -> bool:
    return key in _texts(settings().data / "texts")
