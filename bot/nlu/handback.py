"""What the assistant is told when people hand a conversation back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

LANGUAGE_SLOT, SUMMARY_SLOT = "language", "handed_back_summary"
_SUMMARY_LENGTH = 2000  # characters of what was said that the assistant is reminded of


@dataclass(frozen=True)
class Said:
    """One message of the time in which people held the conversation. `at` is in seconds since 1970."""

    author: str
    text: str
    at: float


def hand_back_events(
    tracker: DialogueStateTracker, said: Sequence[Said], language: str | None
) -> list[Event]:
    """Events that close an open form, record what was said without asking for an answer, and end on listening."""
    events: list[Event] = []
    if tracker.active_loop:
        events.append(ActiveLoop(None))
    if tracker.get_slot(REQUESTED_SLOT) is not None:
        events.append(SlotSet(REQUESTED_SLOT, None))
    for one in said:
        note = {"handed_back": True, "author": one.author}
        if one.author == "reporter":
            events.append(ActionExecuted(ACTION_LISTEN_NAME, timestamp=one.at))
            events.append(UserUttered(one.text, {"name": None}, timestamp=one.at, metadata=note))
        else:
            events.append(BotUttered(one.text, metadata=note, timestamp=one.at))
    if SUMMARY_SLOT in tracker.slots and said:
        summary = "\n".join(f"{one.author}: {one.text}" for one in said)
        events.append(SlotSet(SUMMARY_SLOT, summary[-_SUMMARY_LENGTH:]))
    if language and LANGUAGE_SLOT in tracker.slots:
        events.append(SlotSet(LANGUAGE_SLOT, language))
    return [*events, ActionExecuted(ACTION_LISTEN_NAME, timestamp=time.time())]
