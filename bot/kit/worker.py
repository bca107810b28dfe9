"""A loop that looks for work when woken by an event of its topic, and every so often for what others left."""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog

from bot.kit.database import Database, Event
from bot.kit.now import now

log = structlog.get_logger(__name__)


class Worker:
    """Subclasses do one round of work in `step`. topic: the event that wakes it at once; every_s: the longest pause."""

    topic: str | None = None

    def __init__(self, database: Database, every_s: float) -> None:
        self.database, self._every_s = database, every_s
        self._wake, self._stopped = asyncio.Event(), False
        self.last_round: datetime | None = None
        if self.topic is not None:
            database.subscribers.append(self._on_event)

    async def _on_event(self, event: Event) -> None:
        if event.topic == self.topic:
            self._wake.set()

    async def step(self) -> None:
        raise NotImplementedError

    async def run(self) -> None:
        """Until `stop`; a round that fails is logged and the next one comes."""
        while not self._stopped:
            self._wake.clear()
            try:
                await self.step()
                self.last_round = now()
            except Exception:
                log.exception("worker failed", worker=type(self).__name__)
            try:
                await asyncio.wait_for(self._wake.wait(), self._every_s)
            except TimeoutError:
                continue

    def wake(self) -> None:
        self._wake.set()

    @property
    def stopped(self) -> bool:
        return self._stopped

    def stop(self) -> None:
        self._stopped = True
        self._wake.set()
