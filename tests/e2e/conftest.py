"""The whole product as a newcomer runs it, on ports of its own: sandbox, Rasa with the trained model, actions, desk, and
Chromium in front of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
expect.set_options(timeout=20_000)
RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
READY_S = 120.0
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


@dataclass
class Stack:
    """The running product. `stop(name)` and `start(name)` end and begin one of its processes."""

    folder: Path
    ports: dict[str, int]
    env: dict[str, str]
    commands: dict[str, list[str]]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['desk']}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['sandbox']}"

    def start(self, name: str) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            self.commands[name], cwd=ROOT, env=self.env, stdout=log, stderr=log
        )

    def stop(self, name: str) -> None:
        """End one process as a crash would; returns when it is gone."""
        self.processes[name].kill()
        self.processes[name].wait(10)

    def end(self) -> None:
        """Stop everything that was started and wait for it."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(15)

    def wait_until_ready(self, *, but: tuple[str, ...] = ()) -> None:
        """Until /readyz names every part ready (except `but`). Raises TimeoutError with what it said last."""
        deadline, says = time.monotonic() + READY_S, "no answer"
        while time.monotonic() < deadline:
            for name, process in self.processes.items():
                if process.poll() is not None and name not in but:
                    raise RuntimeError(f"{name} ended: {(self.folder / f'{name}.log').read_text()[-2000:]}")
            try:
                parts = httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False).json()["parts"]
            except (httpx.HTTPError, ValueError, KeyError):
                time.sleep(0.2)
                continue
            if all(part["ok"] for name, part in parts.items() if name not in but):
                return
            says = str(parts)
            time.sleep(0.2)
        raise TimeoutError(says)

    def sign_in(self, role: str) -> tuple[str, str]:
        """E-mail and one-time password of a demo member with this role."""
        for line in (self.folder / "demo-sign-ins.txt").read_text("utf-8").splitlines():
            email, password, roles = line.split("\t")
            if role in roles.split(", "):
                return email, password
        raise KeyError(role)

    def token(self, person: str) -> str:
        """The app token of a demo rider or driver."""
        people = httpx.get(f"{self.url}/api/demo/people", trust_env=False, timeout=60.0).json()["people"]
        found: str = next(one["token"] for one in people if one["id"] == person)
        return found


def make_stack(folder: Path) -> Stack:
    """A stack that keeps everything in `folder`, on free ports; nothing is started."""
    ports = {name: free_port() for name in ("desk", "internal", "rasa", "actions", "sandbox")}
    at = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    env = {
        **os.environ, "VIGIL_ENV": "test", "VIGIL_PORT": str(ports["desk"]), "VIGIL_PUBLIC_URL": at["desk"],
        "VIGIL_INTERNAL_PORT": str(ports["internal"]), "VIGIL_INTERNAL_URL": at["internal"], "VIGIL_VAR": str(folder),
        "VIGIL_RASA_HEAR_URL": at["rasa"], "VIGIL_RASA_TALK_URL": at["rasa"], "VIGIL_ACTIONS_PORT": str(ports["actions"]),
        "VIGIL_SANDBOX_PORT": str(ports["sandbox"]), "VIGIL_SANDBOX_DESK_URL": at["desk"],
        "VIGIL_RIDE_PLATFORM_URL": at["sandbox"], "RASA_TELEMETRY_ENABLED": "false",
        "RASA_DATABASE_URL": f"sqlite:///{folder / 'rasa.db'}", "DATABASE_URL": f"sqlite:///{folder / 'vigil.db'}",
        "VIGIL_INTERNAL_SECRET": "e2e-secret-of-this-run-only", "REDIS_URL": "",
    }  # fmt: skip
    desk_env = {**env, "VIGIL_ACTIONS_URL": at["actions"]}
    commands = {
        "sandbox": [sys.executable, "-m", "sandbox"],
        # Rasa wants the action server's webhook address, the desk its base address, under the same name.
        "rasa": ["/usr/bin/env", f"VIGIL_ACTIONS_URL={at['actions']}/webhook", str(RASA_PYTHON), "-m", "bot.nlu.serve",
                 "--port", str(ports["rasa"])],
        "actions": [str(RASA_PYTHON), "-m", "actions"],
        "desk": [sys.executable, "-m", "bot", "serve"],
    }  # fmt: skip
    return Stack(folder, ports, desk_env, commands)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything running and ready; trained first if no model fits the data."""
    made = make_stack(tmp_path_factory.mktemp("e2e"))
    subprocess.run([str(RASA_PYTHON), "-m", "bot.nlu.train"], cwd=ROOT, env=made.env, check=True)
    subprocess.run([sys.executable, "-m", "bot", "migrate"], cwd=ROOT, env=made.env, check=True)
    for name in made.commands:
        made.start(name)
    try:
        made.wait_until_ready()
        yield made
    finally:
        made.end()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = os.environ.get("VIGIL_CHROMIUM", "/usr/bin/chromium")
        started = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        yield started
        started.close()


@pytest.fixture
def fresh(stack: Stack) -> Stack:
    """The sandbox as planted."""
    httpx.post(f"{stack.sandbox_url}/demo/reset", trust_env=False, timeout=60.0).raise_for_status()
    return stack


PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}


def open_widget(browser: Browser, stack: Stack, person: str | None, locale: str) -> Page:
    """The demo page on a phone, as `person` (None: somebody without an account), with the widget open."""
    context = browser.new_context(viewport=PHONE, locale=locale, has_touch=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(stack.url)
    if person is not None:
        page.locator(f"input[data-testid='person'][value='{person}']").check()
    page.get_by_test_id("input").wait_for()
    return page


def say(page: Page, text: str) -> None:
    page.get_by_test_id("input").fill(text)
    page.get_by_test_id("send").click()


def open_console(browser: Browser, stack: Stack, role: str, locale: str = "en-US") -> Page:
    """The desk, signed in as a demo member with `role`."""
    context = browser.new_context(viewport=DESKTOP, locale=locale)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{stack.url}/console")
    email, password = stack.sign_in(role)
    page.get_by_test_id("sign-in-email").fill(email)
    page.get_by_test_id("sign-in-password").fill(password)
    page.get_by_test_id("sign-in-submit").click()
    page.get_by_test_id("sign-in-submit").wait_for(state="detached")
    return page
