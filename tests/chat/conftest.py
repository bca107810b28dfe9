"""A conversation to speak in."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable

import pytest

from bot.chat.receive import Incoming, Receipt, receive
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.identity.schemas import Person
from bot.kit.database import Database

Open = Callable[..., Awaitable[Conversation]]
Say = Callable[..., Awaitable[Receipt]]


@pytest.fixture
def open_chat(database: Database) -> Open:
    """Opens a conversation; keyword arguments are the person's."""

    async def opened(locale: str = "en", **person: str) -> Conversation:
        async with database.unit_of_work() as uow:
            made = await conversations.open_conversation(
                uow,
                door="widget",
                channel="test",
                locale=locale,
                person=Person(**person),  # type: ignore[arg-type]
            )
        return made.conversation

    return opened


@pytest.fixture
def say(database: Database) -> Say:
    """Says something as the reporter."""

    async def said(
        conversation: Conversation, text: str, *, client_id: str | None = None, payload: str | None = None
    ) -> Receipt:
        return await receive(
            database, conversation.id, Incoming(client_id or uuid.uuid4().hex, text, payload)
        )

    return said
