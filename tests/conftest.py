"""Fixtures of the desk's tests: the real database (SQLite and PostgreSQL), a clock that tests move, the real sandbox."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
import structlog
from alembic import command

from bot.identity import passwords
from bot.kit.database import Database
from bot.kit.now import MovableClock, use_clock
from bot.migrate import config

POSTGRES = os.environ.get("VIGIL_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
_ABSENT = (
    "PostgreSQL does not answer at {url}: start it, or set VIGIL_TEST_POSTGRES to one where databases may be created. "
    "These tests are not skipped, because the desk must work on both."
)


# A traceback with every local variable takes seconds on a busy machine, and what is measured beside it is late by as much.
structlog.configure(
    processors=[
        structlog.processors.add_log_level, structlog.processors.TimeStamper(),
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)  # fmt: skip

# Looking for garbage as often as Python does by itself is a tenth of the time that tests of the desk take.
gc.set_threshold(100_000, 50, 100)

_GIVEN: set[int] = set()


def free_port() -> int:
    """A port on loopback that nobody listens on now, and another one each time: who asks for several uses them together."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in _GIVEN:
            _GIVEN.add(port)
            return port


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that each test copies."""
    file = tmp_path_factory.mktemp("template") / "vigil.db"
    command.upgrade(config(f"sqlite+aiosqlite:///{file}"), "head")
    return file


async def _admin(*statements: str) -> None:
    try:
        connection = await asyncpg.connect(POSTGRES, timeout=5)
    except (OSError, asyncpg.PostgresError) as problem:
        raise RuntimeError(_ABSENT.format(url=POSTGRES)) from problem
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _at(name: str) -> str:
    return POSTGRES.rsplit("/", 1)[0].replace("postgresql://", "postgresql+asyncpg://") + f"/{name}"


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """A migrated PostgreSQL database that each test copies."""
    name = f"vigil_template_{uuid.uuid4().hex[:10]}"
    asyncio.run(_admin(f"CREATE DATABASE {name}"))
    command.upgrade(config(_at(name)), "head")
    yield name
    asyncio.run(_admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgres"])
def template(request: pytest.FixtureRequest) -> Path | str:
    """What a fresh database is copied from: a file for SQLite, a database's name for PostgreSQL."""
    chosen: Path | str = request.getfixturevalue(f"{request.param}_template")
    return chosen


@pytest.fixture
async def database_url(template: Path | str, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a fresh, migrated database of each kind."""
    if isinstance(template, Path):
        shutil.copy(template, tmp_path / "vigil.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'vigil.db'}"
        return
    name = f"vigil_test_{uuid.uuid4().hex[:10]}"
    await _admin(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _at(name)
    await _admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh, migrated database of each kind."""
    made = Database(database_url)
    yield made
    await made.close()


def hash_cheaply(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same code with the least work a hash can be: 64 MiB and three passes for each of a dozen accounts are most of what
    a test of something else would take."""
    cheap = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", cheap)
    passwords._nobody.cache_clear()


@pytest.fixture(autouse=True)
def password_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """How much work a hash is; the tests of signing in use what the product does."""
    hash_cheaply(monkeypatch)


@pytest.fixture
def clock() -> Iterator[MovableClock]:
    """The time stands still until the test moves it."""
    made = MovableClock()
    use_clock(made)
    yield made
    use_clock(None)


@pytest.fixture
def ports() -> Callable[[], int]:
    return free_port
