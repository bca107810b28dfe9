"""Two clean forms of a message: one that keeps every character's place, one that carries only the meaning."""

import re
import unicodedata
from functools import lru_cache

from opencc import OpenCC

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\ufe0e\ufe0f]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SPACES = re.compile(r"\s+")
_RUNS = re.compile(r"(.)\1{2,}", re.DOTALL)
# Full-width ASCII stands at a fixed distance from plain ASCII; the ideographic space is the one exception.
_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_NUMBER = re.compile(r"[\d\s+().,:/#-]+")
_LONG_OR_TIME = re.compile(r"\d[\s()-]?\d[\s()-]?\d[\s()-]?\d|\d[:.]\d\d")
_CALLED_BY = re.compile(r"(?:000|10[0128]|11[0-9]|12[0-3]|911|999|99[0-9])+")
_QUOTES = {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x00B4: "'", 0x0060: "'"}


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")


@lru_cache(maxsize=8192)
def _simplified_character(character: str) -> str:
    converted = _converter().convert(character)
    return converted if len(converted) == 1 else character


def simplify(text: str) -> str:
    """Traditional Chinese to Simplified, never changing the number of characters."""
    if not HAN.search(text):
        return text
    converted = _converter().convert(text)
    if len(converted) == len(text):
        return str(converted)
    return "".join(_simplified_character(character) for character in text)


def repair(text: str) -> str:
    """Lone surrogates, which no encoder takes, become the replacement character; length stays."""
    return _SURROGATES.sub("\ufffd", text)


def align(text: str) -> str:
    """Simplified, half-width, without broken characters, each character still in its place (for offsets)."""
    return simplify(repair(text).translate(_WIDTH))


def meaning(text: str) -> str:
    """The form that features are made of: aligned, then compatibility-folded, without invisible characters,
    runs of one character cut to two, white space to single blanks."""
    folded = unicodedata.normalize("NFKC", align(text).translate(_QUOTES))
    visible = _CONTROL.sub(" ", _INVISIBLE.sub("", folded))
    return _RUNS.sub(r"\1\1", _SPACES.sub(" ", visible)).strip()


def has_letters(text: str) -> bool:
    """True when anything in the text can be read as a word in some script."""
    return any(character.isalpha() for character in text)


def is_number_alone(text: str) -> bool:
    """True for a text that is only a number of four digits or more, or a time of day: the code, the telephone number or the
    hour that was asked for. What an emergency is called by (110, 911, also repeated) is none of these."""
    plain = align(text).strip()
    if not _NUMBER.fullmatch(plain) or _CALLED_BY.fullmatch(re.sub(r"\D", "", plain)):
        return False
    return bool(_LONG_OR_TIME.search(plain))
