"""Reaching people: asked for, not understood twice, danger, and matters that a person decides."""

from __future__ import annotations

from actions import identity, words
from actions.base import VigilAction
from actions.clients import Down, PlatformRefused
from actions.desk import KnownCase, desk
from actions.flow import is_night, local, open_case, say_case, trip_evidence, vulnerable
from actions.models import Trip
from actions.platform import platform
from actions.settings import policy
from actions.small_talk import meet_anger
from actions.trips import trips_of
from actions.turn import Turn


class OpenIncident(VigilAction):
    """Danger: the desk is told at once. No question, no form, no sign-in."""

    def name(self) -> str:
        return "action_open_incident"

    async def act(self, turn: Turn) -> None:
        if turn.hearing in ("checkin", "routine"):
            # Hearing has judged it less than a hand-over; the desk asks its one-tap question
            # beside this answer.
            turn.say("utter_tell_me_more")
            return
        if turn.active_form or turn.slot("topic"):
            turn.leave()
        heard = turn.metadata.get("safety") or turn.message.get("safety") or {}
        try:
            texts = await desk().open_incident(
                turn.address,
                intent=turn.intent,
                grade=heard.get("grade"),
                text=turn.text,
                language=turn.language,
            )
        except (Down, PlatformRefused):
            # The one thing that still helps is the number to call.
            turn.say("utter_incident_desk_down", number=policy().police_number(turn.language))
            return
        if not turn.standalone:
            # The desk has said it already, on its own channel: saying it again would be noise in a frightened hand.
            turn.say_nothing()
            return
        for text in texts:
            turn.say_text(text)
        if not texts:
            turn.say("utter_incident_opened", number=policy().police_number(turn.language))


class HandOver(VigilAction):
    """A person, the first time it is asked for."""

    def name(self) -> str:
        return "action_hand_over"

    async def act(self, turn: Turn) -> None:
        if turn.active_form or turn.slot("topic"):
            turn.leave()
        given = await desk().hand_over(turn.address, reason=_why(turn), language=turn.language)
        if not given.open_now and given.opens_at:
            turn.say("utter_hand_over_closed", opens=local(given.opens_at, turn))
        elif given.position:
            turn.say("utter_hand_over_position", position=given.position)
        else:
            turn.say("utter_hand_over")


def _why(turn: Turn) -> str:
    """The reason that people are told: what the assistant said last, if that was an offer of a person,
    else it was asked for."""
    offers = {
        "utter_offer_person": "repeated",
        "utter_form_stuck": "not_understood",
        "utter_platform_down": "platform_down",
    }
    offers |= {"utter_not_understood": "not_understood", "utter_not_understood_again": "not_understood"}
    users = 0
    for event in reversed(turn.events_before):
        users += event.get("event") == "user"
        if users == 2:
            break
        said = (event.get("metadata") or {}).get("utter_action")
        if event.get("event") == "bot" and said in offers:
            return offers[said]
    return "asked"


class NotUnderstood(VigilAction):
    """The first time it asks for other words; the second time in a row a person is offered."""

    def name(self) -> str:
        return "action_not_understood"

    async def act(self, turn: Turn) -> None:
        meet_anger(turn)
        if _times_in_a_row(turn) >= policy().not_understood_limit:
            turn.say("utter_not_understood_again")
        else:
            turn.say("utter_not_understood")


def _times_in_a_row(turn: Turn) -> int:
    """How many messages up to this one were not understood, from the tracker's own events."""
    names = {"action_not_understood", "action_default_fallback"}
    count, understood = 1, None
    for event in reversed(turn.events_before):
        if event.get("event") == "action" and event.get("name") not in (
            None,
            "action_listen",
            "action_extract_slots",
        ):
            understood = event["name"] not in names
        if event.get("event") == "user" and understood is not None:
            if understood:
                break
            count, understood = count + 1, None
    return count


