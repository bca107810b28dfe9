"""The emergency numbers valid at the vehicle: by its position or trip, else by the session's first language that says where it
is (data/policy.yml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from bot.conversations.models import Conversation
from bot.incidents.models import Case
from bot.kit.locale import say
from bot.kit.now import now
from bot.policy import Numbers, policy

log = structlog.get_logger(__name__)
# The entry of the policy for those of whom nobody knows where they are.
_ANY = "default"
_SERVICES = ("police", "ambulance", "fire", "traffic", "crisis")
# The label of the police when the text files are broken.
_BARE = {"zh": "报警", "en": "Police"}


@dataclass(frozen=True)
class Place:
    """Where the vehicle is, as far as known. area_code: the city's telephone code with its leading zero."""

    country: str | None = None
    city: str | None = None
    area_code: str | None = None
    basis: str = "language"


def place_of(conversation: Conversation, case: Case | None = None) -> Place:
    """Where the reporter is, as they are told it: by the phone's position, then by the ride they are on, each while it is news,
    else by the session's first language. A place of some time ago gives numbers that do not ring where they are now."""
    known, locale = conversation.location or {}, conversation.locale
    # A stranger must not learn from a number or a city that a trip exists: only those whose own trip it is see the trip's.
    trip = case.trip if case is not None and _theirs(case, conversation) else None
    if (here := _named(known.get("place"), locale, "position")) and _is_news(known.get("at")):
        return here
    for one in (trip, known.get("trip_place")):
        if (there := _named(one, locale, "trip")) and (conversation.trip_live or _is_news(_last_live(one))):
            return there
    return place_by_language(conversation.first_locale)


def place_of_case(case: Case, conversation: Conversation) -> Place:
    """Where the vehicle of a case is, for staff: what its reporter is told, so that both name the same numbers; the case's trip
    where it is not the reporter's (they may be far from it), or where nothing newer is known. Never by the agent's language."""
    trip = _named(case.trip, "en", "trip")
    if trip is not None and not _theirs(case, conversation):
        return trip
    told = place_of(conversation, case)
    return trip if trip is not None and told.basis == "language" else told


def _theirs(case: Case, conversation: Conversation) -> bool:
    return case.trip_id is not None and case.trip_id == conversation.trip_id


def _named(place: Mapping[str, Any] | None, locale: str, basis: str) -> Place | None:
    if not place or not place.get("country"):
        return None
    return Place(place["country"], (place.get("city_name") or {}).get(locale), place.get("area_code"), basis)


def _last_live(trip: Mapping[str, Any] | None) -> str | None:
    """When a ride is known to have been under way last: its end, else when it was asked for (a cancelled one has no end)."""
    return (trip or {}).get("finished_at") or (trip or {}).get("requested_at")


def _is_news(at: str | None) -> bool:
    """Whether what was true at `at` (ISO 8601 with its zone) still tells where somebody is; not if it cannot be read."""
    believed = timedelta(seconds=policy().clocks.position_believed_s)
    try:
        return at is not None and now() - datetime.fromisoformat(at) <= believed
    except (TypeError, ValueError):
        return False


def place_by_language(first_locale: str | None) -> Place:
    """What is known where neither position nor trip is: the country that a conversation's first language names, if any."""
    return Place(country=_country_of(first_locale))


def first_naming(first: str | None, then: str) -> str | None:
    """The first language of a session that names a country: `first`, unless only `then`, spoken later, does."""
    return then if _country_of(first) is None and _country_of(then) is not None else first


def _country_of(locale: str | None) -> str | None:
    named = policy().emergency_by_language.get(locale or "", _ANY)
    return None if named == _ANY else named


def local_time(case: Case, at: datetime) -> str:
    """`16:42` on the clocks where the vehicle is; with `UTC` behind it while nobody knows where that is."""
    zone = (case.trip or {}).get("timezone")
    return (
        at.astimezone(ZoneInfo(zone)).strftime("%H:%M") if zone else at.astimezone(UTC).strftime("%H:%M UTC")
    )


def numbers_for(place: Place, locale: str, intent: str | None = None) -> dict[str, Any]:
    """`{place, numbers: [{service, number, label}], text_number, basis}`: those that lead for `intent` come first.

    text_number is the SMS service: mainland China 12110 plus the area code's last three digits. Raises nothing: it stands in
    every answer to a reporter, and a slip in a data file must not cost them their message.
    """
    try:
        return listed_numbers(place, locale, intent)
    except Exception as fault:  # whatever it is, the number of the police is known
        log.error("emergency numbers failed", country=place.country, intent=intent, error=repr(fault))
    numbers, label = _of_country(place, locale), _BARE["zh" if locale == "zh" else "en"]
    return {
        "place": place.city, "numbers": [{"service": "police", "number": numbers.police, "label": label}],
        "basis": place.basis if place.country else "language", "text_number": None,
    }  # fmt: skip


def listed_numbers(place: Place, locale: str, intent: str | None = None) -> dict[str, Any]:
    """As `numbers_for`, but raises KeyError or AttributeError for a service or text that the data files do not have."""
    chosen, numbers = policy(), _of_country(place, locale)
    lead = chosen.emergency_service.get(intent or "") or chosen.emergency_service[_ANY]
    # A crisis line helps where it leads; elsewhere it only pushes the numbers that matter down.
    order = [*lead, *(name for name in _SERVICES if name not in lead and name != "crisis")]
    listed = [
        {"service": name, "number": number, "label": say(f"emergency.{name}", locale)}
        for name in order
        if (number := getattr(numbers, name))
    ]
    text = numbers.text
    if numbers.text_prefix and place.area_code:
        text = numbers.text_prefix + place.area_code[-3:]
    return {
        "place": place.city, "numbers": listed, "basis": place.basis if place.country else "language",
        "text_number": {"number": text, "body": say("emergency.text_body", locale)} if text else None,
    }  # fmt: skip


def _of_country(place: Place, locale: str) -> Numbers:
    chosen = policy()
    country = place.country or chosen.emergency_by_language.get(locale, _ANY)
    return chosen.emergency.get(country) or chosen.emergency[_ANY]
