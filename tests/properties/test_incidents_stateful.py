"""Incidents under any order of things, on both databases: see `machine`. The same sequences each run."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bot.migrate import config
from bot.settings import settings as desk_settings
from tests.paging.conftest import Hook
from tests.properties.machine import Incidents
from tests.reuse import address_of, statements


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.close()


@pytest.fixture
def ringing(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> Hook:
    monkeypatch.setattr(desk_settings(), "pager", hook.address("team"))
    monkeypatch.setattr(desk_settings(), "second_pager", hook.address("second"))
    return hook


def _explore(machine: type[Incidents], examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=25, derandomize=True, deadline=None, database=None,
            # Without shrinking: a failure is told within the minute, with its steps.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


@pytest.mark.timeout(600)
def test_on_sqlite(ringing: Hook, sqlite_template: Path) -> None:
    class OnSqlite(Incidents):
        hook = ringing

        def fresh_url(self) -> str:
            self.folder = tempfile.mkdtemp(prefix="vigil-properties-")
            shutil.copy(sqlite_template, f"{self.folder}/vigil.db")
            return f"sqlite+aiosqlite:///{self.folder}/vigil.db"

        def drop(self) -> None:
            shutil.rmtree(self.folder)

    _explore(OnSqlite, 20)


@pytest.mark.timeout(600)
def test_on_postgresql(ringing: Hook) -> None:
    template = f"vigil_template_{uuid.uuid4().hex[:10]}"
    asyncio.run(statements(f"CREATE DATABASE {template}"))
    command.upgrade(config(address_of(template)), "head")

    class OnPostgres(Incidents):
        hook = ringing

        def fresh_url(self) -> str:
            self.name = f"vigil_test_{uuid.uuid4().hex[:10]}"
            self.do(statements(f"CREATE DATABASE {self.name} TEMPLATE {template}"))
            return address_of(self.name)

        def drop(self) -> None:
            asyncio.run(statements(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)"))

    try:
        _explore(OnPostgres, 4)
    finally:
        asyncio.run(statements(f"DROP DATABASE IF EXISTS {template} WITH (FORCE)"))
