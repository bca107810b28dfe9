"""What every action of the assistant shares: faults end in plain words, and an answer repeated offers a
person."""

from __future__ import annotations

import json
import logging
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.clients import DeskDown, PlatformDown, PlatformRefused
from actions.turn import Turn

log = logging.getLogger(__name__)

# Not counted as answers given twice: courtesies, and those which offer a person themselves.
NOT_COUNTED = frozenset(
    {"utter_greet", "utter_goodbye", "utter_thank", "utter_affirm", "utter_offer_person", "utter_anger"}
    | {
        "utter_platform_down",
        "utter_platform_refused",
        "utter_desk_down",
        "utter_went_wrong",
        "utter_form_stuck",
    }
    | {"utter_not_understood", "utter_not_understood_again", "utter_out_of_scope", "utter_bot_challenge"}
)


class VigilAction(Action, ABC):
    """Subclasses say what they do in `act`. Nothing that goes wrong there reaches the person as an
    exception."""

    @abstractmethod
    def name(self) -> str:
        raise NotImplementedError

    @abstractmethod
    async def act(self, turn: Turn) -> None:
        """Speaks and remembers through the turn."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        turn = Turn(tracker, dispatcher, self.name())
        try:
            await self.act(turn)
        except PlatformDown as error:
            log.warning("%s: ride platform: %s", self.name(), error)
            _give_up(turn, "utter_platform_down")
        except DeskDown as error:
            log.error("%s: desk: %s", self.name(), error)
            _give_up(turn, "utter_desk_down")
        except PlatformRefused as error:
            log.warning("%s: refused: %s", self.name(), error)
            _give_up(turn, "utter_platform_refused")
        except Exception:
            # The last net: the person gets words and a way to people, the log gets the trace.
            log.exception("%s failed", self.name())
            _give_up(turn, "utter_went_wrong")
        _offer_person_on_repeat(turn)
        return turn.events


def _give_up(turn: Turn, response: str) -> None:
    turn.leave()
    turn.say(response)


def _fingerprint(message: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in message.items() if value}, sort_keys=True, default=str)


def _asks(message: dict[str, Any]) -> bool:
    return str(message.get("response") or "").startswith(("utter_question", "utter_again"))


def _offer_person_on_repeat(turn: Turn) -> None:
    """The same answer to two messages in a row does not help: a person is offered.

    Questions of a form are left out (the form counts them itself), and so are courtesies.
    """
    answers = [
        _fingerprint(message)
        for message in turn.said
        if not _asks(message) and message.get("response") not in NOT_COUNTED
    ]
    if not answers:
        return
    known = turn.slot("_answered") or {}
    same_message = known.get("message") == turn.message_id
    before = known.get("before", []) if same_message else known.get("now", [])
    now = (known.get("now", []) if same_message else []) + answers
    if now == before:
        turn.say("utter_offer_person")
    turn.set("_answered", {"message": turn.message_id, "now": now, "before": before})
