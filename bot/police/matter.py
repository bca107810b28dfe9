"""Which requests are about the same matter: clues as keyed hashes, and facts that contradict each other. Pure functions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import timedelta

from bot.identity.throttle import keyed
from bot.police.schemas import Facts
from bot.rides.plates import normalise_plate

_SAME_TIME = timedelta(hours=24)
_LAST_DIGITS = 8  # a phone with and without its country code is one phone


def plain(text: str) -> str:
    """Half width, lower case, without spaces and signs: what people type in different ways and mean the same."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def _told(facts: Facts, city: str) -> Iterator[tuple[str, str]]:
    phone = re.sub(r"\D", "", facts.person_phone)[-_LAST_DIGITS:]
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
