"""A full queue: 200 conversations that wait for a person while messages go on coming in, and twenty S0 at once. Here, where
no other test runs beside it, because how soon a press is answered is measured."""

from __future__ import annotations

import itertools
import re
import statistics
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Opener, Running, desk, visit
from tests.web.test_console import AT_ONCE_MS, WIDE, no_violation, row, sign_in

__all__ = ["desk", "visit"]
WAITING, ALARMS, PER_S = 200, 20, 10
# What is asked of the pages is 100 ms (40 ms were measured on two cores); here a busy machine must not fail what is right.
PATIENT_MS = 300
GATHERED_MS = 180_000
OBSERVE = """
window.presses = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries())
    if (one.interactionId > 0) presses.push(one.duration);
}).observe({ type: "event", durationThreshold: 16 });
"""


class Crowd:
    """People who write at the chat's door."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, trust_env=False, timeout=60)
        self.tokens: list[str] = []

    def join(self, text: str, payload: str | None = None) -> str:
        """Somebody new says `text`. Returns their token."""
        opened = self._http.post("/api/chat/sessions", json={"locale": "en"}).raise_for_status().json()
        self.say(opened["token"], text, payload)
        return str(opened["token"])

    def say(self, token: str, text: str, payload: str | None = None) -> None:
        body = {"client_id": uuid.uuid4().hex, "text": text} | ({"payload": payload} if payload else {})
        headers = {"Authorization": f"Bearer {token}"}
        self._http.post("/api/chat/messages", json=body, headers=headers).raise_for_status()

    def holder(self, token: str) -> str:
        headers = {"Authorization": f"Bearer {token}"}
        return str(self._http.get("/api/chat/conversation", headers=headers).json()["holder"])

    @contextmanager
    def talking(self, per_s: float) -> Iterator[None]:
        """Messages come in from all sides until the block ends."""
        over = threading.Event()

        def talk() -> None:
            for number, token in enumerate(itertools.cycle(self.tokens)):
                if over.wait(1 / per_s):
                    return
                self.say(token, f"are you there? {number}")

        talker = threading.Thread(target=talk)
        talker.start()
        try:
            yield
        finally:
            over.set()
            talker.join()


@pytest.fixture(scope="module")
def crowd(desk: Running) -> Crowd:
    made = Crowd(desk.url)
    with ThreadPoolExecutor(4) as pool:
        texts = [f"my question number {n} is about an umbrella" for n in range(WAITING)]
        made.tokens = list(pool.map(made.join, texts))
    return made


def waited_for(console: Page) -> None:
    """All of the crowd stand in the list: the assistant is away, so each is given to people, waiting or offered to one."""
    rows = console.get_by_test_id("queue-row").filter(has_text="about an umbrella")
    expect(rows).to_have_count(WAITING, timeout=GATHERED_MS)


def slowest(console: Page) -> list[float]:
    """How long each press took until the page was painted anew, in milliseconds, the slowest last; those under 16 ms are left
    out by the browser."""
    console.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")
    return sorted(console.evaluate("presses"))


@pytest.mark.timeout(420)
class TestManyWaiting:
    def test_keys_and_typing_are_answered_at_once(self, visit: Opener, desk: Running, crowd: Crowd) -> None:
        console = visit("/console", wait="sign-in-email", **WIDE)
        sign_in(console, desk)
        waited_for(console)
        console.evaluate(OBSERVE)
        with crowd.talking(PER_S):
            for _ in range(40):
                console.keyboard.press("j")
            stepped = slowest(console)
            expect(console.get_by_test_id("reply-input")).to_be_visible()
            console.keyboard.press("r")
            console.keyboard.type("I have looked at your question and will be with you.", delay=20)
            typed = slowest(console)
            console.keyboard.press("Escape")
            # A storm of messages puts nothing off: who comes in the middle of it is seen.
            crowd.join("a glove, not an umbrella")
            expect(row(console, "a glove")).to_have_count(1, timeout=AT_ONCE_MS)
            console.keyboard.press("/")
            console.keyboard.type("number 199")
            expect(row(console, "number 199")).to_have_count(1)
        everything = slowest(console)
        print(
            f"ms to paint: steps {stepped[-3:]}, typing {typed[-3:]}, median {statistics.median(everything or [0])}"
        )
        assert console.evaluate("performance.interactionCount") > 100, "nothing was measured"
        # One press in twenty may meet a moment in which the machine had other work.
        assert not everything or everything[int(0.95 * (len(everything) - 1))] < PATIENT_MS, (
            "presses were painted late"
        )


@pytest.mark.timeout(420)
class TestManyAlarms:
    def test_the_worst_stand_above_and_the_number_of_the_rest_is_always_in_sight(
        self, visit: Opener, desk: Running
    ) -> None:
        crowd = Crowd(desk.url)
        for _ in range(ALARMS):
            crowd.join("Emergency", "/vigil_emergency")
        console = visit("/console", wait="sign-in-email", **WIDE)
        sign_in(console, desk)
        more = console.get_by_test_id("alarm-more")
        expect(more).to_contain_text(re.compile(rf"\b{ALARMS - 3} more"))
        expect(console.get_by_test_id("alarm")).to_have_count(3)
        assert console.locator(".panes").bounding_box()["height"] > 500  # type: ignore[index]
        no_violation(console)
        more.focus()
        console.keyboard.press("Enter")
        expect(console.get_by_test_id("alarm")).to_have_count(ALARMS)
        assert console.locator(".panes").bounding_box()["height"] > 250  # type: ignore[index]
        no_violation(console)
        # Alarms change places while clocks run: the one that has the keyboard keeps it.
        chosen = console.get_by_test_id("alarm").last.get_attribute("data-conversation")
        last = console.locator(f"[data-testid=alarm][data-conversation='{chosen}']")
        last.get_by_test_id("alarm-accept").focus()
        expect(last).to_be_in_viewport()
        console.evaluate("document.querySelector('vigil-console').desk.refreshQueue()")
        expect(last.get_by_test_id("alarm-accept")).to_be_focused()
        console.keyboard.press("Enter")
        expect(more).to_contain_text(re.compile(rf"\b{ALARMS - 4} more"))
        # On another page of the console they stand above it all the same, and a phone keeps room for its page.
        console.goto(f"{desk.url}/console#/search")
        expect(console.locator("main.beside")).to_be_visible()
        expect(more).to_be_visible()
        console.set_viewport_size({"width": 390, "height": 780})
        console.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")
        expect(more).to_be_visible()
        assert console.locator("main").bounding_box()["height"] > 300  # type: ignore[index]
