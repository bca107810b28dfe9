"""What the passenger is told unasked, and what a person gets when the driver denies or stays silent: the real sandbox."""

from __future__ import annotations

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.followups import service as followups
from bot.handoff import service as handoff
from bot.incidents import store as case_store
from bot.kit.database import Database
from bot.kit.now import MovableClock
from bot.rides.client import PlatformClient
from sandbox.testing import RunningSandbox
from tests.chat.conftest import Open
from tests.followups.following import poll, reported, told
from tests.incidents.conftest import SAM, Settle


class TestLostItem:
    async def test_found_is_told_unasked_and_once(
        self,
        database: Database,
        platform: PlatformClient,
        sandbox: RunningSandbox,
        open_chat: Open,
        settle: Settle,
    ) -> None:
        chat, item = await reported(database, platform, open_chat)
        sandbox.demo(f"/lost-items/{item}/driver-answer", found=True)
        for _ in range(2):
            await poll(database, platform)
            await settle()
        words = await told(database, chat)
        assert len(words) == 1 and "找到" in words[0]

    async def test_a_denial_goes_to_a_person_with_the_evidence_and_restricts_the_account_until_decided(
        self,
        database: Database,
        platform: PlatformClient,
        sandbox: RunningSandbox,
        open_chat: Open,
        settle: Settle,
    ) -> None:
        chat, item = await reported(database, platform, open_chat)
        sandbox.demo(f"/lost-items/{item}/next-passenger-answer", found=True)
        sandbox.demo(f"/lost-items/{item}/driver-answer", found=False)
        await poll(database, platform)
        await settle()
        async with database.reading() as session:
            current = await session.get_one(Conversation, chat.id)
            case = (await case_store.of_conversation(session, chat.id))[0]
        assert (current.holder, case.kind) == ("queue", "lost_item")
        assert case.evidence["next_passenger_answer"]["found"] is True
        assert case.evidence["trip_end"]["lat"]
        driver = case.evidence["restricted_driver"]
        assert sandbox.world.restrictions[driver]
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await handoff.accept(uow, conversation, SAM)
            await handoff.resolve(
                uow, conversation, SAM, "item_returned", "the driver brought it after a call"
            )
        await settle()
        assert not sandbox.world.restrictions[driver]

    async def test_silence_past_the_due_time_goes_to_a_person(
        self, database: Database, platform: PlatformClient, sandbox: RunningSandbox, open_chat: Open, settle: Settle,
        clock: MovableClock,
    ) -> None:  # fmt: skip
        chat, _ = await reported(database, platform, open_chat)
        clock.move(1799)
        await settle()
        assert await told(database, chat) == []
        clock.move(2)
        await settle()
        assert "VG-" in (await told(database, chat))[-1]

    async def test_silence_of_the_platform_itself_does_not_swallow_the_case(
        self, database: Database, platform: PlatformClient, sandbox: RunningSandbox, open_chat: Open, settle: Settle,
        clock: MovableClock,
    ) -> None:  # fmt: skip
        chat, _ = await reported(database, platform, open_chat)
        sandbox.demo("/faults", status=500)
        clock.move(1801)
        for _ in range(4):
            await settle()
            clock.move(60)
        assert "VG-" in (await told(database, chat))[-1]


class TestDelay:
    async def test_the_waiting_passenger_is_told_the_reason_before_asking_and_the_driver_is_asked_to_call(
        self,
        database: Database,
        platform: PlatformClient,
        sandbox: RunningSandbox,
        open_chat: Open,
        settle: Settle,
    ) -> None:
        chat = await open_chat("zh", role="rider", identity="token", rider_id="r_xu")
        async with database.unit_of_work() as uow:
            await followups.find_trip(uow, await conversations.lock(uow, chat.id))
        await settle()
        sandbox.demo("/trips/t_sh_late/delay", minutes=17, reason_code="traffic")
        await poll(database, platform)
        await settle()
        words = await told(database, chat)
        assert len(words) == 1
        assert "17" in words[0] and "打电话" in words[0]

    async def test_the_same_event_twice_is_told_once(
        self,
        database: Database,
        platform: PlatformClient,
        sandbox: RunningSandbox,
        open_chat: Open,
        settle: Settle,
    ) -> None:
        chat = await open_chat("zh", role="rider", identity="token", rider_id="r_xu")
        async with database.unit_of_work() as uow:
            await followups.find_trip(uow, await conversations.lock(uow, chat.id))
        await settle()
        sandbox.demo("/trips/t_sh_late/delay", minutes=17, reason_code="traffic")
        events = (await platform.events()).events
        for _ in range(2):
            for event in events:
                async with database.unit_of_work() as uow:
                    await followups.take_in(uow, event)
        await settle()
        assert len([text for text in await told(database, chat) if "17" in text]) == 1
