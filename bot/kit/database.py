"""The database and the unit of work: one request, socket event or timer firing is one transaction, committed at the edge.

`async with db.unit_of_work() as uow:` commits **before** it returns, so an acknowledgement made after the block was
stored; what was emitted is published only after the commit. Services take the unit of work and never commit themselves.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

import structlog
from sqlalchemy import JSON, DateTime, MetaData, event, text
from sqlalchemy.engine import Connection, Dialect, ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from bot.kit.publishing import Event as Event
from bot.kit.publishing import Publisher, Subscriber

log = structlog.get_logger(__name__)
Done = TypeVar("Done")

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An aware UTC time on both databases: SQLite keeps no zone, so it is taken off on the way in and put back on."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone must not reach the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value


# None is stored as SQL NULL, not as the JSON value null, so that `IS NULL` means what it says.
Json = JSON(none_as_null=True)


class Base(DeclarativeBase):
    """Parent of all tables."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Moment}


@dataclass
class UnitOfWork:
    """One transaction: its session, and the events to publish once it has committed."""

    session: AsyncSession
    events: list[Event] = field(default_factory=list)

    def emit(self, topic: str, **data: Any) -> None:
        """Publish after commit; nothing is published if the commit fails."""
        self.events.append(Event(topic, data))


# A worker that hangs with a lock in its hand must not stop the clocks of all the others.
_POSTGRES: dict[str, Any] = {
    "pool_size": 10, "max_overflow": 20, "pool_pre_ping": True,
    "connect_args": {"server_settings": {"lock_timeout": "5000", "idle_in_transaction_session_timeout": "15000"}},
}  # fmt: skip
_CONFLICTS = ("40P01", "40001", "55P03", "23505")


async def exclusively(uow: UnitOfWork, name: str) -> None:
    """Until the transaction ends nobody else works on `name`. SQLite has one writer, so nothing is needed there."""
    if uow.session.get_bind().dialect.name == "postgresql":
        await uow.session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})


async def again_on_conflict(work: Callable[[], Awaitable[Done]], tries: int = 3) -> Done:
    """Carry out a whole unit of work, again if another transaction was in the way (deadlock, lock timeout, a row that both
    wanted to add). Raises what the last try raised."""
    for left in range(tries - 1, -1, -1):
        try:
            return await work()
        except DBAPIError as problem:
            code = getattr(problem.orig, "sqlstate", None) or getattr(problem.orig, "pgcode", None)
            if left == 0 or code not in _CONFLICTS:
                raise
            log.warning("conflict, trying again", code=code)
    raise AssertionError("unreachable")


class Database:
    """An engine with the two ways in: `unit_of_work` to write, `reading` to read."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sqlite = url.startswith("sqlite")
        options: dict[str, Any] = {} if self.sqlite else dict(_POSTGRES)
        self.engine: AsyncEngine = create_async_engine(url, hide_parameters=True, **options)
        event.listen(self.engine.sync_engine, "handle_error", _keep_values_out)
        # SQLite has one writer: waiting here is fair and cheap, waiting in the busy handler polls.
        self._writer = asyncio.Lock() if self.sqlite else None
        self._publisher = Publisher()
        self.subscribers: list[Subscriber] = self._publisher.subscribers
        if self.sqlite:
            _prepare_sqlite(self.engine)

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        """A writing transaction. Leaves by commit, then publishes; any exception rolls back and publishes nothing."""
        if self._writer is not None:
            async with self._writer:
                uow = await self._enter()
                async with self._transaction(uow):
                    yield uow
        else:
            uow = await self._enter()
            async with self._transaction(uow):
                yield uow
        await self.publish(uow.events)

    async def _enter(self) -> UnitOfWork:
        return UnitOfWork(AsyncSession(self.engine, expire_on_commit=False, autoflush=True))

    @asynccontextmanager
    async def _transaction(self, uow: UnitOfWork) -> AsyncIterator[None]:
        async with uow.session as session, session.begin():
            yield

    @asynccontextmanager
    async def reading(self, *, one_moment: bool = False) -> AsyncIterator[AsyncSession]:
        """A read-only session: on SQLite a deferred transaction that never waits for the writer. one_moment: all that is read
        is as it was at the first query, which on PostgreSQL must be asked for; on SQLite it always is."""
        engine = self.engine.execution_options(vigil_reading=True) if self.sqlite else self.engine
        async with AsyncSession(engine, expire_on_commit=False, autoflush=False) as session:
            if one_moment and not self.sqlite:
                await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    async def publish(self, events: list[Event]) -> None:
        """Hand events to the subscribers, in order within a conversation; one that fails or hangs is logged, and neither undoes
        what was stored nor holds up who stored it (bot.kit.publishing)."""
        await self._publisher.publish(events)

    async def close(self) -> None:
        await self._publisher.close()
        await self.engine.dispose()


def _keep_values_out(context: ExceptionContext) -> None:
    """Errors go to the log, what people wrote does not: PostgreSQL quotes the refused row in its DETAIL."""
    driven = context.original_exception
    for problem in (context.sqlalchemy_exception, driven, driven.__cause__):
        if problem is None:
            continue
        problem.args = tuple(
            one.partition("\nDETAIL:")[0] if isinstance(one, str) else one for one in problem.args
        )
        if getattr(problem, "detail", None):
            problem.detail = None  # type: ignore[attr-defined]


def _prepare_sqlite(engine: AsyncEngine) -> None:
    """WAL for readers beside the writer; FULL so that what was acknowledged survives a power cut; writers begin
    IMMEDIATE, because a read that becomes a write under a deferred transaction fails at once with `database is locked`."""

    @event.listens_for(engine.sync_engine, "do_connect")
    def on_opening(*_given: Any) -> None:
        _made_for_us_alone(engine.url.database)

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("vigil_reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _made_for_us_alone(file: str | None) -> None:
    """A new database file, readable by its owner only whatever the umask is; SQLite gives what lies beside it the same mode.
    One that is there is not even opened: closing it again would let go of the locks that this process holds on it."""
    if file and file != ":memory:" and not file.startswith("file:"):
        with suppress(OSError):  # SQLite says what is wrong with it
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
