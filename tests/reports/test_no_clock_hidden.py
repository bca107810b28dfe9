"""No clock that ran out is left out of the report, none that did not is in it, and nobody is named for another's."""

from __future__ import annotations

from datetime import timedelta

import bot.app  # noqa: F401  every room registers its clocks
from bot.console import service as console
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.identity.schemas import Member
from bot.incidents import holds, joining, life, raising, reviews
from bot.incidents import service as incidents
from bot.incidents.clocks import HOLD_REVIEW
from bot.incidents.models import Case
from bot.incidents.timeline import record
from bot.kit.due import fire_due, schedule
from bot.kit.now import now
from bot.protocols import service as protocols
from bot.reports.schemas import Breach
from tests.reports.conftest import ANN, SUE, Story, reported

BOB = Member("bob", "bob@vigil.example", "Bob", ("safety",), True)


async def acts(story: Story, case: Case, act: str) -> None:
    """Ann writes down what she did."""
    async with story.database.unit_of_work() as uow:
        current = await incidents.locked(uow, case.id)
        await incidents.acted(uow, current, ANN, act)
        incidents.decided(current)


async def join(story: Story, newer: Case, older: Case) -> None:
    async with story.database.unit_of_work() as uow:
        await joining.join_into(uow, await life.locked(uow, newer.id), await life.locked(uow, older.id))


async def found(story: Story, kind: str) -> list[Breach]:
    return [one for one in (await reported(story.database)).breaches if one.kind == kind]


class TestJoined:
    async def test_an_s0_that_waited_too_long_is_late_though_it_was_joined_into_another(
        self, story: Story
    ) -> None:
        _, older = await story.report("driver_misconduct", "S2")
        story.clock.move(60)
        _, newer = await story.report("passenger_in_danger", "S0")
        story.clock.move(200)
        await join(story, newer, older)
        chat = (await reported(story.database)).breaches[0].conversation_id
        story.clock.move(5)
        await story.accept(await _chat(story, chat))
        (late,) = await found(story, "accept")
        assert (late.reference, late.grade, late.seconds, late.open) == (newer.reference, "S0", 200, False)

    async def test_what_was_decided_before_joining_is_decided(self, story: Story) -> None:
        _, older = await story.report("passenger_in_danger", "S0")
        story.clock.move(5)
        chat, newer = await story.report("passenger_in_danger", "S0")
        await story.accept(chat)
        story.clock.move(10)
        await acts(story, newer, "police_informed")
        story.clock.move(10)
        await join(story, newer, older)
        story.clock.move(3600)
        report = await reported(story.database)
        assert [one.kind for one in report.breaches if one.kind in ("accept", "decide")] == []
        assert (report.grades[0].decide.waiting, report.grades[0].decide.max_s) == (0, 15)

    async def test_an_accepted_case_that_was_joined_owes_no_decision_of_its_own(self, story: Story) -> None:
        _, older = await story.report("passenger_in_danger", "S0")
        chat, newer = await story.report("passenger_in_danger", "S0")
        await story.accept(chat)
        await join(story, newer, older)
        await acts(story, older, "police_informed")
        story.clock.move(3600)
        decide = (await reported(story.database)).grades[0].decide
        assert (decide.count, decide.waiting) == (1, 0)


async def _chat(story: Story, conversation_id: str | None) -> Conversation:
    async with story.database.reading() as session:
        return await session.get_one(Conversation, conversation_id)


class TestAgain:
    async def test_silence_after_an_answer_is_a_breach_of_its_own(self, story: Story) -> None:
        chat, case = await story.report("passenger_in_danger", "S0")
        await story.accept(chat)
        await acts(story, case, "police_informed")
        story.clock.move(301)
        await fire_due(story.database)
        story.clock.move(10)
        await story.reply(chat, "I am with you.")
        for _ in range(3):
            story.clock.move(301)
            await fire_due(story.database)
        assert len(await found(story, "silent")) == 2

    async def test_a_review_that_is_owed_anew_and_not_done_is_a_breach_of_its_own(self, story: Story) -> None:
        chat, case = await story.report("dangerous_driving", "S2")
        await story.accept(chat)
        async with story.database.unit_of_work() as uow:
            current = await incidents.locked(uow, case.id)
            current.driver_id = "d-1"
            hold = await holds.request(uow, current, by=ANN.who, reason="test")
        for _ in range(3):
            story.clock.move(7201)
            await fire_due(story.database)
        assert len(await found(story, "hold_review")) == 1, "however often it rings"
        async with story.database.unit_of_work() as uow:
            current = await incidents.locked(uow, case.id)
            await reviews.review(uow, current, ANN, keep=True, why="conduct", reason="looked into")
            # As when the driver answers (bot.incidents.reviews.answered).
            await schedule(uow, HOLD_REVIEW, hold.id, now() + timedelta(seconds=7200))
        story.clock.move(7201)
        await fire_due(story.database)
        assert len(await found(story, "hold_review")) == 2

    async def test_a_cry_that_nobody_answers_is_a_breach(self, story: Story) -> None:
        chat, case = await story.report("passenger_in_danger", "S0")
        await story.accept(chat)
        await acts(story, case, "police_informed")
        async with story.database.unit_of_work() as uow:
            current = await conversations.lock(uow, chat.id)
            await raising.cried_again(uow, await incidents.locked(uow, case.id), current)
        for _ in range(3):
            story.clock.move(31)
            await fire_due(story.database)
        (cried,) = await found(story, "cried")
        assert (cried.grade, cried.name, cried.conversation_id) == ("S0", "Ann", chat.id)


