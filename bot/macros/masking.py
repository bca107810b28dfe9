"""What one person was told, made fit to be shown while another is helped: nothing in it that is anybody's own.

Names, phones, plates, order numbers, e-mails, times, amounts, addresses and every other number become the variables of
macros, which the desk fills from the conversation at hand, or the agent does by hand; an answer with one left is not sent.
Known names are replaced wherever they stand. Unknown ones are told by what they are not: a word that the product's own texts
and training messages never use with that spelling. It would rather hide too much than show a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from bot.macros.patterns import COMPOUND, HAN, RULES, SURNAMES, TITLES
from bot.settings import settings

# Before a name, not a part of the word before it.
_BEFORE_NAME = frozenset("是的叫让给和跟找问请在把被向由与及同为对帮替到得了")
_COMPOUND_NAME = re.compile(rf"(?:{COMPOUND})[{HAN}]{{1,2}}(?={TITLES})|(?:{COMPOUND})[{HAN}]{{1,2}}")
_STREET = re.compile(rf"[{HAN}]{{1,3}}([{HAN}])(?:路|街|大道)")
_CUE = re.compile(rf"(?P<cue>我是|我叫|名叫|姓名是?|联系人是?|收件人是?|我姓|贵姓)(?P<name>[{HAN}]{{1,4}})")
_TITLED = re.compile(rf"[{SURNAMES}][{HAN}]{{0,2}}?(?={TITLES})")
_ADDRESSED = re.compile(
    r"\b(?P<cue>hi|hello|hey|dear|thanks|thank you|sorry|mr|mrs|ms|miss|dr)(?P<gap>\.?,? +)(?P<name>[A-Za-z][\w'’-]+)",
    re.I,
)
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_OFTEN = 3
_VARIABLE = re.compile(r"\{[a-z]+\}")
_NOT_A_NAME = frozenset(
    {
        "there", "again", "and", "for", "you", "i", "i'm", "we", "to", "the", "your", "about", "that",
        "this", "it", "all", "so", "a", "an", "of", "in", "on", "my", "me", "sir", "madam", "everyone",
        "team", "but", "if", "is", "no", "not", "yes",
    }
)  # fmt: skip
_OPENERS = frozenset(
    {
        "yes", "no", "ok", "okay", "hello", "hi", "hey", "thanks", "sorry", "sure", "please", "well",
        "however", "also", "now", "then", "first", "unfortunately", "indeed",
    }
)  # fmt: skip


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[frozenset[str], frozenset[str]]:
    """(words that stand in lower case, pairs of Han characters) in the product's own texts and training messages, each of them
    often enough that it is no name that somebody once typed there."""
    words: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    root = settings().data
    files = [
        *root.glob("nlu/*/*.yml"),
        *root.glob("responses/*.yml"),
        *root.glob("texts/*.yml"),
        root / "macros.yml",
    ]
    for file in files:
        _learn(file, words, pairs)
    return _usual(words), _usual(pairs)


def _usual(seen: Counter[str]) -> frozenset[str]:
    return frozenset(one for one, times in seen.items() if times >= _OFTEN)


def _learn(file: Path, words: Counter[str], pairs: Counter[str]) -> None:
    text = file.read_text("utf-8")
    words.update(word for word in _WORD.findall(text) if word.islower())
    for run in re.findall(rf"[{HAN}]{{2,}}", text):
        pairs.update(run[at : at + 2] for at in range(len(run) - 1))


def mask(text: str, known: Mapping[str, Iterable[str]]) -> str:
    """`text` with everything personal as variables. known: variable → names and other words to replace wherever they stand,
    such as `{"reporter": ["Ada King"], "driver": ["王师傅"]}`."""
    masked = _plain(text)
    spots = [(word, name) for name, words in known.items() for word in _parts(words)]
    for word, name in sorted(spots, key=lambda spot: -len(spot[0])):
        edge = r"\b" if word[0].isascii() else ""
        masked = re.sub(f"{edge}{re.escape(word)}{edge}", f"{{{name}}}", masked, flags=re.I)
    for rule in RULES:
        masked = _outside(masked, rule)
    masked = _outside(masked, _han_names)
    return re.sub(r"(\{[a-z]+\})(?:[\s·-]*\1)+", r"\1", _latin_names(masked))


def _plain(text: str) -> str:
    """Full-width letters and digits as plain ones; punctuation stays as it was written."""
    return "".join(
        unicodedata.normalize("NFKC", one) if "\uff10" <= one <= "\uff5a" and one not in "：；？＠" else one
        for one in text
    )


def _parts(words: Iterable[str]) -> set[str]:
    """A name as a whole and its parts, where a part is long enough to mean somebody."""
    found: set[str] = set()
    for word in words:
        whole = _plain(word or "").strip()
        if len(whole) >= 2:
            found.add(whole)
            found.update(part for part in whole.split() if len(part) >= (2 if not part.isascii() else 3))
    return found


def _outside(text: str, change: Callable[[str], str]) -> str:
    """`change` what stands outside braces: a variable is never masked again."""
    pieces = re.split(r"(\{[a-z]+\})", text)
    return "".join(one if _VARIABLE.fullmatch(one) else change(one) for one in pieces)


def _han_names(text: str) -> str:
    text = _COMPOUND_NAME.sub("{name}", text)
    text = _outside(text, lambda part: _CUE.sub(_cued, part))
    text = _outside(text, lambda part: _TITLED.sub("{name}", part))
    return _outside(text, _unknown_han)


def _cued(found: re.Match[str]) -> str:
    """ "我是王小明" gives "我是{name}"; "我是客服" stays: the words after it are words."""
    _, pairs = _vocabulary()
    name = found.group("name")
    plain = len(name) >= 2 and name[:2] in pairs
    return found.group(0) if plain else f"{found.group('cue')}{{name}}"


def _unknown_han(text: str) -> str:
    """A surname and what follows, where the two characters never stand together in the product's own texts; and streets."""
    _, pairs = _vocabulary()
    text = _STREET.sub(lambda found: _street(found, pairs), text)
    return _outside(text, _surnames)


