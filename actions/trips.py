"""Which trip: those that may be meant, chosen by itself when only one can be, else by buttons or by what is
typed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from actions import days, identity, readers, words
from actions.clients import NotFound
from actions.forms import VigilForm
from actions.identity import Person
from actions.models import Trip
from actions.platform import platform
from actions.turn import Question, Turn, ask

RECENT = timedelta(days=7)
# A ride that ended this short a time ago is the one meant by "just now".
JUST_NOW = timedelta(hours=3)
SHOWN = 5
DAY_MINUTES = 24 * 60
Fits = Callable[[Trip], bool]


def label(trip: Trip, turn: Turn) -> str:
    """A trip in one line: local time (with the day when it is not today), from, to. The platform's words,
    no sentence."""
    zone, language = ZoneInfo(trip.timezone), turn.language
    at = trip.at.astimezone(zone)
    when = f"{at:%H:%M}" if at.date() == turn.now.astimezone(zone).date() else f"{at:%m-%d %H:%M}"
    return f"{when} {trip.pickup.label(language)} → {trip.destination.label(language)}"


async def trips_of(turn: Turn, who: Person) -> list[Trip]:
    """All trips of the last days that the person may see, newest first, those booked for or by others too."""
    found: dict[str, Trip] = {}
    since = turn.now - RECENT
    if who.driver_id:
        trips = await platform().trips(driver=who.driver_id, since=since)
    elif who.rider_id:
        trips = await platform().trips(account=who.rider_id, since=since)
    else:
        trips = []
    found.update((trip.id, trip) for trip in trips)
    for trip_id in who.trip_ids[: SHOWN + 1]:
        if trip_id not in found:
            try:
                found[trip_id] = await platform().trip(trip_id)
            except NotFound:
                continue
    return sorted(found.values(), key=lambda trip: trip.at, reverse=True)


def by_itself(
    turn: Turn,
    fitting: list[Trip],
    fresh_is_meant: bool,
    live_is_meant: bool = False,
    ahead: bool = False,
    talked_of: bool = True,
    only_one: bool = True,
) -> Trip | None:
    """The trip that needs no question: the only one (only_one), the only one on the day that was named, the one talked of
    before, or the one that ended just now, where that is what people mean or what they said. ahead: a day to come
    may be the ride's."""
    if _names_day(turn, fitting, ahead):
        that_day = [trip for trip in fitting if _on_day_named(trip, turn)]
        return that_day[0] if len(that_day) == 1 else None
    if only_one and len(fitting) == 1:
        return fitting[0]
    for trip in fitting:
        if talked_of and trip.id == turn.slot("last_trip_id"):
            return trip
    live = [trip for trip in fitting if trip.status == "in_progress"]
    if live_is_meant and len(live) == 1:
        return live[0]
    if not (fresh_is_meant or words.says("just_now", turn.all_said)):
        return None
    fresh = [trip for trip in fitting if trip.finished_at and turn.now - trip.finished_at < JUST_NOW]
    return fresh[0] if len(fresh) == 1 and not any(trip.live for trip in fitting) else None


def told_by_time(turn: Turn, fitting: list[Trip], ahead: bool) -> Trip | None:
    """The ride that an answer tells by its day or by "just now". That only one is left to choose says nothing: it was asked
    about because another was meant."""
    if _names_day(turn, fitting, ahead) or words.says("just_now", turn.text):
        return by_itself(turn, fitting, fresh_is_meant=False, ahead=ahead, talked_of=False, only_one=False)
    return None


def _names_day(turn: Turn, fitting: list[Trip], ahead: bool) -> bool:
    """Whether a day was named that a ride may be of. Without `ahead`, "I fly tomorrow" names no ride's day."""
    for trip in fitting:
        today = turn.now.astimezone(ZoneInfo(trip.timezone)).date()
        if any(ahead or day <= today for day in days.days(_day_said(turn, today), today)):
            return True
    return False


