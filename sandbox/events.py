"""Events: a log that the desk can read from, and their delivery to the desk's door, signed and tried
again."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from bot.rides.events import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign_event
from bot.rides.schemas import Event, EventList
from sandbox.settings import SandboxSettings

logger = logging.getLogger("sandbox.events")

KEPT = 5000
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
GIVE_UP_S = 24 * 3600
TIMEOUT_S = 5.0


class EventLog:
    """The newest events, oldest first, and a wake-up for whoever delivers them."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque(maxlen=KEPT)
        self.outgoing: deque[Event] = deque(maxlen=KEPT)
        self.added = asyncio.Event()

    def add(
        self,
        event_id: str,
        kind: str,
        at: datetime,
        trip: str | None,
        lost_item: str | None,
        data: dict[str, Any],
    ) -> None:
        event = Event(id=event_id, type=kind, at=at, trip_id=trip, lost_item_id=lost_item, data=data)
        self._events.append(event)
        self.outgoing.append(event)
        self.added.set()

    def after(self, event_id: str | None, limit: int) -> EventList:
        """What followed `event_id`; everything kept, with `gap`, if it is not known any more."""
        events = list(self._events)
        at = next((n for n, event in enumerate(events) if event.id == event_id), None)
        rest = events if at is None else events[at + 1 :]
        return EventList(events=rest[:limit], gap=event_id is not None and at is None, more=len(rest) > limit)


@dataclass
class _Waiting:
    event: Event
    first_at: float
    due: float
    pause_s: float = FIRST_PAUSE_S


class Delivery:
    """Posts each event until the desk answers 2xx. A refused one does not hold up those behind it."""

    def __init__(
        self, log: EventLog, settings: SandboxSettings, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = log
        self._settings = settings
        self._monotonic = monotonic
        self._waiting: list[_Waiting] = []

    async def run(self) -> None:
        """Until cancelled."""
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as http:
            while True:
                await self._next_due()
                for waiting in [each for each in self._waiting if each.due <= self._monotonic()]:
                    await self._try(http, waiting)

    async def _next_due(self) -> None:
        """Wait for a new event or for the earliest retry, then take over what is new."""
        pause = min((each.due for each in self._waiting), default=None)
        timeout = None if pause is None else max(0.0, pause - self._monotonic())
        try:
            async with asyncio.timeout(timeout):
                await self._log.added.wait()
        except TimeoutError:
            pass
        self._log.added.clear()
        now = self._monotonic()
        while self._log.outgoing:
            self._waiting.append(_Waiting(self._log.outgoing.popleft(), now, now))

    async def _try(self, http: httpx.AsyncClient, waiting: _Waiting) -> None:
        if await self._post(http, waiting.event):
            self._waiting.remove(waiting)
            return
        now = self._monotonic()
        waiting.due, waiting.pause_s = now + waiting.pause_s, min(waiting.pause_s * 2, LONGEST_PAUSE_S)
        if now - waiting.first_at > GIVE_UP_S:
            logger.warning("event %s was not taken in 24 h", waiting.event.id)
            self._waiting.remove(waiting)

    async def _post(self, http: httpx.AsyncClient, event: Event) -> bool:
        body = json.dumps(event.model_dump(mode="json"), ensure_ascii=False).encode()
        stamp = int(time.time())
        headers = {
            "Content-Type": "application/json",
            TIMESTAMP_HEADER: str(stamp),
            SIGNATURE_HEADER: sign_event(body, stamp, self._settings.secret),
        }
        try:
            answer = await http.post(
                f"{self._settings.desk_url}/api/rides/events", content=body, headers=headers
            )
        except httpx.HTTPError as problem:
            logger.debug("event %s: %r", event.id, problem)
            return False
        return answer.is_success
