"""A real sandbox for tests: served by uvicorn on a free port, in a thread of its own."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import uvicorn

from sandbox.app import create_app
from sandbox.settings import SandboxSettings
from sandbox.world import World

START_S = 10
PATIENT_S = 60


@dataclass(frozen=True)
class RunningSandbox:
    """`url` and `key` are what a client needs; `world` may be looked into, and its time moved on."""

    url: str
    settings: SandboxSettings
    world: World

    @property
    def key(self) -> str:
        return self.settings.key

    def demo(self, path: str, **body: Any) -> dict[str, Any]:
        """POST to the driver's side, /demo`path`. Raises httpx.HTTPStatusError when it refuses."""
        answer = httpx.post(f"{self.url}/demo{path}", json=body, trust_env=False, timeout=PATIENT_S)
        answer.raise_for_status()
        done: dict[str, Any] = answer.json()
        return done

    def code(self, code_id: str) -> str:
        """The one-time code that was "sent"."""
        return self.world.codes[code_id].text

    def pass_time(self, **span: float) -> None:
        """Move the platform's clock on, by timedelta's arguments."""
        earlier, step = self.world.clock, timedelta(**span)
        self.world.clock = lambda: earlier() + step


@contextlib.contextmanager
def running_sandbox(settings: SandboxSettings | None = None) -> Iterator[RunningSandbox]:
    """Serve until the block ends. The port of `settings` is replaced by a free one."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()  # connections wait in line until the server is up
        chosen = replace(settings or SandboxSettings(), port=held.getsockname()[1])
        world = World()
        app = create_app(chosen, world)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [held]}, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{chosen.port}"
        httpx.get(f"{url}/healthz", timeout=START_S, trust_env=False).raise_for_status()
        try:
            yield RunningSandbox(url, chosen, world)
        finally:
            server.should_exit = True
            thread.join(START_S)


def act(http: httpx.Client, path: str, key: str = "k", **body: Any) -> httpx.Response:
    """POST an act with its idempotency key."""
    return http.post(path, json=body, headers={"Idempotency-Key": key})


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["error"]["code"]
