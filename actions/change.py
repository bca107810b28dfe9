"""A ride that is under way or booked: cancel it, or change where it begins or ends."""

from __future__ import annotations

from collections.abc import Mapping

from actions import days, readers, words
from actions.clients import PlatformRefused
from actions.flow import FlowAction, local, record, trip_of
from actions.forms import Reader
from actions.models import BEFORE_RIDE, Money, Trip
from actions.places import from_slot, read_place, settle_place
from actions.platform import platform
from actions.settings import policy
from actions.trips import Fits, TripForm, label
from actions.turn import Question, Turn
from actions.waiting import overdue_s

CHANGES = frozenset({"change_destination", "change_pickup"})
# In `choice` of a change: the person has said which ride, it was not guessed.
PICKED = "picked"


class CancelForm(TripForm):
    """Which ride, and a yes to what it costs."""

    form = "cancel_form"
    topics = frozenset({"cancel_ride"})
    none_found = "utter_no_trip_to_cancel"
    ahead = True

    def fits(self, turn: Turn) -> Fits:
        return lambda trip: trip.live or trip.status == "scheduled"

    def readers(self) -> Mapping[str, Reader]:
        return {**self.trip_readers(), "confirmed": _read_cancel}

    async def next_question(self, turn: Turn) -> Question | None:
        question = await self.trip_question(turn)
        if question or turn.left() or turn.slot("confirmed") == "no":
            return question
        trip = await trip_of(turn)
        allowed, fee, _ = await platform().cancellation_terms(trip.id)
        if not allowed:
            turn.leave()
            turn.say("utter_cannot_cancel", ride=label(trip, turn))
            return None
        cost = _cost(turn, trip, fee)
        if _agreed(turn, cost):
            turn.set("confirmed", "yes")
            return None
        if turn.slot("confirmed") or turn.slot("choice") == "free":
            turn.say("utter_cancel_costs_more")
        turn.set("confirmed", None)
        turn.set("choice", str(cost))
        if cost.amount <= 0:
            return Question("confirmed", "utter_question_confirmed_cancel", {"ride": label(trip, turn)})
        values = {"ride": label(trip, turn), "fee": str(cost)}
        return Question("confirmed", "utter_question_confirmed_cancel_fee", values)


def _cost(turn: Turn, trip: Trip, fee: Money) -> Money:
    """What cancelling costs the person now: past the waiting limit nothing, whatever the terms say."""
    late = overdue_s(trip, turn) > policy().wait_limit_s
    return Money(readers.ZERO, fee.currency) if late else fee


def _agreed(turn: Turn, cost: Money) -> bool:
    """Whether the person has agreed to this cost or a higher one. `choice` holds what was told: "free" from an offer
    that was tapped, else the amount in the question that was answered."""
    told = str(turn.slot("choice") or "")
    if told == "free":
        return cost.amount <= 0
    amount = readers.money(told, bare=True) if turn.slot("confirmed") == "yes" else None
    return amount is not None and cost.amount <= amount


async def _read_cancel(turn: Turn) -> bool:
    """ "Cancel it" is a yes to the question whether to cancel; what it would cost is told by asking again."""
    if words.asks(turn.text):
        told_by_asking = turn.intent in ("cancellation_fee", "cancel_ride")
        if told_by_asking and not days.days(turn.text, turn.now.date()):
            turn.set("_asked_times", turn.slot("_asked_times") or 0)
            return True
        return await read_yes_or_no(turn)
    if words.is_only("no", turn.text, besides="cancel_it"):
        turn.set("confirmed", "no")
        return True
    if words.is_only("cancel_it", turn.text, besides="yes"):
        turn.set("confirmed", "yes")
        return True
    return await read_yes_or_no(turn)


async def read_yes_or_no(turn: Turn) -> bool:
    """ "yes" or "no" into `confirmed`, from a tap, the intent or the word. A question is no yes, and neither is what
    was heard as one but holds a doubt."""
    choice = turn.entity("choice")
    sure = not words.asks(turn.text) and not words.says("doubtful", turn.text)
    if choice in ("yes", "no"):
        turn.set("confirmed", choice)
    elif (words.is_only("yes", turn.text) and not words.asks(turn.text)) or (
        turn.intent == "affirm" and sure
    ):
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
        if not _agreed(turn, _cost(turn, trip, fee)):
            # The driver has come near in this very moment: a fee was never agreed to, so it is asked about first.
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
    ahead = True

    def fits(self, turn: Turn) -> Fits:
        pickup = turn.slot("topic") == "change_pickup"
        return lambda trip: (
            trip.status in BEFORE_RIDE | {"scheduled"} or (not pickup and trip.status == "in_progress")
        )

    def readers(self) -> Mapping[str, Reader]:
        return {
            **self.trip_readers(),
            "trip_id": self._read_ride,
            "new_place": _read_new_place,
            "confirmed": read_yes_or_no,
        }

    async def _read_ride(self, turn: Turn) -> bool:
        found = await self.read_trip(turn)
        if found:
            turn.set("choice", PICKED)
        return found

    async def next_question(self, turn: Turn) -> Question | None:
        if turn.slot("trip_id") and turn.entity("trip_id"):
            turn.set("choice", PICKED)
        question = await self.trip_question(turn)
        if question or turn.left():
            return question
        if turn.slot("new_place"):
            await settle_place(turn, "new_place", (await trip_of(turn)).city)
        if not turn.slot("new_place"):
            return Question("new_place", f"utter_question_{turn.slot('topic')}", {})
        if turn.slot("confirmed") or (
            await self._is_sure(turn) and not words.says("only_asks", turn.all_said)
        ):
            return None
        return await _shall_i(turn)

    async def _is_sure(self, turn: Turn) -> bool:
        """Whether the ride cannot be mistaken: picked by the person, or named, or the only one there is."""
        if turn.slot("choice") == PICKED:
            return True
        meant = self.chosen_of(turn, await self.fitting(turn), talked_of=False)
        return meant is not None and meant.id == turn.slot("trip_id")


async def _read_new_place(turn: Turn) -> bool:
    trip = await trip_of(turn)
    return await read_place(turn, "new_place", trip.city)


async def _shall_i(turn: Turn) -> Question:
    """Ride, place and price before anything is done; without a price, where the platform tells none beforehand."""
    trip, place = await trip_of(turn), from_slot(turn.slot("new_place"))
    pickup = turn.slot("topic") == "change_pickup"
    ends = (place, trip.destination) if pickup else (trip.pickup, place)
    at = trip.promised_pickup_at if trip.status == "scheduled" else None
    quotes = await platform().quotes(trip.booker_id, *ends, at)
    product = trip.quote.product if trip.quote else None
    price = next((quote.total for quote in quotes if quote.product == product), None)
    values = {"ride": label(trip, turn), "place": place.label(turn.language)}
    response = f"utter_question_confirmed_{turn.slot('topic')}"
    if price is None:
        return Question("confirmed", response, values)
    return Question("confirmed", f"{response}_price", {**values, "amount": str(price)})


class ChangeAction(FlowAction):
    """Changes the place at the platform and tells the new price and time."""

    def name(self) -> str:
        return "action_change_ride"

    async def finish(self, turn: Turn) -> None:
        if turn.slot("confirmed") == "no":
            turn.say("utter_ride_unchanged")
            return
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
        turn.say("utter_ride_is_now", ride=label(now, turn))
        _say_new_terms(turn, now)


def _say_new_terms(turn: Turn, trip: Trip) -> None:
    if trip.quote:
        turn.say("utter_new_price", amount=str(trip.quote.total))
    if trip.eta:
        turn.say("utter_new_eta", at=local(trip.eta.at, turn, trip))
