"""What a report is, and what it can be about: the same matter as an open case, or another."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.conversations.models import Conversation
from bot.incidents import grading
from bot.incidents.models import Case
from bot.kit.ids import hashed
from bot.kit.now import now
from bot.policy import Grade, is_safety, policy
from bot.rides.phones import phone_candidates
from bot.rides.plates import normalise_plate

# Whose ride a report is about: the reporter's own of now, an earlier one of theirs, or somebody else's.
Whose = Literal["own", "earlier", "another"]
_OF_EARLIER_RIDES = frozenset({"past_safety_complaint", "stalking_after_ride"})
# The lexicon's name for words that tell of somebody else's ride.
SOMEBODY_ELSE = "somebody_else"
# Who is left in a car was brought there by whoever tells it.
_BROUGHT_ALONG = frozenset({"person_left_in_vehicle"})
# How long a ride that was seen running is taken to be the reporter's still, without another look.
_JUST_NOW = timedelta(minutes=5)


@dataclass(frozen=True)
class Report:
    """Something said or seen that makes a case. source: sentinel, button, nlu, check_in, silence, person, action.

    grade: as heard, before context. because: why, for the agent. modifiers: what raises (policy names). clues: a
    licence_plate, phone or order_number in the words; a plate or phone that an open case names joins it at once. into: the
    case that the caller has found it to be about; passed over if somebody has ended it. conduct: whether it tells of the
    driver's conduct, None for what the intent says (a photo that nobody has seen yet tells nothing of it). again: the same
    words as in an earlier report, heard by another listener: they may raise, and are no repeat contact.
    """

    intent: str
    grade: Grade | None
    source: str
    because: list[str] = field(default_factory=list)
    modifiers: list[str] = field(default_factory=list)
    title: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    team: str | None = None
    key: str | None = None
    clues: dict[str, str] = field(default_factory=dict)
    into: str | None = None
    conduct: bool | None = None
    again: bool = False

    @property
    def of_conduct(self) -> bool:
        return self.intent in policy().driver_conduct if self.conduct is None else self.conduct

    @property
    def whose(self) -> Whose:
        return whose(self.intent, self.modifiers)


@dataclass(frozen=True)
class Reported:
    """What became of a report: the case, whether it is new, was raised, and whether the conversation is new to it."""

    case: Case
    new: bool
    raised: bool
    fresh: bool = False


def rides(conversation: Conversation) -> bool:
    """Whether this person can be in a car themselves: their live trip is then what their cry is about."""
    return conversation.role in ("rider", "driver")


def whose(intent: str, modifiers: Collection[str]) -> Whose:
    """Whose ride the words are about, by what they report and what they name."""
    if intent == "missing_person" or (SOMEBODY_ELSE in modifiers and intent not in _BROUGHT_ALONG):
        return "another"
    return "earlier" if intent in _OF_EARLIER_RIDES else "own"


def unusual(made: Report) -> Whose | None:
    """Whose ride it is where the timeline must say it: any but the reporter's own."""
    return None if made.whose == "own" else made.whose


def named_trip(case: Case) -> bool:
    """Whether the case's trip was named by words (order, phone, plate) or by a person, not guessed from an account. What was
    found before this was written down counts as named."""
    return case.trip is not None and bool(case.trip.get("named", True))


def of_own_ride(made: Report) -> bool:
    """Whether who is on a ride and says this speaks of that ride: an S0/S1 that is not about another ride."""
    return is_safety(heard(made)) and made.whose == "own"


def trip_meant(conversation: Conversation, made: Report) -> str | None:
    """The trip that is known of the reporter, if the report can be about it: never for somebody else's, and not the one that
    runs now for an earlier one."""
    about_it = made.whose == "own" or (made.whose == "earlier" and not conversation.trip_live)
    return conversation.trip_id if about_it else None


def rider_meant(conversation: Conversation, made: Report) -> str | None:
    """The reporter's account, if the report is about a ride of theirs."""
    return conversation.rider_id if made.whose != "another" else None


def from_another_ride(case: Case, conversation: Conversation, made: Report) -> bool:
    """Whether the case is about another ride than this report: an S0/S1 comes from the ride that the reporter is on, and what
    is told of an earlier ride or of somebody else's is not about that one. A plate or phone in the words that the case has
    too says that it is the same."""
    if not conversation.trip_live or not rides(conversation) or case.trip_id is None or alone(made):
        return False
    theirs = case.trip_id == conversation.trip_id
    if theirs if made.whose == "own" else not theirs:
        return False
    if made.whose == "own" and not of_own_ride(made):
        return False
    plate, phone = named(made)
    same = (plate is not None and plate == case.plate) or (phone is not None and phone == case.phone_hash)
    return not same


def heard(made: Report) -> Grade:
    """The grade of the words, before context."""
    return grading.base_grade(made.intent, made.grade)


def alone(made: Report) -> bool:
    """Reports that join nothing but their own: a routine matter, and a request of the police."""
    known = policy().intents.get(made.intent)
    return made.intent == "police_request" or (known is not None and known.family == "routine")


def named(made: Report) -> tuple[str | None, str | None]:
    """The plate in its one form and the phone's hash, as far as the words name them. A police request names others' plates
    and joins nothing."""
    if alone(made):
        return None, None
    own = "" if made.whose == "another" else made.clues.get("reporter_phone", "")
    phones = phone_candidates(made.clues.get("phone") or own)
    return normalise_plate(made.clues.get("licence_plate", "")) or None, hashed(phones[0]) if phones else None


def is_counter(found: Case, conversation: Conversation) -> bool:
    """The other party of the trip speaks: their report is its own, linked case, and joins nothing."""
    return (found.reporter_role == "driver") != (conversation.role == "driver")


def findable(case: Case, conversation: Conversation, made: Report) -> bool:
    """Whether there is anything by which the platform could find a trip."""
    known = (conversation.rider_id, conversation.driver_id, conversation.trip_id, conversation.callback_phone)
    return bool(case.trip_id or made.clues or any(known))


def sure_of_ride(case: Case, conversation: Conversation, made: Report) -> bool:
    """Whether the case's driver is certainly the one this report is about: the reporter was seen on that ride just now, or has
    none of their own that it could be. Else the hold waits until the trip is found."""
    if conversation.rider_id is None and conversation.driver_id is None:
        return True
    if made.whose != "own":
        return False
    trip = case.trip or {}
    if not trip.get("live") or not conversation.trip_live or case.trip_id != conversation.trip_id:
        return False
    return now() - datetime.fromisoformat(trip["seen_at"]) <= _JUST_NOW


def another_passengers(case: Case, conversation: Conversation, made: Report) -> bool:
    """Whether the plate in the words is all that points to the case, and its ride had ended when it was found: the same car
    then carries somebody else now."""
    if case.trip is None or case.trip.get("live"):
        return False
    phone = named(made)[1]
    same = (
        (case.trip_id, trip_meant(conversation, made)),
        (case.rider_id, rider_meant(conversation, made)),
        (case.phone_hash, phone),
    )
    return not any(one is not None and one == other for one, other in same)
