"""Check-ins and the watch lane run by moved time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.chat import checkins
from bot.chat.listeners import Heard
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff import service as handoff
from bot.incidents import store as case_store
from bot.kit.database import Database, Event
from bot.kit.due import fire_due, open_row
from bot.kit.now import MovableClock, now
from tests.chat.conftest import Open, Say
from tests.incidents.conftest import LI_NA

HEARD = Heard("nlu", "checkin", 0.4, "route_deviation", "S1", ["0.40 of danger"])


async def _asked(database: Database, chat: Conversation, heard: Heard = HEARD, *, live: bool = True) -> bool:
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        conversation.trip_live = live
        asked = await checkins.begin(uow, conversation, heard, "m1")
        if asked:
            await checkins.ask(uow, conversation)
    return asked


async def _grade(database: Database, chat: Conversation) -> str | None:
    async with database.reading() as session:
        return (await session.get_one(Conversation, chat.id)).grade


class TestSilence:
    async def test_sixty_seconds_of_silence_on_a_live_trip_are_s1(
        self, database: Database, open_chat: Open, clock: MovableClock
    ) -> None:
        chat = await open_chat()
        await _asked(database, chat)
        clock.move(59)
        await fire_due(database)
        assert await _grade(database, chat) is None
        clock.move(2)
        await fire_due(database)
        # live_trip raises S2 only; the silent S1 stays what the taxonomy says.
        assert await _grade(database, chat) == "S1"

    async def test_any_further_message_is_not_silence(
        self, database: Database, open_chat: Open, say: Say, clock: MovableClock
    ) -> None:
        chat = await open_chat()
        await _asked(database, chat)
        clock.move(30)
        await say(chat, "sorry, looking for my wallet")
        clock.move(60)
        await fire_due(database)
        assert await _grade(database, chat) is None

    async def test_somebody_who_took_it_meanwhile_is_asked_by_the_watch_and_not_paged_as_s1(
        self, database: Database, open_chat: Open, clock: MovableClock
    ) -> None:
        chat = await open_chat()
        await _asked(database, chat)
        clock.move(20)
        async with database.unit_of_work() as uow:
            await handoff.accept(uow, await conversations.lock(uow, chat.id), LI_NA)
        clock.move(60)
        await fire_due(database)
        assert await _grade(database, chat) is None
        async with database.unit_of_work() as uow:
            assert await open_row(uow, checkins.WATCH_OPEN, chat.id) is not None

    async def test_without_a_live_trip_silence_alone_is_no_alarm(
        self, database: Database, open_chat: Open, clock: MovableClock
    ) -> None:
        chat = await open_chat()
        await _asked(database, chat, live=False)
        clock.move(100)
        await fire_due(database)
        assert await _grade(database, chat) is None


class TestWatch:
    async def test_unopened_it_pages_again_and_again_until_a_named_person_opens_it(
        self, database: Database, open_chat: Open, clock: MovableClock
    ) -> None:
        chat = await open_chat()
        await _asked(database, chat, live=False)
        clock.move(181)
        assert await fire_due(database) == 1
        async with database.unit_of_work() as uow:
            row = await open_row(uow, checkins.WATCH_OPEN, chat.id)
            assert row is not None and row.step == 1
            conversation = await conversations.lock(uow, chat.id)
            await checkins.opened(uow, conversation, "m-lina", "Li Na")
            # Moved on, not ended: it asks again (tests/handoff/test_watching.py).
            row = await open_row(uow, checkins.WATCH_OPEN, chat.id)
            assert row is not None and (row.step, row.due) == (0, now() + timedelta(seconds=180))
            assert conversation.watched_since is not None

    async def test_nobody_is_asked_twice_unless_it_gets_worse(
        self, database: Database, open_chat: Open
    ) -> None:
        chat = await open_chat()
        assert await _asked(database, chat)
        assert not await _asked(database, chat)
        assert await _asked(database, chat, Heard("nlu", "checkin", 0.51, "route_deviation", "S1", []))
        assert await _asked(database, chat, Heard("nlu", "checkin", 0.3, "stranded", "S1", []))

    async def test_an_officer_is_watched_and_not_asked(self, database: Database, open_chat: Open) -> None:
        chat = await open_chat(role="officer")
        assert not await _asked(database, chat)
        async with database.reading() as session:
            assert (await session.get_one(Conversation, chat.id)).watched_since is not None
            assert not await case_store.open_of_conversation(session, chat.id)

    async def test_opened_once_it_is_owed_again_for_new_distress(
        self, database: Database, open_chat: Open, say: Say, clock: MovableClock
    ) -> None:
        chat = await open_chat()
        await _asked(database, chat)
        told: list[str] = []

        async def listen(event: Event) -> None:
            told.append(event.topic)

        clock.move(5)
        async with database.unit_of_work() as uow:
            await checkins.opened(uow, await conversations.lock(uow, chat.id), "m-lina", "Li Na")
        clock.move(100)
        message = (await say(chat, "hmm he keeps looking at me in the mirror")).body["id"]
        database.subscribers.append(listen)
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await checkins.begin(uow, conversation, HEARD, message)
            row = await open_row(uow, checkins.WATCH_OPEN, chat.id)
            assert row is not None and row.step == 0 and (row.due - now()).total_seconds() == 30
            assert "opened_by" not in (conversation.watch_reason or {})
        assert "notice" in told
        clock.move(31)
        assert await fire_due(database) == 1
        assert "alarm" in told

    async def test_the_same_words_heard_again_after_somebody_opened_it_are_no_news(
        self, database: Database, open_chat: Open, say: Say, clock: MovableClock
    ) -> None:
        chat = await open_chat()
        message = (await say(chat, "hmm he keeps looking at me in the mirror")).body["id"]
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await checkins.begin(uow, conversation, HEARD, message)
            clock.move(5)
            await checkins.opened(uow, conversation, "m-lina", "Li Na")
            row = await open_row(uow, checkins.WATCH_OPEN, chat.id)
            assert row is not None
            due, _ = row.due, clock.move(10)
            await checkins.begin(uow, conversation, HEARD, message)
            row = await open_row(uow, checkins.WATCH_OPEN, chat.id)
            assert row is not None and row.due == due
            assert (conversation.watch_reason or {})["opened_by"] == "Li Na"


class TestInWords:
    @pytest.mark.parametrize(
        ("role", "locale", "words", "grade"),
        [
            ("rider", "en", "No.", "S0"),
            ("rider", "en", "I’m not", "S0"),
            ("rider", "zh", "不安全！", "S0"),
            ("rider", "zh", "沒有", "S0"),
            ("rider", "en", "no need", None),
            ("rider", "zh", "不用了", None),
            ("rider", "en", "yes", None),
            ("third_party", "en", "Yes", "S0"),
            ("third_party", "zh", "有", "S0"),
            ("third_party", "en", "no", None),
        ],
    )
    async def test_a_word_that_says_what_the_tap_for_help_says_does_what_it_does(
        self,
        database: Database,
        open_chat: Open,
        say: Say,
        role: str,
        locale: str,
        words: str,
        grade: str | None,
    ) -> None:
        chat = await open_chat()
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            conversation.role, conversation.locale = role, locale
        await _asked(database, chat, live=False)
        await say(chat, words)
        assert await _grade(database, chat) == grade

    async def test_once_something_else_was_said_to_them_a_no_answers_that(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await _asked(database, chat, live=False)
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await conversations.append(uow, conversation, author="assistant", text="Shall I cancel the ride?")
        await say(chat, "no")
        assert await _grade(database, chat) is None
