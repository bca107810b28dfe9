"""One conversation with the assistant, as the desk holds it: each message with what was heard in it."""

from __future__ import annotations

import asyncio
import itertools
import json
from datetime import datetime, timezone
from typing import Any

_NUMBERS = itertools.count(1)

# It is always noon (UTC) when the tests begin, so that "yesterday" and "at night" mean the same at whatever hour they run.
NOON = datetime.now(timezone.utc).replace(hour=12, minute=0, second=0, microsecond=0)
AHEAD = NOON - datetime.now(timezone.utc)


class Talk:
    """Says messages and keeps the answers. who: rider or driver for a signed-in person; else nobody is
    known."""

    def __init__(
        self,
        assistant: Any,
        loop: asyncio.AbstractEventLoop,
        language: str,
        rider: str | None = None,
        driver: str | None = None,
        now: datetime | None = None,
        standalone: bool = False,
    ) -> None:
        self._assistant, self._loop, self.language = assistant, loop, language
        self.conversation = f"conversation-{next(_NUMBERS)}"
        self._who = {
            "role": "driver" if driver else "rider" if rider else "unknown",
            "identity": "token" if rider or driver else "none",
            "rider_id": rider,
            "driver_id": driver,
            "trip_id": None,
            "location": None,
            "locale": language,
            "standalone": standalone,
        }
        self._now = now
        self._count = 0
        self.messages: list[dict[str, Any]] = []
        self.answer: dict[str, Any] = {}

    def say(
        self,
        text: str,
        intent: str,
        confidence: float = 0.95,
        safety: dict[str, Any] | None = None,
        again: bool = False,
        **entities: str,
    ) -> str:
        """The assistant's answer as one text. again: the same message id as before, as after a lost
        answer."""
        heard = {"name": intent, "confidence": confidence}
        found = [{"entity": name, "value": value} for name, value in entities.items()]
        parse = {"text": text, "intent": heard, "intent_ranking": [heard], "entities": found}
        if safety:
            parse["safety"] = safety
        return self._take(text, again, parse=parse)

    def tap(self, title: str) -> str:
        """Taps a button of the last answer by the beginning of its title."""
        button = next(b for b in self.buttons if b["title"].startswith(title))
        return self.tap_payload(button["payload"], button["title"])

    def tap_payload(self, payload: str, title: str = "") -> str:
        name, brace, rest = payload.lstrip("/").partition("{")
        entities = json.loads(brace + rest) if brace else {}
        return self._take(title or payload, False, intent={"name": name, "entities": entities})

    def _take(self, text: str, again: bool, **heard: Any) -> str:
        from bot.nlu.turns import Turn

        if not again:
            self._count += 1
        now = (self._now or datetime.now(timezone.utc) + AHEAD).isoformat().replace("+00:00", "Z")
        turn = Turn(
            conversation=self.conversation,
            message_id=f"message-{self._count}",
            text=text,
            language=self.language,
            metadata={**self._who, "now": now},
            **heard,
        )
        self.answer = self._loop.run_until_complete(self._assistant.take(turn))
        self.messages = self.answer["messages"]
        return self.text

    @property
    def text(self) -> str:
        return "\n".join(str(message.get("text") or "") for message in self.messages)

    @property
    def buttons(self) -> list[dict[str, str]]:
        return [button for message in self.messages for button in message.get("buttons") or []]

    @property
    def titles(self) -> list[str]:
        return [button["title"] for button in self.buttons]

    @property
    def payloads(self) -> list[str]:
        return [button["payload"] for button in self.buttons]

    @property
    def form(self) -> str | None:
        return self.answer["active_loop"]  # type: ignore[no-any-return]
