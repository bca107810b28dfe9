"""What waits is offered to whoever is there, can do it and has room: once, in order, and never in the way of an S0."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.conversations import service as conversations
from bot.conversations import store as conversation_store
from bot.errors import NotAllowed
from bot.handoff import seats
from bot.handoff import service as handoff
from bot.handoff.models import Offer, Seat
from bot.handoff.tasks import Assigner
from bot.incidents import store as case_store
from bot.incidents.reporting import Report, report
from bot.kit.database import Database
from bot.kit.due import Due
from bot.kit.now import MovableClock, now
from bot.policy import policy
from tests.chat.conftest import Say
from tests.handoff.conftest import Hire, Queue, fire, holds, leave, offered, sit_down, take

DANGER = "he locked the doors and won't stop"


class TestWho:
    async def test_the_least_loaded_is_asked_first_and_the_longest_waiting_is_first_in_line(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue
    ) -> None:
        ann, bob = await hire("Ann", capacity=2), await hire("Bob", capacity=4)
        held = await queue()
        await take(database, held, ann)
        chats = []
        for _ in range(6):
            clock.move(1)
            chats.append(await queue())
        clock.move(1)
        await sit_down(database, ann)
        await sit_down(database, bob)
        await Assigner(database).step()
        found = await offered(database)
        # Ann has one of two places left, Bob four: whoever came last waits on.
        assert Counter(one.staff_id for one in found.values()) == {ann.id: 1, bob.id: 4}
        assert set(found) == {chat.id for chat in chats[:5]}

    async def test_skill_and_language_decide(self, database: Database, hire: Hire, queue: Queue) -> None:
        zhou = await hire("Zhou", capacity=5, skills=("zh", "lost_item"))
        eve = await hire("Eve", capacity=5, skills=("en",))
        chinese, english = await queue("zh"), await queue("en")
        lost_zh, lost_en = await queue("zh", intent="lost_item"), await queue("en", intent="lost_item")
        await Assigner(database).step()
        found = {key: one.staff_id for key, one in (await offered(database)).items()}
        assert found == {chinese.id: zhou.id, lost_zh.id: zhou.id, english.id: eve.id}
        assert (await holds(database, lost_en)).holder == "queue"

    async def test_an_s2_goes_to_the_second_tier_in_house_and_before_routine(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue
    ) -> None:
        await hire("Out", capacity=9, in_house=False)
        await hire("Low", capacity=9, tier="support")
        senior = await hire("Sue", capacity=1, tier="senior")
        routine = await queue("en", team="senior")
        clock.move(30)
        s2 = await queue("en", intent="driver_misconduct", team="senior")
        await sit_down(database, senior)
        await Assigner(database).step()
        assert {key: one.name for key, one in (await offered(database)).items()} == {s2.id: "Sue"}
        assert (await holds(database, routine)).holder == "queue"

    async def test_an_s2_that_the_assistant_goes_on_talking_with_is_offered_too(
        self, database: Database, hire: Hire, open_chat: Queue, say: Say
    ) -> None:
        sue = await hire("Sue")
        chat = await open_chat()
        await say(chat, "the driver shouted at me and was very rude yesterday")
        async with database.unit_of_work() as uow:
            await report(
                uow, await conversations.lock(uow, chat.id), Report("driver_misconduct", None, "person")
            )
        assert ((await holds(database, chat)).holder, (await holds(database, chat)).grade) == (
            "assistant",
            "S2",
        )
        await Assigner(database).step()
        assert (await offered(database))[chat.id].staff_id == sue.id
        await take(database, chat, sue)
        await Assigner(database).step()
        assert await offered(database) == {}

    async def test_roles_that_must_stay_free_for_s0_are_not_asked_by_default(
        self, database: Database, hire: Hire, queue: Queue
    ) -> None:
        await hire("Safe", "safety")
        await hire("Chief", "supervisor")
        await queue()
        await Assigner(database).step()
        assert await offered(database) == {}


class TestSafety:
    async def test_an_s0_and_a_watched_chat_stay_open_to_all(
        self, database: Database, hire: Hire, queue: Queue, open_chat: Queue, say: Say
    ) -> None:
        await hire("Ann", capacity=9)
        grave, watched = await open_chat(), await queue()
        await say(grave, DANGER)
        async with database.unit_of_work() as uow:
            await handoff.watch(uow, await conversations.lock(uow, watched.id), why={"intent": "stranded"})
        await Assigner(database).step()
        assert await offered(database) == {}
        async with database.reading() as session:
            case = (await case_store.of_conversation(session, grave.id))[0]
            owed = await session.execute(select(Due).where(Due.open_key == f"incident.page|{case.id}"))
        assert case.accepted_at is None and owed.scalar_one_or_none() is not None

    async def test_raised_while_it_is_offered_it_is_offered_to_nobody_and_paged(
        self, database: Database, hire: Hire, queue: Queue, say: Say
    ) -> None:
        await hire("Ann", capacity=9)
        chat = await queue()
        await Assigner(database).step()
        assert chat.id in await offered(database)
        await say(chat, DANGER)
        await Assigner(database).step()
        found = await holds(database, chat)
        assert (await offered(database), found.grade, found.team) == ({}, "S0", "safety")

    async def test_whoever_holds_an_s0_gets_nothing_else(
        self, database: Database, hire: Hire, queue: Queue, open_chat: Queue, say: Say
    ) -> None:
        li = await hire("Li", "safety", capacity=5)
        grave = await open_chat()
        await say(grave, DANGER)
        await take(database, grave, li)
        chat = await queue()
        await Assigner(database).step()
        assert chat.id not in await offered(database)

    async def test_what_was_an_s0_once_is_for_nobody_outsourced(
        self, database: Database, hire: Hire, open_chat: Queue, say: Say
    ) -> None:
        outsider = await hire("Oz", in_house=False, capacity=9)
        li = await hire("Li", "safety")
        chat = await open_chat()
        await say(chat, DANGER)
        await take(database, chat, li)
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await handoff.resolve(uow, conversation, li, "safe_confirmed", "she is home")
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await handoff.to_people(uow, conversation, team="support", reason="asked", who="reporter")
        await Assigner(database).step()
        assert await offered(database) == {}
        with pytest.raises(NotAllowed):
            await take(database, chat, outsider)
        ann = await hire("Ann", capacity=9)
        await Assigner(database).step()
        assert (await offered(database))[chat.id].staff_id == ann.id


class TestMissed:
    async def test_who_does_not_accept_in_time_loses_it_to_the_next_and_its_place_stays(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue
    ) -> None:
        ann, bob = await hire("Ann", capacity=3), await hire("Bob", capacity=3)
        chat = await queue()
        since = chat.holder_since
        await Assigner(database).step()
        first = (await offered(database))[chat.id].staff_id
        clock.move(policy().routing.take_s - 1)
        await fire(database)
        assert (await offered(database))[chat.id].staff_id == first
        clock.move(1)
        await sit_down(database, ann)
        await sit_down(database, bob)
        await fire(database)
        await Assigner(database).step()
        second = (await offered(database))[chat.id].staff_id
        assert {first, second} == {ann.id, bob.id}
        assert (await holds(database, chat)).holder_since == since

    async def test_who_lets_several_go_by_gets_no_more_until_they_say_so(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue
    ) -> None:
        ann = await hire("Ann", capacity=3)
        chat = await queue()
        for _ in range(policy().routing.missed_limit):
            await Assigner(database).step()
            assert chat.id in await offered(database)
            clock.move(policy().routing.take_s)
            await sit_down(database, ann)
            await fire(database)
        await Assigner(database).step()
        assert await offered(database) == {}
        async with database.reading() as session:
            assert (await session.get_one(Seat, ann.id)).taking is False
        async with database.unit_of_work() as uow:
            await seats.take_new(uow, ann.id, True)
        await Assigner(database).step()
        assert chat.id in await offered(database)

    @pytest.mark.parametrize("how", ["page closed", "no new ones", "page not seen for long"])
    async def test_who_is_not_there_any_more_loses_it_at_once(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue, how: str
    ) -> None:
        ann = await hire("Ann", capacity=3)
        chat = await queue()
        await Assigner(database).step()
        bob = await hire("Bob", capacity=3)
        if how == "page closed":
            await leave(database, ann)
        elif how == "no new ones":
            async with database.unit_of_work() as uow:
                await seats.take_new(uow, ann.id, False)
        else:
            clock.move(41)
            await sit_down(database, bob)
        await Assigner(database).step()
        assert (await offered(database))[chat.id].staff_id == bob.id
        async with database.reading() as session:
            ended = select(Offer.ended_because).where(Offer.staff_id == ann.id)
            assert (await session.execute(ended)).scalar_one() == "void"

    @pytest.mark.parametrize("how", ["offered to them", "taken by hand"])
    async def test_accepted_but_not_a_word_said_it_is_back_with_its_place(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue, how: str
    ) -> None:
        ann = await hire("Ann", capacity=3)
        chat = await queue()
        since = chat.holder_since
        if how == "offered to them":
            await Assigner(database).step()
        clock.move(10)
        await take(database, chat, ann)
        clock.move(policy().routing.answer_s - 1)
        await fire(database)
        assert (await holds(database, chat)).holder_staff_id == ann.id
        clock.move(1)
        await fire(database)
        found = await holds(database, chat)
        assert (found.holder, found.holder_staff_id) == ("queue", None)
        assert abs((found.holder_since - since).total_seconds()) < 1
        async with database.reading() as session:
            last = (await conversation_store.messages_after(session, chat.id, 0))[-1]
        assert last.author == "system" and "has not been able to answer" in last.text

    @pytest.mark.parametrize("promised_s", [None, 900.0])
    async def test_who_acts_for_them_owes_the_first_word_from_then(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue, promised_s: float | None
    ) -> None:
        ann = await hire("Ann", capacity=3)
        chat = await queue()
        await take(database, chat, ann)
        clock.move(100)
        async with database.unit_of_work() as uow:
            until = None if promised_s is None else now() + timedelta(seconds=promised_s)
            await handoff.acting(uow, await conversations.lock(uow, chat.id), until)
            if promised_s is not None:
                # A call or a refund on the way to it brings the promised word no nearer.
                await handoff.acting(uow, await conversations.lock(uow, chat.id))
        clock.move((promised_s or policy().routing.answer_s) - 1)
        await fire(database)
        assert (await holds(database, chat)).holder_staff_id == ann.id
        clock.move(1)
        await fire(database)
        assert (await holds(database, chat)).holder == "queue"

    async def test_an_answer_in_time_keeps_it_and_stops_the_clock(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue
    ) -> None:
        ann = await hire("Ann", capacity=3)
        chat = await queue()
        await Assigner(database).step()
        await take(database, chat, ann)
        clock.move(5)
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await handoff.reply(uow, conversation, ann, text="Hello", client_id="a", seen_seq=99)
        clock.move(3600)
        await fire(database)
        assert (await holds(database, chat)).holder_staff_id == ann.id

    async def test_a_colleague_may_take_it_all_the_same(
        self, database: Database, clock: MovableClock, hire: Hire, queue: Queue
    ) -> None:
        ann, bob = await hire("Ann", capacity=3), await hire("Bob", capacity=0)
        chat = await queue()
        await Assigner(database).step()
        assert (await offered(database))[chat.id].staff_id == ann.id
        await take(database, chat, bob)
        assert await offered(database) == {}
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await handoff.reply(uow, conversation, bob, text="Hello", client_id="a", seen_seq=99)
        clock.move(3600)
        await fire(database)
        # Bob took it by hand and keeps it, and Ann has missed nothing.
        assert (await holds(database, chat)).holder_staff_id == bob.id
        async with database.reading() as session:
            assert (await session.get_one(Seat, ann.id)).missed == 0


class TestSeveralWorkers:
    async def test_nothing_is_offered_twice_and_nobody_gets_more_than_they_can_hold(
        self, database: Database, database_url: str, hire: Hire, queue: Queue
    ) -> None:
        for name in ("Ann", "Bob", "Cid"):
            await hire(name, capacity=4)
        for _ in range(14):
            await queue()
        others = [Database(database_url) for _ in range(3)]
        try:
            await asyncio.gather(*(Assigner(one).step() for one in [database, *others]))
        finally:
            for one in others:
                await one.close()
        async with database.reading() as session:
            made = (await session.execute(select(Offer))).scalars().all()
        assert len(made) == len({one.conversation_id for one in made}) == 12
        assert set(Counter(one.staff_id for one in made).values()) == {4}
        assert all(one.until > now() for one in made)
