"""What a lost thing is called, cut out of what somebody wrote. Pure functions over text.

The words go to the driver and to the next passenger: never more of a message than the thing and how it looks. A
fear, a complaint, an address or a phone that stands beside it must not travel along.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from actions import words

# Longer than a description of a thing: a story.
LONGEST = 60
# A thing that no list knows is believed only when little else is said; Chinese characters count as half a word.
FEW_WORDS = 6
# Of these people rarely carry two: whoever asks again, in whatever words, means the same one.
SINGLE = frozenset({"phone", "wallet"})
_PARTS = re.compile(r"[,.;:!?\n，。；：！？]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ASKED = re.compile(r"[?？吗嗎]")
# A phone, a house number, a room: "iPhone 15" passes.
_NUMBER = re.compile(r"\d{3}|\d\s*[号號室栋棟楼樓单單层層]")
_LEAD = re.compile(
    r"^(?:(?:and|also|just|maybe|it's|it is|it was|i think|i left|i lost|i forgot|i dropped)\s+"
    r"|我?[落丢丟忘掉]了?的?是?|就是|是|应该是|應該是|好像是)+",
    re.IGNORECASE,
)
_OWNER = re.compile(
    r"^(?:(?:a|an|the|my|our|his|her|their|one|some)\s+|我們?们?的?|一?[个個部把件双雙副台本只隻条條]|的)+",
    re.IGNORECASE,
)
# What may stand between two things named in one breath: "and", whose they are, a colour; no verb.
_BETWEEN = re.compile(
    r"\s*(?:,\s*(?:and\s+)?|and\s+|&\s*|plus\s+|as well as\s+|[、，和与與及跟]|还有|還有|以及|加上)\s*(?:also\s+)?"
    r"(?:(?:my|our|his|her|the|a|an|some|two)\s+(?:[a-z-]+\s+){0,2}|[a-z-]+\s+"
    r"|(?:我的?|他的?|她的?|一?[个個部把件双雙副台本只隻]|[黑白红紅蓝藍灰绿綠黄黃粉紫棕银銀金]色?的?)+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Thing:
    """category: a kind of actions/words.yml, or other; words: as the reporter calls it."""

    category: str
    words: str


def described(text: str, heard: Sequence[str] = ()) -> Thing | None:
    """The first thing of a message with what is said of its looks; None if the message names none.

    heard: names of things that the model found in the message.
    """
    word = _first_named(text, heard)
    parts = [part.strip() for part in _PARTS.split(text) if part.strip()]
    if word is None:
        phrase = _LEAD.sub("", parts[0]) if parts and not _ASKED.search(text) else ""
        told = [phrase, *parts[1:]]
        # Before sentences about somebody only what begins as a name does: "a lunchbox, ring me on …".
        alone = all(map(_bare, told)) and _size(" ".join(told)) <= FEW_WORDS or _OWNER.match(phrase)
        known = alone and _bare(phrase) and _size(phrase) <= FEW_WORDS and not words.says("anger", phrase)
        return Thing("other", phrase) if known else None
    category = words.kind_of("items", word) or "other"
    phrase = next((_LEAD.sub("", part) for part in parts if word in part), word)
    # Beside a sentence about somebody a part without such words may go on with it.
    by_itself = nothing_else(text, heard) or _OWNER.match(phrase) is not None or len(parts) == 1
    looks = by_itself and _bare(phrase) and len(words.all_named("items", text)) < 2
    return Thing(category, phrase if looks else word)


def nothing_else(text: str, heard: Sequence[str] = ()) -> bool:
    """Whether a message is the name of a thing and no sentence about anybody."""
    named = _first_named(text, heard) is not None
    return named and all(_bare(part.strip()) for part in _PARTS.split(text) if part.strip())


def named_with(name: str, text: str) -> list[Thing]:
    """The other things that the text names in one breath with the first: "my phone and my passport"."""
    found = words.all_named("items", text)
    breaths: list[list[Thing]] = []
    last = 0
    for kind, word, start, end in found:
        if not (breaths and _BETWEEN.fullmatch(text, last, start)):
            breaths.append([])
        breaths[-1].append(Thing(kind, word))
        last = end
    for breath in breaths:
        rest = [thing for thing in breath if thing.words.casefold() not in name.casefold()]
        if len(rest) < len(breath):
            return list({thing.words.casefold(): thing for thing in rest}.values())
    return []


def same(one: Thing, other: Thing) -> bool:
    """Whether two reports are of one thing: the same word, one perhaps with more of its looks. Where one is
    in Chinese and one is not, the category has to tell."""
    if one.category != other.category:
        return False
    a, b = (_core(thing.words) for thing in (one, other))
    if one.category in SINGLE or a == b:
        return True
    if bool(_HAN.search(a)) != bool(_HAN.search(b)):
        return one.category != "other"
    return _within(a, b) or _within(b, a)


def one_more(name: str, text: str) -> bool:
    """Whether the text speaks of another thing of that name."""
    more = r"(?:another|other|second|另一|另外|第二|还有一|還有一).{0,12}"
    return re.search(more + re.escape(name), text, re.IGNORECASE) is not None


def _first_named(text: str, heard: Sequence[str]) -> str | None:
    listed = [word for _, word, _, _ in words.all_named("items", text)]
    found = [name for name in (*heard, *listed) if name and name in text]
    return min(found, key=lambda name: (text.find(name), -len(name))) if found else None


def _bare(part: str) -> bool:
    return 0 < len(part) <= LONGEST and not _NUMBER.search(part) and not words.says("no_thing", part)


def _size(part: str) -> float:
    han = len(_HAN.findall(part))
    return han / 2 + len(_HAN.sub(" ", part).split())


def _core(name: str) -> str:
    return _OWNER.sub("", words.simplified(name).casefold().strip())


def _within(short: str, long: str) -> bool:
    return bool(short) and re.search(rf"(?<![a-z]){re.escape(short)}(?![a-z])", long) is not None
