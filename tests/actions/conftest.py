"""A whole assistant on loopback: Rasa's rules, the action server, the sandbox platform, and a desk that keeps
what it hears."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.actions.desk_double import RecordingDesk
from tests.actions.rules import train_rules
from tests.actions.sandbox_client import Sandbox
from tests.actions.talk import NOON, Talk
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
DESK_PYTHON = ROOT / ".venv" / "bin" / "python"
KEY, SECRET = "test-platform-key", "test-internal-secret"


def serve(command: list[str], url: str, **environment: str) -> subprocess.Popen[bytes]:
    """Starts a server and waits until it answers anything at all; fails when it ends before that."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    until = time.monotonic() + 40
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{command} ended with {process.returncode}")
        try:
            requests.get(url, timeout=1)
            return process
        except requests.RequestException:
            time.sleep(0.1)
    process.terminate()
    raise RuntimeError(f"{command} does not answer at {url}")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="session")
def platform_url() -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    python = str(DESK_PYTHON if DESK_PYTHON.exists() else sys.executable)
    process = serve(
        [python, "-m", "sandbox"],
        f"{url}/demo/people",
        VIGIL_SANDBOX_PORT=str(port),
        VIGIL_SANDBOX_BEGINS=NOON.isoformat(),
        VIGIL_RIDE_PLATFORM_KEY=KEY,
    )
    yield url
    stop(process)


@pytest.fixture(scope="session")
def recording_desk() -> Iterator[RecordingDesk]:
    desk = RecordingDesk(SECRET)
    desk.start()
    yield desk
    desk.stop()


@pytest.fixture(scope="session")
def actions_url(platform_url: str, recording_desk: RecordingDesk) -> Iterator[str]:
    port = free_port()
    process = serve(
        [sys.executable, "-m", "actions"],
        f"http://127.0.0.1:{port}/health",
        VIGIL_ACTIONS_PORT=str(port),
        VIGIL_RIDE_PLATFORM_URL=platform_url,
        VIGIL_RIDE_PLATFORM_KEY=KEY,
        VIGIL_INTERNAL_URL=recording_desk.url,
        VIGIL_INTERNAL_SECRET=SECRET,
    )
    yield f"http://127.0.0.1:{port}"
    stop(process)


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def assistant(
    actions_url: str, tmp_path_factory: pytest.TempPathFactory, loop: asyncio.AbstractEventLoop
) -> Any:
    """The rules, stories and responses of the project, trained without hearing: what is heard is given by
    the tests."""
    folder = tmp_path_factory.mktemp("model")
    model = train_rules(folder)
    from rasa.core.agent import Agent
    from rasa.utils.endpoints import EndpointConfig

    from bot.nlu.tracker_store import CompactingTrackerStore
    from bot.nlu.turns import Conversationalist

    store = CompactingTrackerStore(url=f"sqlite:///{folder / 'trackers.db'}")
    agent = Agent(tracker_store=store, action_endpoint=EndpointConfig(f"{actions_url}/webhook"))
    agent.load_model(model)
    return Conversationalist(agent)


@pytest.fixture
def platform(platform_url: str) -> Iterator[Sandbox]:
    """The sandbox as on its first day, and nothing broken."""
    sandbox = Sandbox(platform_url, KEY)
    sandbox.reset()
    yield sandbox
    sandbox.reset()


@pytest.fixture
def desk(recording_desk: RecordingDesk) -> RecordingDesk:
    recording_desk.clear()
    return recording_desk


@pytest.fixture
def talk(
    assistant: Any, platform: Sandbox, desk: RecordingDesk, loop: asyncio.AbstractEventLoop
) -> Callable[..., Talk]:
    """`talk("zh", rider="r_chen")` begins a conversation."""

    def begin(language: str, **who: Any) -> Talk:
        return Talk(assistant, loop, language, **who)

    return begin
