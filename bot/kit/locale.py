"""Languages: which one a text is written in, and the desk's own sentences in both (data/texts/*.yml)."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from bot.kit.data import read_yaml, yaml_files
from bot.settings import settings

Locale = Literal["zh", "en"]
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
# One token of Latin letters between whatever else is written; a digit beside it makes it a plate or a model's number.
_TOKEN = re.compile(r"[A-Za-z0-9]+(?:['\u2019-][A-Za-z0-9]+)*")
_WORD = re.compile(r"[A-Za-z]+(?:['\u2019-][A-Za-z]+)*")
# A Chinese sentence typed in Latin letters: every word is one or more syllables of pinyin.
_PINYIN = re.compile(
    r"(?:(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?"
    r"(?:[iu]?ang|iong|[ue]ng|ong|ing|[iu]a[no]?|uai|[iu]e|u?an|[aeiuv]n|[aeo]i|ao|ou|er|iu|u[io]|ve|[aeiouv]))+",
    re.IGNORECASE,
)
# What every language writes in Latin letters: codes, and names of things that people carry, leave behind and pay with.
_LATIN = (
    "sos ok okay vip app id gps kyc otp sim usb pdf qr wifi atm suv mpv ev dj ktv hi hello hey lol iphone ipad ipod airpods "
    "airpod macbook apple imac mac pro max plus ultra mini lite huawei honor xiaomi redmi oppo vivo oneplus samsung galaxy "
    "pixel sony lenovo thinkpad dell hp asus nokia canon nikon kindle nintendo gopro dji bose jbl nike adidas puma gucci lv "
    "louis vuitton chanel dior prada hermes mk zara uniqlo lululemon samsonite rimowa tesla model byd nio xpeng bmw benz "
    "audi toyota camry corolla honda accord ford buick volvo vw uber didi grab lyft alipay wechat paypal visa mastercard "
    "unionpay starbucks kfc mcdonalds costco "
)
_NAMES = frozenset(_LATIN.split())
_FEWEST = 3
# What makes capitals a sentence that is shouted, not a row of codes.
_OF_SENTENCES = (
    "i i'm im me my he he's she she's it it's we they you his her him them the a an is are was not no to in on of at and "
    "help stop please don't dont can't cant won't wont this that there with from"
)
_COMMON = frozenset(_OF_SENTENCES.split())


def language_of(text: str, otherwise: Locale) -> Locale:
    """The language to answer in; `otherwise`: what was spoken so far.

    Han characters are Chinese, but for a name or address that an English speaker's English sentence quotes. A chat that is
    Chinese becomes English by a sentence of at least three English words; "SOS", "iPhone 15", a plate, a brand and pinyin are
    written in Latin letters by everybody.
    """
    han = len(_HAN.findall(text))
    if han:
        quoted = otherwise == "en" and (words := _english_words(text)) >= _FEWEST and han < words
        return "en" if quoted else "zh"
    return "en" if otherwise == "en" or _english_words(text) >= _FEWEST else otherwise


def _english_words(text: str) -> int:
    """How many words of English stand in `text`, 0 if they are pinyin."""
    tokens = _TOKEN.findall(text)
    shouted = text.upper() == text and any(
        token.replace("\u2019", "'").lower() in _COMMON for token in tokens
    )
    words = [
        token
        for place, token in enumerate(tokens)
        if _WORD.fullmatch(token)
        and token.lower() not in _NAMES
        and (token.islower() or shouted or token.lower() in _COMMON or (place == 0 and token.istitle()))
    ]
    return 0 if all(_PINYIN.fullmatch(word) for word in words) else len(words)


def locale_from(header: str | None) -> Locale:
    """`zh` if an Accept-Language or locale string prefers Chinese, else `en`."""
    first = (header or "").split(",")[0].strip().lower()
    return "zh" if first.startswith(("zh", "yue")) else "en"


@lru_cache(maxsize=4)
def _texts(folder: Path) -> dict[str, dict[str, str]]:
    merged: dict[str, dict[str, str]] = {}
    for file in yaml_files(folder):
        read = read_yaml(file) or {}
        if not isinstance(read, dict):
            raise ValueError(f"{file.name}: write `key: {{zh: …, en: …}}`, one a line")
        for key, both in read.items():
            if key in merged or not isinstance(both, dict) or set(both) != {"zh", "en"}:
                raise ValueError(f"{file.name}: {key} is given twice or lacks a language")
            merged[key] = {locale: str(text) for locale, text in both.items()}
    return merged


def say(key: str, locale: str, **values: Any) -> str:
    """The sentence `key` in `locale` with its placeholders filled.

    Raises KeyError for an unknown key or a missing value: both are mistakes of ours that a test finds.
    """
    both = _texts(settings().data / "texts")[key]
    return both["zh" if locale == "zh" else "en"].format(**values)


def has_text(key: str) -> bool:
    return key in _texts(settings().data / "texts")


def keys_of(prefix: str) -> list[str]:
    """The keys of all texts that begin so."""
    return [key for key in _texts(settings().data / "texts") if key.startswith(prefix)]
