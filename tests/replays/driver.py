"""The stage of the replays: the desk behind its public doors, a clock that the story moves, people who report, people who
work at the desk, and pagers that ring over real HTTP. Nothing here looks into the product except to know when it is idle.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import uvicorn
from sqlalchemy import func, select

from bot.app import Desk
from bot.chat.hearing import HearingWorker
from bot.chat.models import Turn
from bot.chat.turns import TurnWorker
from bot.followups.tasks import EventPoller
from bot.identity.tokens import sign_app_token
from bot.kit.due import Due, Ticker, fire_due
from bot.kit.locale import say
from bot.kit.now import MovableClock
from bot.kit.outbox import OutboxRow, deliver_waiting
from bot.paging import service as paging
from sandbox.testing import RunningSandbox
from tests.paging.conftest import Hook
from tests.replays.people import Agent, Reporter, entry, names, ok, refused

__all__ = ["Agent", "Reporter", "Stage", "doors", "entry", "names", "ok", "refused"]

# What comes up by itself however quiet it is; a story that waits a day does not stop for each of them.
_NO_STOP = ("hearing.again", "paging.heartbeat", "paging.rota_watch")
_SIGNED_IN_FOR = timedelta(hours=10)


def _is_heartbeat(title: str) -> bool:
    return say("paging.heartbeat.title", "en") in title


@dataclass
class Stage:
    """One run of the story. sign_ins: e-mail and password by role (`outsourced` for the partner's agent)."""

    desk: Desk
    url: str
    clock: MovableClock
    sandbox: RunningSandbox
    hook: Hook
    second_hook: Hook
    sign_ins: dict[str, tuple[str, str]]
    hearing: HearingWorker
    turns: TurnWorker
    news: EventPoller
    ticker: Ticker
    _open: list[httpx.AsyncClient] = field(default_factory=list)
    _agents: dict[str, Agent] = field(default_factory=dict)

    def door(self, **headers: str) -> httpx.AsyncClient:
        """A browser of somebody's own in front of the desk."""
        made = httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=60, headers=headers)
        self._open.append(made)
        return made

    async def reporter(
        self, locale: str = "zh", *, rider: str | None = None, driver: str | None = None
    ) -> Reporter:
        """Opens a chat: as a rider or driver whom the app names, else as anyone, without an account."""
        client = self.door()
        who = rider or driver
        headers = {}
        if who is not None:
            headers["Authorization"] = f"Bearer {sign_app_token(who, 'rider' if rider else 'driver')}"
        opened = ok(await client.post("/api/chat/sessions", json={"locale": locale}, headers=headers))
        client.headers["Authorization"] = f"Bearer {opened['token']}"
        await self.settle()
        return Reporter(client, self)

    async def agent(self, role: str, locale: str = "en") -> Agent:
        """The demo member of this role, signed in once."""
        if role not in self._agents:
            email, password = self.sign_ins[role]
            client = self.door(**{"X-Vigil": "1", "Accept-Language": locale})
            self._agents[role] = Agent(client, self, email, password)
            await self._agents[role].signs_in()
        return self._agents[role]

    async def webhook(self, sender: str, text: str) -> httpx.Response:
        """A message through Rasa's REST channel, which answers only when the turn is done."""
        body = {"sender": sender, "message": text}
        posting = asyncio.ensure_future(self.door().post("/webhooks/rest/webhook", json=body))
        while not (await asyncio.wait({posting}, timeout=0.05))[0]:
            await self.settle()
        await self.settle()
        return posting.result()

    async def settle(self) -> None:
        """Until nothing is owed at this moment: clocks, outside calls, hearing, answers, and the platform's news."""
        while True:
            await self.news.step()
            worked = await fire_due(self.desk.database) + await deliver_waiting(self.desk.database)
            if not worked and not await self._answer():
                return

    async def _answer(self) -> int:
        """Hear what was not heard and answer what was; returns how many messages were worked on."""
        async with self.desk.database.reading() as session:
            waiting = (
                await session.execute(select(func.count()).select_from(Turn).where(Turn.state == "pending"))
            ).scalar_one()
            unheard = (
                await session.execute(select(func.count()).select_from(Turn).where(Turn.heard_at.is_(None)))
            ).scalar_one()
        if waiting or unheard:
            await self.hearing.step()
            await asyncio.gather(*self.hearing._running)
            await self.turns.step()
            await asyncio.gather(*self.turns._running.values())
        return int(waiting + unheard)

    async def pass_time(self, **span: float) -> None:
        """Time goes on, by timedelta's arguments; what falls due on the way happens when it falls due."""
        until = self.clock.at + timedelta(**span)
        while (following := await self._next_due()) is not None and following <= until:
            self.clock.at = max(self.clock.at, following)
            await self.settle()
        self.clock.at = until
        await self.settle()
        for agent in self._agents.values():
            if agent.since is not None and self.clock.at - agent.since > _SIGNED_IN_FOR:
                await agent.signs_in()

    async def _next_due(self) -> datetime | None:
        async with self.desk.database.reading() as session:
            rows = await session.execute(
                select(func.min(Due.due)).where(
                    Due.done.is_(False), Due.kind.not_in(_NO_STOP), Due.due > self.clock.at
                )
            )
            calls = await session.execute(
                select(func.min(OutboxRow.due)).where(
                    OutboxRow.state == "waiting", OutboxRow.due > self.clock.at
                )
            )
            found = [at for at in (rows.scalar(), calls.scalar()) if at is not None]
        return min(found, default=None)

    async def has_pager(self, role: str) -> None:
        """The member of this role sets an address of their own, which rings at our receiver under the role's name."""
        agent = await self.agent(role)
        me = ok(await agent.client.get("/api/staff/me"))
        body = {"addresses": [self.hook.address(role)]}
        ok(await agent.client.put(f"/api/paging/channels/{me['id']}", json=body))

    async def starts(self) -> None:
        """What the desk does when it starts: the pagers' heartbeat and the look at the rota are owed from then on."""
        async with self.desk.database.unit_of_work() as uow:
            await paging.start(uow)
        await self.settle()

    def rang(self, name: str = "team") -> list[str]:
        """The pages that reached a receiver: `team`, `second`, or a role that has a pager of its own. Heartbeats are none."""
        got = [one for hook in (self.hook, self.second_hook) for one in hook.got if one["path"] == f"/{name}"]
        return [f"{one['title']}\n{one['message']}" for one in got if not _is_heartbeat(one["title"])]

    async def end(self) -> None:
        for client in self._open:
            await client.aclose()


@asynccontextmanager
async def doors(desk: Desk, port: int) -> AsyncIterator[str]:
    """The desk's public doors over real HTTP, without its workers: the story says when they work."""
    server = uvicorn.Server(uvicorn.Config(desk.asgi, port=port, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    async with httpx.AsyncClient(trust_env=False, timeout=60.0) as client, asyncio.timeout(90):
        while not server.started:
            await asyncio.sleep(0.01)
        (await client.get(f"http://127.0.0.1:{port}/healthz")).raise_for_status()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving
