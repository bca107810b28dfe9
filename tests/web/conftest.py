"""The pages in a real browser against a real desk (SQLite, the sandbox platform, no assistant: it must do without)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
# What must come soon says so itself; anything else may take a busy machine a while.
expect.set_options(timeout=20_000)
CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    # A microphone that hums, so that recording can be tested where there is none; permission is still asked for.
    "--use-fake-device-for-media-stream",
]  # fmt: skip


@dataclass
class Running:
    """A desk and a sandbox of this test's own, on ports of their own."""

    url: str
    environment: dict[str, str]
    var: Path
    desk: subprocess.Popen[bytes]

    def password(self, email: str) -> str:
        lines = (self.var / "demo-sign-ins.txt").read_text().splitlines()
        return next(line.split("\t")[1] for line in lines if line.startswith(email))

    def stop(self) -> None:
        """The desk goes away, as in an outage."""
        self.desk.send_signal(signal.SIGTERM)
        self.desk.wait(timeout=60)

    def start(self) -> None:
        self.desk = _python("-m", "bot", "serve", environment=self.environment)
        _answers(f"{self.url}/healthz", self.desk)


def _python(*arguments: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment)


def _answers(url: str, process: subprocess.Popen[bytes], within_s: float = 150.0) -> None:
    """Returns once `url` answers at all. Raises RuntimeError when the process ends or the time is over."""
    until = time.monotonic() + within_s
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.get(url, timeout=2.0, trust_env=False)
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"{url} does not answer")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    if not (ROOT / "bot/web/dist/widget.js").is_file():
        pytest.fail("The pages are not built: run `npm ci && npm run build` in bot/web.")
    var = tmp_path_factory.mktemp("var")
    port, inner, platform, silent = (free_port() for _ in range(4))
    environment = os.environ | {
        "VIGIL_VAR": str(var), "VIGIL_PORT": str(port), "VIGIL_INTERNAL_PORT": str(inner), "DATABASE_URL": "",
        "REDIS_URL": "", "VIGIL_PUBLIC_URL": f"http://127.0.0.1:{port}", "VIGIL_SANDBOX_PORT": str(platform),
        "VIGIL_RIDE_PLATFORM_URL": f"http://127.0.0.1:{platform}", "VIGIL_RASA_HEAR_URL": f"http://127.0.0.1:{silent}",
        "VIGIL_RASA_TALK_URL": f"http://127.0.0.1:{silent}",
    }  # fmt: skip
    sandbox = _python("-m", "sandbox", environment=environment)
    running = None
    try:
        _answers(f"http://127.0.0.1:{platform}/", sandbox)
        subprocess.run([sys.executable, "-m", "bot", "migrate"], cwd=ROOT, env=environment, check=True)
        running = Running(f"http://127.0.0.1:{port}", environment, var, sandbox)
        running.start()
        yield running
    finally:
        if running is not None and running.desk is not sandbox and running.desk.poll() is None:
            running.stop()
        sandbox.terminate()
        sandbox.wait(timeout=60)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ended with its module: while it runs, no other event loop can."""
    where = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=CHROMIUM)
        yield browser
        browser.close()


Opener = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, desk: Running) -> Iterator[Opener]:
    """Opens a page in a browser profile of its own; an error thrown in any of them fails the test."""
    contexts: list[BrowserContext] = []
    thrown: list[str] = []

    def open_page(path: str = "/", *, wait: str | None = None, **options: object) -> Page:
        chosen = {"locale": "en-GB", "viewport": {"width": 390, "height": 780}} | options
        context = browser.new_context(**chosen)  # type: ignore[arg-type]
        contexts.append(context)
        # Staff accounts have a language of their own; the tests read English.
        context.add_init_script("localStorage.setItem('vigil:console:locale', 'en')")
        page = context.new_page()
        page.on("pageerror", lambda error: thrown.append(str(error)))
        page.goto(desk.url + path)
        if wait is not None:
            page.get_by_test_id(wait).first.wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert thrown == []