def _street(found: re.Match[str], pairs: frozenset[str]) -> str:
    """ "文三路" is a street, "在路" and "道路" are words."""
    return found.group(0) if found.group(0)[-2:] in pairs or found.group(1) in _BEFORE_NAME else "{place}"


def _surnames(text: str) -> str:
    _, pairs = _vocabulary()
    shown, at = [], 0
    while at < len(text):
        pair, before = text[at : at + 2], text[max(0, at - 1) : at]
        inside = before not in _BEFORE_NAME and before + text[at] in pairs
        if not inside and text[at] in SURNAMES and re.fullmatch(rf"[{HAN}]{{2}}", pair) and pair not in pairs:
            following = text[at + 2 : at + 4]
            third = re.match(rf"[{HAN}]", text[at + 2 : at + 3]) is not None and following not in pairs
            shown.append("{name}")
            at += 3 if third else 2
        else:
            shown.append(text[at])
            at += 1
    return "".join(shown)


def _latin_names(text: str) -> str:
    """Who is addressed, and every capitalised word that the product's own texts never write small."""
    words, _ = _vocabulary()

    def addressed(found: re.Match[str]) -> str:
        name = found.group("name")
        titled = found.group("cue").lower() in ("mr", "mrs", "ms", "miss", "dr")
        if name.lower() in _NOT_A_NAME or (not titled and name.islower() and name in words):
            return found.group(0)
        return f"{found.group('cue')}{found.group('gap')}{{{'name' if titled else 'reporter'}}}"

    def capital(found: re.Match[str]) -> str:
        word = found.group(0)
        base = re.sub(r"['’].*$", "", word).lower()
        if word[0].islower() or base in ("i", "ok") or (word.isupper() and len(word) <= 4):
            return word
        opening = re.search(r"(?:^|[.!?\n]\s*)$", found.string[: found.start()]) is not None
        vocative = opening and found.string[found.end() : found.end() + 1] == "," and base not in _OPENERS
        return "{reporter}" if vocative else word if base in words else "{name}"

    text = _outside(text, lambda part: _ADDRESSED.sub(addressed, part))
    return _outside_whole(text, capital)


def _outside_whole(text: str, change: Callable[[re.Match[str]], str]) -> str:
    """Words outside braces, each seen with the whole text around it."""
    inside = [found.span() for found in _VARIABLE.finditer(text)]

    def one(found: re.Match[str]) -> str:
        within = any(start <= found.start() < end for start, end in inside)
        return found.group(0) if within else change(found)

    return _WORD.sub(one, text)
