"""One way to the platform: every call has timeouts, a budget and an error that says what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from bot.rides.errors import NotFound, PlatformRefused, PlatformUnavailable

Answer = TypeVar("Answer", bound=BaseModel)
QueryValue = str | int | bool | None

_WRONG_KEY = (401, 403)


@dataclass(frozen=True)
class Limits:
    """Seconds. `budget_s` covers a call with its retries; `read_retries` are further tries of a GET that
    failed."""

    connect_s: float = 1.0
    read_s: float = 2.0
    budget_s: float = 4.0
    read_retries: int = 1
    pause_s: float = 0.1


class Transport:
    """A shared connection pool. Raises PlatformUnavailable, PlatformRefused, NotFound and nothing else."""

    def __init__(self, base_url: str, key: str, limits: Limits) -> None:
        self._limits = limits
        self._http = httpx.AsyncClient(
            base_url=base_url.rstrip("/"),
            headers={"X-Platform-Key": key},
            timeout=httpx.Timeout(limits.read_s, connect=limits.connect_s),
            follow_redirects=False,
            trust_env=False,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def get(self, path: str, into: type[Answer], **query: QueryValue) -> Answer:
        """Read, trying again once on a broken connection, a timeout, or a 5xx. None in `query` is left
        out."""
        params = {name: _written(value) for name, value in query.items() if value is not None}
        return await self._within_budget("GET", path, into, params=params)

    async def act(
        self,
        method: str,
        path: str,
        into: type[Answer],
        *,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
        **query: QueryValue,
    ) -> Answer:
        """Act, once: a failed act is the caller's to repeat, with the same idempotency `key`, when it has
        room for it."""
        headers = {"Idempotency-Key": key} if key else {}
        params = {name: _written(value) for name, value in query.items() if value is not None}
        return await self._within_budget(method, path, into, params=params, json=body, headers=headers)

    async def _within_budget(self, method: str, path: str, into: type[Answer], **sent: Any) -> Answer:
        try:
            async with asyncio.timeout(self._limits.budget_s):
                return await self._tried(method, path, into, **sent)
        except TimeoutError:
            raise PlatformUnavailable("timeout", f"{method} {path} over {self._limits.budget_s} s") from None

    async def _tried(self, method: str, path: str, into: type[Answer], **sent: Any) -> Answer:
        tries = 1 + (self._limits.read_retries if method == "GET" else 0)
        for further in range(tries - 1, -1, -1):
            try:
                return _understood(await self._sent(method, path, **sent), into)
            except PlatformUnavailable as problem:
                if not further or problem.reason == "key":
                    raise
                await asyncio.sleep(self._limits.pause_s)
        raise AssertionError("the last try returns or raises")

    async def _sent(self, method: str, path: str, **sent: Any) -> httpx.Response:
        try:
            return await self._http.request(method, path, **sent)
        except httpx.TimeoutException as problem:
            raise PlatformUnavailable("timeout", f"{method} {path}: {type(problem).__name__}") from problem
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise PlatformUnavailable("connect", f"{method} {path}: {problem!r}") from problem


def _written(value: QueryValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _understood(response: httpx.Response, into: type[Answer]) -> Answer:
    """The answer as a typed model, or the error that it means."""
    where = f"{response.request.method} {response.request.url.path}"
    if response.status_code in _WRONG_KEY:
        raise PlatformUnavailable("key", f"{where}: the platform refuses our key ({response.status_code})")
    if 400 <= response.status_code < 500:
        raise _refusal(response, where)
    if response.status_code not in (200, 201):
        raise PlatformUnavailable("status", f"{where}: {response.status_code}")
    try:
        return into.model_validate_json(response.content)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        raise PlatformUnavailable("nonsense", f"{where}: {first['loc']} {first['msg']}") from problem


def _refusal(response: httpx.Response, where: str) -> PlatformRefused | PlatformUnavailable:
    """A refusal in the contract's form; a 4xx in any other form did not come from the platform's own code."""
    try:
        error = response.json()["error"]
        code, message, details = str(error["code"]), str(error["message"]), dict(error.get("details") or {})
    except (ValueError, KeyError, TypeError):
        return PlatformUnavailable("nonsense", f"{where}: {response.status_code} without the error form")
    kind = NotFound if response.status_code == 404 else PlatformRefused
    return kind(response.status_code, code, message, details)
