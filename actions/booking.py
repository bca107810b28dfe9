"""Booking a car: now, for later, or for somebody else. Price first, then a yes, then the booking."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from actions import identity, readers, retries, words
from actions.change import read_yes_or_no
from actions.clients import PlatformRefused
from actions.flow import FlowAction, local, record
from actions.forms import Reader, VigilForm
from actions.models import Place, Quote, Trip
from actions.places import from_slot, read_place, settle_place
from actions.platform import platform
from actions.trips import trips_of
from actions.turn import Question, Turn, ask

# The zone of each city is on its trips; before there is one, the language tells it well enough to read "8
# pm" back.
_ZONES = {"zh": "Asia/Shanghai", "en": "Europe/London"}


class BookingForm(VigilForm):
    """From where, to where, when (for later), who rides (for another), and a yes to the price."""

    form = "booking_form"
    topics = frozenset({"book_ride", "book_for_other", "scheduled_ride"})
    ends_on = frozenset({"cancel_ride"})
    akin = frozenset({"change_destination", "change_pickup"})
    free_text = frozenset({"pickup_place", "destination_place", "passenger_name"})

    def readers(self) -> Mapping[str, Reader]:
        return {
            "rider_phone": identity.read_phone,
            "code": identity.read_code,
            "pickup_place": _read_pickup,
            "destination_place": _read_destination,
            "pickup_at": _read_time,
            "passenger_name": _read_name,
            "passenger_phone": _read_passenger_phone,
            "confirmed": read_yes_or_no,
        }

    async def next_question(self, turn: Turn) -> Question | None:
        if await _moves_a_booking(turn):
            turn.leave()
            turn.say("utter_form_stuck")
            return None
        question = identity.who_asks(turn)
        if question:
            return question
        who = identity.person(turn)
        if who is None or not who.rider_id:
            turn.leave()
            turn.say("utter_no_account")
            return None
        await _settle(turn)
        for slot in _needed(str(turn.slot("topic"))):
            if not turn.slot(slot):
                return ask(slot)
        return None if turn.slot("confirmed") else await _price(turn, who.rider_id)


async def _moves_a_booking(turn: Turn) -> bool:
    """Whether a ride that is booked shall be at another time: this form would book a second one, so people do it."""
    if turn.slot("topic") != "scheduled_ride" or not words.says("moves_time", str(turn.slot("said") or "")):
        return False
    who = identity.person(turn)
    return who is not None and any(trip.status == "scheduled" for trip in await trips_of(turn, who))


async def _settle(turn: Turn) -> None:
    """What the first message told: places by name, and for later the time."""
    for slot in ("pickup_place", "destination_place"):
        if isinstance(turn.slot(slot), list):
            await settle_place(turn, slot, await _city(turn))
    if turn.slot("topic") == "scheduled_ride" and turn.slot("said") and not turn.slot("pickup_at"):
        at = readers.moment(
            str(turn.slot("said")), turn.now.astimezone(ZoneInfo(await _zone(turn))), future=True
        )
        turn.set("pickup_at", at.isoformat() if at else None)
        turn.set("said", None)


def _needed(topic: str) -> tuple[str, ...]:
    places = ("pickup_place", "destination_place")
    if topic == "scheduled_ride":
        return (*places, "pickup_at")
    return (*places, "passenger_name", "passenger_phone") if topic == "book_for_other" else places


async def _zone(turn: Turn) -> str:
    """The zone where the person rides: of their last trip, else by language."""
    who = identity.person(turn)
    last = await platform().trips(account=who.rider_id, limit=1) if who and who.rider_id else []
    return last[0].timezone if last else _ZONES[turn.language]


async def _city(turn: Turn) -> str | None:
    who = identity.person(turn)
    return (await platform().rider(who.rider_id)).city if who and who.rider_id else None


async def _read_pickup(turn: Turn) -> bool:
    return await read_place(turn, "pickup_place", await _city(turn))


async def _read_destination(turn: Turn) -> bool:
    return await read_place(turn, "destination_place", await _city(turn))


async def _read_time(turn: Turn) -> bool:
    at = readers.moment(turn.text, turn.now.astimezone(ZoneInfo(await _zone(turn))), future=True)
    if at:
        turn.set("pickup_at", at.isoformat())
    return at is not None


async def _read_name(turn: Turn) -> bool:
    if words.in_words(turn.text):
        turn.set("passenger_name", turn.text[:100])
    return words.in_words(turn.text)


async def _read_passenger_phone(turn: Turn) -> bool:
    phone = readers.phone(turn.text)
    if phone:
        turn.set("passenger_phone", phone)
    return phone is not None


def _time(turn: Turn) -> datetime | None:
    return datetime.fromisoformat(turn.slot("pickup_at")) if turn.slot("pickup_at") else None


async def _price(turn: Turn, rider_id: str) -> Question | None:
    """The price as the last question; without a car free now, words and no question."""
    start, end, at = (
        from_slot(turn.slot("pickup_place")),
        from_slot(turn.slot("destination_place")),
        _time(turn),
    )
    quotes = await platform().quotes(rider_id, start, end, at)
    quote = next((quote for quote in quotes if quote.product == "standard"), quotes[0] if quotes else None)
    # The ride booked by a try whose answer was lost may have taken the last free car.
    tried = retries.first_try(turn.events_before, BookingAction.NAME)
    if quote is None or (at is None and not quote.available and not tried):
        turn.leave()
        turn.say("utter_no_car_now")
        return None
    return _confirm(turn, quote, start.label(turn.language), end.label(turn.language), at)


def _confirm(turn: Turn, quote: Quote, start: str, end: str, at: datetime | None) -> Question:
    values = {"start": start, "end": end, "amount": str(quote.total)}
    if at:
        return Question(
            "confirmed", "utter_question_confirmed_booking_at", {**values, "at": f"{at:%m-%d %H:%M}"}
        )
    minutes = quote.pickup_minutes
    if minutes is None:
        return Question("confirmed", "utter_question_confirmed_booking", values)
    return Question("confirmed", "utter_question_confirmed_booking_now", {**values, "minutes": minutes})


async def _book(turn: Turn, rider_id: str, start: Place, end: Place, at: datetime | None) -> Trip:
    """The ride booked. Said again because the answer to the first time was lost, it is the ride of the first time, as it
    is now; if that is over meanwhile, another one. Raises PlatformRefused."""
    name = turn.slot("passenger_name")
    passenger = {"name": name, "phone": turn.slot("passenger_phone")} if name else None
    trip = await platform().book(rider_id, start, end, at, passenger, key=turn.wish())
    if turn.first_try is None:
        return trip
    trip = await platform().trip(trip.id)
    if trip.live or trip.status == "scheduled":
        return trip
    return await platform().book(rider_id, start, end, at, passenger, key=turn.key())


class BookingAction(FlowAction):
    NAME = "action_booking"

    def name(self) -> str:
        return self.NAME

    async def finish(self, turn: Turn) -> None:
        who = identity.person(turn)
        if turn.slot("confirmed") != "yes" or who is None or not who.rider_id:
            turn.say("utter_not_booked")
            return
        start, end, at = (
            from_slot(turn.slot("pickup_place")),
            from_slot(turn.slot("destination_place")),
            _time(turn),
        )
        try:
            trip = await _book(turn, who.rider_id, start, end, at)
        except PlatformRefused as error:
            if error.status not in (409, 422):
                raise
            known = ("no_car_available", "pickup_time_invalid", "place_not_found")
            turn.say(f"utter_booking_{error.code}" if error.code in known else "utter_booking_refused")
            return
        await record(turn, "ride_booked", trip_id=trip.id, order_no=trip.order_no)
        values: dict[str, Any] = {
            "order": trip.order_no,
            "start": start.label(turn.language),
            "end": end.label(turn.language),
        }
        if at:
            turn.say("utter_ride_scheduled", at=local(at, turn, trip), **values)
        else:
            turn.say("utter_ride_booked", **values)
            if trip.driver and trip.vehicle and trip.eta:
                at = trip.eta.at
                car: dict[str, Any] = {"driver": trip.driver.name, "plate": trip.vehicle.plate}
                turn.say("utter_wait_eta", minutes=trip.eta.minutes, at=local(at, turn, trip), **car)
