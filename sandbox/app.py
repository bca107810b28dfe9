"""The sandbox's FastAPI app."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from sandbox import lifecycle
from sandbox.api import booking, contact, demo, events, identity, lost_items, money, people, quotes, trips
from sandbox.errors import Refusal
from sandbox.events import Delivery
from sandbox.gate import FaultSwitch, Gate
from sandbox.settings import SandboxSettings
from sandbox.world import World

TICK_S = 1.0


def create_app(settings: SandboxSettings, world: World | None = None) -> FastAPI:
    """A platform of its own. Trips move and events go out while the app runs."""
    app = FastAPI(title="Vigil sandbox ride platform", version="1.0", lifespan=_running)
    app.state.settings = settings
    app.state.world = world or World(settings.clock())
    app.state.switch = FaultSwitch()
    app.state.acting = asyncio.Lock()
    for router in (
        identity.router,  # /trips/confirm before /trips/{trip_id}
        identity.acting,
        quotes.router,
        booking.router,
        trips.router,
        lost_items.router,
        contact.router,
        money.router,
        people.router,
        events.router,
        demo.router,
    ):
        app.include_router(router)
    app.add_middleware(Gate, key=settings.key, switch=app.state.switch)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_api_route("/", _home, include_in_schema=False)
    app.add_api_route("/healthz", _healthz, include_in_schema=False)
    return app


async def _home() -> Response:
    return RedirectResponse("/demo/driver")


async def _healthz() -> dict[str, bool]:
    return {"alive": True}


@contextlib.asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[None]:
    world: World = app.state.world
    tasks = [
        asyncio.create_task(_tick(world)),
        asyncio.create_task(Delivery(world.events, app.state.settings).run()),
    ]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _tick(world: World) -> None:
    """Move trips on, whether anybody asks or not."""
    reported = world.now
    while True:
        lifecycle.tick(world)
        if world.now - reported >= lifecycle.POSITION_EVERY:
            reported = world.now
            lifecycle.report_positions(world)
        await asyncio.sleep(TICK_S)


async def _refused(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, Refusal)
    return JSONResponse(problem.body(), problem.status)


async def _bad_request(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)
    wrong = [{"at": [str(part) for part in each["loc"]], "why": each["msg"]} for each in problem.errors()]
    return JSONResponse(
        Refusal(400, "bad_request", "The request does not fit the contract.", wrong=wrong).body(), 400
    )


async def _http_error(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(problem.status_code, "bad_request")
    headers = dict(problem.headers or {})
    return JSONResponse(
        Refusal(problem.status_code, code, str(problem.detail)).body(), problem.status_code, headers
    )
