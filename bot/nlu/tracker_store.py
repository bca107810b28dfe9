"""A tracker store whose cost does not grow with the conversation.

The tracker of the last turn stays alive in memory and is used again only if its version is still the stored one, so several
workers stay right. Reading takes it out and only saving puts it back: a failed turn leaves no live copy behind. Outside
loops a long tracker is compacted; the full log of events stays in its table.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Optional

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.compaction import compacted
from bot.nlu.tracker_tables import StaleTracker, Tables, open_engine

__all__ = ["CompactingTrackerStore", "StaleTracker"]
_HANDLE = "_vigil_handle"


@dataclass
class _Handle:
    """What a live tracker knows of its stored form."""

    version: int = 0
    logged: int = 0
    serialised: list[str] = field(default_factory=list)  # the tracker's events that are stored


class CompactingTrackerStore(TrackerStore):
    """Keeps trackers and the answers given to messages, on SQLite or PostgreSQL.

    Settings in endpoints.yml: `url` (overridden by RASA_DATABASE_URL), `keep_turns` that always stay whole, `longest_turns`
    before a tracker is compacted (0: never), `live` trackers held in memory at most, `schema` on PostgreSQL.
    """

    def __init__(
        self,
        domain: Optional[Domain] = None,
        host: Optional[str] = None,
        event_broker: Optional[EventBroker] = None,
        keep_turns: int = 4,
        longest_turns: int = 6,
        live: int = 2000,
        schema: str = "rasa",
        url: Optional[str] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker)
        address = os.environ.get("RASA_DATABASE_URL") or url or host or "sqlite:///var/rasa.db"
        self._tables = Tables(open_engine(address, schema))
        self._keep, self._longest, self._most = keep_turns, longest_turns, live
        self._live: OrderedDict[str, DialogueStateTracker] = OrderedDict()

    @property
    def domain(self) -> Domain:
        """The domain that trackers take their slots from."""
        return self._domain

    @domain.setter
    def domain(self, domain: Optional[Domain]) -> None:
        self._domain = domain or Domain.empty()
        self._live.clear()  # they have the slots of the model before

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """The tracker of a conversation, compacted, or None."""
        live = self._live.pop(sender_id, None)
        if live is not None:
            version = await asyncio.to_thread(self._tables.version, sender_id)
            if version == _handle_of(live).version:
                return live
        stored = await asyncio.to_thread(self._tables.snapshot, sender_id)
        if stored is None:
            return None
        version, logged, snapshot = stored
        events = json.loads(snapshot)
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        _attach(tracker, _Handle(version, logged, [json.dumps(event) for event in events]))
        return tracker

    async def retrieve_full_tracker(self, conversation_id: str) -> Optional[DialogueStateTracker]:
        """The tracker with every event ever logged, or None."""
        log = await asyncio.to_thread(self._tables.log, conversation_id)
        if not log:
            return None
        return DialogueStateTracker.from_dict(
            conversation_id, [json.loads(data) for data in log], self.domain.slots
        )

    async def save(self, tracker: DialogueStateTracker, answer: tuple[str, str] | None = None) -> None:
        """Stores what is new in a tracker and, in the same transaction, the answer to a message (its id, the text).

        Raises StaleTracker when another worker wrote the conversation meanwhile; then nothing is stored.
        """
        handle = await self._handle_for_saving(tracker)
        events = list(tracker.events)
        added = events[len(handle.serialised) :]
        if not added and answer is None:
            return
        fresh = [json.dumps(event.as_dict()) for event in added]
        serialised = [*handle.serialised, *fresh]
        short = None
        if self._longest:
            short = compacted(tracker.sender_id, events, self.domain, self._keep, self._longest)
        if short is not None:
            known = dict(zip(map(id, events), serialised, strict=True))
            serialised = [known.get(id(event)) or json.dumps(event.as_dict()) for event in short]
        rows = [(event.type_name, event.timestamp, data) for event, data in zip(added, fresh, strict=True)]
        snapshot = f"[{','.join(serialised)}]"
        write = (tracker.sender_id, handle.version, handle.logged, snapshot, rows, answer)
        await asyncio.to_thread(self._tables.write, *write)
        if self.event_broker is not None:
            await self._stream_new_events(self.event_broker, added, tracker.sender_id)
        kept = tracker
        if short is not None:
            kept = DialogueStateTracker.from_events(
                tracker.sender_id, short, self.domain.slots, domain=self.domain
            )
            kept.model_id, kept.assistant_id = tracker.model_id, tracker.assistant_id
        _attach(kept, _Handle(handle.version + 1, handle.logged + len(added), serialised))
        self._hold(kept)

    async def _handle_for_saving(self, tracker: DialogueStateTracker) -> _Handle:
        handle: _Handle | None = getattr(tracker, _HANDLE, None)
        if handle is None:
            handle = _Handle()
            # A tracker made elsewhere replaces what is stored; its events are all new to the log.
            if tracker.events and (
                stored := await asyncio.to_thread(self._tables.snapshot, tracker.sender_id)
            ):
                handle = _Handle(stored[0], stored[1], [])
            _attach(tracker, handle)
        return handle

    def _hold(self, tracker: DialogueStateTracker) -> None:
        self._live[tracker.sender_id] = tracker
        self._live.move_to_end(tracker.sender_id)
        while len(self._live) > self._most:
            self._live.popitem(last=False)

    async def answer(self, conversation: str, message_id: str) -> str | None:
        """What was answered to a message before, or None."""
        return await asyncio.to_thread(self._tables.answer, conversation, message_id)

    async def forget(self, conversation: str) -> bool:
        """Erases tracker, log and answers of a conversation; False when there was nothing."""
        self._live.pop(conversation, None)
        return await asyncio.to_thread(self._tables.forget, conversation)

    async def keys(self) -> Iterable[str]:
        """The ids of all stored conversations."""
        return await asyncio.to_thread(self._tables.conversations)


def _attach(tracker: DialogueStateTracker, handle: _Handle) -> None:
    setattr(tracker, _HANDLE, handle)


def _handle_of(tracker: DialogueStateTracker) -> _Handle:
    handle: _Handle = getattr(tracker, _HANDLE)
    return handle
