"""The start of a matter: what the first message already tells is kept, so that it is never asked."""

from __future__ import annotations

from actions import readers, words
from actions.base import VigilAction
from actions.small_talk import meet_anger
from actions.turn import Turn


class Begin(VigilAction):
    """Closes what was open, notes the topic and takes what the message tells."""

    def name(self) -> str:
        return "action_begin"

    async def act(self, turn: Turn) -> None:
        if turn.active_form:
            turn.end_loop()
        turn.clear_matter()
        turn.set("topic", turn.intent)
        meet_anger(turn)
        for tapped in ("trip_id", "choice"):
            if turn.entity(tapped):
                turn.set(tapped, turn.entity(tapped))
        turn.set("said", turn.text)
        _take(turn)


def _take(turn: Turn) -> None:
    text, topic = turn.text, turn.intent
    if topic in ("book_ride", "book_for_other", "scheduled_ride"):
        start, end = readers.way(text)
        turn.set("pickup_place", [start] if start else None)
        turn.set("destination_place", [end] if end else None)
    elif topic in ("change_destination", "change_pickup"):
        turn.set("new_place", [*readers.changed_to(text), *reversed(turn.entities("place"))] or None)
    _take_rest(turn, text, topic)


def _take_rest(turn: Turn, text: str, topic: str) -> None:
    if topic == "lost_item":
        kind = words.named_kind("items", text)
        named = turn.entity("lost_item") or (kind[1] if kind else None)
        if named:
            turn.set("item", named)
            turn.set("item_category", words.kind_of("items", named) or (kind[0] if kind else "other"))
        if turn.entity("lost_phone") or words.says("lost_phone", text):
            turn.set("lost_phone", True)
    elif topic == "receipt_invoice":
        turn.set("email", readers.email(text))
        turn.set("choice", turn.slot("choice") or ("invoice" if words.says("invoice", text) else "receipt"))
    elif topic == "vehicle_condition" and words.kind_of("conditions", text):
        turn.set("condition_text", text)
    elif topic == "promo_coupon":
        turn.set("promo_code", readers.promo_code(text))
    elif topic == "compliment_tip":
        amount = readers.tip(text)
        turn.set("tip_amount", str(amount) if amount is not None else None)
