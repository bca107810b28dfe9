"""A thing left in the car: report it to those who may have it, follow the answers, and say only what is
scheduled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from actions import identity, readers, things, words
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
from actions.things import Thing
from actions.trips import Fits, TripForm, label
from actions.turn import Question, Turn, ask

# Begins the reference of a report by somebody who has shown no more than two facts of the ride.
UNPROVEN = "unproven-"


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
    """Only the name of the thing and its looks are kept: the driver, and a stranger, will read them."""
    thing = (
        None if words.is_only("yes", turn.text) else things.described(turn.text, turn.entities("lost_item"))
    )
    if thing is None:
        return False
    turn.set("item", thing.words)
    turn.set("item_category", thing.category)
    # What else the answer names is looked up when the report is filed.
    turn.set("said", turn.all_said)
    return True


async def _read_callback(turn: Turn) -> bool:
    phone = readers.phone(turn.text)
    if phone:
        turn.set("callback_phone", phone)
    return phone is not None


async def _read_phone(turn: Turn) -> bool:
    """The phone on the order, or word that this very phone is what was lost."""
    if turn.entity("choice") == "lost_phone" or words.says("lost_phone", turn.text):
        turn.set("lost_phone", True)
        return True
    return await identity.read_phone(turn)


@dataclass(frozen=True)
class Filed:
    """A report that somebody has yet to answer. due: when a person looks, as scheduled by the desk."""

    thing: Thing
    report: LostItem
    due: datetime | None


class LostItemAction(FlowAction):
    """Files a report for each thing, has the desk follow it, and says what happens next."""

    def name(self) -> str:
        return "action_lost_item"

    async def finish(self, turn: Turn) -> None:
        trip, lost = await trip_of(turn), _lost(turn)
        if turn.driver_id:
            for thing in lost:
                key = turn.wish(_step(thing, lost))
                await platform().report_found(trip.id, thing.category, thing.words, key=key)
            turn.say("utter_found_item_filed", item=_listed(lost, turn))
            return
        await identity.record(turn, trip.id)
        filed = []
        for thing in lost:
            report = await _report(turn, trip, thing, _step(thing, lost))
            if report.status == "asked":
                filed.append(
                    Filed(thing, report, await _follow(turn, trip, thing, report, _step(thing, lost)))
                )
            else:
                turn.say(f"utter_lost_item_{report.status}", item=thing.words)
        if filed:
            _say_filed(turn, trip, filed)
            pressing = [one for one in filed if essential(one.thing.category)]
            if pressing and is_night(turn, trip):
                await _case_at_night(turn, trip, pressing)


def _lost(turn: Turn) -> list[Thing]:
    """The thing that was read, and those named in one breath with it."""
    first = Thing(str(turn.slot("item_category")), str(turn.slot("item")))
    return [first, *things.named_with(first.words, turn.all_said)]


def _step(thing: Thing, lost: list[Thing]) -> str:
    """Tells the acts for several things of one message apart; the first has none."""
    at = lost.index(thing)
    return str(at + 1) if at else ""


def _listed(lost: Sequence[Thing], turn: Turn) -> str:
    return ("、" if turn.language == "zh" else ", ").join(thing.words for thing in lost)


def _mark(turn: Turn) -> str | None:
    """The reference of reports by whoever is known by two facts of a ride only, one for each conversation."""
    who = identity.person(turn, facts=True)
    if who is None or who.method != "two_facts":
        return None
    return UNPROVEN + sha256(turn.conversation.encode()).hexdigest()[:16]


async def _report(turn: Turn, trip: Trip, thing: Thing, step: str) -> LostItem:
    """The open report on the same thing, if there is one: asking twice would start from nothing.

    Reports are joined by the rider of the ride only. Who knows two facts may be a stranger: theirs is their own, so
    that they do not hear where the rider gets the thing back, nor the rider wait for a call to their number.
    """
    mark, said = _mark(turn), turn.all_said
    for known in await platform().lost_items(trip.id):
        reference = known.reference or ""
        own = reference == mark if mark else not reference.startswith(UNPROVEN)
        if (
            own
            and known.status != "returned"
            and things.same(thing, Thing(known.category, known.item))
            and not things.one_more(thing.words, said)
        ):
            return known
    phone, key = turn.slot("callback_phone"), turn.wish(step)
    return await platform().report_lost(trip.id, thing.category, thing.words, phone, reference=mark, key=key)


async def _follow(turn: Turn, trip: Trip, thing: Thing, report: LostItem, step: str) -> datetime | None:
    if turn.standalone:
        return None
    pressing, held = essential(thing.category), policy()
    # The desk takes a second call of one action for a repeat of the first.
    action = ":".join(part for part in (turn.action, step) if part)
    return await desk().watch(
        replace(turn.address, action=action),
        kind="lost_item",
        ref=report.id,
        trip_id=trip.id,
        answer_due_s=held.answer_essential_s if pressing else held.answer_other_s,
        item=thing.words,
        essential=pressing,
    )


def _say_filed(turn: Turn, trip: Trip, filed: list[Filed]) -> None:
    item = _listed([one.thing for one in filed], turn)
    if _mark(turn):
        # Who knows two facts of a ride may still not be the one who took it: nothing more of it is shown.
        turn.say("utter_lost_item_filed_unseen", item=item, phone=turn.slot("callback_phone"))
    else:
        turn.say("utter_lost_item_filed", item=item, ride=label(trip, turn))
    both = all(one.report.next_passenger_asked for one in filed)
    turn.say("utter_lost_item_asked_both" if both else "utter_lost_item_asked_driver")
    if not turn.standalone:
        turn.say("utter_follow")
    if len({one.due for one in filed}) == 1:
        if filed[0].due:
            turn.say("utter_lost_item_due", due=local(filed[0].due, turn, trip))
        return
    for one in filed:
        if one.due:
            turn.say("utter_lost_item_due_for", item=one.thing.words, due=local(one.due, turn, trip))


async def _case_at_night(turn: Turn, trip: Trip, filed: list[Filed]) -> None:
    item = _listed([one.thing for one in filed], turn)
    evidence = {**trip_evidence(trip), "item": item, "lost_item_id": filed[0].report.id}
    reasons = ["essential_item_at_night"]
    case = await open_case(turn, "lost_item", title=f"Lost: {item}", evidence=evidence, reasons=reasons)
    say_case(turn, case, trip)
