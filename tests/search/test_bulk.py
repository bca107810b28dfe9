"""Several routine cases ended at once: each says what became of it, and nothing grave ends that way."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import Unprocessable
from bot.handoff import service as handoff
from bot.incidents import store as case_store
from bot.incidents.reporting import Report, report
from bot.kit.database import Database
from bot.kit.now import now
from bot.search import bulk
from bot.search.bulk import BulkResolution
from tests.chat.conftest import Open, Say, open_chat, say
from tests.incidents.conftest import LI_NA, SAM

__all__ = ["open_chat", "say"]


async def _routine(database: Database, chat: Conversation, intent: str = "lost_item") -> None:
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        await report(uow, conversation, Report(intent, None, "person"))


async def _state(database: Database, chat: Conversation) -> tuple[str, str]:
    async with database.reading() as session:
        conversation = await session.get_one(Conversation, chat.id)
        return (await case_store.of_conversation(session, chat.id))[0].state, conversation.holder


def _asked(
    *chats: Conversation, at: datetime | None = None, reason: str = "found at the depot"
) -> BulkResolution:
    ids = [chat.id for chat in chats]
    return BulkResolution(conversation_ids=ids, code="item_returned", reason=reason, as_of=at or now())


async def test_routine_ends_with_the_reason_and_the_rest_says_why_not(
    database: Database, open_chat: Open, say: Say
) -> None:
    waiting, mine, held, s2, s0, nothing = [await open_chat() for _ in range(6)]
    for chat in (waiting, mine, held):
        await _routine(database, chat)
    await _routine(database, s2, "driver_misconduct")
    await say(s0, "he locked the doors and won't stop")
    for chat, staff in ((mine, SAM), (held, LI_NA)):
        async with database.unit_of_work() as uow:
            await handoff.accept(uow, await conversations.lock(uow, chat.id), staff)
    made = await bulk.resolve(database, SAM, _asked(waiting, mine, held, s2, s0, nothing, waiting))
    assert [(one.conversation_id, one.done, one.code) for one in made.outcomes] == [
        (waiting.id, True, None), (mine.id, True, None), (held.id, False, "held"), (s2.id, False, "bulk_not_routine"),
        (s0.id, False, "not_allowed"), (nothing.id, False, "bulk_nothing_open"),
    ]  # fmt: skip
    assert await _state(database, waiting) == await _state(database, mine) == ("resolved", "assistant")
    assert await _state(database, held) == ("accepted", "person")
    assert "Li Na" in (made.outcomes[2].message or "")
    refused = (await bulk.resolve(database, LI_NA, _asked(s0))).outcomes[0]
    assert (refused.code, (await _state(database, s0))[0]) == ("bulk_not_routine", "paged")


async def test_who_has_written_since_is_read_first(database: Database, open_chat: Open, say: Say) -> None:
    chat = await open_chat()
    await _routine(database, chat)
    await say(chat, "I also want to add something")
    made = await bulk.resolve(database, SAM, _asked(chat, at=now() - timedelta(seconds=60)))
    assert made.outcomes[0].code == "bulk_wrote_since"
    assert (await _state(database, chat))[0] != "resolved"


async def test_without_a_reason_nothing_is_touched(database: Database, open_chat: Open) -> None:
    chat = await open_chat()
    await _routine(database, chat)
    with pytest.raises(Unprocessable) as refused:
        await bulk.resolve(database, SAM, _asked(chat, reason="  "))
    assert refused.value.code == "reason_needed"
    assert (await _state(database, chat))[0] == "opened"
