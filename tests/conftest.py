"""Fixtures of the desk's tests: the real database (SQLite and PostgreSQL), a clock that tests move, the real sandbox."""

from __future__ import annotations

import asyncio
import gc
import shutil
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import structlog
from alembic import command

from bot.identity import passwords
from bot.kit.database import Database
from bot.kit.now import MovableClock, use_clock
from bot.migrate import config
from tests.ports import free_port
from tests.reuse import Databases, address_of, statements, work_once

# A traceback with every local variable takes seconds on a busy machine, and what is measured beside it is late by as much.
structlog.configure(
    processors=[
        structlog.processors.add_log_level, structlog.processors.TimeStamper(),
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)  # fmt: skip

# Looking for garbage as often as Python does by itself is a tenth of the time that tests of the desk take.
gc.set_threshold(100_000, 50, 100)


work_once()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that each test copies."""
    file = tmp_path_factory.mktemp("template") / "vigil.db"
    command.upgrade(config(f"sqlite+aiosqlite:///{file}"), "head")
    return file


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """A migrated PostgreSQL database that tests get copies of."""
    name = f"vigil_template_{uuid.uuid4().hex[:10]}"
    asyncio.run(statements(f"CREATE DATABASE {name}"))
    command.upgrade(config(address_of(name)), "head")
    yield name
    asyncio.run(statements(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def postgres_databases(postgres_template: str) -> Iterator[Databases]:
    made = Databases(postgres_template)
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgres"])
def template(request: pytest.FixtureRequest) -> Path | str:
    """What a fresh database is copied from: a file for SQLite, a database's name for PostgreSQL."""
    chosen: Path | str = request.getfixturevalue(f"{request.param}_template")
    return chosen


@pytest.fixture
def database_url(template: Path | str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh, migrated database of each kind."""
    if isinstance(template, Path):
        shutil.copy(template, tmp_path / "vigil.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'vigil.db'}"
        return
    databases: Databases = request.getfixturevalue("postgres_databases")
    name = databases.give()
    yield address_of(name)
    databases.take_back(name)


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
