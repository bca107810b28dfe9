"""The stage of each replay, on both databases, at a named hour: most rules know day and night."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.app import build
from bot.chat.assistant import Assistant
from bot.chat.hearing import HearingWorker
from bot.chat.listeners.nlu import NluListener
from bot.chat.turns import TurnWorker
from bot.followups.tasks import EventPoller
from bot.identity import service as identity
from bot.identity.models import StaffAccount
from bot.kit.database import Database
from bot.kit.due import Ticker
from bot.kit.now import MovableClock, use_clock
from bot.paging import service as paging
from bot.paging.delivery import Pager
from bot.rides.client import PlatformClient
from bot.rides.transport import Limits
from bot.settings import Settings, settings
from sandbox.events import EventLog
from sandbox.testing import RunningSandbox, running_sandbox
from tests.paging.conftest import Hook
from tests.ports import free_port
from tests.replays.driver import Stage, doors

# A Wednesday: 14:00 in Hangzhou, 06:00 in London. Stories that play at night move the clock.
AFTERNOON = datetime(2026, 3, 11, 6, 0, tzinfo=UTC)
# A slow machine is no failure of the assistant, of the platform or of a pager: the stage waits for them longer than
# a passenger would.
PATIENT_S = 60.0


@pytest.fixture
def begins() -> datetime:
    """When the story begins; a test module may override it."""
    return AFTERNOON


@pytest.fixture
def clock(begins: datetime) -> Iterator[MovableClock]:
    """The time of the desk and of the platform, moved by the story."""
    made = MovableClock(begins)
    use_clock(made)
    yield made
    use_clock(None)


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.close()


@pytest.fixture
def second_hook() -> Iterator[Hook]:
    """The second pager: another receiver, that does not fail with the first."""
    made = Hook()
    yield made
    made.close()


@pytest.fixture
def addresses(ports: Callable[[], int]) -> dict[str, str]:
    """Where the assistant is; nothing answers there unless a module overrides it: the model is down."""
    nobody = f"http://127.0.0.1:{ports()}"
    return {"rasa": nobody, "actions": nobody}


@pytest.fixture(scope="session")
def served_platform() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def sandbox(served_platform: RunningSandbox, clock: MovableClock) -> RunningSandbox:
    """The platform as on its first day, on the story's clock, with no news yet: the desk asks for its news itself."""
    served_platform.world.clock, served_platform.world.events = clock, EventLog()
    served_platform.demo("/reset")
    return served_platform


@dataclass(frozen=True)
class Crew:
    """The demo staff, hashed once: their rows, and e-mail and password by role."""

    rows: list[dict[str, Any]]
    sign_ins: dict[str, tuple[str, str]]


async def _hire(url: str) -> Crew:
    database = Database(url)
    async with database.unit_of_work() as uow:
        made = await identity.ensure_demo_staff(uow)
        accounts = (await uow.session.execute(select(StaffAccount))).scalars().all()
        columns = [column.key for column in StaffAccount.__table__.columns]
        rows = [{name: getattr(one, name) for name in columns} for one in accounts]
    await database.close()
    keys = {
        ("outsourced" if "partner" in email else roles[0]): (email, password)
        for email, password, roles in made
    }
    return Crew(rows, keys)


@pytest.fixture(scope="session")
def crew(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Crew:
    """Hashing six passwords takes longer than a whole story."""
    file = tmp_path_factory.mktemp("crew") / "crew.db"
    shutil.copy(sqlite_template, file)
    return asyncio.run(_hire(f"sqlite+aiosqlite:///{file}"))


@pytest.fixture
async def stage(
    database_url: str, tmp_path: Path, clock: MovableClock, hook: Hook, second_hook: Hook, addresses: dict[str, str],
    crew: Crew, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Stage]:  # fmt: skip
    """The desk, the platform, the staff on call and their pagers, before anybody has written."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    monkeypatch.setattr(settings(), "pager", hook.address("team"))
    monkeypatch.setattr(settings(), "second_pager", second_hook.address("second"))
    monkeypatch.setattr(settings(), "public_url", url)
    patient = Limits(connect_s=PATIENT_S, read_s=PATIENT_S, budget_s=PATIENT_S)
    monkeypatch.setattr("bot.app.PlatformClient", partial(PlatformClient, limits=patient))
    desk = build(
        Settings(
            env="test", var=tmp_path, database_url=database_url, rasa_hear_url=addresses["rasa"],
            rasa_talk_url=addresses["rasa"], actions_url=addresses["actions"], ride_platform_url=sandbox.url,
            port=port, public_url=url, pager=hook.address("team"), second_pager=second_hook.address("second"),
        )
    )  # fmt: skip
    async with desk.database.unit_of_work() as uow:
        uow.session.add_all(StaffAccount(**row) for row in crew.rows)
        await uow.session.flush()
        await paging.ensure_demo_rota(uow)
    Pager(desk.database, limit_s=PATIENT_S, slow_s=PATIENT_S).register()
    secret = desk.settings.internal_secret
    nlu = NluListener(desk.client, addresses["rasa"], secret, PATIENT_S)
    assistant = Assistant(desk.client, addresses["rasa"], secret, PATIENT_S)
    async with doors(desk, port) as at:
        made = Stage(
            desk, at, clock, sandbox, hook, second_hook, crew.sign_ins, HearingWorker(desk.database, nlu),
            TurnWorker(desk.database, assistant), EventPoller(desk.database, desk.platform, 1.0),
            Ticker(desk.database, 1.0),
        )  # fmt: skip
        yield made
        await made.end()
    await desk.client.aclose()
    await desk.platform.close()
    await desk.database.close()
