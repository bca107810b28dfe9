"""The NLU as a listener: asks our own Rasa channel to parse, and decides from `safety.decision`, never from the top intent."""

from __future__ import annotations

from typing import Any

import httpx
import structlog

from bot.chat.listeners import Heard
from bot.policy import policy

log = structlog.get_logger(__name__)
_READY_S = 1.0


class HearingFailed(Exception):
    """Rasa did not answer, not in time, or with nonsense: the conversation goes to a person."""


class NluListener:
    """base_url: where hearing lives; budget_s: the longest a message may wait for it, in seconds."""

    name = "nlu"

    def __init__(self, client: httpx.AsyncClient, base_url: str, secret: str, budget_s: float) -> None:
        self._client, self._doors = client, f"{base_url.rstrip('/')}/webhooks/vigil"
        self._headers, self._budget_s = {"X-Vigil-Secret": secret}, budget_s

    async def hear(self, text: str) -> Heard:
        """Raises HearingFailed; never guesses. One that is slow is asked once more with thrice the time: a busy NLU is not a
        dead one, and sentinel has already heard the message."""
        try:
            return await self._ask(text, self._budget_s)
        except httpx.ReadTimeout:
            log.warning("hearing is slow", budget_s=self._budget_s)
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as problem:
            raise HearingFailed(f"{type(problem).__name__}: {problem}") from problem
        try:
            return await self._ask(text, 3 * self._budget_s)
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as problem:
            raise HearingFailed(f"{type(problem).__name__}: {problem}") from problem

    async def ready(self) -> bool:
        """Whether it says that it can hear; False as well when it does not answer in a second."""
        try:
            answer = await self._client.get(f"{self._doors}/health", headers=self._headers, timeout=_READY_S)
        except httpx.HTTPError:
            return False
        return answer.is_success

    async def _ask(self, text: str, budget_s: float) -> Heard:
        answer = await self._client.post(
            f"{self._doors}/parse", json={"text": text}, headers=self._headers, timeout=budget_s
        )
        answer.raise_for_status()
        return self._heard(answer.json())

    def _heard(self, parse: dict[str, Any]) -> Heard:
        safety = parse["safety"]
        if safety["decision"] not in ("handover", "checkin", "routine"):
            raise ValueError(f"unknown decision {safety['decision']!r}")
        intent = safety.get("intent") or parse["intent"]["name"]
        return Heard(
            self.name, safety["decision"], probability=float(safety["probability"]),
            intent=intent if intent in policy().intents else None, grade=safety.get("grade"),
            because=[str(reason) for reason in safety.get("because", [])],
            entities=[
                {"entity": one["entity"], "value": one["value"]} for one in parse.get("entities", [])
                if one["entity"] != "language"
            ],
            parse=parse,
        )  # fmt: skip