class TestAsItWas:
    async def test_lowered_later_a_silent_s0_is_still_an_s0_that_was_silent(self, story: Story) -> None:
        chat, case = await story.report("passenger_in_danger", "S0")
        await story.accept(chat)
        await acts(story, case, "police_informed")
        story.clock.move(301)
        await fire_due(story.database)
        async with story.database.unit_of_work() as uow:
            await incidents.lower_to(uow, await incidents.locked(uow, case.id), "S3", ANN, "a prank")
        (silent,) = await found(story, "silent")
        assert silent.grade == "S0"

    async def test_who_takes_over_is_not_named_for_the_silence_before(self, story: Story) -> None:
        await story.hire(BOB)
        chat, case = await story.report("passenger_in_danger", "S0")
        await story.accept(chat)
        await acts(story, case, "police_informed")
        story.clock.move(301)
        await fire_due(story.database)
        async with story.database.unit_of_work() as uow:
            await incidents.accept(uow, await incidents.locked(uow, case.id), BOB, take_over=True)
        (silent,) = await found(story, "silent")
        assert silent.name == "Ann"

    async def test_who_came_at_once_after_the_raise_is_not_named_for_the_wait_before(
        self, story: Story
    ) -> None:
        chat, case = await story.report("route_deviation", "S1")
        story.clock.move(400)
        async with story.database.unit_of_work() as uow:
            current = await incidents.locked(uow, case.id)
            await incidents.raise_to(uow, current, "S0", who="software:button", reason="help")
        story.clock.move(5)
        await story.accept(chat)
        (late,) = await found(story, "accept")
        assert (late.grade, late.seconds, late.name) == ("S1", 400, None)

    async def test_a_promise_that_nobody_kept_names_nobody_who_came_later(self, story: Story) -> None:
        chat, _ = await story.report("driver_misconduct", "S2")
        story.clock.move(3601)
        await fire_due(story.database)
        story.clock.move(60)
        await story.accept(chat, SUE)
        (broken,) = await found(story, "promised")
        assert broken.name is None


class TestDecisions:
    async def test_a_tick_on_a_card_is_no_decision(self, story: Story) -> None:
        chat, case = await story.report("route_deviation", "S1")
        await story.accept(chat)
        async with story.database.unit_of_work() as uow:
            await record(uow, protocols.TICK, who=ANN.who, case_id=case.id)
        story.clock.move(601)
        assert [one.open for one in await found(story, "decide")] == [True]

    async def test_a_new_car_is_a_decision(self, story: Story) -> None:
        chat, case = await story.report("stranded", "S1")
        await story.accept(chat)
        story.clock.move(30)
        async with story.database.unit_of_work() as uow:
            # As the platform's answer is written down (bot.console.contacting).
            await record(uow, "new_car", who=ANN.who, conversation_id=chat.id)
            incidents.decided(await incidents.locked(uow, case.id))
        story.clock.move(601)
        assert (await reported(story.database)).grades[1].decide.max_s == 30


class TestPromises:
    async def test_kept_and_broken_are_of_those_given(self, story: Story) -> None:
        # An S2 is told that a person looks within the hour; Sue promises another caller a time.
        await story.report("driver_misconduct", "S2")
        taken, _ = await story.report("driver_misconduct", "S2")
        await story.accept(taken, SUE)
        async with story.database.unit_of_work() as uow:
            await console.promise(
                uow, await conversations.lock(uow, taken.id), SUE, now() + timedelta(seconds=60)
            )
        story.clock.move(61)
        await fire_due(story.database)
        story.clock.move(3601)
        await fire_due(story.database)
        promises = (await reported(story.database)).promises
        assert promises.given >= promises.kept + promises.broken
