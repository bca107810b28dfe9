"""Which language a message is in: Chinese, English or another. Chinese wins as soon as it holds Han words."""

import importlib
import re
from functools import cache, lru_cache
from typing import Literal

from bot.nlu.text import HAN, meaning

Language = Literal["zh", "en", "other"]

_KANA = re.compile(r"[\u3040-\u30ff\u31f0-\u31ff]")
_LATIN_WORD = re.compile(r"[a-zA-Z\u00c0-\u024f\u1e00-\u1eff]+(?:'[a-zA-Z]+)?")
_OTHER_SCRIPT = re.compile(
    r"[\u0370-\u052f\u0590-\u06ff\u0750-\u077f\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff"
    r"\u3040-\u30ff\uac00-\ud7af]"
)
# Languages in Latin letters told apart by their function words, as spaCy lists them.
_LATIN_LANGUAGES = (
    "es",
    "fr",
    "de",
    "pt",
    "it",
    "nl",
    "id",
    "vi",
    "tl",
    "tr",
    "pl",
    "sv",
    "ro",
    "ms",
    "cs",
    "hr",
)
_MARKED = re.compile(r"[\u00c0-\u024f\u1e00-\u1eff]")
# Words of a support chat that spaCy does not list, being no function words. "sos" and "ok" belong to no language.
_MORE = {
    "en": "help please driver car ride app hi hello thanks thank want need got get cant can't im i'm dont don't wont isnt "
    "he's she's it's phone no ok okay yes now stop lost left where's what's hey fare refund cancel trip sos police taxi",
    "es": "ayuda ayúdame ayúdenme auxilio socorro gracias hola conductor chofer coche carro bajar puedo quiero policía",
    "fr": "aidez aide merci bonjour secours chauffeur voiture peur arrêter peux descendre",
    "de": "hilfe danke bitte fahrer polizei angst aussteigen hält",
    "pt": "ajuda socorro obrigado obrigada motorista carro descer polícia olá",
    "it": "aiuto grazie ciao autista macchina scendere polizia",
    "nl": "hulp bedankt chauffeur politie uitstappen",
    "id": "tolong terima kasih sopir supir mobil turun polisi takut",
    "ms": "tolong terima kasih pemandu kereta turun polis takut",
    "vi": "cứu giúp tài xế xe cảm ơn",
    "tl": "tulong saklolo salamat drayber sasakyan takot pulis po",
    "tr": "imdat yardım teşekkür şoför araba polis",
    "pl": "pomocy ratunku dziękuję kierowca policja",
}


@lru_cache(maxsize=1)
def _function_words() -> dict[str, frozenset[str]]:
    lists: dict[str, frozenset[str]] = {}
    for code in ("en", *_LATIN_LANGUAGES):
        try:
            module = importlib.import_module(f"spacy.lang.{code}.stop_words")
        except ImportError:
            continue
        lists[code] = frozenset(word.lower() for word in module.STOP_WORDS if " " not in word)
    for code, words in _MORE.items():
        lists[code] = lists.get(code, frozenset()) | frozenset(words.split())
    return lists


@cache
def _telling_words(code: str) -> frozenset[str]:
    return frozenset(word for word in _MORE.get(code, "").split() if len(word) > 2)


def identify(text: str) -> Language | None:
    """The language of a message; None when it holds nothing that could be a word (digits, emoji, empty)."""
    plain = meaning(text[:800])
    han, kana = len(HAN.findall(plain)), len(_KANA.findall(plain))
    if kana and kana * 4 >= han:
        return "other"
    if han:
        return "zh"
    words = [word.lower() for word in _LATIN_WORD.findall(plain)]
    other = len(_OTHER_SCRIPT.findall(plain))
    if other > 2 * sum(map(len, words)):
        return "other"
    if not words:
        return "other" if any(character.isalpha() for character in plain) else None
    return _latin(words)


def _latin(words: list[str]) -> Language:
    """English unless another language's own words (and marked letters) outweigh those that are English alone."""
    lists = _function_words()
    marked = sum(bool(_MARKED.search(word)) for word in words)
    best, rival = 0, 0
    for code, listed in lists.items():
        if code == "en":
            continue
        # One function word may be a name or a slip ("la", "de"); a word of the chat itself is proof enough.
        telling = _telling_words(code)
        own = sum(2 if word in telling else 1 for word in words if word in listed and word not in lists["en"])
        if own > best:
            best, rival = own, sum(word in lists["en"] and word not in listed for word in words)
    evidence = best + marked
    return "other" if evidence >= 2 and evidence > rival and evidence * 7 >= len(words) else "en"
