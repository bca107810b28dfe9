"""Both ways between two screens while others talk: `python -m bench.live [--conversations 50] [--rounds 50]`.

Starts the whole product on ports of its own. `--conversations` passengers have a person, keep a socket open and write on, each
about every `EVERY_S`; an agent answers them. Beside them one passenger's widget and one agent's console stand open in Chromium,
and each writes to the other `--rounds` times. Prints p50 and p99, in milliseconds, from the press of Send on one screen until
the words stand on the other, as both pages' own clock has it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import uuid
from pathlib import Path

import httpx
import socketio
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.conftest import CHROMIUM, RASA_PYTHON, ROOT, Stack, make_stack, open_console, open_widget, say

EVERY_S = 6.0
ASKS = "I want to talk to a person please"
SAYS = (
    "where is my receipt",
    "the fare looks wrong to me",
    "are you there?",
    "it was last night",
    "thank you",
)
LIMIT_MS = 20_000
# Words stand on a page when they are in its document and the frame after that is drawn.
_WATCH = """([words, limit]) => new Promise((done, failed) => {
  const all = (root) => [root, ...[...root.querySelectorAll('*')].filter((e) => e.shadowRoot)
    .flatMap((e) => all(e.shadowRoot))];
  const there = () => all(document).some((root) =>
    [...root.querySelectorAll('[data-testid=message]')].some((one) => one.textContent.includes(words)));
  const began = Date.now();
  const look = () => there() ? done(Date.now())
    : Date.now() - began > limit ? failed(new Error('never seen: ' + words)) : requestAnimationFrame(look);
  look();
})"""


class Crowd(threading.Thread):
    """Passengers who talk with a person, and that person, until `enough` is called. sent: messages acknowledged."""

    def __init__(self, url: str, people: int, agent: tuple[str, str]) -> None:
        super().__init__(daemon=True)
        self._url, self._people, self._agent = url, people, agent
        self._enough = threading.Event()
        self.talking = threading.Event()
        self.sent = self.answered = 0
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._all())
        except BaseException as failure:
            self.failure = failure
            self.talking.set()

    def enough(self) -> None:
        """End it; raises what went wrong in it."""
        self._enough.set()
        self.join(30)
        if self.failure is not None:
            raise self.failure

    async def _all(self) -> None:
        headers = {"X-Vigil": "1", "Accept-Language": "en"}
        async with httpx.AsyncClient(
            base_url=self._url, trust_env=False, timeout=30, headers=headers
        ) as client:
            email, password = self._agent
            signed = await client.post("/api/staff/sign-in", json={"email": email, "password": password})
            signed.raise_for_status()
            chats = [await self._join(client) for _ in range(self._people)]
            self.talking.set()
            chance = random.Random(5)
            talks = [self._talk(socket, random.Random(chance.random())) for _, socket in chats]
            try:
                await asyncio.gather(self._answer(client, [name for name, _ in chats]), *talks)
            finally:
                await asyncio.gather(*(socket.disconnect() for _, socket in chats))

    async def _join(self, client: httpx.AsyncClient) -> tuple[str, socketio.AsyncClient]:
        """A new passenger whom the agent takes; returns the conversation's name at the desk and the passenger's socket."""
        opened = (await client.post("/api/chat/sessions", json={"locale": "en"})).json()
        socket = socketio.AsyncClient()
        auth = {"token": opened["token"]}
        await socket.connect(self._url, namespaces=["/chat"], auth=auth, transports=["websocket"])
        # Letters alone: a number might be one that is called for help.
        mark = uuid.uuid4().hex.translate(str.maketrans("0123456789", "ghijklmnop"))
        await socket.call("send", {"client_id": mark, "text": f"{ASKS} about {mark}"}, namespace="/chat")
        name = await self._waiting(client, mark)
        (await client.post(f"/api/console/conversations/{name}/accept", json={})).raise_for_status()
        return name, socket

    async def _waiting(self, client: httpx.AsyncClient, mark: str) -> str:
        """The conversation in the desk's queue whose words hold `mark`; the assistant has to hand it over first."""
        async with asyncio.timeout(30):
            while True:
                rows = (await client.get("/api/console/queue")).raise_for_status().json()["rows"]
                for row in rows:
                    if mark in (row["last_text"] or "") and row["holder"] != "person":
                        return str(row["conversation_id"])
                await asyncio.sleep(0.1)

    async def _talk(self, socket: socketio.AsyncClient, chance: random.Random) -> None:
        while not self._enough.is_set():
            await asyncio.sleep(chance.uniform(0, 2 * EVERY_S))
            words = {"client_id": uuid.uuid4().hex, "text": chance.choice(SAYS)}
            await socket.call("send", words, namespace="/chat", timeout=30)
            self.sent += 1

    async def _answer(self, client: httpx.AsyncClient, names: list[str]) -> None:
        chance = random.Random(6)
        while not self._enough.is_set():
            await asyncio.sleep(EVERY_S / len(names))
            words = {
                "client_id": uuid.uuid4().hex,
                "text": f"I am reading it now, {chance.randrange(10**6)}",
                "seen_seq": 10**6,
            }
            path = f"/api/console/conversations/{chance.choice(names)}/reply"
            (await client.post(path, json=words)).raise_for_status()
            self.answered += 1