class DefaultFallback(NotUnderstood):
    """Where no rule fits; replaces Rasa's own, which would forget the message."""

    def name(self) -> str:
        return "action_default_fallback"


class OpenCase(VigilAction):
    """S2: stored and paged; the reference and the next step are told. No question comes before it."""

    def name(self) -> str:
        return "action_open_case"

    async def act(self, turn: Turn) -> None:
        if turn.active_form or turn.slot("topic"):
            turn.leave()
        kind, trip = turn.intent, await _trip_at_hand(turn)
        evidence = {"words": turn.text, **(trip_evidence(trip) if trip else {})}
        for name in ("licence_plate", "order_number", "phone", "time", "place"):
            if turn.entity(name):
                evidence[name] = turn.entity(name)
        case = await open_case(
            turn, kind, grade="S2", title=turn.text or kind, evidence=evidence, reasons=_reasons(turn, trip)
        )
        turn.say(f"utter_{kind}")
        say_case(turn, case, trip)


def _reasons(turn: Turn, trip: Trip | None) -> list[str]:
    reasons = ["live_trip"] if trip and trip.live else []
    if trip and trip.live and is_night(turn, trip):
        reasons.append("night")
    if vulnerable(turn):
        reasons.append("vulnerable")
    if words.says("again", turn.all_said):
        reasons.append("repeat")
    return reasons


async def _trip_at_hand(turn: Turn) -> Trip | None:
    """The running trip, else the latest, of a person already known. Nothing of this may hold up a case."""
    who = identity.person(turn, facts=True)
    if who is None:
        return None
    try:
        trips = await trips_of(turn, who)
    except (Down, PlatformRefused):
        return None
    begun = [trip for trip in trips if trip.live or trip.started_at]
    return next((trip for trip in begun if trip.live), begun[0] if begun else None)


class CaseStatus(VigilAction):
    """What became of a report. "Reported many times, no answer" raises the case."""

    def name(self) -> str:
        return "action_case_status"

    async def act(self, turn: Turn) -> None:
        meet_anger(turn)
        cases = await desk().cases(turn.conversation)
        if not cases:
            turn.say("utter_no_case")
            return
        for case in cases:
            _say_state(turn, case)
        waiting = [case for case in cases if case.state not in ("resolved", "closed")]
        if waiting and words.says("again", turn.text):
            kind, evidence = waiting[0].kind, {"words": turn.text, "asked_about": waiting[0].reference}
            raised = await open_case(
                turn, kind, title=turn.text, evidence=evidence, reasons=["repeat"], hand_over=True
            )
            turn.say("utter_case_raised", reference=raised.reference)


def _say_state(turn: Turn, case: KnownCase) -> None:
    if case.state in ("accepted", "acting"):
        state = case.state if case.accepted_by else "taken"
        turn.say(f"utter_state_{state}", reference=case.reference, name=case.accepted_by)
    else:
        known = case.state in ("paged", "resolved", "closed")
        turn.say(f"utter_state_{case.state if known else 'opened'}", reference=case.reference)
    if case.next_update_at:
        turn.say("utter_case_next_update", due=local(case.next_update_at, turn))


class HoldAppeal(VigilAction):
    """A driver asks why there are no orders. What stops orders on the driver's side is told; whether
    somebody complained never."""

    def name(self) -> str:
        return "action_hold_appeal"

    async def act(self, turn: Turn) -> None:
        if not turn.driver_id:
            turn.say("utter_hold_appeal_sign_in")
            return
        for stop in await platform().dispatch_stops(turn.driver_id):
            # "restricted" is a decision about the driver: people explain it.
            if stop != "restricted":
                turn.say(f"utter_stop_{stop}")
        evidence = {"driver_id": turn.driver_id, "words": turn.text}
        case = await open_case(turn, "hold_appeal", title=turn.text or "hold_appeal", evidence=evidence)
        turn.say("utter_hold_appeal")
        say_case(turn, case)