def _day_said(turn: Turn, today: date) -> str:
    """Where the day is looked for: an answer corrects what was said before."""
    return turn.text if days.days(turn.text, today) else turn.all_said


def _on_day_named(trip: Trip, turn: Turn) -> bool:
    """Whether a trip was on a day that was named, counted from today where the trip was."""
    zone = ZoneInfo(trip.timezone)
    today = turn.now.astimezone(zone).date()
    said = _day_said(turn, today)
    return days.is_on(trip.at.astimezone(zone), said, days.days(said, today))


def _order_named(turn: Turn) -> str | None:
    """The order that the message names, or the one that began the matter (who it is may be asked in between)."""
    return turn.entity("order_number") or readers.order_number(str(turn.slot("said") or ""))


_POSITION = re.compile(
    r"(?:第|the|no\.?|#)?\s*(\d|一|二|三|四|五|first|second|third|last|最近|最新|最后)\s*"
    r"(?:的?[一那这]?(?:个|個|条|條|趟|次|单|單|号|號)|one|ride|trip)?[吧的]?[\s,.!，。！]*(?:please|pls|谢谢)?[.!。！]*",
    re.IGNORECASE,
)
_ORDER = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "FIRST": 1, "SECOND": 2, "THIRD": 3}
# A whole hour is said of what was near it.
NEAR_MINUTES = 30


def named(text: str, fitting: list[Trip]) -> Trip | None:
    """The trip that a typed answer names: by order number, position in the list, time of day, plate, or a place;
    None if unclear."""
    bare = re.sub(r"[\s·.\-]", "", text).upper()
    for trip in fitting:
        if len(bare) >= 4 and (trip.order_no.upper() in bare or bare in trip.order_no.upper()):
            return trip
    if position := _POSITION.fullmatch(text.strip()):
        word = position[1].upper()
        number = int(word) if word.isdigit() else _ORDER.get(word, 1)
        return fitting[number - 1] if 1 <= number <= len(fitting) else None
    hits = [trip for trip in fitting if _mentions(text, trip)] or [
        trip for trip in fitting if _was_at(text, trip)
    ]
    return hits[0] if len(hits) == 1 else None


def _was_at(text: str, trip: Trip) -> bool:
    """Whether a time of day that is named is the trip's; without am or pm, of either half of the day."""
    told = readers.clock(readers.plain(text))
    if told is None:
        return False
    local = trip.at.astimezone(ZoneInfo(trip.timezone))
    minute, whole = local.hour * 60 + local.minute, told[0] * 60 + told[1]
    either = told[0] < 12 and not readers.HALF_TOLD.search(text)
    apart = min(
        abs(minute - other) for other in (whole % DAY_MINUTES, (whole + 720) % DAY_MINUTES)[: 1 + either]
    )
    return apart <= (0 if told[1] else NEAR_MINUTES)


def _mentions(text: str, trip: Trip) -> bool:
    said = text.lower()
    # A short Latin word ("on", "it") is a part of many names and names none.
    enough = 4 if said.isascii() else 2
    places = (trip.pickup.name, trip.pickup.name_en, trip.destination.name, trip.destination.name_en)
    if any(
        place and (place.lower() in said or (len(said) >= enough and said in place.lower()))
        for place in places
    ):
        return True
    plate = re.sub(r"[\s·.\-]", "", trip.vehicle.plate).upper() if trip.vehicle else ""
    return bool(plate and plate in re.sub(r"[\s·.\-]", "", text).upper())


