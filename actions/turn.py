"""One turn as an action sees it: what was said, who speaks, what is known; what to say and what to remember."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import retries
from actions.desk import Address
from actions.models import Language
from actions.settings import policy

REQUESTED_SLOT = "requested_slot"
# Slots of the matter under way. Cleared when another begins; who the person is stays known.
MATTER = (
    *(
        "topic",
        "said",
        "trip_id",
        "choice",
        "confirmed",
        "item",
        "item_category",
        "callback_phone",
        "trip_facts",
    ),
    *("lost_phone", "email", "invoice_title", "new_place", "pickup_place", "destination_place", "pickup_at"),
    *(
        "passenger_name",
        "passenger_phone",
        "new_phone",
        "new_code_id",
        "new_code",
        "tip_amount",
        "condition_text",
    ),
    *("promo_code", "_asked_times"),
)


@dataclass(frozen=True)
class Question:
    """What a form asks next: the slot that the answer fills, and the response that asks."""

    slot: str
    response: str
    values: Mapping[str, Any]
    buttons: tuple[Mapping[str, str], ...] = ()


def ask(slot: str, *, buttons: tuple[Mapping[str, str], ...] = (), **values: Any) -> Question:
    """The question `utter_question_<slot>`."""
    return Question(slot, f"utter_question_{slot}", values, buttons)


class Turn:
    """Wraps tracker and dispatcher. What is set here is seen by later reads of the same turn."""

    def __init__(self, tracker: Tracker, dispatcher: CollectingDispatcher, action: str) -> None:
        self._tracker = tracker
        self._dispatcher = dispatcher
        self.action = action
        self._set: dict[str, Any] = {}
        self._ends_loop = False
        self.message: dict[str, Any] = dict(tracker.latest_message or {})
        self.metadata: dict[str, Any] = dict(self.message.get("metadata") or {})

    # Who speaks, where, when

    @property
    def conversation(self) -> str:
        return str(self.metadata.get("conversation") or self._tracker.sender_id)

    @property
    def message_id(self) -> str:
        return str(self.metadata.get("message_id") or self.message.get("message_id") or "")

    @property
    def standalone(self) -> bool:
        """The message came by a channel that is not the desk's own, so nobody but us tells the person
        anything."""
        return bool(self.metadata.get("standalone", "conversation" not in self.metadata))

    @property
    def language(self) -> Language:
        told = self.slot("language") if self.slot("language") in ("zh", "en") else self.metadata.get("locale")
        return "zh" if told == "zh" else "en"

    @property
    def now(self) -> datetime:
        told = self.metadata.get("now")
        if isinstance(told, str):
            try:
                at = datetime.fromisoformat(told.replace("Z", "+00:00"))
                return at if at.tzinfo else at.replace(tzinfo=timezone.utc)
            except ValueError:
                pass
        return datetime.now(timezone.utc)

    @property
    def driver_id(self) -> str | None:
        value = self.metadata.get("driver_id")
        return str(value) if value and self.metadata.get("identity") == "token" else None

    def key(self, step: str = "") -> str:
        """Idempotency key of an act on the platform: conversation, message and action, and a step
        where one action acts twice."""
        return self._key(self.message_id, step)

    def wish(self, step: str = "") -> str:
        """The key of an act that must not be done twice for one wish: said again after an unknown outcome, it is that
        of the first time."""
        return self._key(self.first_try or self.message_id, step)

    def _key(self, message_id: str, step: str) -> str:
        return ":".join(part for part in (self.conversation, message_id, self.action, step) if part)

    @cached_property
    def first_try(self) -> str | None:
        """The earlier message that wished for this, if nobody knows what became of it."""
        return retries.first_try(self.events_before, self.action)

    @property
    def address(self) -> Address:
        return Address(self.conversation, self.message_id, self.action)

    # What was said

    @property
    def text(self) -> str:
        return str(self.message.get("text") or "").strip()

    @property
    def all_said(self) -> str:
        """The message that began the matter and the one at hand: what counts may have been told in either."""
        began = str(self.slot("said") or "")
        return self.text if self.text == began else f"{began}\n{self.text}".strip()

    @property
    def intent(self) -> str:
        return str((self.message.get("intent") or {}).get("name") or "")

    @property
    def confidence(self) -> float:
        """Of the intent, 0 to 1; a tap that carries none is certain."""
        told = (self.message.get("intent") or {}).get("confidence")
        return 1.0 if told is None else float(told)

    @property
    def hearing(self) -> str | None:
        """The safety decision of hearing (handover, checkin, routine), where the channel passes it on."""
        heard = self.message.get("safety") or self.metadata.get("safety") or {}
        return heard.get("decision") if isinstance(heard, dict) else None

    @property
    def in_danger(self) -> bool:
        """A safety intent that hearing has not judged to be less than a hand-over."""
        return self.intent in policy().intents("safety") and self.hearing in (None, "handover")

    def entities(self, name: str) -> list[str]:
        found = self.message.get("entities") or []
        return [
            str(entity["value"]) for entity in found if entity.get("entity") == name and entity.get("value")
        ]

    def entity(self, name: str) -> str | None:
        return next(iter(self.entities(name)), None)

    # What is remembered

    def slot(self, name: str) -> Any:
        return self._set[name] if name in self._set else self._tracker.get_slot(name)

    def set(self, name: str, value: Any) -> None:
        self._set[name] = value

    @property
    def active_form(self) -> str | None:
        return (self._tracker.active_loop or {}).get("name")

    @property
    def events_before(self) -> list[dict[str, Any]]:
        return list(self._tracker.events)

    def clear_matter(self) -> None:
        for name in MATTER:
            if self.slot(name) is not None:
                self.set(name, None)

    def leave(self) -> None:
        """Ends the form and the matter: the next message starts afresh."""
        self.clear_matter()
        self.set("topic", None)
        self.set(REQUESTED_SLOT, None)
        self._ends_loop = True

    def left(self) -> bool:
        return self._ends_loop

    def end_loop(self) -> None:
        """Closes whatever form is open, to begin another matter."""
        self.set(REQUESTED_SLOT, None)
        self._ends_loop = True

    @property
    def events(self) -> list[EventType]:
        events: list[EventType] = [SlotSet(name, value) for name, value in self._set.items()]
        return events + ([ActiveLoop(None)] if self._ends_loop else [])

    # What is said

    def say(self, response: str, *, buttons: tuple[Mapping[str, str], ...] = (), **values: Any) -> None:
        """A response of data/responses with its values; buttons are added to those of the response."""
        self._dispatcher.utter_message(
            response=response, buttons=[dict(button) for button in buttons], **values
        )

    def say_text(self, text: str) -> None:
        """Words that the desk wrote."""
        self._dispatcher.utter_message(text=text)

    def say_nothing(self) -> None:
        """An answer without words, so that nobody takes the silence for a failure."""
        self._dispatcher.utter_message(json_message={"said_by": "desk"})

    def put(self, question: Question, response: str | None = None) -> None:
        """Asks, and notes which slot the next message answers."""
        self.set(REQUESTED_SLOT, question.slot)
        self.say(response or question.response, buttons=question.buttons, **question.values)

    @property
    def said(self) -> list[dict[str, Any]]:
        return list(self._dispatcher.messages)
