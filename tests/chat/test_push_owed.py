"""Whom a push is owed to: those whom the app's own token named, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from bot.chat import push
from bot.conversations import service as conversations
from bot.identity.schemas import Person
from bot.kit.database import Database
from bot.kit.due import open_row
from bot.kit.outbox import Delivery
from bot.settings import settings
from tests.chat.conftest import Open


@pytest.fixture(autouse=True)
def push_service(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One is set; nobody is there."""
    monkeypatch.setenv("VIGIL_PUSH_URL", "http://push.invalid/")
    monkeypatch.setenv("VIGIL_PUSH_SECRET", "a-push-secret-of-enough-characters")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize("proved", ["code", "two_facts"])
async def test_a_person_proved_in_the_chat_is_not_pushed_to(
    database: Database, open_chat: Open, proved: str
) -> None:
    chat = await open_chat()
    person = Person(role="rider", identity=proved, rider_id="r_lin")
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        await conversations.learn_person(uow, conversation, person)
        await conversations.append(uow, conversation, author="assistant", text="hello")
        assert await open_row(uow, push.UNREAD, chat.id) is None
    async with httpx.AsyncClient(trust_env=False) as client:
        # One that was owed before is not carried out: to try it would raise.
        await push.PushService(database, client).send(
            Delivery("p", "k", {"conversation": chat.id, "seq": 1}, 1)
        )


async def test_one_whom_the_apps_token_named_is(database: Database, open_chat: Open) -> None:
    chat = await open_chat(role="rider", identity="token", rider_id="r_lin")
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        await conversations.append(uow, conversation, author="assistant", text="hello")
        assert await open_row(uow, push.UNREAD, chat.id) is not None
