"""A ride that is under way or booked: cancel it, or change where it begins or ends."""

from __future__ import annotations

import re
from collections.abc import Mapping

from actions import words
from actions.clients import PlatformRefused
from actions.flow import FlowAction, local, record, trip_of
from actions.forms import Reader
from actions.models import BEFORE_RIDE, Trip
from actions.places import from_slot, read_place, settle_place
from actions.platform import platform
from actions.settings import policy
from actions.trips import Fits, TripForm, label
from actions.turn import Question, Turn
from actions.waiting import overdue_s

CHANGES = frozenset({"change_destination", "change_pickup"})


class CancelForm(TripForm):
    """Which ride, and a yes to what it costs."""

    form = "cancel_form"
    topics = frozenset({"cancel_ride"})
    none_found = "utter_no_trip_to_cancel"

    def fits(self, turn: Turn) -> Fits:
        return lambda trip: trip.live or trip.status == "scheduled"

    def readers(self) -> Mapping[str, Reader]:
        return {**self.trip_readers(), "confirmed": _read_cancel}

    async def next_question(self, turn: Turn) -> Question | None:
        question = await self.trip_question(turn)
        if question or turn.left():
            return question
        if turn.slot("choice") in ("free", "yes"):
            turn.set("confirmed", "yes")
        if turn.slot("confirmed"):
            return None
        trip = await trip_of(turn)
        allowed, fee, _ = await platform().cancellation_terms(trip.id)
        if not allowed:
            turn.leave()
            turn.say("utter_cannot_cancel", ride=label(trip, turn))
            return None
        ride = label(trip, turn)
        if fee.amount > 0 and overdue_s(trip, turn) <= policy().wait_limit_s:
            return Question(
                "confirmed", "utter_question_confirmed_cancel_fee", {"ride": ride, "fee": str(fee)}
            )
        return Question("confirmed", "utter_question_confirmed_cancel", {"ride": ride})


async def _read_cancel(turn: Turn) -> bool:
    """ "Cancel it" is a yes to the question whether to cancel."""
    if re.search(r"取消|cancel", turn.text, re.IGNORECASE) and not re.search(
        r"不|别|\bnot\b|n't|\bno\b", turn.text, re.IGNORECASE
    ):
        turn.set("confirmed", "yes")
        return True
    return await read_yes_or_no(turn)


async def read_yes_or_no(turn: Turn) -> bool:
    """ "yes" or "no" into `confirmed`, from a tap, the intent or the word."""
    choice = turn.entity("choice")
    if choice in ("yes", "no"):
        turn.set("confirmed", choice)
    elif turn.intent == "affirm" or words.is_only("yes", turn.text):
        turn.set("confirmed", "yes")
    elif turn.intent == "deny" or words.is_only("no", turn.text):
        turn.set("confirmed", "no")
    else:
        return False
    return True


class CancelAction(FlowAction):
    """Cancels; past the waiting limit without a fee, whatever the terms say."""

    def name(self) -> str:
        return "action_cancel_ride"

    async def finish(self, turn: Turn) -> None:
        if turn.slot("confirmed") != "yes":
            turn.say("utter_ride_kept")
            return
        trip = await trip_of(turn)
        late = overdue_s(trip, turn) > policy().wait_limit_s
        reason = "driver_late" if late else "changed_plans"
        _, fee, _ = await platform().cancellation_terms(trip.id)
        if turn.slot("choice") == "free" and not late and fee.amount > 0:
            # The driver has come near since the offer: a fee was never agreed to, so it is asked about first.
            turn.say("utter_cancel_no_longer_free", fee=str(fee), trip_id=trip.id)
            return
        try:
            await platform().cancel(trip.id, waived=late, reason=reason, key=turn.key())
        except PlatformRefused as error:
            if error.code not in ("trip_in_progress", "trip_over"):
                raise
            turn.say("utter_cannot_cancel", ride=label(trip, turn))
            return
        if late and fee.amount > 0:
            await record(turn, "fee_waived", trip_id=trip.id, fee=str(fee))
        await record(turn, "ride_cancelled", trip_id=trip.id, fee="waived" if late else str(fee))
        if late or fee.amount <= 0:
            turn.say("utter_ride_cancelled_free", ride=label(trip, turn))
        else:
            turn.say("utter_ride_cancelled_fee", ride=label(trip, turn), fee=str(fee))


class ChangeForm(TripForm):
    """Which ride, and where it shall begin or end."""

    form = "change_form"
    topics = CHANGES
    free_text = frozenset({"new_place"})
    akin = frozenset({"book_ride", "book_for_other", "scheduled_ride"})
    none_found = "utter_no_trip_to_change"

    def fits(self, turn: Turn) -> Fits:
        pickup = turn.slot("topic") == "change_pickup"
        return lambda trip: (
            trip.status in BEFORE_RIDE | {"scheduled"} or (not pickup and trip.status == "in_progress")
        )

    def readers(self) -> Mapping[str, Reader]:
        return {**self.trip_readers(), "new_place": _read_new_place}

    async def next_question(self, turn: Turn) -> Question | None:
        question = await self.trip_question(turn)
        if question or turn.left():
            return question
        if turn.slot("new_place"):
            await settle_place(turn, "new_place", (await trip_of(turn)).city)
        if turn.slot("new_place"):
            return None
        return Question("new_place", f"utter_question_{turn.slot('topic')}", {})


async def _read_new_place(turn: Turn) -> bool:
    trip = await trip_of(turn)
    return await read_place(turn, "new_place", trip.city)


class ChangeAction(FlowAction):
    """Changes the place at the platform and tells the new price and time."""

    def name(self) -> str:
        return "action_change_ride"

    async def finish(self, turn: Turn) -> None:
        trip, place = await trip_of(turn), from_slot(turn.slot("new_place"))
        end = "pickup" if turn.slot("topic") == "change_pickup" else "destination"
        try:
            now = await platform().change_place(trip.id, end, place, key=turn.key())
        except PlatformRefused as error:
            if error.code in ("trip_in_progress", "trip_over"):
                turn.say("utter_change_too_late")
            elif error.code == "place_not_found":
                turn.say("utter_place_unknown", name=place.name)
            else:
                raise
            return
        await record(turn, f"{end}_changed", trip_id=trip.id, place=place.name)
        turn.say(f"utter_{end}_changed", place=place.label(turn.language))
        _say_new_terms(turn, now)


def _say_new_terms(turn: Turn, trip: Trip) -> None:
    if trip.quote:
        turn.say("utter_new_price", amount=str(trip.quote.total))
    if trip.eta:
        turn.say("utter_new_eta", at=local(trip.eta.at, turn, trip))
