"""Who plays in the replays: reporters and staff, each through the doors that their pages use."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import httpx

from bot.kit.now import MovableClock, iso


class Stage(Protocol):
    """What people need of the stage: its time, and that what follows of itself happens."""

    clock: MovableClock

    async def settle(self) -> None: ...


def ok(answer: httpx.Response) -> Any:
    """The body of an answer that must have succeeded."""
    assert answer.is_success, f"{answer.request.url.path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


def refused(answer: httpx.Response, status: int | None = None) -> dict[str, Any]:
    """The error of an answer that must have been refused, with a sentence."""
    assert answer.is_client_error, f"{answer.request.url.path}: {answer.status_code} {answer.text}"
    assert status is None or answer.status_code == status, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert error["message"].strip()
    return error


@dataclass
class Reporter:
    """Somebody who writes: a passenger with the app, or anyone at all without an account."""

    client: httpx.AsyncClient
    stage: Stage
    seen: int = 0

    async def tries(self, text: str, **more: Any) -> httpx.Response:
        """One message as it is sent, with whatever answer."""
        body = {"client_id": uuid.uuid4().hex, "text": text, **more}
        return await self.client.post("/api/chat/messages", json=body)

    async def says(self, text: str, **more: Any) -> dict[str, Any]:
        """One message; returns the state of the conversation that the acknowledgement carries. What follows of itself
        (pages, the platform, the assistant) is waited for."""
        answer = await self.tries(text, **more)
        assert answer.status_code in (200, 202), answer.text
        state: dict[str, Any] = answer.json()["conversation"]
        await self.stage.settle()
        return state

    async def presses(self, payload: str) -> dict[str, Any]:
        """A button of the page, without words."""
        return await self.says("", payload=payload)

    async def state(self) -> dict[str, Any]:
        return ok(await self.client.get("/api/chat/conversation"))  # type: ignore[no-any-return]

    async def messages(self) -> list[dict[str, Any]]:
        return ok(await self.client.get("/api/chat/messages"))["messages"]  # type: ignore[no-any-return]

    async def told(self) -> list[str]:
        """What was said to the reporter since the last look."""
        found = [one for one in await self.messages() if one["seq"] > self.seen]
        self.seen = max([self.seen, *(one["seq"] for one in found)])
        return [one["text"] for one in found if one["author"] != "reporter"]

    async def reference(self) -> str:
        """The reference of the reporter's incident, as their screen shows it."""
        incident = (await self.state())["incident"]
        assert incident is not None, "this reporter sees no incident"
        return str(incident["reference"])


@dataclass
class Agent:
    """A member of staff at the desk, signed in."""

    client: httpx.AsyncClient
    stage: Stage
    email: str
    password: str
    name: str = ""
    since: datetime | None = None

    async def signs_in(self) -> None:
        credentials = {"email": self.email, "password": self.password}
        self.name = ok(await self.client.post("/api/staff/sign-in", json=credentials))["name"]
        self.since = self.stage.clock.at

    async def queue(self) -> list[dict[str, Any]]:
        """The rows of the queue in their order."""
        return ok(await self.client.get("/api/console/queue"))["rows"]  # type: ignore[no-any-return]

    async def finds(self, reference: str) -> str:
        """The conversation in which a case is reported (the first in the queue)."""
        return str(
            next(row["conversation_id"] for row in await self.queue() if row["reference"] == reference)
        )

    async def takes(self, reference: str) -> None:
        """Accepts every chat that reports this case and that nobody holds yet."""
        for row in await self.queue():
            if row["reference"] == reference and row["holder"] == "queue":
                await self.does(row["conversation_id"], "accept")

    async def screen(self, conversation: str) -> dict[str, Any]:
        return ok(await self.client.get(f"/api/console/conversations/{conversation}"))  # type: ignore[no-any-return]

    async def tries(self, conversation: str, act: str, **body: Any) -> httpx.Response:
        """One act as the page sends it, with whatever answer."""
        answer = await self.client.post(f"/api/console/conversations/{conversation}/{act}", json=body)
        await self.stage.settle()
        return answer

    async def does(self, conversation: str, act: str, **body: Any) -> dict[str, Any]:
        """One act that must succeed; returns the screen after it, or what the act answers."""
        return ok(await self.tries(conversation, act, **body)) or {}

    async def writes(
        self, conversation: str, text: str, promise_at: datetime | None = None
    ) -> httpx.Response:
        """A reply to the reporter, with everything on the screen seen."""
        seen = (await self.screen(conversation))["messages"][-1]["seq"]
        body: dict[str, Any] = {"client_id": uuid.uuid4().hex, "text": text, "seen_seq": seen}
        if promise_at is not None:
            body["promise_at"] = iso(promise_at)
        return await self.tries(conversation, "reply", **body)

    async def acts(self, conversation: str) -> list[dict[str, Any]]:
        """The timeline that the screen shows."""
        return (await self.screen(conversation))["timeline"]  # type: ignore[no-any-return]

    async def case(self, conversation: str) -> dict[str, Any]:
        """The gravest case on the screen."""
        return (await self.screen(conversation))["cases"][0]  # type: ignore[no-any-return]


def names(timeline: list[dict[str, Any]]) -> list[str]:
    """The acts of a timeline by name, in order."""
    return [entry["act"] for entry in timeline]


def entry(timeline: list[dict[str, Any]], act: str) -> dict[str, Any]:
    """The last entry of an act."""
    return [one for one in timeline if one["act"] == act][-1]
