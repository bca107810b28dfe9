"""In front of every contract path: the key, and the faults that a test or a demonstration asked for."""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.bodies import Faults

OPEN_PATHS = ("/demo", "/docs", "/openapi.json", "/healthz")
GARBAGE = {
    "not_json": b"<html><body>upstream says hello</body></html>",
    "wrong_types": b'{"id": 7, "trips": "many", "drivers": {"a": 1}, "on_dispatch": "perhaps", "events": 3}',
    "cut_off": b'{"trips": [{"id": "t_hz_live", "order_no": "CN21',
}


@dataclass
class FaultSwitch:
    """The faults in force; a spoilt answer counts against `times`."""

    faults: Faults = field(default_factory=Faults)
    spoilt: int = 0

    def set(self, faults: Faults) -> None:
        self.faults, self.spoilt = faults, 0

    def take(self, path: str) -> Faults | None:
        """The faults for an answer on this path, counted; None if it is to be answered as usual."""
        faults = self.faults
        if not (faults.active and faults.hits(path)) or (
            faults.times is not None and self.spoilt >= faults.times
        ):
            return None
        self.spoilt += 1
        return faults


class Gate:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, key: str, switch: FaultSwitch) -> None:
        self._app = app
        self._key = key.encode()
        self._switch = switch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == "/" or scope["path"].startswith(OPEN_PATHS):
            await self._app(scope, receive, send)
            return
        faults, refused = self._switch.take(scope["path"]), self._without_key(scope)
        if faults and faults.lost and not refused:
            await self._app(scope, receive, _nobody_hears)
        answer = await self._spoilt(faults) if faults else None
        await (answer or refused or self._app)(scope, receive, send)

    async def _spoilt(self, faults: Faults) -> Response | None:
        await asyncio.sleep(faults.slow_s)
        if faults.garbage:
            return Response(GARBAGE[faults.garbage], faults.status or 200, media_type="application/json")
        if faults.status or faults.lost:
            error = {"code": "fault", "message": "The sandbox was asked to fail."}
            return JSONResponse({"error": error}, faults.status or 504)
        return None

    def _without_key(self, scope: Scope) -> Response | None:
        given = Headers(scope=scope).get("x-platform-key", "").encode()
        if hmac.compare_digest(given, self._key):
            return None
        error = {"code": "unauthorized", "message": "X-Platform-Key is missing or wrong."}
        return JSONResponse({"error": error}, 401)


async def _nobody_hears(_message: Message) -> None:
    """Where an answer goes that is lost on the way."""
