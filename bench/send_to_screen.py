"""From a passenger's send to the agent's screen, in Chromium: `python -m bench.send_to_screen [--runs 50] [--without-rasa]`.

Starts the whole product on ports of its own, opens the desk as a safety agent, and sends one cry per fresh conversation.
Prints the median and the worst time until (a) the message is acknowledged, (b) the passenger has the first words, (c) the
case stands on the agent's screen, all in milliseconds.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.conftest import CHROMIUM, RASA_PYTHON, ROOT, Stack, make_stack, open_console

CRY = "he locked the doors and won't stop"


def once(client: httpx.Client, desk: Page, number: int) -> tuple[float, float, float]:
    """One cry; the three times in milliseconds since the send."""
    session = client.post("/api/chat/sessions", json={"locale": "en"}).json()
    header = {"Authorization": f"Bearer {session['token']}"}
    began = time.perf_counter()
    sent = client.post("/api/chat/messages", json={"client_id": str(number), "text": CRY}, headers=header)
    acknowledged = time.perf_counter()
    sent.raise_for_status()
    said = client.get("/api/chat/messages", headers=header).json()["messages"]
    answered = time.perf_counter()
    assert any(one.get("kind") == "safety" for one in said), said
    reference = sent.json()["conversation"]["incident"]["reference"]
    row = desk.locator("[data-testid='queue-row']").filter(has_text=reference)
    expect(row).to_be_visible(timeout=10_000)
    shown = time.perf_counter()
    return tuple(1000 * (at - began) for at in (acknowledged, answered, shown))  # type: ignore[return-value]


def measure(stack: Stack, runs: int) -> list[tuple[float, float, float]]:
    """`runs` cries, one after the other, watched on one agent's screen."""
    with (
        sync_playwright() as playwright,
        httpx.Client(base_url=stack.url, trust_env=False, timeout=10) as client,
    ):
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        desk = open_console(browser, stack, "safety")
        times = [once(client, desk, number) for number in range(runs)]
        browser.close()
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--without-rasa", action="store_true", help="with Rasa stopped (story 3)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stack = make_stack(Path(folder))
        subprocess.run([sys.executable, "-m", "bot", "migrate"], cwd=ROOT, env=stack.env, check=True)
        if not chosen.without_rasa:
            subprocess.run([str(RASA_PYTHON), "-m", "bot.nlu.train"], cwd=ROOT, env=stack.env, check=True)
        left_out = ("rasa",) if chosen.without_rasa else ()
        for name in stack.commands:
            if name not in left_out:
                stack.start(name)
        try:
            stack.wait_until_ready(but=left_out)
            times = measure(stack, chosen.runs)
        finally:
            stack.end()
    for name, column in zip(
        ("acknowledged", "first words", "agent's screen"), zip(*times, strict=True), strict=True
    ):
        print(
            f"{name:>15}: median {statistics.median(column):6.0f} ms, worst {max(column):6.0f} ms of {len(column)}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
