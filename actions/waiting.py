"""Waiting for the driver: where the car is and why it is late, a way to reach the driver, and past the limit
a way out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from actions import words
from actions.clients import PlatformRefused
from actions.desk import desk
from actions.flow import (
    FlowAction,
    is_night,
    local,
    open_case,
    record,
    say_case,
    trip_evidence,
    trip_of,
    vulnerable,
)
from actions.forms import Reader
from actions.identity import person
from actions.models import BEFORE_RIDE, Driver, Position, Trip
from actions.platform import platform
from actions.settings import policy
from actions.trips import Fits, TripForm
from actions.turn import Question, Turn

TOPICS = frozenset({"driver_late", "cannot_reach_driver", "driver_no_show"})
EARTH_RADIUS_KM = 6371.0


class WaitingForm(TripForm):
    """Which ride is being waited for."""

    form = "waiting_form"
    topics = TOPICS
    none_found = "utter_no_waiting_trip"

    def fits(self, turn: Turn) -> Fits:
        in_ride = turn.slot("topic") == "cannot_reach_driver"
        return lambda trip: trip.status in BEFORE_RIDE or (in_ride and trip.status == "in_progress")

    def readers(self) -> Mapping[str, Reader]:
        return self.trip_readers()

    async def next_question(self, turn: Turn) -> Question | None:
        return await self.trip_question(turn)


def overdue_s(trip: Trip, turn: Turn) -> float:
    """Seconds that the pickup is or will be later than first promised; 0 when a driver stands at the
    pickup."""
    if trip.promised_pickup_at is None or trip.status not in BEFORE_RIDE or trip.status == "waiting":
        return 0.0
    expected = max(trip.eta.at, turn.now) if trip.eta and trip.eta.to == "pickup" else turn.now
    return max(0.0, (expected - trip.promised_pickup_at).total_seconds())


def distance_km(position: Position, lat: float, lng: float) -> float:
    """Great-circle distance (haversine) in km."""
    a, b = math.radians(position.lat), math.radians(lat)
    half = (
        math.sin((b - a) / 2) ** 2
        + math.cos(a) * math.cos(b) * math.sin(math.radians(lng - position.lng) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half))


def party(turn: Turn, trip: Trip) -> str:
    """As whom the person is called in this trip: rider, booker or passenger."""
    who = person(turn)
    if who and who.rider_id and who.rider_id == trip.rider_id:
        return "rider"
    return "booker" if who and who.rider_id and who.rider_id == trip.booker_id else "passenger"


class WaitingAction(FlowAction):
    """Tells position, time of arrival and reason; reaches the driver; past the limit offers a new car or
    a free cancellation."""

    def name(self) -> str:
        return "action_waiting"

    async def finish(self, turn: Turn) -> None:
        trip, choice = await trip_of(turn), turn.slot("choice")
        if str(choice).startswith("new_car"):
            await _new_car_if_meant(turn, trip)
            return
        if choice == "call":
            await _reach(turn, trip)
            return
        _say_where(turn, trip)
        if turn.slot("topic") == "cannot_reach_driver":
            await _reach(turn, trip)
        if not turn.standalone and trip.live:
            await desk().watch(turn.address, kind="trip", ref=trip.id, trip_id=trip.id)
        # What can be tapped comes last.
        if overdue_s(trip, turn) > policy().wait_limit_s:
            await _case_if_harder(turn, trip)
            turn.say("utter_wait_over_limit", minutes=round(overdue_s(trip, turn) / 60), trip_id=trip.id)
        elif trip.driver and turn.slot("topic") == "driver_no_show":
            turn.say("utter_wait_not_there", trip_id=trip.id)
        elif trip.driver and turn.slot("topic") == "driver_late":
            turn.say("utter_wait_call", trip_id=trip.id)


def _say_where(turn: Turn, trip: Trip) -> None:
    if trip.status == "searching" or trip.driver is None:
        turn.say("utter_wait_searching")
        return
    names: dict[str, Any] = {"driver": trip.driver.name, "plate": trip.vehicle.plate if trip.vehicle else "-"}
    if trip.status == "waiting":
        turn.say("utter_wait_at_pickup", pickup=trip.pickup.label(turn.language), **names)
    elif trip.eta is None:
        turn.say("utter_wait_no_eta", **names)
    else:
        turn.say("utter_wait_eta", minutes=trip.eta.minutes, at=local(trip.eta.at, turn, trip), **names)
        _say_position(turn, trip)
    if trip.delay:
        turn.say(f"utter_delay_{trip.delay.reason_code}", minutes=trip.delay.minutes)
        if trip.delay.reason:
            turn.say("utter_delay_words", words=trip.delay.reason)


def _say_position(turn: Turn, trip: Trip) -> None:
    if trip.position is None:
        return
    to = trip.pickup if trip.status in BEFORE_RIDE else trip.destination
    away = distance_km(trip.position, to.lat, to.lng)
    age = max(0, round((turn.now - trip.position.at).total_seconds()))
    if age < 120:
        turn.say("utter_wait_position", km=f"{away:.1f}", to=to.label(turn.language))
    else:
        turn.say(
            "utter_wait_position_old", km=f"{away:.1f}", to=to.label(turn.language), minutes=round(age / 60)
        )


async def _reach(turn: Turn, trip: Trip) -> None:
    """A masked call; if that does not get through, a message in the driver's app and its request to call
    back."""
    if trip.driver is None:
        turn.say("utter_wait_searching")
        return
    me = party(turn, trip)
    result = await platform().call(trip.id, me, key=turn.key("call"))
    if result == "connected":
        await record(turn, "driver_called", trip_id=trip.id, result=result)
        turn.say("utter_driver_called")
        return
    turn.say("utter_call_number_failed" if result == "number_failed" else "utter_call_no_answer")
    await _push(turn, trip, trip.driver, me)


async def _push(turn: Turn, trip: Trip, driver: Driver, me: str) -> None:
    # The driver's app shows this; both languages, because the driver's is not known here.
    text = "乘客联系不上您，请尽快回电。 / Your passenger cannot reach you: please call back now."
    pushed = await platform().push(driver.id, "cannot_reach", text, trip.id, key=turn.key("push"))
    asked = await platform().ask_to_call(driver.id, trip.id, me, "cannot_reach_driver", key=turn.key("ask"))
    if "delivered" in (pushed, asked):
        await record(turn, "driver_pushed", trip_id=trip.id, push=pushed, call_request=asked)
        turn.say("utter_driver_pushed")
    elif "queued" in (pushed, asked):
        await record(turn, "driver_pushed", trip_id=trip.id, push=pushed, call_request=asked)
        turn.say("utter_driver_push_queued", trip_id=trip.id)
    else:
        turn.say("utter_driver_unreachable", trip_id=trip.id)


async def _new_car_if_meant(turn: Turn, trip: Trip) -> None:
    """A button may be old. At once only where the wait is past the limit now or no driver is lost by it; else the
    person is told where the car is, and asked."""
    late = overdue_s(trip, turn) > policy().wait_limit_s
    if late or trip.driver is None or _leaves_this_car(turn, trip):
        await _new_car(turn, trip)
        return
    _say_where(turn, trip)
    if trip.vehicle:
        plate = trip.vehicle.plate
        turn.say("utter_new_car_sure", plate=plate, choice=_leaving(trip), trip_id=trip.id)


def _leaving(trip: Trip) -> str:
    """What is agreed to: to let a driver at the pickup go is more than one on the way."""
    return "new_car_from_pickup" if trip.status == "waiting" else "new_car_from_way"


def _leaves_this_car(turn: Turn, trip: Trip) -> bool:
    """Whether the person was asked about this very car, where it is now."""
    told = turn.entity("licence_plate")
    return bool(trip.vehicle and told == trip.vehicle.plate and turn.slot("choice") == _leaving(trip))


async def _new_car(turn: Turn, trip: Trip) -> None:
    """Another driver; the platform's answer tells which, or that one is looked for."""
    before = trip.driver.id if trip.driver else None
    try:
        now = await platform().redispatch(trip.id, reason=_reason(turn), key=turn.wish())
        if turn.first_try:
            # The answer is that of the first time: what it has led to is told, and it is a change all the same.
            now, before = await trip_of(turn), None
    except PlatformRefused as error:
        if error.code not in ("trip_in_progress", "trip_over"):
            raise
        turn.say("utter_new_car_too_late")
        return
    if now.driver is None or now.driver.id == before:
        await record(turn, "new_car_searched", trip_id=trip.id)
        turn.say("utter_new_car_searching", trip_id=trip.id)
        if not turn.standalone:
            await desk().watch(turn.address, kind="trip", ref=trip.id, trip_id=trip.id)
            turn.say("utter_follow")
        return
    plate = now.vehicle.plate if now.vehicle else "-"
    await record(turn, "car_sent", trip_id=trip.id, driver_id=now.driver.id, plate=plate)
    if now.eta:
        at = local(now.eta.at, turn, now)
        turn.say("utter_new_car_eta", driver=now.driver.name, plate=plate, minutes=now.eta.minutes, at=at)
    else:
        turn.say("utter_new_car", driver=now.driver.name, plate=plate)


def _reason(turn: Turn) -> str:
    topic = str(turn.slot("topic"))
    return topic if topic in TOPICS else "driver_late"


async def _case_if_harder(turn: Turn, trip: Trip) -> None:
    """Past the limit at night, or for somebody who cannot wait like others, people look at it too."""
    reasons = ["over_wait_at_night"] if is_night(turn, trip) else []
    if vulnerable(turn):
        reasons.append("vulnerable_waiting")
    if words.says("again", turn.all_said):
        reasons.append("repeat")
    if reasons:
        evidence = {**trip_evidence(trip), "late_s": round(overdue_s(trip, turn))}
        title = f"Waiting past the limit: {trip.pickup.name}"
        case = await open_case(turn, _reason(turn), title=title, evidence=evidence, reasons=reasons)
        say_case(turn, case, trip)
