"""The report of a day that was lived through the desk's own services, against figures worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.chat.models import Listening
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import Unprocessable
from bot.handoff import service as handoff
from bot.incidents import holds, reviews
from bot.incidents import service as incidents
from bot.kit.due import fire_due
from bot.kit.now import now
from bot.reports import service
from bot.reports.schemas import Satisfaction
from tests.reports.conftest import ANN, DAY, SUE, Story, reported


async def heard(story: Story, chat: Conversation, intent: str) -> None:
    """As the NLU listener keeps what it heard."""
    async with story.database.unit_of_work() as uow:
        current = await conversations.lock(uow, chat.id)
        message = await conversations.append(uow, current, author="reporter", text=intent)
        uow.session.add(
            Listening(
                message_id=message.id, listener="nlu", conversation_id=chat.id, decision="routine", probability=0.1,
                intent=intent, grade="S3", because=[], entities=[], at=now(),
            )
        )  # fmt: skip


class TestTimes:
    async def test_percentiles_and_standards_of_ten_s0(self, story: Story) -> None:
        # Accepted after 4, 8, …, 40 s: p50 20, p90 36, p95 and p99 40; standards 15, 20 and 30 s are missed.
        for number in range(1, 11):
            chat, _ = await story.report("passenger_in_danger", "S0")
            story.clock.move(4 * number)
            await story.accept(chat)
        (s0, s1, *_) = (await reported(story.database)).grades
        accept = s0.accept
        assert (accept.count, accept.p50_s, accept.p90_s, accept.p95_s, accept.p99_s, accept.max_s) == (
            10,
            20,
            36,
            40,
            40,
            40,
        )
        assert [(one.percent, one.value_s, one.within, one.met) for one in accept.standards] == [
            (90, 36, 0.3, False), (95, 40, 0.5, False), (99, 40, 0.7, False),
        ]  # fmt: skip
        assert (s1.accept.count, s1.accept.p90_s, s1.accept.standards[0].met) == (0, None, None)

    async def test_who_waits_still_counts_with_the_seconds_so_far(self, story: Story) -> None:
        chat, _ = await story.report("passenger_in_danger", "S0")
        story.clock.move(10)
        await story.accept(chat)
        await story.report("medical_emergency", "S0")
        story.clock.move(500)
        s0 = (await reported(story.database)).grades[0].accept
        assert (s0.count, s0.waiting, s0.max_s) == (2, 1, 500)

    async def test_routine_chats_are_timed_from_asking_to_the_person(self, story: Story) -> None:
        for wait in (5, 15, 25):
            chat = await story.chat()
            await story.ask_for_a_person(chat)
            story.clock.move(wait)
            await story.accept(chat, SUE)
        s3 = (await reported(story.database)).grades[3].accept
        assert (s3.count, s3.p50_s, s3.p90_s) == (3, 15, 25)
        assert [(one.percent, one.value_s, one.met) for one in s3.standards] == [(80, 25, False)]

    async def test_a_case_of_the_day_before_belongs_to_that_day(self, story: Story) -> None:
        await story.report("passenger_in_danger", "S0")
        story.clock.move(86400)
        await story.report("passenger_in_danger", "S0")
        found = await reported(story.database, DAY, DAY + timedelta(days=1))
        assert [day.accept["S0"].count for day in found.days] == [1, 1]
        assert (await reported(story.database)).grades[0].accept.count == 1


class TestPeople:
    async def test_repeats_and_drivers_on_hold(self, story: Story) -> None:
        chat, case = await story.report("sexual_harassment", "S0")
        story.clock.move(300)
        await story.report("sexual_harassment", "S0", chat)
        async with story.database.unit_of_work() as uow:
            current = await incidents.locked(uow, case.id)
            current.driver_id, current.trip = "d-1", {"driver": {"name": "Zhang"}}
            hold = await holds.request(uow, current, by="software:test", reason="test")
            await holds.confirmed(uow, hold.id)
        story.clock.move(7201)
        found = await reported(story.database)
        assert [(one.reference, one.reports) for one in found.repeats] == [(case.reference, 2)]
        (driver,) = found.drivers
        assert (driver.driver_name, driver.reference, driver.overdue) == ("Zhang", case.reference, True)
        await fire_due(story.database)
        assert [one.overdue for one in (await reported(story.database)).drivers] == [True], (
            "rung, and set anew"
        )
        async with story.database.unit_of_work() as uow:
            current = await incidents.locked(uow, case.id)
            await reviews.review(uow, current, ANN, keep=True, why="conduct", reason="dash camera watched")
        story.clock.move(7201)
        assert [one.overdue for one in (await reported(story.database)).drivers] == [False]

    async def test_who_asked_for_a_person_and_got_none_gave_up(self, story: Story) -> None:
        left, taken = await story.chat(), await story.chat()
        for chat in (left, taken):
            await story.ask_for_a_person(chat)
        story.clock.move(60)
        await story.accept(taken, SUE)
        await story.write(left, "hello?")
        assert (await reported(story.database)).gave_up == []
        story.clock.move(1800)
        (gone,) = (await reported(story.database)).gave_up
        assert (gone.conversation_id, gone.waited_s) == (left.id, 60)

    async def test_who_was_served_once_and_waited_in_vain_later_gave_up(self, story: Story) -> None:
        chat = await story.chat()
        await story.ask_for_a_person(chat)
        await story.accept(chat, SUE)
        await story.reply(chat, "The receipt is sent.", SUE)
        async with story.database.unit_of_work() as uow:
            await handoff.give_back(uow, await conversations.lock(uow, chat.id), SUE, "answered", seen_seq=99)
        story.clock.move(3 * 3600)
        await story.write(chat, "a person, please")
        await story.ask_for_a_person(chat)
        story.clock.move(3600)
        assert [one.conversation_id for one in (await reported(story.database)).gave_up] == [chat.id]

    async def test_settled_alone_and_first_contact(self, story: Story) -> None:
        # Three known people ask for a receipt; Lin comes back three days later, Mo ten days later, Pu needs a person.
        for rider in ("lin", "mo", "pu"):
            chat = await story.chat(rider)
            await heard(story, chat, "receipt_invoice")
            if rider == "pu":
                await story.ask_for_a_person(chat)
        nobody = await story.chat()
        await heard(story, nobody, "greet")
        for days, rider in ((3, "lin"), (7, "mo")):
            story.clock.move(days * 86400)
            await heard(story, await story.chat(rider), "receipt_invoice")
        contacts = (await reported(story.database)).contacts
        assert (contacts.began, contacts.ended, contacts.alone, contacts.alone_share) == (4, 4, 3, 0.75)
        assert (contacts.known, contacts.repeated) == (3, 1)
        assert contacts.first_contact == pytest.approx(2 / 3)

    async def test_a_conversation_under_way_is_not_settled_yet(self, story: Story) -> None:
        await story.chat()
        assert (await reported(story.database)).contacts.alone_share is None

    async def test_topics_by_conversation_and_the_products_own_defects_apart(self, story: Story) -> None:
        one, two = await story.chat(), await story.chat()
        for chat, intent in (
            (one, "lost_item"),
            (one, "lost_item"),
            (two, "lost_item"),
            (two, "app_problem"),
            (two, "thank"),
        ):
            await heard(story, chat, intent)
        # What the model thinks of danger counts as a reason only where it became a case.
        await heard(story, one, "passenger_in_danger")
        await story.report("route_deviation", "S1")
        found = await reported(story.database)
        assert [(one.intent, one.conversations, one.defect) for one in found.topics] == [
            ("lost_item", 2, False), ("app_problem", 1, True), ("route_deviation", 1, False),
        ]  # fmt: skip
        assert found.days[0].topics == {"lost_item": 2, "app_problem": 1, "route_deviation": 1}


class TestSeams:
    async def test_satisfaction_is_unknown_until_somebody_keeps_ratings(
        self, story: Story, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "_ratings", None)
        assert (await reported(story.database)).satisfaction is None

        async def kept(session: object, start: object, end: object) -> Satisfaction:
            return Satisfaction(answers=4, average=4.5, good=0.75)

        service.ratings_from(kept)
        found = (await reported(story.database)).satisfaction
        assert found is not None and found.average == 4.5

    def test_a_period_that_cannot_be_is_refused_in_words(self) -> None:
        with pytest.raises(Unprocessable, match="report_days"):
            service.days_of(date(2026, 3, 3), date(2026, 3, 2))
        with pytest.raises(Unprocessable, match="report_too_long"):
            service.days_of(date(2026, 1, 1), date(2026, 12, 31))
