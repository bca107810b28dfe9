"""What every door shares: the database of the running app, the caller's language, and errors in their wire form."""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from bot.errors import VigilError
from bot.kit.database import Database
from bot.kit.locale import has_text, locale_from, say

log = structlog.get_logger(__name__)
# No room, a quota or a size used up, a disk that takes or gives nothing: for a while, and not the sender's fault.
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})
_BY_STATUS = {400: "bad_request", 401: "not_signed_in", 403: "forbidden", 404: "not_found", 405: "wrong_method",
              413: "body_too_large", 415: "not_json"}  # fmt: skip


def database_of(request: Request) -> Database:
    """FastAPI dependency: the app's database."""
    database: Database = request.app.state.database
    return database


def caller_locale(request: Request) -> str:
    """zh or en, by what the page says (`X-Locale`) or the browser prefers."""
    return locale_from(request.headers.get("x-locale") or request.headers.get("accept-language"))


def error_body(error: VigilError, locale: str) -> dict[str, Any]:
    """`{"error": {code, message, details?}}` with the sentence in `locale`."""
    key = f"error.{error.code}" if has_text(f"error.{error.code}") else "error.unknown"
    body: dict[str, Any] = {"code": error.code, "message": say(key, locale, **error.values)}
    if error.details:
        body["details"] = error.details
    return {"error": body}


def install_error_handlers(app: FastAPI) -> None:
    """Every failure leaves in the same form with the right status, and never with a stack trace."""

    @app.exception_handler(VigilError)
    async def ours(request: Request, error: VigilError) -> JSONResponse:
        return JSONResponse(error_body(error, caller_locale(request)), error.status)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        fields = [".".join(str(part) for part in one["loc"][1:]) or "body" for one in error.errors()]
        mine = VigilError("invalid_field", details={"fields": fields}, fields=", ".join(fields))
        return JSONResponse(error_body(mine, caller_locale(request)), 422)

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> JSONResponse:
        mine = VigilError(_BY_STATUS.get(error.status_code, "unknown"))
        return JSONResponse(
            error_body(mine, caller_locale(request)), error.status_code, headers=error.headers
        )

    def not_stored(request: Request) -> JSONResponse:
        return JSONResponse(
            error_body(VigilError("not_stored"), caller_locale(request)), 503, {"Retry-After": "2"}
        )

    @app.exception_handler(DBAPIError)
    async def database(request: Request, error: DBAPIError) -> JSONResponse:
        log.error("database refused", error=str(error.orig))
        return not_stored(request)

    @app.exception_handler(OSError)
    async def disk(request: Request, error: OSError) -> JSONResponse:
        if error.errno not in _DISK:
            raise error
        log.error("disk refused", error=error.strerror)
        return not_stored(request)

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> JSONResponse:
        log.exception("unhandled", path=request.url.path)
        return JSONResponse(error_body(VigilError("unknown"), caller_locale(request)), 500)


def address_of(request: Request) -> str | None:
    """Where the request comes from (behind a proxy: VIGIL_TRUSTED_PROXIES); None when the server does not know."""
    return request.client.host if request.client else None


def limit_body(
    limit_bytes: int, own_limits: frozenset[str] = frozenset()
) -> Callable[[Request, Callable[[Request], Awaitable[Any]]], Awaitable[Any]]:
    """Middleware: a body that says it is larger than `limit_bytes`, or says no size, is refused before it is read. The paths
    in `own_limits` see to it themselves, byte by byte."""

    async def middleware(request: Request, call_next: Callable[[Request], Awaitable[Any]]) -> Any:
        length = request.headers.get("content-length", "0")
        if request.url.path in own_limits:
            return await call_next(request)
        if "transfer-encoding" in request.headers or not length.isdigit():
            return JSONResponse(error_body(VigilError("length_needed"), caller_locale(request)), 411)
        if int(length) > limit_bytes:
            return JSONResponse(error_body(VigilError("body_too_large"), caller_locale(request)), 413)
        return await call_next(request)

    return middleware
