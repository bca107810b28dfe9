"""Wire forms of messages."""

from __future__ import annotations

from typing import Any, TypedDict

from bot.conversations.models import Message
from bot.kit.now import iso


class Button(TypedDict):
    title: str
    payload: str


class Link(TypedDict):
    title: str
    href: str


def message_wire(message: Message) -> dict[str, Any]:
    """A message as both sides see it; empty optional fields are left out."""
    wire: dict[str, Any] = {
        "id": message.id, "seq": message.seq, "author": message.author, "text": message.text, "at": iso(message.at),
    }  # fmt: skip
    for name in ("client_id", "author_name", "buttons", "links", "kind", "attachment"):
        value = getattr(message, name)
        if value:
            wire[name] = value
    return wire
