"""How much one session and one address may ask for. Words are never refused for their number: a flood is stored and heard
like anything else, only the assistant stops answering it. What costs more than words (files, mails) waits.

Counted in this process, or in Redis for all workers when REDIS_URL is set. A counter that cannot be reached counts nothing:
a limit must not be what keeps somebody from being heard.
"""

from __future__ import annotations

import asyncio
from typing import Literal

import structlog
from limits import parse
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.storage import storage_from_string

from bot.conversations import service as conversations
from bot.conversations import store
from bot.conversations.models import Conversation
from bot.errors import TooMany
from bot.identity.throttle import keyed
from bot.kit.database import UnitOfWork
from bot.kit.locale import say
from bot.policy import policy

log = structlog.get_logger(__name__)
Costly = Literal["attachments", "mails", "tries"]
# The first words to somebody in danger are owed within 2 s: no counter may take a good part of that.
_PATIENCE_S = 0.3


class Rates:
    """redis_url: where the workers count together; empty for this process alone."""

    def __init__(self, redis_url: str) -> None:
        where = f"async+{redis_url}" if redis_url else "async+memory://"
        options = {"implementation": "redispy"} if redis_url else {}
        self._limiter = SlidingWindowCounterRateLimiter(storage_from_string(where, **options))

    async def withheld(self, conversation_id: str, address: str | None) -> bool:
        """Count one message; True when the assistant is not to answer it."""
        return await self._over("answers", conversation_id, address)

    async def must(self, what: Costly, conversation_id: str, address: str | None) -> None:
        """Count one file that is taken, or one mail. Raises TooMany: `too_many` for a file, which the page sends again by
        itself, and `too_many_mails`."""
        await self._refuse(what, conversation_id, address, counted=True)

    async def may_look(self, conversation_id: str, address: str | None) -> None:
        """Count one look at a file, if there is room for what it may turn out to be. Raises TooMany as `must` does."""
        await self._refuse("attachments", conversation_id, address, counted=False)
        await self._refuse("tries", conversation_id, address, counted=True)

    async def _refuse(
        self, what: Costly, conversation_id: str, address: str | None, *, counted: bool
    ) -> None:
        if await self._over(what, conversation_id, address, counted=counted):
            seconds = parse(getattr(policy().rates, f"{what}_per_session")).get_expiry()
            code = "too_many_mails" if what == "mails" else "too_many"
            raise TooMany(code, minutes=-(-seconds // 60), hours=-(-seconds // 3600))

    async def _over(
        self, what: str, conversation_id: str, address: str | None, *, counted: bool = True
    ) -> bool:
        rules, ask = policy().rates, self._limiter.hit if counted else self._limiter.test
        asked = [(f"{what}_per_session", conversation_id)]
        if address:
            # A hash that only this installation can make: who wrote from where is nobody's to read in a counter.
            asked.append((f"{what}_per_address", keyed("rate", address)))
        try:
            async with asyncio.timeout(_PATIENCE_S):
                within = [await ask(parse(getattr(rules, name)), name, key) for name, key in asked]
        except Exception as problem:  # whatever the storage's client raises
            log.warning("rates not counted", error=f"{type(problem).__name__}: {problem}")
            return False
        return not all(within)


def pause_s() -> float:
    """Seconds after which a session that wrote too much may be answered again."""
    return float(parse(policy().rates.answers_per_session).get_expiry())


async def say_withheld(uow: UnitOfWork, conversation: Conversation) -> None:
    """Say once that the assistant has stopped answering and that every word is kept; not again until something else is said."""
    text = say("rates.withheld", conversation.locale)
    last = await store.last_said_to(uow.session, conversation.id)
    if conversation.holder == "assistant" and (last is None or last.text != text):
        await conversations.append(uow, conversation, author="system", text=text, kind="status")
