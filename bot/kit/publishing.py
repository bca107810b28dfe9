"""Handing committed events to those who listen. Whoever published waits a moment for it, not for one that hangs: what was
stored must be acknowledged in time, whatever becomes of the pages that are told of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import structlog

log = structlog.get_logger(__name__)

# Long enough for every subscriber that works, short enough for a first reply within two seconds.
_WAIT_S = 0.3
_SUBSCRIBER_S = 2.0
# Pages look for themselves now and then: behind a subscriber that hangs, the oldest news is worth nothing.
_BACKLOG = 200


@dataclass(frozen=True)
class Event:
    """Something that happened: published after commit. topic: `conversation.message` and the like; data: plain values."""

    topic: str
    data: dict[str, Any]


Subscriber = Callable[[Event], Awaitable[None]]
_Lane = tuple[Subscriber, str]
# True inside a subscriber: what it publishes itself cannot be waited for, because it stands in that lane.
_handing: ContextVar[bool] = ContextVar("handing", default=False)


class Publisher:
    """Each subscriber gets the events of one conversation in order, one after another; subscribers and conversations do not
    wait for each other. One that fails or takes more than 2 s is logged and gets the next event."""

    def __init__(self) -> None:
        self.subscribers: list[Subscriber] = []
        self._last: dict[_Lane, asyncio.Task[None]] = {}
        self._waiting: Counter[_Lane] = Counter()
        self._running: set[asyncio.Task[None]] = set()

    async def publish(self, events: Sequence[Event]) -> None:
        """Hand the events out; comes back when all have them, after 0.3 s at the latest."""
        by_conversation: dict[str, list[Event]] = {}
        for happened in events:
            by_conversation.setdefault(str(happened.data.get("conversation_id") or ""), []).append(happened)
        handed = [
            self._put((subscriber, key), some)
            for subscriber in list(self.subscribers)
            for key, some in by_conversation.items()
        ]
        running = [task for task in handed if task is not None]
        if running and not _handing.get():
            await asyncio.wait(running, timeout=_WAIT_S)

    def _put(self, lane: _Lane, events: list[Event]) -> asyncio.Task[None] | None:
        if self._waiting[lane] >= _BACKLOG:
            log.error("events dropped, a subscriber hangs", topics=[one.topic for one in events])
            return None
        task = asyncio.create_task(_hand(lane[0], events, self._last.get(lane)))
        self._last[lane] = task
        self._running.add(task)
        self._waiting[lane] += 1

        def done(ended: asyncio.Task[None]) -> None:
            self._running.discard(ended)
            self._waiting[lane] -= 1
            if self._last.get(lane) is ended:
                del self._last[lane], self._waiting[lane]

        task.add_done_callback(done)
        return task

    async def close(self) -> None:
        """What is still under way is let go of."""
        left = list(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def _hand(subscriber: Subscriber, events: list[Event], before: asyncio.Task[None] | None) -> None:
    _handing.set(True)
    if before is not None:
        await asyncio.wait([before])
    for happened in events:
        try:
            async with asyncio.timeout(_SUBSCRIBER_S):
                await subscriber(happened)
        except TimeoutError:
            # Without the traceback: writing it takes longer than the wait, and a busy desk has no time for it.
            log.warning("subscriber too slow", topic=happened.topic, subscriber=_name(subscriber))
        except Exception:
            log.exception("subscriber failed", topic=happened.topic)


def _name(subscriber: Subscriber) -> str:
    return getattr(subscriber, "__qualname__", type(subscriber).__qualname__)
