"""Breaches in the report: which clock ran out, on which day, whose it was, and none left out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.console import service as console
from bot.conversations import service as conversations
from bot.handoff import watching
from bot.incidents import service as incidents
from bot.kit.due import fire_due
from bot.kit.now import now
from bot.reports import breaches
from tests.reports.conftest import ANN, DAY, SUE, Story, reported


class TestBreaches:
    async def test_late_acceptance_is_listed_with_who_took_it_and_the_case(self, story: Story) -> None:
        chat, case = await story.report("passenger_in_danger", "S0")
        story.clock.move(45)
        await story.accept(chat)
        async with story.database.unit_of_work() as uow:
            await incidents.acted(uow, await incidents.locked(uow, case.id), ANN, "police_informed")
        (breach,) = (await reported(story.database)).breaches
        assert (breach.kind, breach.grade, breach.reference, breach.name) == (
            "accept",
            "S0",
            case.reference,
            "Ann",
        )
        assert (breach.seconds, breach.limit_s, breach.open, breach.conversation_id) == (
            45,
            30,
            False,
            chat.id,
        )

    async def test_nobody_accepted_names_nobody_and_stays_open(self, story: Story) -> None:
        await story.report("dangerous_driving", "S1")
        story.clock.move(601)
        kinds = {one.kind: one for one in (await reported(story.database)).breaches}
        assert (kinds["accept"].name, kinds["accept"].open, kinds["accept"].seconds) == (None, True, 601)
        assert kinds["decide"].limit_s == 600

    async def test_a_clock_that_runs_out_after_midnight_is_the_next_days_breach(self, story: Story) -> None:
        story.clock.move(12 * 3600 - 10)  # 23:59:50 in Shanghai
        await story.report("passenger_in_danger", "S0")
        story.clock.move(300)
        assert (await reported(story.database)).breaches == []
        following = await reported(story.database, DAY + timedelta(days=1), DAY + timedelta(days=1))
        assert [one.kind for one in following.breaches] == ["decide", "accept"]
        assert following.days[0].breaches == 2 and following.grades[0].accept.count == 0

    async def test_silence_after_acceptance_is_one_breach_however_often_it_reminds(
        self, story: Story
    ) -> None:
        chat, case = await story.report("route_deviation", "S1")
        await story.accept(chat)
        async with story.database.unit_of_work() as uow:
            await incidents.acted(uow, await incidents.locked(uow, case.id), ANN, "planned")
        for _ in range(3):
            story.clock.move(901)
            await fire_due(story.database)
        (breach,) = (await reported(story.database)).breaches
        assert (breach.kind, breach.name, breach.label) == (
            "silent",
            "Ann",
            "Accepted, then silent towards the reporter",
        )

    async def test_a_promise_that_was_not_kept_names_who_gave_it(self, story: Story) -> None:
        chat = await story.chat()
        await story.ask_for_a_person(chat)
        await story.accept(chat, SUE)
        for seconds, answered in ((600, True), (1200, False)):
            async with story.database.unit_of_work() as uow:
                await console.promise(
                    uow, await conversations.lock(uow, chat.id), SUE, now() + timedelta(seconds=seconds)
                )
            if answered:
                story.clock.move(
                    400
                )  # in the second half of its time: a promise is kept by a word near its end
                await story.reply(chat, "here it is", SUE)
            story.clock.move(seconds)
            await fire_due(story.database)
        async with story.database.unit_of_work() as uow:
            await console.promise(
                uow, await conversations.lock(uow, chat.id), SUE, now() + timedelta(hours=1)
            )
        found = await reported(story.database)
        assert found.promises.model_dump() == {"given": 3, "kept": 1, "broken": 1, "open": 1}
        assert [(one.kind, one.name, one.conversation_id) for one in found.breaches] == [
            ("promise", "Sue", chat.id)
        ]


class TestTooMany:
    async def test_of_more_breaches_than_are_listed_no_s0_is_left_out(
        self, story: Story, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(breaches, "MOST_LISTED", 2)
        await story.report("passenger_in_danger", "S0")
        story.clock.move(60)
        for _ in range(4):
            await story.report("driver_misconduct", "S2")
        story.clock.move(5 * 86400)
        first, last = DAY, DAY + timedelta(days=5)
        found = await reported(story.database, first, last)
        assert [one.grade for one in found.breaches] == ["S0", "S0"] and found.hidden_breaches > 0


class TestWatched:
    @pytest.mark.parametrize("opened", [False, True])
    async def test_a_watched_chat_that_nobody_opened_or_decided_is_a_breach(
        self, story: Story, opened: bool
    ) -> None:
        chat = await story.chat()
        async with story.database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await watching.watch(uow, conversation, why={"intent": "route_deviation"})
            if opened:
                await watching.opened(uow, conversation, SUE.id, SUE.name)
        story.clock.move(181)
        await fire_due(story.database)
        kinds = [one.kind for one in (await reported(story.database)).breaches]
        assert kinds == ["watch_undecided" if opened else "watch"]
