"""Which trip: those that may be meant, chosen by itself when only one can be, else by buttons or by what is
typed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from actions import identity, readers, words
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
    turn: Turn, fitting: list[Trip], fresh_is_meant: bool, live_is_meant: bool = False
) -> Trip | None:
    """The trip that needs no question: the only one (on the day that was named), the one talked of
    before, or the one that
    ended just now, where that is what people mean or what they said."""
    if len(fitting) == 1:
        return fitting[0]
    that_day = [trip for trip in fitting if _on_day_named(trip, turn)]
    if readers.day(turn.all_said, turn.now):
        return that_day[0] if len(that_day) == 1 else None
    for trip in fitting:
        if trip.id == turn.slot("last_trip_id"):
            return trip
    live = [trip for trip in fitting if trip.status == "in_progress"]
    if live_is_meant and len(live) == 1:
        return live[0]
    if not (fresh_is_meant or words.says("just_now", turn.all_said)):
        return None
    fresh = [trip for trip in fitting if trip.finished_at and turn.now - trip.finished_at < JUST_NOW]
    return fresh[0] if len(fresh) == 1 and not any(trip.live for trip in fitting) else None


def _on_day_named(trip: Trip, turn: Turn) -> bool:
    """Whether a trip was on the day that was named, counted from today where the trip was."""
    zone = ZoneInfo(trip.timezone)
    return readers.day(turn.all_said, turn.now.astimezone(zone)) == f"{trip.at.astimezone(zone):%Y-%m-%d}"


def named(text: str, fitting: list[Trip]) -> Trip | None:
    """The trip that a typed answer names: by order number, position in the list, plate, or a place; None
    if unclear."""
    bare = re.sub(r"[\s·.\-]", "", text).upper()
    for trip in fitting:
        if len(bare) >= 4 and (trip.order_no.upper() in bare or bare in trip.order_no.upper()):
            return trip
    ordinal = re.fullmatch(
        r"(?:第|the)?\s*(\d|一|二|三|四|五|first|second|third|last|最近|最新|最后)(?:个|條|条|one)?.{0,4}",
        text.strip(),
        re.IGNORECASE,
    )
    if ordinal:
        order = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "FIRST": 1, "SECOND": 2, "THIRD": 3}
        word = ordinal[1].upper()
        number = int(word) if word.isdigit() else order.get(word, 1)
        return fitting[number - 1] if 1 <= number <= len(fitting) else None
    hits = [trip for trip in fitting if _mentions(text, trip)]
    return hits[0] if len(hits) == 1 else None


def _mentions(text: str, trip: Trip) -> bool:
    said = text.lower()
    places = (trip.pickup.name, trip.pickup.name_en, trip.destination.name, trip.destination.name_en)
    if any(
        place and (place.lower() in said or (len(said) >= 2 and said in place.lower())) for place in places
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
    # Two facts about the ride are proof enough.
    facts_do: ClassVar[bool] = False

    def fits(self, turn: Turn) -> Fits:
        """Which trips this matter can be about."""
        raise NotImplementedError

    async def trip_question(self, turn: Turn) -> Question | None:
        """Who it is, then which trip; None when `trip_id` is set and is theirs, or when the form was left."""
        unknown = identity.who_asks(turn, facts=self.facts_do)
        if unknown:
            return unknown
        who = identity.person(turn, facts=self.facts_do)
        assert who is not None
        # The whole list first: what may be meant is chosen here, never by what a button claims.
        fitting = [trip for trip in await trips_of(turn, who) if self.fits(turn)(trip)]
        chosen = self._chosen(turn, fitting)
        if chosen:
            turn.set("trip_id", chosen.id)
            turn.set("last_trip_id", chosen.id)
            if who.method == "code":
                await identity.record(turn, chosen.id)
            return None
        turn.set("trip_id", None)
        if not fitting:
            turn.leave()
            turn.say(self.none_found_for(turn))
            return None
        return ask("trip_id", buttons=self._buttons(turn, fitting))

    def _chosen(self, turn: Turn, fitting: list[Trip]) -> Trip | None:
        """A trip id from a button counts only if it is among the person's own."""
        wanted = turn.slot("trip_id")
        if wanted:
            return next((trip for trip in fitting if trip.id == wanted), None)
        order = turn.entity("order_number")
        meant = by_itself(turn, fitting, self.fresh_is_meant, self.live_is_meant)
        return (named(order, fitting) if order else None) or meant

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
        who = identity.person(turn, facts=self.facts_do)
        if who is None:
            return False
        fitting = [trip for trip in await trips_of(turn, who) if self.fits(turn)(trip)]
        found = named(turn.entity("order_number") or turn.text, fitting[:SHOWN])
        found = found or by_itself(turn, fitting, fresh_is_meant=False)
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
