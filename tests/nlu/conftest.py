"""One tiny model, one served Rasa and one real action server for all tests of this folder."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.nlu import lean
from tests.ports import free_port

lean.hush()
lean.install()  # before anything of Rasa is imported
os.environ["RASA_TELEMETRY_ENABLED"] = "false"

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests/nlu/tiny"
SECRET = "only-for-tests"


@pytest.fixture(scope="session", autouse=True)
def _in_the_root() -> Iterator[None]:
    before = Path.cwd()
    os.chdir(ROOT)
    yield
    os.chdir(before)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model trained once from tests/nlu/tiny."""
    from bot.nlu.sources import Project
    from bot.nlu.train import train

    folder = tmp_path_factory.mktemp("models")
    return train(Project(TINY / "config.yml", TINY / "domain.yml", TINY / "data", folder))


class ActionServer:
    """A real HTTP server that plays the custom actions; `failing` makes it answer 500."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.failing = False
        owner = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                owner.calls.append(call)
                status, body = owner.answer(call)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, call: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """What `action_balance` does: says a figure and counts how often it ran."""
        if self.failing:
            return 500, {"error": "broken"}
        times = (call["tracker"]["slots"].get("times") or 0) + 1
        events = [{"event": "slot", "name": "times", "value": times}]
        return 200, {"events": events, "responses": [{"text": f"asked {times:.0f} times"}]}

    def stop(self) -> None:
        """Closes the port."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="session")
def _action_server() -> Iterator[ActionServer]:
    server = ActionServer()
    yield server
    server.stop()


@pytest.fixture
def actions(_action_server: ActionServer) -> ActionServer:
    """The action server, with nothing called yet."""
    _action_server.calls.clear()
    _action_server.failing = False
    return _action_server


def _worked_s(process: int) -> float:
    """Seconds of processor time that a process has used: what a start costs, whatever else the machine does meanwhile."""
    spent = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")


class Served:
    """A running `bot.nlu.serve` and how to talk to it."""

    def __init__(self, model: Path, folder: Path, actions_url: str) -> None:
        self._model, self._folder, self._actions = model, folder, actions_url
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/webhooks/vigil"
        self.ready_s = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it answers."""
        settings = {
            "RASA_DATABASE_URL": f"sqlite:///{self._folder}/rasa.db",
            "VIGIL_ACTIONS_URL": self._actions,
            "VIGIL_INTERNAL_SECRET": SECRET,
        }
        command = [
            sys.executable,
            "-m",
            "bot.nlu.serve",
            "--model",
            str(self._model),
            "--port",
            str(self.port),
        ]
        began = time.monotonic()
        log = (self._folder / "serve.log").open("ab")
        self.process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **settings}, stdout=log, stderr=log
        )
        while time.monotonic() - began < 60:
            assert self.process.poll() is None, (self._folder / "serve.log").read_text()
            try:
                if self.call("GET", "/health").status_code == 200:
                    self.ready_s = _worked_s(self.process.pid)
                    return
            except requests.ConnectionError:
                time.sleep(0.1)
        raise AssertionError("not ready in 60 s")

    def stop(self) -> None:
        """Ends it as supervisor would."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(20)

    def call(
        self, method: str, path: str, body: Any = None, secret: str | None = SECRET
    ) -> requests.Response:
        """One request to the channel."""
        headers = {"X-Vigil-Secret": secret} if secret else {}
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body)
        return requests.request(method, self.url + path, data=data, headers=headers, timeout=30)

    def turn(self, conversation: str, message_id: str, text: str = "", **more: Any) -> requests.Response:
        """One posted turn."""
        body = {
            "conversation": conversation,
            "message_id": message_id,
            "text": text,
            "language": "en",
            **more,
        }
        return self.call("POST", "/turn", body)

    def parse(self, text: str) -> dict[str, Any]:
        """One heard text."""
        response = self.call("POST", "/parse", {"text": text})
        assert response.status_code == 200, response.text
        parsed: dict[str, Any] = response.json()
        return parsed


@pytest.fixture(scope="session")
def served(
    tiny_model: Path, _action_server: ActionServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The tiny model, served once for all tests."""
    server = Served(tiny_model, tmp_path_factory.mktemp("served"), _action_server.url)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """One event loop for tests that run Rasa in this process."""
    running = asyncio.new_event_loop()
    yield running
    running.close()
