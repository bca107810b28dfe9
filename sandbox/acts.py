"""POSTs that act: they need an idempotency key, and the same key gets the same answer without acting
again."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.errors import Refusal

KEY_LENGTH = 200
Handler = Callable[[Request], Awaitable[Response]]


class ActRoute(APIRoute):
    """A route whose POST handler runs once per (path, key); refusals are remembered too, faults are not."""

    def get_route_handler(self) -> Handler:  # type: ignore[override]
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            if request.method != "POST":
                return await inner(request)
            key = request.headers.get("idempotency-key", "")
            if not 1 <= len(key) <= KEY_LENGTH:
                raise Refusal(400, "idempotency_key_missing", "This act needs an Idempotency-Key header.")
            # One act at a time: two requests with one key must not both find it unused.
            async with request.app.state.acting:
                return await _once(request, (request.method, request.url.path, key), inner)

        return handle


async def _once(request: Request, place: tuple[str, str, str], inner: Handler) -> Response:
    answered = request.app.state.world.answered
    body = hashlib.sha256(await request.body()).digest()
    if place in answered:
        earlier, status, content = answered[place]
        if earlier != body:
            raise Refusal(409, "idempotency_key_reused", "This key was used with another body.")
        return Response(content, status, media_type="application/json")
    try:
        response = await inner(request)
    except Refusal as refusal:
        response = JSONResponse(refusal.body(), refusal.status)
    if response.status_code < 500:
        answered[place] = (body, response.status_code, bytes(response.body))
    return response
