"""Receipts and invoices, sent by mail."""

from __future__ import annotations

from collections.abc import Mapping

from actions import readers, words
from actions.clients import PlatformRefused
from actions.flow import FlowAction, record, trip_of
from actions.forms import Reader
from actions.identity import person
from actions.platform import platform
from actions.trips import Fits, TripForm
from actions.turn import Question, Turn, ask


class ReceiptForm(TripForm):
    """Which ride; for an invoice whose name stands on it; the address only where the account has none."""

    form = "receipt_form"
    topics = frozenset({"receipt_invoice"})
    free_text = frozenset({"invoice_title"})
    none_found = "utter_no_paid_trip"
    choice_is_of_ride = False

    def fits(self, turn: Turn) -> Fits:
        return lambda trip: trip.charge is not None

    def readers(self) -> Mapping[str, Reader]:
        return {**self.trip_readers(), "invoice_title": _read_title, "email": _read_email}

    async def next_question(self, turn: Turn) -> Question | None:
        question = await self.trip_question(turn)
        if question or turn.left():
            return question
        if turn.slot("choice") == "invoice" and not turn.slot("invoice_title"):
            return ask("invoice_title")
        if not turn.slot("email"):
            trip = await trip_of(turn)
            booker = await platform().rider(trip.booker_id)
            # Without an address of the account, or for a passenger who is not the one that
            # booked, it has to be asked.
            if not booker.email_masked or _rides_as_guest(turn, trip.booker_id):
                return ask("email")
        return None


def _rides_as_guest(turn: Turn, booker_id: str) -> bool:
    who = person(turn)
    return who is None or who.rider_id != booker_id


async def _read_title(turn: Turn) -> bool:
    if words.in_words(turn.text):
        turn.set("invoice_title", turn.text[:200])
    return words.in_words(turn.text)


async def _read_email(turn: Turn) -> bool:
    address = readers.email(turn.text)
    if address:
        turn.set("email", address)
    return address is not None


class ReceiptAction(FlowAction):
    def name(self) -> str:
        return "action_receipt"

    async def finish(self, turn: Turn) -> None:
        kind = "invoice" if turn.slot("choice") == "invoice" else "receipt"
        try:
            number, address = await platform().send_receipt(
                str(turn.slot("trip_id")),
                kind=kind,
                email=turn.slot("email"),
                title=turn.slot("invoice_title"),
                language=turn.language,
                key=turn.wish(),
            )
        except PlatformRefused as error:
            if error.code == "nothing_charged":
                turn.say("utter_nothing_charged")
            elif error.code in ("email_missing", "bad_request"):
                turn.say("utter_receipt_bad_email")
            else:
                raise
            return
        await record(turn, "receipt_sent", trip_id=turn.slot("trip_id"), kind=kind, number=number)
        turn.say(f"utter_{kind}_sent", number=number, address=address)
