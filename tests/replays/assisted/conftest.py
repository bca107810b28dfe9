"""The same stage with the assistant behind it: Rasa serving the trained model, and the action server, as processes of their
own. They live for the whole run; the desk of each story opens its internal door where they expect it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn

from bot.settings import settings
from sandbox.testing import RunningSandbox
from tests.ports import free_port
from tests.replays.driver import Stage

ROOT = Path(__file__).resolve().parents[3]
RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
START_S = 240.0


@dataclass(frozen=True)
class Assistant:
    """Where the assistant's processes are, and where they look for the desk's internal door."""

    rasa: str
    actions: str
    internal_port: int


@pytest.fixture(scope="session")
def assistant(
    served_platform: RunningSandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Assistant]:
    """Both processes, ready; trained first if no model fits the data."""
    folder = tmp_path_factory.mktemp("assistant")
    ports = {name: free_port() for name in ("rasa", "actions", "internal")}
    at = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    env = {
        **os.environ, "VIGIL_INTERNAL_URL": at["internal"], "VIGIL_INTERNAL_SECRET": settings().internal_secret,
        "VIGIL_RIDE_PLATFORM_URL": served_platform.url, "VIGIL_RIDE_PLATFORM_KEY": served_platform.key,
        "VIGIL_ACTIONS_PORT": str(ports["actions"]), "VIGIL_ACTIONS_URL": f"{at['actions']}/webhook",
        "RASA_DATABASE_URL": f"sqlite:///{folder / 'rasa.db'}", "RASA_TELEMETRY_ENABLED": "false",
    }  # fmt: skip
    subprocess.run([RASA_PYTHON, "-m", "bot.nlu.train"], cwd=ROOT, env=env, check=True)
    commands = (["actions"], ["bot.nlu.serve", "--port", str(ports["rasa"])])
    processes = []
    for command in commands:
        log = (folder / f"{command[0]}.log").open("wb")
        processes.append(
            subprocess.Popen([RASA_PYTHON, "-m", *command], cwd=ROOT, env=env, stdout=log, stderr=log)
        )
    try:
        _wait(f"{at['actions']}/health", processes[0])
        _wait(f"{at['rasa']}/webhooks/vigil/health", processes[1])
        yield Assistant(at["rasa"], at["actions"], ports["internal"])
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(15)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{url}: ended with {process.returncode}")
        try:
            headers = {"X-Vigil-Secret": settings().internal_secret}
            if httpx.get(url, timeout=5, trust_env=False, headers=headers).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise TimeoutError(url)


@pytest.fixture
def addresses(assistant: Assistant) -> dict[str, str]:
    return {"rasa": assistant.rasa, "actions": assistant.actions}


@pytest.fixture
async def stage(stage: Stage, assistant: Assistant) -> AsyncIterator[Stage]:
    config = uvicorn.Config(
        stage.desk.internal, port=assistant.internal_port, log_level="warning", lifespan="off"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(30):
        while not server.started:
            await asyncio.sleep(0.01)
    yield stage
    server.should_exit = True
    await serving
