"""What the desk's tests do once instead of each time: work of a start that is the same everywhere, and databases."""

from __future__ import annotations

import os
import uuid
from dataclasses import replace
from functools import cache, partial
from typing import Any

import asyncpg
import fastapi.routing
import httpx
import httpx._transports.default
import psycopg
from psycopg import sql
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import LRUCache

from bot.kit import database as kit_database

POSTGRES = os.environ.get("VIGIL_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
_ABSENT = (
    "PostgreSQL does not answer at {url}: start it, or set VIGIL_TEST_POSTGRES to one where databases may be created. "
    "These tests are not skipped, because the desk must work on both."
)


async def statements(*said: str) -> None:
    """Says them to the server itself. Raises RuntimeError when no server answers."""
    try:
        connection = await asyncpg.connect(POSTGRES, timeout=5)
    except (OSError, asyncpg.PostgresError) as problem:
        raise RuntimeError(_ABSENT.format(url=POSTGRES)) from problem
    try:
        for statement in said:
            await connection.execute(statement)
    finally:
        await connection.close()


def address_of(name: str) -> str:
    """The address of a database of that server, as the desk writes it."""
    return POSTGRES.rsplit("/", 1)[0].replace("postgresql://", "postgresql+asyncpg://") + f"/{name}"


def work_once() -> None:
    """A desk does this work once, when it starts; a test starts a desk of its own, and the same work was a third of its
    time. What is made is the real thing, kept for the next test of this process."""
    # Certificates of HTTPS, which each client reads though everything here speaks HTTP.
    read = cache(httpx.create_ssl_context)
    setattr(httpx._transports.default, "create_ssl_context", read)  # noqa: B010
    # Compiled SQL: what one engine has compiled serves each engine of its kind.
    for kind in (PGDialect_asyncpg, SQLiteDialect_aiosqlite):
        setattr(kind, "__eq__", lambda one, other: type(one) is type(other))  # noqa: B010
        setattr(kind, "__hash__", lambda one: hash(type(one)))  # noqa: B010
    compiled: LRUCache[Any, Any] = LRUCache(5_000)
    opened = partial(create_async_engine, execution_options={"compiled_cache": compiled})
    setattr(kit_database, "create_async_engine", opened)  # noqa: B010
    # The doors' signatures. An app whose dependencies a test has replaced gets doors of its own.
    kind_of_door = fastapi.routing._EffectiveRouteContext
    build, kept = kind_of_door.from_api_route, dict[int, list[tuple[Any, Any, Any]]]()

    def door(*, original_route: Any, include_context: Any) -> Any:
        if getattr(include_context.dependency_overrides_provider, "dependency_overrides", None):
            return build(original_route=original_route, include_context=include_context)
        wanted = replace(include_context, dependency_overrides_provider=None)
        doors = kept.setdefault(id(original_route), [])
        for _route, context, made in doors:
            if context == wanted:
                return made
        made = build(original_route=original_route, include_context=wanted)
        doors.append((original_route, wanted, made))  # the route is held so that no other gets its id
        return made

    setattr(kind_of_door, "from_api_route", staticmethod(door))  # noqa: B010


class Databases:
    """Copies of a migrated PostgreSQL database. One that a test leaves is emptied and given again under another name, which
    is a tenth of the work of dropping it and making another; one in which more than rows has changed is dropped."""

    # What a statement on tables, columns, triggers or functions would change; TRUNCATE and VACUUM change none of it.
    _SHAPE = " UNION ALL ".join(
        f"SELECT '{catalog}', count(*), max(xmin::text::bigint) FROM {catalog}"
        for catalog in (
            "pg_attribute", "pg_attrdef", "pg_constraint", "pg_trigger", "pg_index", "pg_proc", "pg_type",
            "pg_namespace",
        )
    ) + " UNION ALL SELECT 'settings', count(*), 0 FROM pg_db_role_setting WHERE setdatabase ="\
        " (SELECT oid FROM pg_database WHERE datname = current_database())"  # fmt: skip
    _FILLED = (
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND pg_relation_size(oid) > 0 ORDER BY 1"
    )
    _OTHERS = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND"
        " pid <> pg_backend_pid()"
    )
    _NUMBERS = (
        "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences"
        " WHERE last_value IS NOT NULL"
    )

    def __init__(self, template: str) -> None:
        self.template = template
        self._spare: list[str] = []
        self._admin = psycopg.connect(POSTGRES, autocommit=True)
        with self._inside(template) as there:
            self._shape = there.execute(self._SHAPE).fetchall()
            self._kept = {name: self._rows(there, name) for (name,) in there.execute(self._FILLED).fetchall()}

    def give(self) -> str:
        """The name of a database like the template."""
        name = f"vigil_test_{uuid.uuid4().hex[:10]}"
        while self._spare:
            spare = self._spare.pop()
            try:
                self._say("ALTER DATABASE {} RENAME TO {}", spare, name)
                return name
            except psycopg.errors.ObjectInUse:  # somebody has come back to it
                self._say("DROP DATABASE IF EXISTS {} WITH (FORCE)", spare)
        self._say("CREATE DATABASE {} TEMPLATE {}", name, self.template)
        return name

    def take_back(self, name: str) -> None:
        """Nobody is connected to it any more, and no other test will see it by this name."""
        try:
            clean = self._emptied(name)
        except psycopg.Error:
            clean = False
        if clean:
            self._spare.append(name)
        else:
            self._say("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def close(self) -> None:
        for name in self._spare:
            self._say("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self._admin.close()

    def _emptied(self, name: str) -> bool:
        """Whether it is like the template again."""
        with self._inside(name) as there:
            there.execute(self._OTHERS)
            if there.execute(self._SHAPE).fetchall() != self._shape:
                return False
            filled = [table for (table,) in there.execute(self._FILLED).fetchall() if table not in self._kept]
            # Timelines only grow: their triggers rest meanwhile.
            there.execute("SET session_replication_role = replica")
            for table in filled:
                there.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            if filled:  # the files are as short as new ones, so that rows lie in the order in which they come
                there.execute(
                    sql.SQL("VACUUM {}").format(sql.SQL(", ").join(sql.Identifier(one) for one in filled))
                )
            there.execute(self._NUMBERS)
            left = {table: self._rows(there, table) for (table,) in there.execute(self._FILLED).fetchall()}
            return left == self._kept

    def _rows(self, there: psycopg.Connection[Any], table: str) -> list[Any]:
        return there.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall()

    def _inside(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(f"{POSTGRES.rsplit('/', 1)[0]}/{name}", autocommit=True)

    def _say(self, statement: str, *names: str) -> None:
        self._admin.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))
