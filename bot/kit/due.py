"""Due rows: everything that must happen later. One table, one ticker, each firing exactly once across workers.

A row is (kind, subject, due, step). Features register a handler per kind; the handler runs inside the transaction that
claims the row, checks again whether it is still owed, and may schedule the next step. Claiming is one conditional UPDATE
(`WHERE id = ? AND step = ? AND done = false`), the same on both databases. Overdue rows fire at once after a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

import structlog
from sqlalchemy import JSON, Index, UniqueConstraint, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Mapped, mapped_column

from bot.kit.database import Base, Database, UnitOfWork, again_on_conflict
from bot.kit.ids import new_id
from bot.kit.now import now
from bot.kit.worker import Worker

log = structlog.get_logger(__name__)
_BATCH = 100
_RETRY_S = 2.0
_TOGETHER = 8  # a quarter of the connections to PostgreSQL
_PATIENCE_S = 0.5  # a row that takes longer is waited for no more: the next one fires beside it


class Due(Base):
    """A thing owed at a time. (kind, subject, key if any) is unique among rows not done: scheduling again moves the row."""

    __tablename__ = "due"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    due: Mapped[datetime]
    step: Mapped[int] = mapped_column(default=0)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    done: Mapped[bool] = mapped_column(default=False)
    open_key: Mapped[
        str | None
    ]  # kind|subject or kind|subject|key while open, NULL when done: the uniqueness both databases can hold
    set_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    fired: Mapped[bool] = mapped_column(
        default=False
    )  # it ended by ringing, not because it was owed no longer
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_due_open", "done", "due"),
        UniqueConstraint("open_key"),
        Index("ix_due_subject", "subject"),
    )


@dataclass(frozen=True)
class Firing:
    """What a handler is told: which row, at which step, when it was due."""

    kind: str
    subject: str
    step: int
    due: datetime
    payload: dict[str, Any]


Handler = Callable[[UnitOfWork, Firing], Awaitable[None]]
_handlers: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of due row; one handler a kind."""

    def register(handler: Handler) -> Handler:
        if kind in _handlers and _handlers[kind] is not handler:
            raise ValueError(f"{kind} has two handlers")
        _handlers[kind] = handler
        return handler

    return register


async def schedule(
    uow: UnitOfWork,
    kind: str,
    subject: str,
    due: datetime,
    *,
    step: int = 0,
    payload: dict[str, Any] | None = None,
    key: str | None = None,
) -> None:
    """Owe `kind` for `subject` at `due`; an open row of the same kind and subject is moved instead of doubled. key: tells apart
    what is owed several times at once, each in a row of its own."""
    row = await open_row(uow, kind, subject, key)
    if row is None:
        uow.session.add(
            Due(
                id=new_id(), kind=kind, subject=subject, due=due, step=step, payload=payload or {}, done=False,
                open_key=_open_key(kind, subject, key), set_at=now(), failures=0,
            )
        )  # fmt: skip
    else:
        row.due, row.step, row.set_at, row.failures = due, step, now(), 0
        if payload is not None:
            row.payload = payload
    await uow.session.flush()


def _open_key(kind: str, subject: str, key: str | None) -> str:
    return "|".join((kind, subject) if key is None else (kind, subject, key))


async def open_row(uow: UnitOfWork, kind: str, subject: str, key: str | None = None) -> Due | None:
    """The open row of this kind and subject (and key, where it was scheduled with one), or None."""
    query = select(Due).where(Due.open_key == _open_key(kind, subject, key))
    return (await uow.session.execute(query)).scalar_one_or_none()


async def cancel(uow: UnitOfWork, subject: str, *kinds: str) -> None:
    """What was owed is no longer: closes the open rows of `subject`, of `kinds` only if any are named."""
    query = update(Due).where(Due.subject == subject, Due.done.is_(False))
    if kinds:
        query = query.where(Due.kind.in_(kinds))
    await uow.session.execute(
        query.values(done=True, open_key=None, ended_at=now()),
        execution_options={"synchronize_session": "fetch"},
    )


async def end(uow: UnitOfWork, row_id: str) -> bool:
    """What this one row owes has been done: it closes without ringing. False when it was closed before."""
    query = update(Due).where(Due.id == row_id, Due.done.is_(False))
    closed = await uow.session.execute(
        query.values(done=True, open_key=None, ended_at=now()),
        execution_options={"synchronize_session": "fetch"},
    )
    return cast("CursorResult[Any]", closed).rowcount == 1


async def fire_due(database: Database) -> int:
    """Fire every row that is due now, each in its own transaction; returns how many fired.

    Rows fire in the order in which they fell due; one that takes long holds up no other of its round, though the next round
    waits for it. A handler that raises rolls its transaction back; the row is tried again shortly and the failure is logged.
    """
    async with database.reading() as session:
        query = (
            select(Due.id, Due.step)
            .where(Due.done.is_(False), Due.due <= now())
            .order_by(Due.due)
            .limit(_BATCH)
        )
        rows = (await session.execute(query)).all()
    room, firing = asyncio.Semaphore(_TOGETHER), []
    for row_id, step in rows:
        firing.append(asyncio.create_task(_fire_one(database, row_id, step, room)))
        # SQLite's one writer takes them in this order by itself, and each waits once for whoever else is writing.
        if not database.sqlite:
            await asyncio.wait(firing[-1:], timeout=_PATIENCE_S)
    return sum(await asyncio.gather(*firing))


async def _fire_one(database: Database, row_id: str, step: int, room: asyncio.Semaphore) -> int:
    async with room:
        try:
            return await again_on_conflict(partial(_fire, database, row_id, step))
        except Exception:
            log.exception("due row failed", id=row_id)
            await _put_off(database, row_id, step)
            return 0


async def _fire(database: Database, row_id: str, step: int) -> int:
    async with database.unit_of_work() as uow:
        claim = update(Due).where(Due.id == row_id, Due.step == step, Due.done.is_(False), Due.due <= now())
        result = await uow.session.execute(
            claim.values(done=True, open_key=None, fired=True, ended_at=now()),
            execution_options={"synchronize_session": False},
        )
        if not isinstance(result, CursorResult) or result.rowcount != 1:
            return 0
        row = (await uow.session.execute(select(Due).where(Due.id == row_id))).scalar_one()
        await _handlers[row.kind](uow, Firing(row.kind, row.subject, row.step, row.due, dict(row.payload)))
    return 1


async def _put_off(database: Database, row_id: str, step: int) -> None:
    async with database.unit_of_work() as uow:
        row = await uow.session.get(Due, row_id)
        if row is not None and not row.done and row.step == step:
            row.failures += 1
            row.due = now() + timedelta(seconds=min(60.0, _RETRY_S * row.failures))


class Ticker(Worker):
    """Fires due rows until stopped. One in every desk process; claims make the firing single."""

    async def step(self) -> None:
        while await fire_due(self.database) == _BATCH:
            continue
