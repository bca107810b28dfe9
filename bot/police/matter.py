"""Which requests are about the same matter: clues as keyed hashes, and facts that contradict each other. Pure functions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import timedelta

from bot.identity.throttle import keyed
from bot.police import listed
from bot.police.schemas import Facts
from bot.rides.plates import normalise_plate, same_plate

FINDS = ("plate", "order", "person_phone", "happened_at")
_SAME_TIME = timedelta(hours=24)
_LAST_DIGITS = 8  # a phone with and without its country code is one phone
_EXTENSION = re.compile(r"(?i)(?<=\d)\s*(?:(?:;?ext|x|#|,|;|转|轉|分机|分機)\D*\d{1,6}\s*)+$")


def plain(text: str) -> str:
    """Half width, lower case, without spaces and signs: what people type in different ways and mean the same."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def sought(facts: Facts) -> tuple[object, ...]:
    """What the platform is asked with: as long as it stays the same, so does the trip."""
    return tuple(getattr(facts, name) for name in FINDS)


def last_digits(phone: str) -> str:
    """The end of a number, without an extension: the same with country code or trunk zero and without; at most 8 digits."""
    return listed.digits(_EXTENSION.sub("", unicodedata.normalize("NFKC", phone)))[-_LAST_DIGITS:]


def same_phone(one: str, other: str) -> bool:
    """Whether both ring at one place, however they are dialled: an extension that no word marks hides nothing."""
    mine, theirs = last_digits(one), last_digits(other)
    return _ends_in(listed.digits(one), theirs) or _ends_in(listed.digits(other), mine)


def _ends_in(whole: str, end: str) -> bool:
    """A number that is short enough to stand in many others must be the end itself."""
    return bool(end) and (end in whole if len(end) == _LAST_DIGITS else whole.endswith(end))


def another_car(facts: Facts, plate: str) -> bool:
    """Whether the request names another plate than a trip's car has. A trip without a car contradicts nothing."""
    return bool(normalise_plate(facts.plate)) and bool(plate) and not same_plate(facts.plate, plate)


def _told(facts: Facts, city: str) -> Iterator[tuple[str, str]]:
    phone = last_digits(facts.person_phone)
    for kind, value in (
        ("plate", normalise_plate(facts.plate)),
        ("order", plain(facts.order)),
        ("phone", phone),
        # Many share a name: only within a city, and only where nothing contradicts (`contradicts`).
        ("passenger", plain(facts.passenger) and f"{city}|{plain(facts.passenger)}"),
    ):
        if value:
            yield kind, value


def clues(facts: Facts, city: str) -> list[str]:
    """Keyed hashes of what the request is about; empty when it names nothing."""
    return [keyed("police-clue", kind, value) for kind, value in _told(facts, city)]


def contradicts(one: Facts, other: Facts) -> bool:
    """Whether the two cannot be about one matter: another plate, order or phone, or more than a day apart."""
    mine, theirs = dict(_told(one, "")), dict(_told(other, ""))
    if any(
        mine[kind] != theirs[kind] for kind in ("plate", "order", "phone") if kind in mine and kind in theirs
    ):
        return True
    if one.happened_at is None or other.happened_at is None:
        return False
    return abs(one.happened_at - other.happened_at) > _SAME_TIME


def same_officer(one: Facts, other: Facts) -> bool:
    """Whether two requests name the same unit and the same badge or name. It proves nothing: it only lets them join."""
    who, them = plain(one.badge) or plain(one.officer), plain(other.badge) or plain(other.officer)
    return bool(plain(one.unit)) and plain(one.unit) == plain(other.unit) and bool(who) and who == them
