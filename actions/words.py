"""Looking words up in actions/words.yml. Pure functions over text."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from opencc import OpenCC

_LATIN = re.compile(r"[A-Za-z]")
_TO_SIMPLIFIED = OpenCC("t2s")


@lru_cache(maxsize=256)
def simplified(text: str) -> str:
    """Traditional characters as simplified ones; the lists hold only these."""
    return str(_TO_SIMPLIFIED.convert(text))


@lru_cache(maxsize=1)
def _lists() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("words.yml").read_text(encoding="utf-8"))
    return data


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    parts = []
    for word in sorted(words, key=len, reverse=True):
        escaped = re.escape(word)
        parts.append(rf"(?<![A-Za-z]){escaped}(?:s|es)?(?![A-Za-z])" if _LATIN.search(word) else escaped)
    return re.compile("|".join(parts), re.IGNORECASE)


def says(name: str, text: str) -> bool:
    """Whether the text holds a word of that list."""
    return bool(_pattern(tuple(str(word) for word in _lists()[name])).search(simplified(text)))


_POLITE = re.compile(r"[\s,.!?~，。！？、～]+|please|thank you|thanks|谢谢|[吧了啊呀哦的啦]", re.IGNORECASE)


def is_only(name: str, text: str, besides: str = "") -> bool:
    """Whether the text is nothing but words of that list, politeness and marks aside. besides: a list whose words may
    stand with them."""
    rest, hits = _pattern(tuple(str(word) for word in _lists()[name])).subn(" ", simplified(text))
    if besides:
        rest = _pattern(tuple(str(word) for word in _lists()[besides])).sub(" ", rest)
    return hits > 0 and not _POLITE.sub("", rest)


_ASKS = re.compile(r"[?？吗嗎]|多少|\b(?:what|why|how|can i|could i|is it|do i)\b", re.IGNORECASE)


def asks(text: str) -> bool:
    """Whether the text is a question: no answer to one."""
    return bool(_ASKS.search(text))


def in_words(text: str) -> bool:
    """Whether the text holds a letter or a character: a lone picture, mark or number tells no name and no fault."""
    return any(map(str.isalpha, text))


def named_kind(name: str, text: str) -> tuple[str, str] | None:
    """Which entry of a list of kinds (items, options, conditions) the text names, and the word; the
    longest word wins."""
    best: tuple[str, str] | None = None
    plain = simplified(text)
    source = text if len(plain) == len(text) else plain
    for kind, words in _lists()[name].items():
        found = _pattern(tuple(str(word) for word in words)).search(plain)
        if found and (best is None or len(found.group()) > len(best[1])):
            best = (kind, source[found.start() : found.end()])
    return best


def kind_of(name: str, text: str) -> str | None:
    """The kind alone."""
    found = named_kind(name, text)
    return found[0] if found else None


def kinds_of(name: str, text: str) -> list[str]:
    """All kinds of a list that the text names, in the order of the list."""
    lists, plain = _lists()[name], simplified(text)
    return [
        kind for kind, words in lists.items() if _pattern(tuple(str(word) for word in words)).search(plain)
    ]


def all_named(name: str, text: str) -> list[tuple[str, str, int, int]]:
    """Every entry of a list of kinds that the text names: kind, word, begin and end in the text, in its order;
    of entries that overlap the longer one."""
    plain = simplified(text)
    source = text if len(plain) == len(text) else plain
    found = [
        (kind, source[hit.start() : hit.end()], hit.start(), hit.end())
        for kind, words in _lists()[name].items()
        for hit in _pattern(tuple(str(word) for word in words)).finditer(plain)
    ]
    kept: list[tuple[str, str, int, int]] = []
    for entry in sorted(found, key=lambda entry: entry[2] - entry[3]):
        if all(entry[3] <= other[2] or entry[2] >= other[3] for other in kept):
            kept.append(entry)
    return sorted(kept, key=lambda entry: entry[2])
