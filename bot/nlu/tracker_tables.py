"""The tables of the tracker store, and the statements on them. SQLAlchemy 1.4, as Rasa pins it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import QueuePool

metadata = sa.MetaData()
trackers = sa.Table(
    "trackers",
    metadata,
    sa.Column("conversation", sa.String(255), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("logged", sa.Integer, nullable=False),  # events in the log
    sa.Column("snapshot", sa.Text, nullable=False),  # the compacted events, a JSON list
    sa.Column("updated_at", sa.Float, nullable=False),
)
events = sa.Table(
    "tracker_events",
    metadata,
    sa.Column("conversation", sa.String(255), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("type_name", sa.String(255), nullable=False),
    sa.Column("timestamp", sa.Float),
    sa.Column("data", sa.Text, nullable=False),
)
answers = sa.Table(
    "turn_answers",
    metadata,
    sa.Column("conversation", sa.String(255), primary_key=True),
    sa.Column("message_id", sa.String(255), primary_key=True),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)


class StaleTracker(Exception):
    """Another worker wrote this conversation since it was read; nothing was stored."""


def open_engine(url: str, schema: str) -> Engine:
    """An engine with the tables in place. On PostgreSQL they lie in `schema`; SQLite writers take their lock at once."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        engine = sa.create_engine(address, pool_pre_ping=True)
        with engine.begin() as connection:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('vigil tracker tables'))"))
            if schema not in sa.inspect(connection).get_schema_names():
                connection.execute(sa.schema.CreateSchema(schema))
            metadata.create_all(connection.execution_options(schema_translate_map={None: schema}))
        return engine.execution_options(schema_translate_map={None: schema})
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        address, poolclass=QueuePool, connect_args={"check_same_thread": False, "timeout": 5}
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    metadata.create_all(engine)
    return engine


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = (
        None  # transactions begin where SQLAlchemy says, not where the driver guesses
    )
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


class Tables:
    """Reads and writes; blocking, so to be called from a thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        # Reading alone takes no write lock: SQLite's IMMEDIATE is for writers.
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection

    def version(self, conversation: str) -> int | None:
        """The stored version of a conversation's tracker."""
        with self._reading() as connection:
            query = sa.select(trackers.c.version).where(trackers.c.conversation == conversation)
            found: int | None = connection.execute(query).scalar()
            return found

    def snapshot(self, conversation: str) -> tuple[int, int, str] | None:
        """Version, number of logged events, and compacted events of a conversation."""
        columns = (trackers.c.version, trackers.c.logged, trackers.c.snapshot)
        with self._reading() as connection:
            row = connection.execute(
                sa.select(*columns).where(trackers.c.conversation == conversation)
            ).first()
            return (row.version, row.logged, row.snapshot) if row else None

    def log(self, conversation: str) -> list[str]:
        """All events ever, oldest first."""
        query = (
            sa.select(events.c.data).where(events.c.conversation == conversation).order_by(events.c.number)
        )
        with self._reading() as connection:
            return list(connection.execute(query).scalars())

    def conversations(self) -> list[str]:
        """The ids of all stored conversations."""
        with self._reading() as connection:
            return list(connection.execute(sa.select(trackers.c.conversation)).scalars())

    def answer(self, conversation: str, message_id: str) -> str | None:
        """What was answered to a message, if it was."""
        query = sa.select(answers.c.answer).where(
            answers.c.conversation == conversation, answers.c.message_id == message_id
        )
        with self._reading() as connection:
            found: str | None = connection.execute(query).scalar()
            return found

    def write(
        self,
        conversation: str,
        version: int,
        logged: int,
        snapshot: str,
        added: Sequence[tuple[str, float | None, str]],
        answer: tuple[str, str] | None,
    ) -> None:
        """Stores what a turn added, and its answer (message id, text), in one transaction.

        `version` and `logged` are those that the turn started from (0, 0 for a new conversation). Raises StaleTracker
        when the stored version is another.
        """
        now = time.time()
        values = {
            "version": version + 1,
            "logged": logged + len(added),
            "snapshot": snapshot,
            "updated_at": now,
        }
        try:
            with self._engine.begin() as connection:
                if version == 0:
                    connection.execute(trackers.insert().values(conversation=conversation, **values))
                else:
                    same = (trackers.c.conversation == conversation) & (trackers.c.version == version)
                    if connection.execute(trackers.update().where(same).values(**values)).rowcount != 1:
                        raise StaleTracker(conversation)
                rows = [
                    {
                        "conversation": conversation,
                        "number": number,
                        "type_name": kind,
                        "timestamp": at,
                        "data": data,
                    }
                    for number, (kind, at, data) in enumerate(added, start=logged)
                ]
                if rows:
                    connection.execute(events.insert(), rows)
                if answer is not None:
                    row = {
                        "conversation": conversation,
                        "message_id": answer[0],
                        "answer": answer[1],
                        "at": now,
                    }
                    connection.execute(answers.insert().values(**row))
        except IntegrityError as error:
            raise StaleTracker(conversation) from error

    def forget(self, conversation: str) -> bool:
        """Erases everything about a conversation; False when nothing was stored."""
        with self._engine.begin() as connection:
            gone = [
                connection.execute(table.delete().where(table.c.conversation == conversation)).rowcount
                for table in (trackers, events, answers)
            ]
        return any(gone)
