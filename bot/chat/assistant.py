"""The desk's client of the assistant: our own Rasa channel's `/turn` and `/handback`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from bot.conversations.schemas import Button


class AssistantFailed(Exception):
    """Rasa answered with an error, not in time, or with nonsense: the conversation goes to a person."""


@dataclass(frozen=True)
class Utterance:
    """One thing the assistant says."""

    text: str
    buttons: list[Button]


class Assistant:
    """base_url: where talking lives; budget_s: the longest an answer may take, in seconds."""

    def __init__(self, client: httpx.AsyncClient, base_url: str, secret: str, budget_s: float) -> None:
        self._client, self._base = client, f"{base_url.rstrip('/')}/webhooks/vigil"
        self._headers, self._budget_s = {"X-Vigil-Secret": secret}, budget_s

    async def turn(self, body: dict[str, Any]) -> list[Utterance]:
        """What the assistant says to this turn; the same message_id gets the recorded answer. Raises AssistantFailed."""
        answer = await self._post("/turn", body)
        try:
            said = [self._utterance(one) for one in answer["messages"]]
        except (KeyError, TypeError, AttributeError) as problem:
            raise AssistantFailed(f"nonsense: {problem!r}") from problem
        return [one for one in said if one.text or one.buttons]

    async def hand_back(self, conversation_id: str, said: list[dict[str, Any]], language: str) -> None:
        """Tell the assistant what was said while people held the conversation. Raises AssistantFailed."""
        await self._post("/handback", {"conversation": conversation_id, "said": said, "language": language})

    async def forget(self, conversation_id: str) -> None:
        """Erase the assistant's memory of a conversation. Raises AssistantFailed."""
        try:
            answer = await self._client.delete(
                f"{self._base}/conversations/{conversation_id}", headers=self._headers, timeout=self._budget_s
            )
            answer.raise_for_status()
        except httpx.HTTPError as problem:
            raise AssistantFailed(f"{type(problem).__name__}: {problem}") from problem

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = await self._client.post(
                self._base + path, json=body, headers=self._headers, timeout=self._budget_s
            )
            answer.raise_for_status()
            read: dict[str, Any] = answer.json() if answer.content else {}
            return read
        except (httpx.HTTPError, ValueError) as problem:
            raise AssistantFailed(f"{type(problem).__name__}: {problem}") from problem

    @staticmethod
    def _utterance(one: dict[str, Any]) -> Utterance:
        buttons: list[Button] = [
            {"title": str(button["title"]), "payload": str(button["payload"])}
            for button in one.get("buttons") or []
        ]
        return Utterance(str(one.get("text") or ""), buttons)
