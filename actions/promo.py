"""Coupons: which there are, and adding a code."""

from __future__ import annotations

from collections.abc import Mapping

from actions import identity, readers, words
from actions.clients import PlatformRefused
from actions.flow import FlowAction, local, record
from actions.forms import Reader, VigilForm
from actions.platform import platform
from actions.turn import Question, Turn, ask


class PromoForm(VigilForm):
    """Whose account; the code only if one is to be added."""

    form = "promo_form"
    topics = frozenset({"promo_coupon"})

    def readers(self) -> Mapping[str, Reader]:
        return {"rider_phone": identity.read_phone, "code": identity.read_code, "promo_code": _read_promo}

    async def next_question(self, turn: Turn) -> Question | None:
        question = identity.who_asks(turn)
        if question:
            return question
        return ask("promo_code") if turn.slot("choice") == "add" and not turn.slot("promo_code") else None


async def _read_promo(turn: Turn) -> bool:
    if words.is_only("yes", turn.text) or words.is_only("no", turn.text):
        return False
    bare = turn.text.strip().upper()
    code = readers.promo_code(turn.text.upper()) or (
        bare if bare.isalnum() and bare.isascii() and len(bare) <= 40 else None
    )
    if code:
        turn.set("promo_code", code)
    return code is not None


class PromoAction(FlowAction):
    def name(self) -> str:
        return "action_promo"

    async def finish(self, turn: Turn) -> None:
        who = identity.person(turn)
        if who is None or not who.rider_id:
            turn.say("utter_no_account")
        elif turn.slot("promo_code"):
            await _add(turn, who.rider_id, str(turn.slot("promo_code")))
        else:
            await _list(turn, who.rider_id)


async def _add(turn: Turn, rider_id: str, code: str) -> None:
    try:
        coupon = await platform().add_promotion(rider_id, code, key=turn.wish())
    except PlatformRefused as error:
        if error.code not in ("promo_invalid", "promo_expired", "promo_not_here", "promo_used"):
            raise
        turn.say(f"utter_{error.code}", promo=code)
        return
    await record(turn, "promo_added", rider_id=rider_id, code=coupon.code)
    until = local(coupon.expires_at, turn)
    turn.say("utter_promo_added", title=coupon.title(turn.language), value=str(coupon.value), until=until)


async def _list(turn: Turn, rider_id: str) -> None:
    coupons = await platform().promotions(rider_id)
    usable = [coupon for coupon in coupons if coupon.status == "usable"]
    if not usable:
        turn.say(
            "utter_no_promo_expired" if any(c.status == "expired" for c in coupons) else "utter_no_promo"
        )
        return
    for coupon in usable[:5]:
        until = local(coupon.expires_at, turn)
        turn.say(
            "utter_promo",
            title=coupon.title(turn.language),
            value=str(coupon.value),
            until=until,
            promo=coupon.code,
        )
    turn.say("utter_promo_more")