def _one_way(writes: Page, field: str, button: str, reads: Page, words: str) -> float:
    """Milliseconds from the press of the button on one page to the words on the other."""
    seen = reads.evaluate_handle(
        f"([words, limit]) => ({{seen: ({_WATCH})([words, limit])}})", [words, LIMIT_MS]
    )
    writes.get_by_test_id(field).fill(words)
    began: float = writes.evaluate("() => Date.now()")
    writes.get_by_test_id(button).click()
    at: float = seen.evaluate("(held) => held.seen")
    return at - began


def measure(browser: Browser, stack: Stack, conversations: int, rounds: int) -> dict[str, list[float]]:
    desk = open_console(browser, stack, "supervisor")
    crowd = Crowd(stack.url, conversations, stack.sign_in("supervisor"))
    crowd.start()
    crowd.talking.wait()
    if crowd.failure is not None:
        raise crowd.failure
    widget = open_widget(browser, stack, "r_emma", "en-GB")
    say(widget, f"{ASKS} about my umbrella")
    desk.locator("[data-testid='queue-row']").filter(has_text="umbrella").click()
    desk.get_by_test_id("accept").first.click()
    desk.get_by_test_id("reply-input").wait_for()
    times: dict[str, list[float]] = {"passenger to agent": [], "agent to passenger": []}
    for number in range(rounds):
        times["passenger to agent"].append(
            _one_way(widget, "input", "send", desk, f"question number {number}.")
        )
        times["agent to passenger"].append(
            _one_way(desk, "reply-input", "reply-send", widget, f"answer number {number}.")
        )
    crowd.enough()
    print(
        f"{conversations} others wrote {crowd.sent} times and were answered {crowd.answered} times meanwhile"
    )
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=50)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stack = make_stack(Path(folder))
        subprocess.run([sys.executable, "-m", "bot", "migrate"], cwd=ROOT, env=stack.env, check=True)
        subprocess.run([str(RASA_PYTHON), "-m", "bot.nlu.train"], cwd=ROOT, env=stack.env, check=True)
        for name in stack.commands:
            stack.start(name)
        try:
            stack.wait_until_ready()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
                times = measure(browser, stack, chosen.conversations, chosen.rounds)
                browser.close()
        finally:
            stack.end()
    for name, found in times.items():
        p99 = statistics.quantiles(found, n=100, method="inclusive")[98]
        print(
            f"{name}: p50 {statistics.median(found):.0f} ms, p99 {p99:.0f} ms, worst {max(found):.0f} ms of {len(found)}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