class TripForm(VigilForm):
    """A form that needs a trip of the person's own before anything else."""

    # Response when the person has no trip that fits.
    none_found: ClassVar[str]

    def none_found_for(self, turn: Turn) -> str:
        return self.none_found

    # The ride that ended just now is the one meant, even if nothing says so.
    fresh_is_meant: ClassVar[bool] = False
    # The ride that is running is the one meant.
    live_is_meant: ClassVar[bool] = False
    # A ride booked for a day to come may be the one meant.
    ahead: ClassVar[bool] = False
    # What was chosen by a button holds for the ride it was offered for only.
    choice_is_of_ride: ClassVar[bool] = True
    # Two facts about the ride are proof enough.
    facts_do: ClassVar[bool] = False

    def fits(self, turn: Turn) -> Fits:
        """Which trips this matter can be about."""
        raise NotImplementedError

    async def fitting(self, turn: Turn) -> list[Trip]:
        """The person's own trips that this matter can be about, newest first; none while nobody is known."""
        who = identity.person(turn, facts=self.facts_do)
        return [trip for trip in await trips_of(turn, who) if self.fits(turn)(trip)] if who else []

    async def trip_question(self, turn: Turn) -> Question | None:
        """Who it is, then which trip; None when `trip_id` is set and is theirs, or when the form was left."""
        unknown = identity.who_asks(turn, facts=self.facts_do)
        if unknown:
            return unknown
        who = identity.person(turn, facts=self.facts_do)
        assert who is not None
        # The whole list first: what may be meant is chosen here, never by what a button claims.
        fitting = await self.fitting(turn)
        chosen = self._chosen(turn, fitting)
        if chosen:
            turn.set("trip_id", chosen.id)
            turn.set("last_trip_id", chosen.id)
            if who.method == "code":
                await identity.record(turn, chosen.id)
            return None
        self._forget_ride(turn)
        if not fitting:
            turn.leave()
            turn.say(self.none_found_for(turn))
            return None
        if _order_named(turn) and turn.slot("requested_slot") != "trip_id":
            turn.say("utter_order_not_found", order=_order_named(turn))
        return ask("trip_id", buttons=self._buttons(turn, fitting))

    def _forget_ride(self, turn: Turn) -> None:
        """What was agreed to was meant for the ride that is no longer to be had, and for no other."""
        if turn.slot("trip_id"):
            turn.set("confirmed", None)
            if self.choice_is_of_ride:
                turn.set("choice", None)
        turn.set("trip_id", None)

    def _chosen(self, turn: Turn, fitting: list[Trip]) -> Trip | None:
        """A trip id from a button counts only if it is among the person's own. Once asked which, only the answer counts."""
        wanted = turn.slot("trip_id")
        if wanted:
            return next((trip for trip in fitting if trip.id == wanted), None)
        if turn.active_form == self.form and turn.slot("requested_slot") == "trip_id":
            return None
        return self.chosen_of(turn, fitting)

    def chosen_of(self, turn: Turn, fitting: list[Trip], talked_of: bool = True) -> Trip | None:
        """The one meant by what was said and is known, without a question. talked_of: the one of the matter before
        counts."""
        order = _order_named(turn)
        if order:
            # An order of nobody here is not the ride that would be meant otherwise.
            return named(order, fitting)
        meant = self.fresh_is_meant, self.live_is_meant, self.ahead
        return by_itself(turn, fitting, *meant, talked_of=talked_of)

    def _buttons(self, turn: Turn, fitting: list[Trip]) -> tuple[dict[str, str], ...]:
        intent = str(turn.slot("topic"))
        return tuple(
            {"title": label(trip, turn), "payload": f'/{intent}{{"trip_id":"{trip.id}"}}'}
            for trip in fitting[:SHOWN]
        )

    async def read_trip(self, turn: Turn) -> bool:
        tapped = turn.entity("trip_id")
        if tapped:
            turn.set("trip_id", tapped)
            return True
        fitting = await self.fitting(turn)
        order = turn.entity("order_number")
        found = named(order or turn.text, fitting[:SHOWN])
        if len(fitting) == 1 and words.is_only("yes", turn.text):
            found = fitting[0]
        if not order:
            found = found or told_by_time(turn, fitting, self.ahead)
        if found:
            turn.set("trip_id", found.id)
        return found is not None

    def trip_readers(self) -> dict[str, Callable[[Turn], Awaitable[bool]]]:
        return {
            "rider_phone": identity.read_phone,
            "code": identity.read_code,
            "trip_facts": identity.read_facts,
            "trip_id": self.read_trip,
        }
