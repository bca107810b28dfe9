"""The composition root: builds the desk from its features and starts what works in the background."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import socketio
import structlog
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse
from sqlalchemy.ext.asyncio import AsyncSession

from bot import demo, health
from bot.attachments.service import Attachments
from bot.care.tasks import CareCalls
from bot.chat import afterwards as chat_afterwards
from bot.chat import endpoints as chat
from bot.chat import internal, uploads, webhook
from bot.chat.assistant import Assistant
from bot.chat.hearing import HearingWorker
from bot.chat.listeners.nlu import NluListener
from bot.chat.listeners.sentinel import sentinel
from bot.chat.presence import Presence
from bot.chat.push import PushService
from bot.chat.rates import Rates
from bot.chat.sockets import ChatBroadcast, ChatNamespace, RasaNamespace
from bot.chat.talkback import TalkBack
from bot.chat.turns import TurnWorker
from bot.console import attaching, claims, files, macro_doors, phrases, routing, saying
from bot.console import care as care_doors
from bot.console import endpoints as console
from bot.console.contacting import Contacts
from bot.console.refunds import Refunds
from bot.console.sockets import LooksAgain, StaffBroadcast, StaffNamespace
from bot.console.suggesting import Suggestions
from bot.console.trips import TripCards
from bot.errors import Missing
from bot.followups import endpoints as followups
from bot.followups.afterwards import Transcripts, stars_given
from bot.followups.tasks import EventPoller, Followers
from bot.handoff.tasks import Assigner, Attendance
from bot.identity import endpoints as identity
from bot.incidents import cities
from bot.incidents.tasks import PlatformCalls
from bot.kit import names
from bot.kit.database import Database
from bot.kit.due import Ticker
from bot.kit.http import install_error_handlers, limit_body
from bot.kit.origins import Origins
from bot.kit.outbox import OutboxWorker
from bot.kit.pages import Pages
from bot.kit.worker import Worker
from bot.paging import delivery as page_delivery
from bot.paging import endpoints as paging
from bot.police import console as police_console
from bot.police import endpoints as police
from bot.police import listed
from bot.police.service import TripFinder
from bot.policy import policy
from bot.protocols.cards import cards
from bot.reports import endpoints as reports
from bot.reports import service as reporting
from bot.reports import tasks as report_tasks
from bot.reports.schemas import Satisfaction
from bot.rides.client import PlatformClient
from bot.search import endpoints as search
from bot.settings import Settings

log = structlog.get_logger(__name__)
_BODY_LIMIT = 256 * 1024
_CSP = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'"
)


@dataclass
class Desk:
    """The running desk: one database, its two applications and its workers."""

    settings: Settings
    database: Database
    client: httpx.AsyncClient
    platform: PlatformClient
    public: FastAPI
    internal: FastAPI
    asgi: Any
    workers: list[Worker]

    async def start(self) -> list[asyncio.Task[None]]:
        """Start the workers; the tasks run until `stop`."""
        await self.public.state.readiness.tell_at_start()
        return [asyncio.create_task(worker.run(), name=type(worker).__name__) for worker in self.workers]

    async def stop(self, tasks: list[asyncio.Task[None]]) -> None:
        for worker in self.workers:
            worker.stop()
        await asyncio.wait(tasks, timeout=5.0)
        await self.client.aclose()
        await self.platform.close()
        await self.database.close()


def build(chosen: Settings) -> Desk:
    """Put the desk together. Raises ValueError with sentences when production would start on what only a demo may have,
    or when the policy, the lexicon or the claims do not check."""
    if wrong := chosen.refusals():
        raise ValueError("\n".join(wrong))
    rules = policy().hearing
    names.check(rule.modifier for rule in sentinel().lexicon.modifiers)
    claims.rules()
    cards()
    phrases.phrases()
    cities.cities()
    listed.cities()
    database = Database(chosen.resolved_database_url)
    client = httpx.AsyncClient(
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20), trust_env=False
    )
    platform = PlatformClient(chosen.ride_platform_url, chosen.ride_platform_key)
    assistant = Assistant(client, chosen.rasa_talk_url, chosen.internal_secret, rules.talking_budget_s)
    nlu = NluListener(client, chosen.rasa_hear_url, chosen.internal_secret, rules.hearing_budget_s)
    PlatformCalls(database, platform).register()
    Followers(database, platform).register()
    Refunds(database, platform).register()
    Contacts(database, platform).register()
    TripFinder(database, platform).register()
    CareCalls(database, platform).register()
    TalkBack(database, assistant).register()
    attachments = Attachments(database, chosen.var / "attachments")
    attachments.register()
    Transcripts(database).register()
    PushService(database, client).register()
    reporting.ratings_from(_satisfaction)
    page_delivery.register(database, chosen)
    report_tasks.register(database, chosen)
    ticker = Ticker(database, chosen.tick_s)
    rates = Rates(chosen.redis_url)
    presence = Presence(database, on=bool(chosen.push_url))
    attendance = Attendance(database)
    staff = StaffNamespace(database, attendance)
    server = _socket_server(chosen, database, rates, presence, staff)
    database.subscribers.append(health.count_messages)
    public, inner = (
        FastAPI(title="Vigil", docs_url="/docs", redoc_url=None),
        FastAPI(title="Vigil internal", docs_url=None),
    )
    for app in (public, inner):
        app.state.database, app.state.settings, app.state.client = database, chosen, client
        install_error_handlers(app)
        app.middleware("http")(limit_body(_BODY_LIMIT, frozenset({uploads.PATH})))
    public.state.attachments, public.state.rates = attachments, rates
    public.state.trip_cards = TripCards(platform)
    public.state.suggestions = Suggestions()
    public.state.platform = platform
    public.state.readiness = health.Readiness(database, client, chosen, lambda: ticker.last_round)
    _routes(public, inner, chosen)
    workers: list[Worker] = [
        ticker, OutboxWorker(database, 1.0), HearingWorker(database, nlu), TurnWorker(database, assistant),
        EventPoller(database, platform, 20.0), presence, attendance, Assigner(database),
        LooksAgain(database, staff),
    ]  # fmt: skip
    return Desk(chosen, database, client, platform, public, inner, socketio.ASGIApp(server, public), workers)


def _socket_server(
    chosen: Settings, database: Database, rates: Rates, presence: Presence, staff: StaffNamespace
) -> socketio.AsyncServer:
    manager = socketio.AsyncRedisManager(chosen.redis_url) if chosen.redis_url else None
    server = socketio.AsyncServer(
        async_mode="asgi", client_manager=manager, cors_allowed_origins=Origins(_origins(chosen), chosen.public_url),
        max_http_buffer_size=_BODY_LIMIT, ping_interval=15, ping_timeout=10,
    )  # fmt: skip
    for namespace in (ChatNamespace(database, rates, presence), RasaNamespace(database, rates), staff):
        server.register_namespace(namespace)
    ChatBroadcast(server, database)
    StaffBroadcast(server, database)
    return server


async def _satisfaction(session: AsyncSession, start: datetime, end: datetime) -> Satisfaction:
    """How the conversations that were rated in [start, end) were liked: the report's figure, from the ratings' room."""
    stars = await stars_given(session, start, end)
    if not stars:
        return Satisfaction(answers=0, average=None, good=None)
    good = sum(one >= 4 for one in stars) / len(stars)
    return Satisfaction(answers=len(stars), average=sum(stars) / len(stars), good=good)


def _origins(chosen: Settings) -> list[str]:
    return [one.strip() for one in chosen.allowed_origins.split(",") if one.strip()]


def _routes(public: FastAPI, inner: FastAPI, chosen: Settings) -> None:
    for router in (
        chat.router, uploads.router, chat_afterwards.router, webhook.router, files.router, followups.router,
        identity.router, console.router, attaching.router, saying.router, macro_doors.router, care_doors.router,
        routing.router, paging.router, health.router, demo.router, police.router, police_console.router, reports.router,
        search.router,
    ):  # fmt: skip
        public.include_router(router)
    inner.include_router(internal.router)
    _pages(public, chosen)
    if origins := _origins(chosen):
        # A widget embedded in the company's own pages; staff pages are never asked for from elsewhere.
        public.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type"],
        )

    @public.middleware("http")
    async def guard(request: Request, call_next: Any) -> Any:
        began = time.perf_counter()
        response = await call_next(request)
        health.REQUESTS.labels(request.method, str(response.status_code)).observe(time.perf_counter() - began)
        if not request.url.path.startswith("/docs"):
            response.headers.setdefault("Content-Security-Policy", _CSP)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        return response


def _pages(public: FastAPI, chosen: Settings) -> None:
    """The built pages; without them the desk still runs and says how to build them."""

    @public.get("/", include_in_schema=False)
    async def home() -> FileResponse:
        return _page(chosen, "index.html")

    @public.get("/console", include_in_schema=False)
    @public.get("/console/", include_in_schema=False)
    async def console_page() -> FileResponse:
        return _page(chosen, "console/index.html")

    @public.get("/police", include_in_schema=False)
    @public.get("/police/", include_in_schema=False)
    async def police_page() -> FileResponse:
        return _page(chosen, "police/index.html")

    if chosen.web.is_dir():
        public.mount("/", Pages(directory=chosen.web), name="pages")


def _page(chosen: Settings, name: str) -> FileResponse:
    file = chosen.web / name
    if not file.is_file():
        raise Missing("pages_not_built")
    return FileResponse(file, headers={"Cache-Control": "no-cache"})


@asynccontextmanager
async def running(desk: Desk) -> AsyncIterator[Desk]:
    """The desk with its workers, until the block ends."""
    tasks = await desk.start()
    try:
        yield desk
    finally:
        await desk.stop(tasks)
