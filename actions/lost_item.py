"""A thing left in the car: report it to those who may have it, follow the answers, and say only what is
scheduled."""

from __future__ import annotations

from collections.abc import Mapping

from actions import identity, readers, words
from actions.desk import desk
from actions.flow import (
    FlowAction,
    essential,
    is_night,
    local,
    open_case,
    say_case,
    trip_evidence,
    trip_of,
)
from actions.forms import Reader
from actions.models import LostItem, Trip
from actions.platform import platform
from actions.settings import policy
from actions.trips import Fits, TripForm, label
from actions.turn import Question, Turn, ask


class LostItemForm(TripForm):
    """What was lost, who asks, which trip; for a lost phone two facts and a number to call back."""

    form = "lost_item_form"
    topics = frozenset({"lost_item"})
    free_text = frozenset({"item"})
    none_found = "utter_no_finished_trip"
    fresh_is_meant = True
    for_drivers = True
    facts_do = True

    def fits(self, turn: Turn) -> Fits:
        return lambda trip: trip.started_at is not None and trip.status in ("in_progress", "finished")

    def readers(self) -> Mapping[str, Reader]:
        return {
            **self.trip_readers(),
            "item": _read_item,
            "callback_phone": _read_callback,
            "rider_phone": _read_phone,
        }

    async def next_question(self, turn: Turn) -> Question | None:
        if not turn.slot("item"):
            return ask("item")
        if turn.slot("item_category") == "phone" and not identity.person(turn, facts=True):
            turn.set("lost_phone", True)
        question = await self.trip_question(turn)
        if question or turn.left():
            return question
        who = identity.person(turn, facts=True)
        if who and who.method == "two_facts" and not turn.slot("callback_phone"):
            return ask("callback_phone")
        return None


async def _read_item(turn: Turn) -> bool:
    if len(turn.text) < 1 or words.is_only("yes", turn.text):
        return False
    named = turn.entity("lost_item") or turn.text[:200]
    turn.set("item", named)
    turn.set("item_category", words.kind_of("items", turn.text) or "other")
    return True


async def _read_callback(turn: Turn) -> bool:
    turn.set("callback_phone", readers.phone(turn.text))
    return turn.slot("callback_phone") is not None


async def _read_phone(turn: Turn) -> bool:
    """The phone on the order, or word that this very phone is what was lost."""
    if turn.entity("choice") == "lost_phone" or words.says("lost_phone", turn.text):
        turn.set("lost_phone", True)
        return True
    return await identity.read_phone(turn)


class LostItemAction(FlowAction):
    """Files the report, has the desk follow it, and says what happens next."""

    def name(self) -> str:
        return "action_lost_item"

    async def finish(self, turn: Turn) -> None:
        trip, category, item = await trip_of(turn), str(turn.slot("item_category")), str(turn.slot("item"))
        if turn.driver_id:
            await platform().report_found(trip.id, category, item, key=turn.key())
            turn.say("utter_found_item_filed", item=item)
            return
        await identity.record(turn, trip.id)
        report = await self._report(turn, trip, category, item)
        if report.status != "asked":
            turn.say(f"utter_lost_item_{report.status}", item=item)
            return
        due = None
        if not turn.standalone:
            due = await desk().watch(
                turn.address,
                kind="lost_item",
                ref=report.id,
                trip_id=trip.id,
                answer_due_s=policy().answer_essential_s if essential(category) else policy().answer_other_s,
                item=item,
                essential=essential(category),
            )
        self._say_filed(turn, trip, item, report)
        if not turn.standalone:
            turn.say("utter_follow")
        if due:
            turn.say("utter_lost_item_due", due=local(due, turn, trip))
        if essential(category) and is_night(turn, trip):
            await _case_at_night(turn, trip, item, report)

    async def _report(self, turn: Turn, trip: Trip, category: str, item: str) -> LostItem:
        """The open report on the same thing, if there is one: asking twice would start from nothing."""
        for known in await platform().lost_items(trip.id):
            if (
                known.category == category
                and known.status != "returned"
                and (category != "other" or known.item == item)
            ):
                return known
        phone = turn.slot("callback_phone")
        return await platform().report_lost(trip.id, category, item, phone, key=turn.key())

    def _say_filed(self, turn: Turn, trip: Trip, item: str, report: LostItem) -> None:
        who = identity.person(turn, facts=True)
        if who and who.method == "two_facts":
            # Who knows two facts of a ride may still not be the one who took it: nothing more of it is shown.
            turn.say("utter_lost_item_filed_unseen", item=item, phone=turn.slot("callback_phone"))
        else:
            turn.say("utter_lost_item_filed", item=item, ride=label(trip, turn))
        turn.say(
            "utter_lost_item_asked_both" if report.next_passenger_asked else "utter_lost_item_asked_driver"
        )


async def _case_at_night(turn: Turn, trip: Trip, item: str, report: LostItem) -> None:
    evidence = {**trip_evidence(trip), "item": item, "lost_item_id": report.id}
    reasons = ["essential_item_at_night"]
    case = await open_case(turn, "lost_item", title=f"Lost: {item}", evidence=evidence, reasons=reasons)
    say_case(turn, case, trip)
