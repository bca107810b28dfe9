"""Names of places as the platform knows them, for forms that ask where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions import readers
from actions.models import Place
from actions.platform import platform
from actions.turn import Turn


async def read_place(turn: Turn, slot: str, city: str | None) -> bool:
    """Fills the slot with the platform's best match for the place named; False when the map knows none of
    it."""
    guesses = [readers.place(turn.text), turn.text[:100].strip(), turn.entity("place")]
    found = await _first_known(guesses, city)
    if found:
        turn.set(slot, as_slot(found))
    return found is not None


async def settle_place(turn: Turn, slot: str, city: str | None) -> None:
    """Turns names guessed from a message, likeliest first, into the first place the map knows; empties
    the slot if none."""
    guesses = turn.slot(slot)
    if isinstance(guesses, list):
        found = await _first_known(guesses, city)
        turn.set(slot, as_slot(found) if found else None)


async def _first_known(guesses: Sequence[str | None], city: str | None) -> Place | None:
    for name in dict.fromkeys(guesses):
        found = await platform().places(name, city) if name else []
        if found:
            return found[0]
    return None


def as_slot(place: Place) -> dict[str, Any]:
    return {**place.as_input(), "name_en": place.name_en}


def from_slot(value: dict[str, Any]) -> Place:
    return Place(
        value["name"], value.get("name_en"), float(value["lat"]), float(value["lng"]), value.get("address")
    )
