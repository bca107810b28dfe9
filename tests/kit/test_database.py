"""The unit of work: committed before it returns, published after, and never a number twice."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from bot.conversations import service as conversations
from bot.conversations.models import Message
from bot.identity.schemas import Person
from bot.incidents.models import TimelineEntry
from bot.incidents.timeline import read, record
from bot.kit.database import Database, Event


class TestUnitOfWork:
    async def test_publishes_only_after_commit(self, database: Database) -> None:
        seen: list[str] = []

        async def listen(event: Event) -> None:
            seen.append(event.topic)

        database.subscribers.append(listen)
        with pytest.raises(RuntimeError):
            async with database.unit_of_work() as uow:
                uow.emit("lost")
                raise RuntimeError("after emit")
        async with database.unit_of_work() as uow:
            uow.emit("kept")
            assert seen == []
        assert seen == ["kept"]

    async def test_a_subscriber_that_fails_undoes_nothing(self, database: Database) -> None:
        async def broken(event: Event) -> None:
            raise RuntimeError("page not rendered")

        database.subscribers.append(broken)
        async with database.unit_of_work() as uow:
            await record(uow, "kept", who="software:test", case_id="c1")
            uow.emit("anything")
        async with database.reading() as session:
            assert [entry["act"] for entry in await read(session, case_ids=["c1"], conversation_id=None)] == [
                "kept"
            ]

    async def test_three_hundred_at_once_are_numbered_without_a_gap_or_a_double(
        self, database: Database
    ) -> None:
        async with database.unit_of_work() as uow:
            opened = await conversations.open_conversation(
                uow, door="widget", channel="test", locale="en", person=Person()
            )
        key = opened.conversation.id

        async def say(number: int) -> None:
            async with database.unit_of_work() as uow:
                conversation = await conversations.lock(uow, key)
                await conversations.append(uow, conversation, author="reporter", text=str(number))

        await asyncio.gather(*(say(number) for number in range(300)))
        async with database.reading() as session:
            found = (
                (await session.execute(select(Message.seq).where(Message.conversation_id == key)))
                .scalars()
                .all()
            )
        assert sorted(found) == list(range(1, 301))


class TestReading:
    async def test_what_is_stored_meanwhile_is_in_all_of_a_picture_or_in_none_of_it(
        self, database: Database
    ) -> None:
        count = select(func.count()).select_from(TimelineEntry)
        async with database.reading(one_moment=True) as session:
            before = (await session.execute(count)).scalar_one()
            async with database.unit_of_work() as uow:
                await record(uow, "opened", who="staff:a", case_id="c1")
            assert (await session.execute(count)).scalar_one() == before
        async with database.reading() as session:
            assert (await session.execute(count)).scalar_one() == before + 1


class TestTimelineIsAppendOnly:
    @pytest.mark.parametrize("statement", ["UPDATE timeline SET act = 'other'", "DELETE FROM timeline"])
    async def test_direct_change_fails(self, database: Database, statement: str) -> None:
        async with database.unit_of_work() as uow:
            await record(uow, "opened", who="software:test", case_id="c1")
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.unit_of_work() as uow:
                await uow.session.execute(text(statement))

    async def test_the_same_key_is_one_entry(self, database: Database) -> None:
        async with database.unit_of_work() as uow:
            assert await record(uow, "opened", who="software:test", case_id="c1", key="k")
            assert not await record(uow, "opened", who="software:test", case_id="c1", key="k")
