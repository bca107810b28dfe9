"""The outbox: every call to the outside (pages, dispatch holds, mails, platform acts) is a row written in the transaction
that decided it, and carried out after commit, with retries. A crash between the two loses nothing.

A handler runs outside any transaction, raises to be tried again (backoff doubles from 1 s to 60 s), and is told the
attempt's number. Delivery is at least once: handlers pass `row id` as idempotency key where the other side takes one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import JSON, Index, UniqueConstraint, literal, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.kit.database import Base, Database, UnitOfWork, again_on_conflict
from bot.kit.ids import new_id
from bot.kit.now import now
from bot.kit.worker import Worker

log = structlog.get_logger(__name__)
_LEASE_S = 30.0
_BATCH = 50
UNTIL_DONE = None  # attempts of what stays owed however long the other side is away: in the end one a minute


class OutboxRow(Base):
    """A call owed to the outside. state: waiting, done, failed (given up)."""

    __tablename__ = "outbox"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    key: Mapped[str]  # what the call is about; unique per kind, so that a repeated decision makes one call
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(default="waiting")
    due: Mapped[datetime]
    attempt: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    set_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_outbox_waiting", "state", "due"), UniqueConstraint("kind", "key"))


@dataclass(frozen=True)
class Delivery:
    """What a handler is told."""

    id: str
    key: str
    payload: dict[str, Any]
    attempt: int


# What a handler may return: what else is written in the transaction that records its success.
AfterSuccess = Callable[[UnitOfWork], Awaitable[None]]
Handler = Callable[[Delivery], Awaitable[AfterSuccess | None]]
AfterFailure = Callable[[UnitOfWork, Delivery, str], Awaitable[None]]


@dataclass(frozen=True)
class _Registered:
    handler: Handler
    attempts: int | None
    on_failure: AfterFailure | None
    lease_s: float


_handlers: dict[str, _Registered] = {}


def delivers(
    kind: str,
    handler: Handler,
    *,
    attempts: int | None = 8,
    on_failure: AfterFailure | None = None,
    lease_s: float = _LEASE_S,
) -> None:
    """Register who carries out `kind`. After each failed attempt `on_failure` runs in a transaction (to alarm, to try
    another channel); after `attempts` the row is given up, unless they are UNTIL_DONE: its handler looks itself whether the
    call is still wanted. lease_s: seconds until a worker that died with the call in its
    hand is no longer waited for; the handler itself gets four fifths of it."""
    _handlers[kind] = _Registered(handler, attempts, on_failure, lease_s)


async def put(uow: UnitOfWork, kind: str, key: str, payload: dict[str, Any]) -> bool:
    """Owe a call; returns whether it is a new one. The same kind and key again is the same call: nothing is added."""
    known = await uow.session.execute(
        select(OutboxRow.id).where(OutboxRow.kind == kind, OutboxRow.key == key)
    )
    if known.first() is not None:
        return False
    add(uow, kind, key, payload)
    return True


def add(uow: UnitOfWork, kind: str, key: str, payload: dict[str, Any]) -> None:
    """Owe a call whose key cannot have been used before, because it holds an id made in this very transaction."""
    uow.session.add(
        OutboxRow(
            id=new_id(), kind=kind, key=key, payload=payload, state="waiting", due=now(), attempt=0, set_at=now()
        )
    )  # fmt: skip
    uow.emit("outbox.put", kind=kind)


async def forget(uow: UnitOfWork, subject: str) -> None:
    """Empty what was carried out or given up for `subject` (a part of the key): a call that is over needs its words no more,
    nor a key that names anybody."""
    over = update(OutboxRow).where(
        OutboxRow.key.contains(subject, autoescape=True), OutboxRow.state != "waiting"
    )
    emptied = over.values(key=literal(f"{subject}:") + OutboxRow.id, payload={}, error=None)
    await uow.session.execute(emptied, execution_options={"synchronize_session": False})


async def owed(session: AsyncSession, kind: str, subject: str) -> Sequence[str]:
    """Row ids of the calls of `kind` about `subject` (the first part of the key) that have not gone out, given up or not."""
    query = select(OutboxRow.id).where(
        OutboxRow.kind == kind,
        OutboxRow.state.in_(("waiting", "failed")),
        OutboxRow.key.startswith(f"{subject}:", autoescape=True),
    )
    return (await session.execute(query)).scalars().all()


async def made_elsewhere(uow: UnitOfWork, rows: Sequence[str]) -> None:
    """What these rows owe was carried out by somebody who could not wait for their turn: they go out no more."""
    made = update(OutboxRow).where(OutboxRow.id.in_(rows)).values(state="done", done_at=now())
    await uow.session.execute(made, execution_options={"synchronize_session": False})


async def deliver_waiting(database: Database) -> int:
    """Carry out what is waiting, side by side, and wait for all of it; returns how many calls were tried."""
    return sum(await asyncio.gather(*(_deliver(database, *row) for row in await _waiting(database))))


async def _waiting(database: Database) -> list[tuple[str, int, str]]:
    """(row id, attempts so far, kind) of what is due now."""
    async with database.reading() as session:
        query = (
            select(OutboxRow.id, OutboxRow.attempt, OutboxRow.kind)
            .where(OutboxRow.state == "waiting", OutboxRow.due <= now())
            .order_by(OutboxRow.due)
            .limit(_BATCH)
        )
        return [(row_id, attempt, kind) for row_id, attempt, kind in (await session.execute(query)).all()]


async def _deliver(database: Database, row_id: str, attempt: int, kind: str) -> int:
    registered = _handlers[kind]
    async with database.unit_of_work() as uow:
        claim = update(OutboxRow).where(
            OutboxRow.id == row_id,
            OutboxRow.attempt == attempt,
            OutboxRow.state == "waiting",
            OutboxRow.due <= now(),
        )
        # The lease moves the row out of the others' sight; if this worker dies it comes back by itself.
        result = await uow.session.execute(
            claim.values(attempt=attempt + 1, due=now() + timedelta(seconds=registered.lease_s)),
            execution_options={"synchronize_session": False},
        )
        if not isinstance(result, CursorResult) or result.rowcount != 1:
            return 0
        row = (await uow.session.execute(select(OutboxRow).where(OutboxRow.id == row_id))).scalar_one()
    delivery = Delivery(row.id, row.key, dict(row.payload), attempt + 1)
    then, failure = None, None
    try:
        then = await asyncio.wait_for(registered.handler(delivery), registered.lease_s * 0.8)
    except Exception as problem:
        failure = f"{type(problem).__name__}: {problem}"[:500]
        log.warning("outbox delivery failed", kind=row.kind, attempt=attempt + 1, error=failure)

    async def outcome() -> None:
        async with database.unit_of_work() as uow:
            await _record(uow, row_id, delivery, registered, failure)
            if then is not None:
                await then(uow)

    # It has gone out: a record that another transaction is in the way of is written again, or the call would be made twice.
    await again_on_conflict(outcome)
    return 1


async def _record(
    uow: UnitOfWork, row_id: str, delivery: Delivery, registered: _Registered, failure: str | None
) -> None:
    row = (await uow.session.execute(select(OutboxRow).where(OutboxRow.id == row_id))).scalar_one()
    row.error = failure
    if failure is None:
        row.state, row.done_at = "done", now()
        return
    if registered.attempts is not None and delivery.attempt >= registered.attempts:
        row.state, row.done_at = "failed", now()
    row.due = now() + _backoff(delivery.attempt)
    if registered.on_failure is not None:
        await registered.on_failure(uow, delivery, failure)


def _backoff(attempt: int) -> timedelta:
    # Bounded before it is raised to a power: the thousandth attempt's would be no number any more.
    return timedelta(seconds=min(60.0, 2.0 ** min(attempt - 1, 6)))


class OutboxWorker(Worker):
    """Delivers at once when a row is put in this process, and now and then what others left. Each call is a task of its
    own: one that hangs holds up no other."""

    topic = "outbox.put"

    def __init__(self, database: Database, every_s: float) -> None:
        super().__init__(database, every_s)
        self._running: dict[str, asyncio.Task[None]] = {}

    async def step(self) -> None:
        for row_id, attempt, kind in await _waiting(self.database):
            if row_id not in self._running:
                task = asyncio.create_task(self._one(row_id, attempt, kind))
                self._running[row_id] = task
                task.add_done_callback(partial(self._finished, row_id))

    async def _one(self, row_id: str, attempt: int, kind: str) -> None:
        try:
            await _deliver(self.database, row_id, attempt, kind)
        except Exception:
            # The lease runs out and the row is tried again.
            log.exception("delivery could not be recorded", row=row_id)

    def _finished(self, row_id: str, _done: asyncio.Task[None]) -> None:
        self._running.pop(row_id, None)
