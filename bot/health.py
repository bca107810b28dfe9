"""Alive, ready and measured: `/healthz`, `/readyz` (each part named), `/metrics`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import structlog
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from redis.asyncio import from_url
from redis.exceptions import RedisError
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from bot.chat.models import Turn
from bot.conversations.models import Conversation
from bot.incidents.models import OPEN_STATES, Case
from bot.kit.database import Database, Event
from bot.kit.due import Due
from bot.kit.now import now
from bot.kit.storing import Storing
from bot.paging import service as paging
from bot.reports import digest
from bot.settings import Settings

log = structlog.get_logger(__name__)
router = APIRouter(tags=["health"])

OPEN_CASES = Gauge("vigil_open_cases", "Open cases by grade", ["grade"])
WAITING = Gauge("vigil_waiting_conversations", "Conversations waiting for a person")
PENDING_TURNS = Gauge("vigil_pending_turns", "Messages owed hearing or an answer")
OVERDUE = Gauge("vigil_overdue_rows", "Due rows that are late")
MESSAGES = Counter("vigil_messages", "Messages stored", ["author"])
REQUESTS = Histogram("vigil_request_seconds", "Time to answer a request, seconds", ["method", "status"])
_LATE_S = 5.0
_REDIS_S = 1.0


async def count_messages(event: Event) -> None:
    """Subscriber: counts what was said."""
    if event.topic == "conversation.message":
        MESSAGES.labels(event.data["message"]["author"]).inc()


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(request: Request, response: Response) -> dict[str, Any]:
    """Every part by name, each with `ok` and a word. 503 while nothing can be stored, Redis (where it is set), the rota or the
    clocks are not well, or a part of the assistant is missing: safety works without it, but somebody must know."""
    checks: Readiness = request.app.state.readiness
    parts = await checks.parts()
    ready = all(part["ok"] for part in parts.values())
    response.status_code = 200 if ready else 503
    return {"ready": ready, "parts": parts}


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Prometheus text."""
    database: Database = request.app.state.database
    async with database.reading() as session:
        grades = await session.execute(
            select(Case.grade, func.count()).where(Case.state.in_(OPEN_STATES)).group_by(Case.grade)
        )
        counted = {grade: count for grade, count in grades.all()}
        for grade in ("S0", "S1", "S2", "S3"):
            OPEN_CASES.labels(grade).set(counted.get(grade, 0))
        for gauge, query in (
            (WAITING, select(func.count()).select_from(Conversation).where(Conversation.holder == "queue")),
            (PENDING_TURNS, select(func.count()).select_from(Turn).where(Turn.state == "pending")),
            (OVERDUE, select(func.count()).select_from(Due).where(Due.done.is_(False), Due.due < now())),
        ):
            gauge.set((await session.execute(query)).scalar_one())
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


class Readiness:
    """Asks each part; a part that does not answer in a second is not ready."""

    def __init__(
        self, database: Database, client: httpx.AsyncClient, chosen: Settings, last_tick: Callable[[], Any]
    ) -> None:
        self._db, self._client, self._settings, self._last_tick = database, client, chosen, last_tick
        self._storing = Storing(database)

    async def parts(self) -> dict[str, dict[str, Any]]:
        chosen = self._settings
        asked: dict[str, Awaitable[str]] = {
            "database": self._database(),
            **({"redis": self._redis()} if chosen.redis_url else {}),
            "rasa": self._http(f"{chosen.rasa_hear_url}/webhooks/vigil/health", chosen.internal_secret),
            "actions": self._http(f"{chosen.actions_url}/health", ""),
            "platform": self._http(f"{chosen.ride_platform_url}/healthz", "", any_answer=True),
            "clocks": self._clocks(),
            "rota": self._rota(),
            "pager": self._pager(),
            "executive": digest.health(self._db),
        }
        answers = await asyncio.gather(*asked.values(), return_exceptions=True)
        return {
            name: {"ok": not isinstance(answer, BaseException), "says": str(answer) or type(answer).__name__}
            for name, answer in zip(asked, answers, strict=True)
        }

    async def _database(self) -> str:
        async with self._db.reading() as session:
            await session.execute(text("SELECT 1"))
        try:
            await self._storing.works()
        except (DBAPIError, OSError) as problem:
            raise RuntimeError(f"answers, but nothing can be stored: {problem}") from problem
        return "answers and stores"

    async def _redis(self) -> str:
        try:
            async with asyncio.timeout(_REDIS_S), from_url(self._settings.redis_url) as store:
                await store.ping()
        except (RedisError, OSError) as problem:
            raise RuntimeError(
                f"does not answer ({type(problem).__name__}): the workers do not hear of each other's messages"
            ) from problem
        return "answers"

    async def tell_at_start(self) -> None:
        """Log what the desk starts without: what people write is stored and heard all the same."""
        if self._settings.redis_url:
            try:
                await self._redis()
            except RuntimeError as problem:
                log.error("starting without Redis", says=str(problem))

    async def _http(self, url: str, secret: str, *, any_answer: bool = False) -> str:
        answer = await self._client.get(url, headers={"X-Vigil-Secret": secret}, timeout=1.0)
        if not any_answer:
            answer.raise_for_status()
        return "answers"

    async def _clocks(self) -> str:
        last = self._last_tick()
        if last is None or (now() - last).total_seconds() > _LATE_S:
            raise RuntimeError("the ticker has not run for 5 seconds")
        return "running"

    async def _rota(self) -> str:
        async with self._db.reading() as session:
            if await paging.rota_is_empty_now(session):
                raise RuntimeError("nobody is on call for safety: add somebody to the rota now")
        return "somebody is on call"

    async def _pager(self) -> str:
        async with self._db.reading() as session:
            return await paging.health(session)
