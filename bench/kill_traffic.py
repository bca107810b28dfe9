"""The people of the kill bench: reporters who send until they are acknowledged, a safety team that accepts, answers and
ends cases, and a receiver that keeps when each page arrived. All try again while the desk is away, as the real pages do."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.paging.conftest import Hook

# How long a reporter waits for a person, how long a case waits until somebody takes it (so that clocks run), and how long
# after that it is ended, seconds.
_PATIENCE_S, _TAKEN_AFTER_S, _ENDED_AFTER_S = (2.0, 12.0), (0.0, 10.0), (0.0, 15.0)
_ALL = 10**6  # the page has shown every message there is
_AGAIN_S = 0.05
CRIES = (
    "司机把车门锁了不让我下车",
    "he locked the doors and won't stop",
    "我朋友坐你们的车以后联系不上了，电话关机",
    "he has a knife, help me",
)
MORE = ("还在车上", "please hurry", "他往山里开", "are you there?")


class _Stamped(list[dict[str, Any]]):
    def append(self, one: dict[str, Any]) -> None:
        super().append({**one, "at": time.time()})


class StampedHook(Hook):
    """A webhook receiver that keeps when each page came (Unix seconds)."""

    def __init__(self) -> None:
        super().__init__()
        self.got = _Stamped()


async def attempt(client: httpx.AsyncClient, method: str, path: str, **request: Any) -> httpx.Response:
    """One request, again until the desk answers it with anything but a failure of its own."""
    while True:
        try:
            answer = await client.request(method, path, **request)
            if answer.status_code < 500:
                return answer
        except httpx.HTTPError:
            pass
        await asyncio.sleep(_AGAIN_S)


@dataclass(frozen=True)
class Acknowledged:
    """A message that the desk has acknowledged, as it was acknowledged."""

    client_id: str
    text: str
    id: str
    seq: int


@dataclass
class Conversation:
    """One chat: its token, what was acknowledged in the order of sending, and the incident named in an acknowledgement."""

    token: str
    acknowledged: list[Acknowledged] = field(default_factory=list)
    reference: str | None = None


class Reporter:
    """Opens one chat after the other, cries for help in each, writes on and waits a while for a person: a team that is cried
    to faster than it can accept has no clock that anybody could keep."""

    def __init__(self, url: str, chance: random.Random) -> None:
        self._url, self._chance = url, chance
        self.conversations: list[Conversation] = []

    async def until(self, done: asyncio.Event) -> None:
        async with httpx.AsyncClient(base_url=self._url, trust_env=False, timeout=10) as client:
            while not done.is_set():
                opened = await attempt(client, "POST", "/api/chat/sessions", json={"locale": "zh"})
                opened.raise_for_status()
                self.conversations.append(Conversation(opened.json()["token"]))
                await self._report(client, self.conversations[-1])
                await self._wait_for_a_person(client, self.conversations[-1])

    async def _wait_for_a_person(self, client: httpx.AsyncClient, chat: Conversation) -> None:
        header = {"Authorization": f"Bearer {chat.token}"}
        until = time.monotonic() + self._chance.uniform(*_PATIENCE_S)
        while time.monotonic() < until:
            state = await attempt(client, "GET", "/api/chat/conversation", headers=header)
            if state.json().get("holder") == "person":
                return
            await asyncio.sleep(_AGAIN_S)

    async def _report(self, client: httpx.AsyncClient, chat: Conversation) -> None:
        for text in (self._chance.choice(CRIES), *self._chance.sample(MORE, self._chance.randint(1, 4))):
            body = {"client_id": uuid.uuid4().hex, "text": text}
            header = {"Authorization": f"Bearer {chat.token}"}
            answer = await attempt(client, "POST", "/api/chat/messages", json=body, headers=header)
            answer.raise_for_status()
            told = answer.json()
            chat.acknowledged.append(Acknowledged(body["client_id"], text, told["id"], told["seq"]))
            incident = told["conversation"]["incident"]
            chat.reference = incident["reference"] if incident else chat.reference
            await asyncio.sleep(self._chance.uniform(0.1, 0.8))


class Staff:
    """The safety team, one sign-in with several cases in hand: each case waits a while, is accepted and answered, and later
    the call is decided and the case ended, so that a long run is busy and not behind. accepted: references whose acceptance
    the desk has acknowledged; replies: message ids of acknowledged answers."""

    def __init__(self, url: str, sign_ins: Path, chance: random.Random) -> None:
        self._url, self._sign_ins, self._chance = url, sign_ins, chance
        self.accepted: set[str] = set()
        self.replies: set[str] = set()

    async def until(self, done: asyncio.Event) -> None:
        headers = {"X-Vigil": "1", "Accept-Language": "en"}
        async with (
            httpx.AsyncClient(base_url=self._url, trust_env=False, timeout=20, headers=headers) as client,
            asyncio.TaskGroup() as hands,
        ):
            await self._sign_in(client)
            at_work: dict[str, asyncio.Task[None]] = {}
            while not done.is_set():
                rows = (await attempt(client, "GET", "/api/console/queue")).json()["rows"]
                at_work = {name: task for name, task in at_work.items() if not task.done()}
                for row in rows:
                    name = row["conversation_id"]
                    if row["holder"] != "person" and row["reference"] and name not in at_work:
                        at_work[name] = hands.create_task(self._work(client, name, row["reference"]))
                await asyncio.sleep(0.3)

    async def _sign_in(self, client: httpx.AsyncClient) -> None:
        email, password = next(
            line.split("\t")[:2]
            for line in self._sign_ins.read_text("utf-8").splitlines()
            if "safety" in line
        )
        credentials = {"email": email, "password": password}
        (await attempt(client, "POST", "/api/staff/sign-in", json=credentials)).raise_for_status()

    async def _work(self, client: httpx.AsyncClient, conversation: str, reference: str) -> None:
        """One case from the queue to its end. What the desk refuses (it is somebody's, it is back in the queue) ends the work;
        a later look at the queue begins it again."""
        await asyncio.sleep(self._chance.uniform(*_TAKEN_AFTER_S))
        path = f"/api/console/conversations/{conversation}"
        if (await attempt(client, "POST", f"{path}/accept", json={})).is_error:
            return
        self.accepted.add(reference)
        body = {"client_id": uuid.uuid4().hex, "text": "我在，正在看您写的内容", "seen_seq": _ALL}
        answer = await attempt(client, "POST", f"{path}/reply", json=body)
        if answer.is_success:
            self.replies.add(answer.json()["id"])
        await asyncio.sleep(self._chance.uniform(*_ENDED_AFTER_S))
        call = {"decision": "not_called", "reason": "乘客已下车"}
        await attempt(client, "POST", f"{path}/emergency-call", json=call)
        end = {"code": "safe_confirmed", "reason": "与本人通话", "seen_seq": _ALL}
        await attempt(client, "POST", f"{path}/resolve", json=end)
