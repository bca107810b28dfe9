"""Whose trip it is: the signed-in rider's, or of who holds the phone on the order, or of who knows two facts
about it.

Nobody is shown a trip before one of the three. Reporting danger never comes here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from actions import readers
from actions.clients import NotFound, PlatformRefused
from actions.desk import desk
from actions.platform import platform
from actions.settings import policy
from actions.turn import Question, Turn, ask

CODE_TRIES = 3
# Where a time without a place is meant: the zone most speakers of the language here live in.
_ZONES = {"zh": ZoneInfo("Asia/Shanghai"), "en": ZoneInfo("Europe/London")}


@dataclass(frozen=True)
class Person:
    """method: token, code or two_facts. trip_ids: trips known to be theirs apart from those of the
    account."""

    method: str
    rider_id: str | None = None
    driver_id: str | None = None
    trip_ids: tuple[str, ...] = ()


def person(turn: Turn, *, facts: bool = False) -> Person | None:
    """Who speaks, as far as proven; None when it is not.

    facts: two facts are proof enough. They are for reporting a lost thing only: whoever knows two facts
    of a ride may
    not be who took it, and is shown nothing of it.
    """
    who = _proven(turn)
    return None if who and who.method == "two_facts" and not facts else who


def _proven(turn: Turn) -> Person | None:
    meta = turn.metadata
    if turn.driver_id:
        return Person("token", driver_id=turn.driver_id)
    if meta.get("identity") == "token" and meta.get("rider_id"):
        return Person("token", rider_id=str(meta["rider_id"]))
    verified = turn.slot("_verified")
    if isinstance(verified, dict):
        return Person(
            str(verified["method"]), verified.get("rider_id"), None, tuple(verified.get("trip_ids") or ())
        )
    if meta.get("identity") in ("code", "two_facts") and (meta.get("rider_id") or meta.get("trip_id")):
        own = (str(meta["trip_id"]),) if meta.get("trip_id") else ()
        # A trip told by two facts proves that trip and nothing of the account behind it.
        rider = meta.get("rider_id") if meta["identity"] == "code" else None
        return Person(str(meta["identity"]), str(rider) if rider else None, None, own)
    return None


def who_asks(turn: Turn, *, facts: bool = False) -> Question | None:
    """The next question about who it is, or None when that is known."""
    if person(turn, facts=facts):
        return None
    if turn.slot("lost_phone"):
        more = Question("trip_facts", "utter_question_one_more_fact", {})
        return more if turn.slot("trip_facts") else ask("trip_facts")
    if not turn.slot("code_id"):
        return ask("rider_phone")
    return ask("code", sent_to=turn.slot("_code_sent_to"))


async def read_phone(turn: Turn) -> bool:
    """The phone on the order: a code goes there at once."""
    phone = readers.phone(turn.entity("phone") or turn.text) or readers.phone(turn.text)
    if not phone:
        return False
    await send_code(turn, phone)
    return True


async def send_code(turn: Turn, phone: str) -> None:
    """Sends a code and remembers which. An impossible number or too many codes are told in words."""
    try:
        code_id, sent_to = await platform().send_code(phone, "identify", turn.language, key=turn.key())
    except PlatformRefused as error:
        if error.status == 429:
            turn.leave()
            turn.say("utter_code_too_many")
        else:
            turn.say("utter_again_rider_phone")
        return
    turn.set("rider_phone", phone)
    turn.set("code_id", code_id)
    turn.set("_code_sent_to", sent_to)
    turn.set("_code_tries", 0)


async def read_code(turn: Turn) -> bool:
    """The code that was sent; another phone number instead of a code gets a code of its own."""
    code = readers.code(turn.text)
    if not code:
        return await read_phone(turn)
    try:
        found = await platform().verify_code(str(turn.slot("code_id")), code)
    except PlatformRefused as error:
        _code_refused(turn, error)
        return True
    known = {
        "method": "code",
        "rider_id": found.rider_id,
        "trip_ids": list(found.trip_ids),
        "code_id": turn.slot("code_id"),
    }
    turn.set("_verified", known)
    turn.set("code_id", None)
    return True


def _code_refused(turn: Turn, error: PlatformRefused) -> None:
    tries = int(turn.slot("_code_tries") or 0) + 1
    turn.set("_code_tries", tries)
    if error.code == "code_expired" or error.code == "code_used":
        turn.set("code_id", None)
        turn.say("utter_code_expired")
    elif tries >= CODE_TRIES or error.status == 429:
        turn.set("code_id", None)
        turn.leave()
        turn.say("utter_code_failed")
    elif error.code == "code_wrong":
        turn.say("utter_code_wrong")
    else:
        raise error


async def read_facts(turn: Turn) -> bool:
    """Two facts about the trip, gathered over as many messages as it takes; then the platform says which
    trip they fit."""
    told = await _facts(turn)
    if not told:
        return False
    facts = {**(turn.slot("trip_facts") or {}), **told}
    turn.set("trip_facts", facts)
    if len(facts) >= 2:
        await _confirm(turn, facts)
    return True


async def _confirm(turn: Turn, facts: dict[str, str]) -> None:
    try:
        trip_id = await platform().confirm_trip(facts, turn.conversation)
    except NotFound:
        turn.set("trip_facts", None)
        tries = int(turn.slot("_code_tries") or 0) + 1
        turn.set("_code_tries", tries)
        if tries >= CODE_TRIES:
            turn.leave()
            turn.say("utter_facts_failed")
        else:
            turn.say("utter_facts_wrong")
    except PlatformRefused as error:
        if error.status != 429:
            raise
        turn.leave()
        turn.say("utter_facts_failed")
    else:
        turn.set("_verified", {"method": "two_facts", "rider_id": None, "trip_ids": [trip_id]})
        turn.set("trip_id", trip_id)


async def _facts(turn: Turn) -> dict[str, str]:
    """What the message tells of a trip: time, place, plate, fare, as the platform wants them."""
    text, found = turn.text, {}
    here = turn.now.astimezone(_ZONES[turn.language])
    at = readers.moment(text, here, future=False)
    if at is not None:
        found["time"] = at.replace(tzinfo=None).isoformat(timespec="minutes")
    plate = turn.entity("licence_plate") or readers.plate(text)
    if plate:
        found["plate"] = plate
    fare = readers.money(text)
    if fare is not None:
        found["fare"] = str(fare)
    for place in (readers.place(text), turn.entity("place")):
        # Words left over are a place only if the map knows them: a wrong "fact" would spoil a right one.
        if place and not (plate and place in plate) and await platform().places(place, None):
            found["place"] = place
            break
    return found


async def record(turn: Turn, trip_id: str) -> None:
    """Tells the desk, once per trip, how the person was matched to it. A signed-in person needs none."""
    who = person(turn, facts=True)
    if who is None or who.method == "token" or turn.standalone or turn.slot("_identity_recorded") == trip_id:
        return
    await desk().record_identity(
        turn.address,
        method=who.method,
        rider_id=who.rider_id,
        trip_id=trip_id,
        callback_phone=turn.slot("callback_phone"),
    )
    turn.set("_identity_recorded", trip_id)


def night(at: datetime, zone: str) -> bool:
    """Whether a moment is night at a place, by the policy."""
    local, held = at.astimezone(timezone.utc).astimezone(ZoneInfo(zone)).time(), policy()
    return local >= held.night_from or local < held.night_to
