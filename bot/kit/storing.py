"""Can anything be stored? A database that answers may still have no room, or refuse writing."""

from __future__ import annotations

import asyncio
import time

from sqlalchemy import update
from sqlalchemy.engine import CursorResult

from bot.kit.database import Database, again_on_conflict
from bot.kit.due import Due
from bot.kit.now import now

# It is asked often, by several watchers at once: one write says enough for a while.
_GOOD_FOR_S = 5.0
# A lock that somebody holds shortly is no fault; what waits for longer has hung.
_WAITS_S, _HANGS_AFTER_S = 1.0, 20.0
_ROW = "readyz"


class Storing:
    """Writes one small row, one that is done and so never due, again and again."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._writing: asyncio.Task[None] | None = None
        self._begun = self._good = float("-inf")

    async def works(self) -> None:
        """Returns when a write went well a moment ago, or waits its turn. Raises what the write raised, RuntimeError when it
        hangs."""
        if time.monotonic() - self._good < _GOOD_FOR_S:
            return
        if self._writing is None:
            self._writing, self._begun = asyncio.create_task(again_on_conflict(self._write)), time.monotonic()
        # Not cancelled when it is late: a transaction that is broken off says nothing about the next.
        done, _ = await asyncio.wait([writing := self._writing], timeout=_WAITS_S)
        if not done:
            if time.monotonic() - self._begun > _HANGS_AFTER_S:
                raise RuntimeError(f"nothing could be written for {_HANGS_AFTER_S:.0f} seconds")
            return
        if self._writing is writing:
            self._writing = None
        writing.result()
        self._good = time.monotonic()

    async def _write(self) -> None:
        another = update(Due).where(Due.id == _ROW).values(step=Due.step + 1, ended_at=now())
        async with self._db.unit_of_work() as uow:
            written = await uow.session.execute(another, execution_options={"synchronize_session": False})
            if isinstance(written, CursorResult) and written.rowcount == 0:
                uow.session.add(
                    Due(
                        id=_ROW, kind=_ROW, subject="desk", due=now(), payload={}, done=True, set_at=now(), ended_at=now()
                    )
                )  # fmt: skip
