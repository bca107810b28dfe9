"""What people tell about a ride that is over: praise, a tip, the state of the car."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from actions import readers, words
from actions.clients import PlatformRefused
from actions.flow import FlowAction, open_case, record, say_case, trip_evidence, trip_of
from actions.forms import Reader
from actions.models import Money, Trip
from actions.platform import platform
from actions.trips import Fits, TripForm
from actions.turn import Question, Turn, ask

# Faults that can hurt: the platform books an inspection and a person looks.
UNSAFE = frozenset({"brakes", "seat_belt", "tyres"})
_NO_AMOUNT = re.compile(
    r"[%％]|per ?cent|[\d一二三四五六七八九]\s*成|(?<!\w)[-−]\s*\d|\d\s*(?:[-~到至或]|to|or)\s*\d",
    re.IGNORECASE,
)
_NUMBER, _AMOUNT = re.compile(r"\d+(?:\.\d+)?"), re.compile(r"\d{1,6}(?:\.\d{1,2})?")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
# "五块"; of "一百五十块" nothing, rather than its end.
_HAN_MONEY = re.compile(
    r"(?<![百千万萬零〇一二两兩三四五六七八九十\d])([一二两兩三四五六七八九十]{1,3})(?=\s*(?:元|块|塊|蚊|镑))"
)
# The driver's app shows this; both languages, because the driver's is not known here.
THANKS = "乘客感谢您的服务。 / Your passenger thanks you."


class PraiseForm(TripForm):
    """Which ride; the amount only if a tip is meant."""

    form = "praise_form"
    topics = frozenset({"compliment_tip"})
    none_found = "utter_no_finished_trip"
    choice_is_of_ride = False
    fresh_is_meant = True
    live_is_meant = True

    def fits(self, turn: Turn) -> Fits:
        return lambda trip: (
            trip.driver is not None and (trip.status == "finished" or trip.status == "in_progress")
        )

    def readers(self) -> Mapping[str, Reader]:
        return {**self.trip_readers(), "tip_amount": _read_amount}

    async def next_question(self, turn: Turn) -> Question | None:
        if not turn.slot("choice"):
            tip = words.says("tip", turn.all_said) or turn.slot("tip_amount")
            turn.set("choice", "tip" if tip else "compliment")
        question = await self.trip_question(turn)
        if question or turn.left():
            return question
        return ask("tip_amount") if turn.slot("choice") == "tip" and not turn.slot("tip_amount") else None


async def _read_amount(turn: Turn) -> bool:
    amount = tip_told(turn.text)
    if amount:
        turn.set("tip_amount", str(amount))
    return bool(amount)


def tip_told(text: str) -> Decimal | None:
    """The answer to how much: a lone number, else what is surely the tip; None for a share, a range, less than nothing."""
    said = _HAN_MONEY.sub(lambda found: str(readers.han_number(found[1])), readers.plain(text))
    if _NO_AMOUNT.search(said):
        return None
    numbers = _NUMBER.findall(_THOUSANDS.sub("", said))
    if len(numbers) != 1:
        return readers.tip(said)
    return Decimal(numbers[0]) if _AMOUNT.fullmatch(numbers[0]) else None


class PraiseAction(FlowAction):
    def name(self) -> str:
        return "action_praise"

    async def finish(self, turn: Turn) -> None:
        trip = await trip_of(turn)
        if turn.slot("choice") == "tip":
            await _tip(turn, trip)
            return
        said = str(turn.slot("said") or turn.text)
        praise = _is_praise_alone(turn, said)
        await platform().compliment(trip.id, said if praise else THANKS, key=turn.wish())
        await record(turn, "compliment_sent", trip_id=trip.id)
        driver = trip.driver.name if trip.driver else ""
        turn.say("utter_compliment_sent" if praise else "utter_thanks_sent", driver=driver, trip_id=trip.id)


def _is_praise_alone(turn: Turn, said: str) -> bool:
    """Whether the driver may read the words: "very kind, but he keeps texting me" holds a complaint about them."""
    routine = turn.hearing in (None, "routine")
    return routine and not words.says("reservation", said) and readers.phone(said) is None


async def _tip(turn: Turn, trip: Trip) -> None:
    currency = (
        trip.charge.total.currency if trip.charge else (trip.quote.total.currency if trip.quote else "")
    )
    money = Money(readers.money(str(turn.slot("tip_amount")), bare=True) or readers.ZERO, currency)
    try:
        await platform().tip(trip.id, money, key=turn.wish())
    except PlatformRefused as error:
        if error.code not in ("trip_not_finished", "amount_invalid"):
            raise
        turn.say(f"utter_tip_{error.code}")
        return
    await record(turn, "tip_given", trip_id=trip.id, amount=str(money.amount), currency=currency)
    turn.say("utter_tip_given", amount=str(money), driver=trip.driver.name if trip.driver else "")


class ConditionForm(TripForm):
    """What is wrong with the car, and in which ride."""

    form = "condition_form"
    topics = frozenset({"vehicle_condition"})
    free_text = frozenset({"condition_text"})
    none_found = "utter_no_finished_trip"
    fresh_is_meant = True
    live_is_meant = True

    def fits(self, turn: Turn) -> Fits:
        return lambda trip: trip.vehicle is not None and trip.status in ("waiting", "in_progress", "finished")

    def readers(self) -> Mapping[str, Reader]:
        return {**self.trip_readers(), "condition_text": _read_condition}

    async def next_question(self, turn: Turn) -> Question | None:
        if not turn.slot("condition_text"):
            return ask("condition_text")
        return await self.trip_question(turn)


async def _read_condition(turn: Turn) -> bool:
    told = words.in_words(turn.text) and not words.is_only("yes", turn.text)
    if told:
        turn.set("condition_text", turn.text)
    return told


class ConditionAction(FlowAction):
    def name(self) -> str:
        return "action_condition"

    async def finish(self, turn: Turn) -> None:
        trip, told = await trip_of(turn), str(turn.slot("condition_text"))
        kind = words.kind_of("conditions", told) or "other"
        await platform().report_condition(trip.id, kind, told, kind in UNSAFE, key=turn.wish())
        await record(turn, "condition_reported", trip_id=trip.id, kind=kind)
        if kind not in UNSAFE:
            turn.say("utter_condition_reported")
            return
        turn.say("utter_condition_unsafe")
        evidence = {**trip_evidence(trip), "condition": kind, "words": told}
        reasons = ["live_trip"] if trip.live else []
        grade = "S2" if trip.live else "S3"
        case = await open_case(
            turn,
            "vehicle_condition",
            grade=grade,
            title=f"Vehicle: {kind}",
            evidence=evidence,
            reasons=reasons,
        )
        say_case(turn, case, trip)
        if trip.live:
            turn.say("utter_condition_unsafe_now")
