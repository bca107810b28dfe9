"""Shortening a tracker outside loops: what was set, then the last turns as they were. Pure functions over events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    ConversationPaused,
    Event,
    ReminderCancelled,
    ReminderScheduled,
    Restarted,
    SessionStarted,
    SlotSet,
)
from rasa.shared.core.trackers import DialogueStateTracker


def turn_starts(events: Iterable[Event]) -> list[tuple[int, bool]]:
    """The places right after each `action_listen`, with True where no loop was active."""
    starts, loop = [], None
    for index, event in enumerate(events):
        if isinstance(event, ActiveLoop):
            loop = event.name
        elif isinstance(event, (Restarted, SessionStarted)):
            loop = None
        elif isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME:
            starts.append((index + 1, loop is None))
    return starts


def boundary(events: Sequence[Event], keep: int) -> int | None:
    """Where to cut so that at least `keep` whole turns stay and no loop is open; None when there is no such place."""
    # The last start belongs to the turn that has not begun yet.
    starts = turn_starts(events)[: -keep - 1]
    outside = [index for index, free in starts if free]
    return outside[-1] if outside else None


def compacted(
    conversation: str, events: Sequence[Event], domain: Domain, keep: int, longest: int
) -> list[Event] | None:
    """Fewer events that leave a tracker in the same state, or None while there are at most `longest` turns.

    Slots, pause and pending reminders at the cut come first; the events behind the cut follow unchanged.
    """
    if len(turn_starts(events)) <= longest + 1:
        return None
    cut = boundary(events, keep)
    if cut is None:
        return None
    dropped, kept = events[:cut], events[cut:]
    before = DialogueStateTracker.from_events(conversation, list(dropped), domain.slots, domain=domain)
    at = dropped[-1].timestamp
    head: list[Event] = [
        ActionExecuted(ACTION_SESSION_START_NAME, timestamp=at),
        SessionStarted(timestamp=at),
    ]
    head += [
        SlotSet(slot.name, slot.value, timestamp=at)
        for slot in before.slots.values()
        if slot.value != slot.initial_value
    ]
    if before.is_paused():
        head.append(ConversationPaused(timestamp=at))
    head += _pending_reminders(dropped)
    return [*head, ActionExecuted(ACTION_LISTEN_NAME, timestamp=at), *kept]


def _pending_reminders(events: Sequence[Event]) -> list[Event]:
    pending: dict[str, Event] = {}
    for event in events:
        if isinstance(event, ReminderScheduled):
            pending[event.name] = event
        elif isinstance(event, ReminderCancelled):
            pending = {
                name: one
                for name, one in pending.items()
                if not event.cancels_job_with_name(one.scheduled_job_name(""), "")
            }
    return list(pending.values())
