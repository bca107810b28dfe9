"""The people of the kill bench: reporters who send until they are acknowledged, a safety person who accepts, answers and
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

# Short enough that some cases stand unaccepted, so that clocks run.
_PATIENCE_S = (2.0, 12.0)
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
    """A safety person: accepts what has waited for a while, answers, decides on the call, and ends it. accepted: references
    whose acceptance the desk has acknowledged; replies: message ids of acknowledged answers."""

    def __init__(self, url: str, sign_ins: Path, chance: random.Random) -> None:
        self._url, self._sign_ins, self._chance = url, sign_ins, chance
        self.accepted: set[str] = set()
        self.replies: set[str] = set()

    async def until(self, done: asyncio.Event) -> None:
        headers = {"X-Vigil": "1", "Accept-Language": "en"}
        async with httpx.AsyncClient(
            base_url=self._url, trust_env=False, timeout=20, headers=headers
        ) as client:
            email, password = next(
                line.split("\t")[:2]
                for line in self._sign_ins.read_text("utf-8").splitlines()
                if "safety" in line
            )
            credentials = {"email": email, "password": password}
            (await attempt(client, "POST", "/api/staff/sign-in", json=credentials)).raise_for_status()
            while not done.is_set():
                rows = (await attempt(client, "GET", "/api/console/queue")).json()["rows"]
                for row in rows:
                    # Some wait, so that clocks run; none for ever.
                    if row["holder"] != "person" and row["reference"] and self._chance.random() < 0.4:
                        await self._work(client, row["conversation_id"], row["reference"])
                await asyncio.sleep(0.3)

    async def _work(self, client: httpx.AsyncClient, conversation: str, reference: str) -> None:
        path = f"/api/console/conversations/{conversation}"
        screen = await attempt(client, "POST", f"{path}/accept", json={})
        if screen.is_error:
            return
        self.accepted.add(reference)
        body = {"client_id": uuid.uuid4().hex, "text": "我在，正在看您写的内容", "seen_seq": 10**6}
        answer = await attempt(client, "POST", f"{path}/reply", json=body)
        if answer.is_success:
            self.replies.add(answer.json()["id"])
        if self._chance.random() < 0.7:
            call = {"decision": "not_called", "reason": "乘客已下车"}
            await attempt(client, "POST", f"{path}/emergency-call", json=call)
            end = {"code": "safe_confirmed", "reason": "与本人通话"}
            await attempt(client, "POST", f"{path}/resolve", json=end)
