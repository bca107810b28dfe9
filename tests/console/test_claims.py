"""A claim is a record, and some things are never said: each rule's own examples, and the timeline behind it."""

from __future__ import annotations

import pytest

from bot.chat.listeners.sentinel import normalise
from bot.console import claims, phrases
from bot.conversations.models import Conversation
from bot.incidents.timeline import record
from bot.kit.database import Database
from tests.chat.conftest import Open, open_chat

__all__ = ["open_chat"]
RULES = [*claims.rules().claims, *phrases.phrases()]
MATCH = [(rule, text) for rule in RULES for text in rule.match]
NO_MATCH = [(rule, text) for rule in RULES for text in rule.no_match]


@pytest.mark.parametrize(("rule", "text"), MATCH, ids=[text for _, text in MATCH])
def test_finds_its_examples(rule: claims.Rule, text: str) -> None:
    assert rule.found(normalise(text))


@pytest.mark.parametrize(("rule", "text"), NO_MATCH, ids=[text for _, text in NO_MATCH])
def test_leaves_its_counterexamples(rule: claims.Rule, text: str) -> None:
    assert rule.found(normalise(text)) is None


class TestClaim:
    async def _unheld(
        self, database: Database, chat: Conversation, text: str, *, promised: bool = False
    ) -> list[str]:
        async with database.reading() as session:
            found = await claims.unrecorded(session, chat.id, text, promised=promised)
        return [claim.name for claim, _ in found]

    async def test_police_informed_goes_out_only_once_the_call_is_recorded(
        self, database: Database, open_chat: Open
    ) -> None:
        chat = await open_chat()
        assert await self._unheld(database, chat, "We have called the police") == ["police_informed"]
        async with database.unit_of_work() as uow:
            await record(uow, "police_informed", who="staff:x", conversation_id=chat.id)
        assert await self._unheld(database, chat, "We have called the police") == []

    async def test_a_named_time_needs_its_timer(self, database: Database, open_chat: Open) -> None:
        chat = await open_chat()
        assert await self._unheld(database, chat, "一小时内给您回复") == ["time_promised"]
        assert await self._unheld(database, chat, "一小时内给您回复", promised=True) == []
