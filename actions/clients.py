"""The one way out: every HTTP call of an action passes here, with timeouts, off the event loop, errors named.

ServiceError
├── Down                 no answer, too slow, 5xx, or nonsense
│   ├── PlatformDown     the ride platform
│   └── DeskDown         the desk's internal door
└── PlatformRefused      a rule or the state forbids it (code of the contract)
    └── NotFound         404
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Mapping
from typing import Any

import requests

CONNECT_S = 1.0
READ_S = 2.5
# The whole of one call, slow drips included: the desk waits 8 s for an answer, and an action makes several
# calls.
BUDGET_S = 4.0

log = logging.getLogger(__name__)


class ServiceError(Exception):
    """Something outside did not do what was asked."""


class Down(ServiceError):
    """No usable answer: nothing may be claimed."""


class PlatformDown(Down):
    """The ride platform gave no usable answer."""


class DeskDown(Down):
    """The desk gave no usable answer."""


class PlatformRefused(ServiceError):
    """The platform said no. code: of the contract, e.g. `trip_in_progress`; details: what it added."""

    def __init__(
        self, code: str, message: str, status: int, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.code = code
        self.status = status
        self.details = dict(details or {})


class NotFound(PlatformRefused):
    """The platform knows no such thing."""


class Http:
    """A keep-alive client of one neighbour. `down` is the error raised when it gives no usable answer."""

    def __init__(self, base: str, headers: Mapping[str, str], down: type[Down]) -> None:
        self._base = base
        self._headers = dict(headers)
        self._down = down
        self._local = threading.local()

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> dict[str, Any]:
        """The JSON object answered ({} for 204). key: idempotency key of an act.

        Raises `down` of this client, NotFound or PlatformRefused.
        """
        work = asyncio.to_thread(self._call, method, path, params, body, key)
        try:
            return await asyncio.wait_for(work, BUDGET_S)
        except asyncio.TimeoutError:
            raise self._down(f"{method} {path}: no whole answer in {BUDGET_S} s") from None

    def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        key: str | None,
    ) -> dict[str, Any]:
        headers = {"Idempotency-Key": key[:200]} if key else {}
        wanted = {name: value for name, value in (params or {}).items() if value is not None}
        try:
            answer = self._send(method, path, wanted, body, headers)
        except requests.RequestException as error:
            raise self._down(f"{method} {path}: {type(error).__name__}") from error
        return self._read(method, path, answer)

    def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any],
        body: Mapping[str, Any] | None,
        headers: dict[str, str],
    ) -> requests.Response:
        def send() -> requests.Response:
            session, timeout = self._session(), (CONNECT_S, READ_S)
            return session.request(
                method, self._base + path, params=params, json=body, headers=headers, timeout=timeout
            )

        try:
            return send()
        except (requests.ConnectTimeout, requests.ReadTimeout):
            raise
        except requests.ConnectionError:
            # A kept-alive connection that the other side has closed meanwhile. Safe to say
            # again: acts carry a key.
            return send()

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            # Neighbours are addressed directly: a proxy of the machine must never see a key or
            # a phone number.
            session.trust_env = False
            session.headers.update(self._headers)
            self._local.session = session
        return session

    def _read(self, method: str, path: str, answer: requests.Response) -> dict[str, Any]:
        if answer.status_code >= 500:
            raise self._down(f"{method} {path}: {answer.status_code}")
        if answer.status_code == 204:
            return {}
        try:
            data = answer.json()
        except ValueError as error:
            raise self._down(f"{method} {path}: not JSON") from error
        if not isinstance(data, dict):
            raise self._down(f"{method} {path}: not an object")
        if answer.status_code < 300:
            return data
        fault = data.get("error")
        if not isinstance(fault, dict):
            raise self._down(f"{method} {path}: {answer.status_code} without the error form")
        kind = NotFound if answer.status_code == 404 else PlatformRefused
        code, details = str(fault.get("code", "")), fault.get("details")
        log.info("%s %s refused: %s %s", method, path, answer.status_code, code)
        raise kind(
            code,
            str(fault.get("message", "")),
            answer.status_code,
            details if isinstance(details, dict) else None,
        )
