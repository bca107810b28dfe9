"""Who is told what of a thing that was found and of a car that is awaited: the real sandbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.followups import service as followups
from bot.identity.schemas import Person
from bot.incidents import store as case_store
from bot.incidents.models import Case
from bot.kit.database import Database
from bot.kit.now import MovableClock
from bot.rides.client import PlatformClient
from bot.rides.schemas import TripStatus
from sandbox.lifecycle import find_car
from sandbox.testing import RunningSandbox, act
from tests.chat.conftest import Open
from tests.followups.following import follow_item, poll, reported, told
from tests.incidents.conftest import Settle

News = Callable[[], Awaitable[None]]
WHERE, WHEN, WORDS = "杭州东站", "11-22 18:30", "beside the petrol station"


@pytest.fixture
def news(database: Database, platform: PlatformClient, settle: Settle) -> News:
    """Takes in what the platform has to tell, and carries out what follows from it."""

    async def came() -> None:
        await poll(database, platform)
        await settle()

    return came


@pytest.fixture
def arrange(sandbox: RunningSandbox) -> Callable[[str], None]:
    """The platform arranges the return of an item."""

    def arranged(item: str) -> None:
        with httpx.Client(
            base_url=sandbox.url, headers={"X-Platform-Key": sandbox.key}, trust_env=False, timeout=60.0
        ) as http:
            body: dict[str, Any] = {"method": "meet", "place": {"name": WHERE}, "at": "2026-11-22T18:30:00Z"}
            made = act(http, f"/lost-items/{item}/return", **body)
            assert made.is_success, made.text

    return arranged


async def _now(database: Database, chat: Conversation) -> tuple[Conversation, list[Case]]:
    async with database.reading() as session:
        cases = await case_store.of_conversation(session, chat.id)
        return await session.get_one(Conversation, chat.id), list(cases)


class TestTwoFacts:
    async def test_who_only_knows_the_plate_and_a_place_hears_that_it_is_found_and_that_a_person_rings(
        self,
        database: Database,
        platform: PlatformClient,
        sandbox: RunningSandbox,
        open_chat: Open,
        news: News,
        arrange: Callable[[str], None],
    ) -> None:
        chat, item = await reported(database, platform, open_chat, "two_facts")
        sandbox.demo(f"/lost-items/{item}/driver-answer", found=True, note=WORDS)
        await news()
        arrange(item)
        for _ in range(2):
            await news()
        words = await told(database, chat)
        assert len(words) == 1 and "找到" in words[0] and "电话" in words[0]
        assert not any(secret in words[0] for secret in (WHERE, WHEN, WORDS))
        current, (case,) = await _now(database, chat)
        assert current.holder == "queue" and case.reference in words[0]
        assert not sandbox.world.restrictions["d_zhao"]

    async def test_the_one_who_is_signed_in_hears_where_and_when(
        self,
        database: Database,
        platform: PlatformClient,
        sandbox: RunningSandbox,
        open_chat: Open,
        news: News,
        arrange: Callable[[str], None],
    ) -> None:
        chat, item = await reported(database, platform, open_chat)
        sandbox.demo(f"/lost-items/{item}/driver-answer", found=True, note=WORDS)
        await news()
        arrange(item)
        await news()
        found, words = await told(database, chat)
        assert WORDS in found and WHERE in words and WHEN in words

    async def test_nothing_of_a_running_ride_is_told_and_the_driver_is_not_asked_to_call(
        self, database: Database, sandbox: RunningSandbox, open_chat: Open, news: News
    ) -> None:
        chat = await open_chat()
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            stranger = Person(role="rider", identity="two_facts")
            await conversations.learn_person(uow, conversation, stranger, trip_id="t_sh_late")
        sandbox.demo(
            "/trips/t_sh_late/delay", minutes=12, reason_code="traffic", reason="on the Nanpu bridge"
        )
        await news()
        assert await told(database, chat) == []


class TestAfterTheCase:
    async def test_the_next_passengers_find_after_the_denial_is_told_and_stands_in_the_case(
        self,
        database: Database,
        platform: PlatformClient,
        sandbox: RunningSandbox,
        open_chat: Open,
        news: News,
    ) -> None:
        chat, item = await reported(database, platform, open_chat)
        sandbox.demo(f"/lost-items/{item}/driver-answer", found=False)
        await news()
        before = await told(database, chat)
        sandbox.demo(f"/lost-items/{item}/next-passenger-answer", found=True)
        for _ in range(2):
            await news()
        (words,) = (await told(database, chat))[len(before) :]
        _, (case,) = await _now(database, chat)
        assert "后一位乘客" in words and case.reference in words
        assert case.evidence["next_passenger_answer"]["found"] is True
        assert case.evidence["restricted_driver"] and case.reports == 1

    async def test_a_driver_who_stays_silent_after_the_next_passengers_find_is_not_waited_for_for_ever(
        self, database: Database, platform: PlatformClient, sandbox: RunningSandbox, open_chat: Open, news: News,
        clock: MovableClock,
    ) -> None:  # fmt: skip
        chat, item = await reported(database, platform, open_chat)
        sandbox.demo(f"/lost-items/{item}/next-passenger-answer", found=True)
        await news()
        clock.move(1801)
        await news()
        _, (case,) = await _now(database, chat)
        assert case.reference in (await told(database, chat))[-1]

    async def test_asked_again_after_the_time_names_no_time_and_tells_the_person_who_has_it(
        self,
        database: Database,
        platform: PlatformClient,
        open_chat: Open,
        settle: Settle,
        clock: MovableClock,
    ) -> None:
        chat, item = await reported(database, platform, open_chat)
        clock.move(3600)
        await settle()
        clock.move(600)
        assert (await follow_item(database, chat, item)).due_at is None
        _, (case,) = await _now(database, chat)
        assert case.reports == 2 and case.reference in (await told(database, chat))[-1]

    async def test_asked_again_while_the_time_runs_names_that_time(
        self,
        database: Database,
        platform: PlatformClient,
        open_chat: Open,
        settle: Settle,
        clock: MovableClock,
    ) -> None:
        chat, item = await reported(database, platform, open_chat)
        clock.move(600)
        due = (await follow_item(database, chat, item)).due_at
        assert due is not None and due > clock()


class TestAwaitedCar:
    TRIP = "t_hk_noshow"

    @pytest.fixture
    async def waiting(
        self, database: Database, sandbox: RunningSandbox, open_chat: Open, news: News
    ) -> Conversation:
        """Wong was told that a new car is looked for and that news comes unasked."""
        trip = sandbox.world.trip(self.TRIP)
        trip.driver = None
        for driver in sandbox.world.drivers:
            sandbox.world.holds[driver]["test"] = object()  # type: ignore[assignment]  # nobody is free
        sandbox.world.set_status(trip, TripStatus.SEARCHING)
        await news()
        chat = await open_chat("en", role="rider", identity="token", rider_id="r_wong")
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await followups.follow(
                uow, conversation, kind="trip", ref=self.TRIP, trip_id=self.TRIP, answer_due_s=None, item=None,
                essential=False,
            )  # fmt: skip
        return chat

    async def test_the_new_driver_and_the_arrival_are_told_once_each(
        self, database: Database, sandbox: RunningSandbox, waiting: Conversation, news: News
    ) -> None:
        world = sandbox.world
        trip = world.trip(self.TRIP)
        world.holds.clear()
        assert find_car(world, trip) and trip.driver is not None
        for _ in range(2):
            await news()
        (assigned,) = await told(database, waiting)
        assert trip.driver.name in assigned and trip.driver.vehicle.plate in assigned and "min" in assigned
        world.set_status(trip, TripStatus.DRIVER_ARRIVING)
        await news()
        world.set_status(trip, TripStatus.WAITING)
        for _ in range(2):
            await news()
        words = await told(database, waiting)
        assert len(words) == 2 and "pickup" in words[1]

    async def test_a_cancellation_that_is_not_their_own_is_told(
        self, database: Database, sandbox: RunningSandbox, waiting: Conversation, news: News
    ) -> None:
        trip = sandbox.world.trip(self.TRIP)
        trip.cancelled_by = "driver"
        sandbox.world.set_status(trip, TripStatus.CANCELLED)
        for _ in range(2):
            await news()
        (words,) = await told(database, waiting)
        assert "cancelled" in words

    async def test_their_own_cancellation_is_no_news(
        self, database: Database, sandbox: RunningSandbox, waiting: Conversation, news: News
    ) -> None:
        trip = sandbox.world.trip(self.TRIP)
        trip.cancelled_by = "rider"
        sandbox.world.set_status(trip, TripStatus.CANCELLED)
        await news()
        assert await told(database, waiting) == []

    async def test_who_follows_nothing_is_told_nothing(
        self, database: Database, sandbox: RunningSandbox, waiting: Conversation, open_chat: Open, news: News
    ) -> None:
        other = await open_chat("en", role="rider", identity="token", rider_id="r_emma")
        sandbox.world.holds.clear()
        assert find_car(sandbox.world, sandbox.world.trip(self.TRIP))
        await news()
        assert await told(database, other) == []
