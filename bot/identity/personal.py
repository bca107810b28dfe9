"""What a reader sees of personal data: masking, and the trip for the holder of a grant. Pure functions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from bot.identity import typed
from bot.identity.schemas import Grant

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_PLACES = ("last_position", "planned_route", "driven")
_SHORTEST_PHONE = 7
_LONGEST_PHONE = 15


class ContactFacts(Protocol):
    """What is read of a contact (`bot.rides.answers.Contact`)."""

    @property
    def role(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def relation(self) -> str | None: ...


def mask_phone(text: str) -> str:
    """A phone as somebody typed it with four digits hidden or more: "138 0013 8000" gives "138****8000".

    Of fewer than ten digits, or more than a phone has, only the last four stay; what is too short for a phone is hidden whole.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    digits = re.sub(r"\D", "", plain)
    if len(digits) < _SHORTEST_PHONE:
        return "****"
    kept = digits[:-8] if 10 <= len(digits) <= _LONGEST_PHONE else ""
    return ("+" if plain.startswith("+") and kept else "") + f"{kept}****{digits[-4:]}"


def text_for(grant_or_full: Grant | bool, text: str) -> str:
    """Words as the holder may see them: phones that somebody typed are masked like any other, unless they may be seen."""
    full = grant_or_full if isinstance(grant_or_full, bool) else grant_or_full.may("see_unmasked_phone")
    return text if full else typed.replace(text, mask_phone)


def mask_name(name: str) -> str:
    """Enough of a name to address its bearer: "李雷" gives "李*", "Ada Mary King" gives "Ada K."."""
    parts = name.split()
    if not parts:
        return ""
    if _HAN.search(parts[0]):
        return parts[0][0] + "*"
    return parts[0] if len(parts) == 1 else f"{parts[0]} {parts[-1][0]}."


def phone_for(grant: Grant, phone: str | None) -> str | None:
    """A phone that a reporter gave, as the holder may see it; None stays None."""
    if phone is None:
        return None
    return phone if grant.may("see_unmasked_phone") else mask_phone(phone)


def contacts_for(grant: Grant, contacts: Iterable[ContactFacts]) -> list[dict[str, str | None]]:
    """`{role, name, phone, relation}` of each; names and phones are masked unless the holder may see them."""
    full = grant.may("see_unmasked_phone")
    return [
        {
            "role": one.role,
            "name": one.name if full else mask_name(one.name),
            "phone": one.phone if full else mask_phone(one.phone),
            "relation": one.relation,
        }
        for one in contacts
    ]


def trip_for(grant: Grant, trip: Mapping[str, Any], contacts: Sequence[ContactFacts] = ()) -> dict[str, Any]:
    """A trip kept as plain data (`incidents.locating.snapshot`) as the holder may see it, in a copy.

    Driver, rider and passenger get `phone`: from `contacts` if the holder may see it, else the platform's
    masked one. Positions and routes are empty without `see_position`.
    """
    shown = dict(trip)
    if not grant.may("see_position"):
        shown |= {key: None if key == "last_position" else [] for key in _PLACES if key in trip}
    known = {one.role: one.phone for one in contacts} if grant.may("see_unmasked_phone") else {}
    for role in ("driver", "rider", "passenger"):
        if trip.get(role):
            shown[role] = {**trip[role], "phone": known.get(role) or trip[role].get("phone_masked")}
    shown["emergency_contacts"] = contacts_for(grant, (one for one in contacts if one.role == "emergency"))
    return shown
