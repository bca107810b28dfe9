"""The account: another phone number, and getting back in when it is locked."""

from __future__ import annotations

from collections.abc import Mapping

from actions import identity, readers
from actions.clients import PlatformRefused
from actions.flow import FlowAction, record
from actions.forms import Reader, VigilForm
from actions.platform import platform
from actions.turn import Question, Turn, ask


class AccountForm(VigilForm):
    """Who it is; for a new number a code sent there."""

    form = "account_form"
    topics = frozenset({"account_login", "change_phone_number"})

    def readers(self) -> Mapping[str, Reader]:
        return {
            "rider_phone": identity.read_phone,
            "code": identity.read_code,
            "new_phone": _read_new_phone,
            "new_code": _read_new_code,
        }

    async def next_question(self, turn: Turn) -> Question | None:
        question = identity.who_asks(turn)
        if question:
            return question
        if turn.slot("topic") != "change_phone_number":
            return None
        who = identity.person(turn)
        if who is None or not who.rider_id:
            turn.leave()
            turn.say("utter_no_account")
            return None
        if not turn.slot("new_code_id"):
            return ask("new_phone")
        return None if turn.slot("new_code") else ask("new_code", phone=turn.slot("new_phone"))


async def _read_new_phone(turn: Turn) -> bool:
    phone = readers.phone(turn.entity("phone") or turn.text) or readers.phone(turn.text)
    if not phone:
        return False
    try:
        code_id, _ = await platform().send_code(phone, "change_phone", turn.language, key=turn.key())
    except PlatformRefused as error:
        if error.status == 429:
            turn.leave()
            turn.say("utter_code_too_many")
        else:
            turn.say("utter_again_new_phone")
        return True
    turn.set("new_phone", phone)
    turn.set("new_code_id", code_id)
    turn.set("_code_tries", 0)
    return True


async def _read_new_code(turn: Turn) -> bool:
    code = readers.code(turn.text)
    if not code:
        return False
    try:
        await platform().verify_code(str(turn.slot("new_code_id")), code)
    except PlatformRefused as error:
        tries = int(turn.slot("_code_tries") or 0) + 1
        turn.set("_code_tries", tries)
        if error.code in ("code_expired", "code_used"):
            turn.set("new_code_id", None)
            turn.say("utter_code_expired")
        elif tries >= identity.CODE_TRIES or error.status == 429:
            turn.leave()
            turn.say("utter_code_failed")
        elif error.code == "code_wrong":
            turn.say("utter_code_wrong")
        else:
            raise
        return True
    turn.set("new_code", "verified")
    return True


class AccountAction(FlowAction):
    def name(self) -> str:
        return "action_account"

    async def finish(self, turn: Turn) -> None:
        who = identity.person(turn)
        if who is None or not who.rider_id:
            turn.say("utter_no_account")
        elif turn.slot("topic") == "change_phone_number":
            await _change(turn, who.rider_id)
        else:
            await _let_in(turn, who.rider_id)


async def _change(turn: Turn, rider_id: str) -> None:
    phone = str(turn.slot("new_phone"))
    try:
        await platform().change_phone(rider_id, phone, str(turn.slot("new_code_id")), key=turn.key())
    except PlatformRefused as error:
        if error.code != "phone_taken":
            raise
        turn.say("utter_phone_taken")
        return
    await record(turn, "phone_changed", rider_id=rider_id)
    turn.say("utter_phone_changed", phone=phone)


async def _let_in(turn: Turn, rider_id: str) -> None:
    """A locked account is unlocked by the code that has just shown who it is; a restricted one is for
    people."""
    rider = await platform().rider(rider_id)
    if rider.account_status == "active":
        turn.say("utter_account_open")
    elif rider.account_status == "restricted":
        turn.say("utter_account_restricted")
    else:
        code_id = (turn.slot("_verified") or {}).get("code_id")
        if not code_id:
            turn.say("utter_account_locked_signed_in")
            return
        try:
            await platform().unlock(rider_id, str(code_id), key=turn.key())
        except PlatformRefused as error:
            if error.code not in ("code_not_verified", "not_locked", "restricted"):
                raise
            turn.say("utter_account_restricted" if error.code == "restricted" else "utter_account_open")
            return
        await record(turn, "account_unlocked", rider_id=rider_id)
        turn.say("utter_account_unlocked")
