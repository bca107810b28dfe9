"""What every form of the assistant shares: hear the answer, find out the rest, ask only for what is unknown.

A form never traps: danger, a person asked for, and another matter leave it at once; small talk is answered
and the
question asked again; "never mind" ends it. Two answers in a row that it cannot use offer a person.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import ClassVar

from actions import things, words
from actions.base import VigilAction
from actions.settings import policy
from actions.small_talk import SIDE_INTENTS, answer_aside
from actions.turn import Question, Turn

# True: the message was an answer (good or bad, the reader has dealt with it). False: it was none.
Reader = Callable[[Turn], Awaitable[bool]]
# How sure the model must be of another matter before a free-text answer is taken as a change of subject.
SWITCH_CONFIDENCE = 0.6
# Danger and wrongs that people report, heard inside a form with no more than this, outrank an answer in free text: a
# question asked once more costs less than a complaint taken for the name of a thing.
GRAVE_CONFIDENCE = 0.4
# And for small talk, which short answers ("a black bag") are easily taken for.
ASIDE_CONFIDENCE = 0.8


class VigilForm(VigilAction):
    """Validates one form of domain.yml and asks its questions (`utter_question_<slot>`, again
    `utter_question_again_<slot>`)."""

    form: ClassVar[str]
    # Intents that this form serves: said inside it they are no change of subject.
    topics: ClassVar[frozenset[str]]
    # Slots whose answer has no form of its own: nearly any text is one.
    free_text: ClassVar[frozenset[str]] = frozenset()

    def readers(self) -> Mapping[str, Reader]:
        """How the answer to each slot is read."""
        raise NotImplementedError

    def name(self) -> str:
        return f"validate_{self.form}"

    # Intents that answers to its free-text questions are easily taken for.
    akin: ClassVar[frozenset[str]] = frozenset()
    # Intents that, said inside it, call it off.
    ends_on: ClassVar[frozenset[str]] = frozenset()
    # Whether signed-in drivers have a use for it.
    for_drivers: ClassVar[bool] = False

    @abstractmethod
    async def next_question(self, turn: Turn) -> Question | None:
        """Finds out what it can and returns what only the person can tell, or None when all is known
        (or it has left)."""

    async def act(self, turn: Turn) -> None:
        if turn.driver_id and not self.for_drivers:
            turn.leave()
            turn.say("utter_not_for_drivers")
            return
        asked = turn.slot("requested_slot") if turn.active_form == self.form else None
        if asked and not await self._hear(turn, str(asked)):
            return
        if turn.left():
            return
        question = await self.next_question(turn)
        if turn.left():
            return
        if question is None:
            turn.set("requested_slot", None)
        else:
            self._ask(turn, question, again=question.slot == asked)

    def _ask(self, turn: Turn, question: Question, again: bool) -> None:
        if not again:
            turn.set("_asked_times", 0)
        turn.put(question)

    async def _hear(self, turn: Turn, asked: str) -> bool:
        """Whether to go on with the form. False without events rejects it, so that the rules answer
        instead."""
        if self._goes_elsewhere(turn, asked, sure=True):
            return False
        if words.is_only("leave", turn.text) or turn.intent in self.ends_on:
            turn.leave()
            turn.say("utter_left")
            return True
        if turn.intent == "goodbye" and turn.confidence >= ASIDE_CONFIDENCE:
            turn.leave()
            turn.say("utter_goodbye")
            return True
        free = asked in self.free_text
        if free and self._changes_subject(turn, asked):
            return False
        if (
            free
            and turn.intent in SIDE_INTENTS
            and turn.confidence >= ASIDE_CONFIDENCE
            and not _names_a_thing(turn)
        ):
            await answer_aside(turn)
            turn.set("_asked_times", turn.slot("_asked_times") or 0)
            return True
        if asked == "confirmed" and turn.metadata.get("asked_since") and _bare_yes_or_no(turn):
            # The desk has spoken since, or it was long ago: this may answer something else, so it is asked again. Without an
            # event Rasa would take the form for rejected.
            turn.set("_asked_times", turn.slot("_asked_times") or 0)
            return True
        if await self.readers()[asked](turn):
            return True
        if self._goes_elsewhere(turn, asked, sure=False):
            return False
        if turn.intent in SIDE_INTENTS:
            await answer_aside(turn)
            turn.set("_asked_times", turn.slot("_asked_times") or 0)
            return True
        self._not_understood(turn, asked)
        return True

    def _changes_subject(self, turn: Turn, asked: str) -> bool:
        """Whether a text that could be an answer is surely another matter instead."""
        if turn.confidence < SWITCH_CONFIDENCE or turn.intent in self.akin:
            return False
        return self._goes_elsewhere(turn, asked, sure=False) and not (
            asked == "item" and _names_a_thing(turn)
        )

    def _goes_elsewhere(self, turn: Turn, asked: str, *, sure: bool) -> bool:
        """Another matter that the rules take up. sure: only what outranks any answer (danger, a
        person asked for, a tap)."""
        if turn.in_danger or self._tells_of_wrong(turn, asked):
            return True
        tapped = turn.entity("trip_id") is not None or turn.entity("choice") is not None
        other = turn.intent in _SWITCHES and turn.intent not in self.topics
        if asked == "confirmed" and turn.intent == "deny":
            other = False
        if sure:
            return (turn.intent == "speak_to_human" and turn.confidence >= SWITCH_CONFIDENCE) or (
                other and tapped
            )
        return other

    def _tells_of_wrong(self, turn: Turn, asked: str) -> bool:
        """Whether the message reports danger that hearing has not given to people, or a wrong (policy: safety,
        case). The words then belong to people, never to the question asked."""
        if turn.intent not in _GRAVE - self.topics or not re.search(r"[^\W\d_]", turn.text):
            return False
        if asked == "item" and things.nothing_else(turn.text, turn.entities("lost_item")):
            # The bare name of a thing: the model hears worse in a few words than they say.
            return False
        free = asked in self.free_text
        return turn.confidence >= (GRAVE_CONFIDENCE if free else SWITCH_CONFIDENCE)

    def _not_understood(self, turn: Turn, asked: str) -> None:
        times = int(turn.slot("_asked_times") or 0) + 1
        turn.set("_asked_times", times)
        limit = policy().not_understood_limit
        if times > limit:
            turn.leave()
            turn.say("utter_form_stuck")
        elif times == limit:
            turn.say("utter_offer_person")
        else:
            turn.say(f"utter_again_{asked}")


def _bare_yes_or_no(turn: Turn) -> bool:
    return (
        turn.intent in ("affirm", "deny") or words.is_only("yes", turn.text) or words.is_only("no", turn.text)
    )


def _names_a_thing(turn: Turn) -> bool:
    """Whether the message holds what a free-text question asks for: a place, a thing."""
    named = any(turn.entity(name) for name in ("place", "lost_item", "time"))
    return named or words.kind_of("items", turn.text) is not None


def _switches() -> frozenset[str]:
    held = policy()
    return frozenset(held.families) - SIDE_INTENTS - {"affirm", "goodbye"}


_SWITCHES = _switches()
_GRAVE = policy().intents("safety") | policy().intents("case")
