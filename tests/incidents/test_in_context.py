"""What the trip adds: the driver off dispatch, joining, earlier complaints, the grade at the vehicle."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff import service as handoff
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents import timeline
from bot.incidents.models import Case, CaseConversation
from bot.kit.database import Database
from bot.kit.now import MovableClock, now
from bot.rides.client import PlatformClient
from sandbox.testing import RunningSandbox
from tests.chat.conftest import Open, Say
from tests.incidents.conftest import LI_NA, Settle

LOCKED = "司机把车门锁了不让我下车"


async def _case(database: Database, conversation_id: str) -> Case:
    async with database.reading() as session:
        return (await case_store.of_conversation(session, conversation_id))[0]


async def _acts(database: Database, case_id: str) -> list[str]:
    async with database.reading() as session:
        return [
            entry["act"] for entry in await timeline.read(session, case_ids=[case_id], conversation_id=None)
        ]


class TestTrip:
    async def test_the_case_shows_trip_driver_and_position_and_the_driver_gets_no_further_orders(
        self, database: Database, open_chat: Open, say: Say, settle: Settle, platform: PlatformClient
    ) -> None:
        chat = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
        await say(chat, LOCKED)
        await settle()
        case = await _case(database, chat.id)
        assert case.trip is not None
        assert (case.trip_id, case.driver_id) == ("t_hz_live", "d_wang")
        assert case.trip["last_position"]["lat"] and case.trip["driver"]["name"] == "王建国"
        assert not (await platform.dispatch("d_wang")).on_dispatch
        assert "driver_stopped" in await _acts(database, case.id)

    async def test_the_emergency_text_number_follows_the_city(
        self, database: Database, open_chat: Open, say: Say, settle: Settle
    ) -> None:
        from bot.chat.state import conversation_state

        chat = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
        await say(chat, LOCKED)
        await settle()
        async with database.reading() as session:
            state = await conversation_state(session, await session.get_one(Conversation, chat.id))
        assert state["emergency"]["text_number"]["number"] == "12110571"
        assert state["emergency"]["basis"] == "trip"

    async def test_a_driver_who_is_ill_is_not_held(
        self, database: Database, open_chat: Open, say: Say, settle: Settle, platform: PlatformClient
    ) -> None:
        chat = await open_chat("en", role="rider", identity="token", rider_id="r_olivia")
        await say(chat, "my driver just collapsed and he is not breathing")
        await settle()
        case = await _case(database, chat.id)
        assert case.driver_id == "d_hughes"
        assert (await platform.dispatch("d_hughes")).on_dispatch

    async def test_a_hold_that_fails_is_tried_on_and_known_to_the_desk(
        self, database: Database, open_chat: Open, say: Say, settle: Settle, platform: PlatformClient,
        sandbox: RunningSandbox, clock: MovableClock,
    ) -> None:  # fmt: skip
        chat = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
        sandbox.demo("/faults", status=500, paths=["/drivers/d_wang/dispatch-hold"])
        await say(chat, LOCKED)
        await settle()
        case = await _case(database, chat.id)
        assert "hold_failing" in await _acts(database, case.id)
        assert "driver_stopped" not in await _acts(database, case.id)
        sandbox.demo("/faults")
        clock.move(120)
        await settle()
        assert "driver_stopped" in await _acts(database, case.id)


class TestModelAlone:
    async def _reported(self, database: Database, open_chat: Open, settle: Settle) -> Conversation:
        chat = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await incidents.report(uow, conversation, incidents.Report("route_deviation", "S1", "nlu"))
        await settle()
        return chat

    async def test_waits_a_minute_before_the_driver_is_stopped(
        self, database: Database, open_chat: Open, settle: Settle, platform: PlatformClient, clock: MovableClock,
        sandbox: RunningSandbox,
    ) -> None:  # fmt: skip
        await self._reported(database, open_chat, settle)
        clock.move(59)
        await settle()
        assert (await platform.dispatch("d_wang")).on_dispatch
        clock.move(2)
        await settle()
        assert not (await platform.dispatch("d_wang")).on_dispatch

    async def test_acceptance_by_a_person_stops_the_driver_at_once(
        self,
        database: Database,
        open_chat: Open,
        settle: Settle,
        platform: PlatformClient,
        clock: MovableClock,
    ) -> None:
        chat = await self._reported(database, open_chat, settle)
        async with database.unit_of_work() as uow:
            await handoff.accept(uow, await conversations.lock(uow, chat.id), LI_NA)
        await settle()
        assert not (await platform.dispatch("d_wang")).on_dispatch


class TestJoining:
    async def test_a_friends_report_with_the_plate_joins_the_passengers_case_as_second_report(
        self, database: Database, open_chat: Open, say: Say, settle: Settle
    ) -> None:
        passenger = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
        await say(passenger, LOCKED)
        await settle()
        friend = await open_chat("zh", role="third_party")
        await say(friend, "我朋友在车上失联了，电话关机，一直没回家")
        async with database.unit_of_work() as uow:
            from bot.kit import outbox

            own = (await case_store.open_of_conversation(uow.session, friend.id))[0]
            payload = {"case": own.id, "conversation": friend.id, "licence_plate": "浙AD8C61"}
            await outbox.put(uow, incidents.LOCATE, f"{own.id}:clue", payload)
        await settle()
        first, second = await _case(database, passenger.id), await _case(database, friend.id)
        assert first.id == second.id
        assert first.reports == 2
        assert "repeat" in first.modifiers

    async def test_the_complaint_of_the_day_before_is_linked_and_raises(
        self, database: Database, open_chat: Open, settle: Settle, clock: MovableClock
    ) -> None:
        clock.at = now() - timedelta(days=1)
        before = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, before.id)
            made = incidents.Report("driver_misconduct", "S2", "action", conduct=True)
            await incidents.report(uow, conversation, made)
        await settle()
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, before.id)
            await handoff.accept(uow, conversation, LI_NA)
            await handoff.resolve(uow, conversation, LI_NA, "explained", "spoke with the passenger")
        clock.move(86400)
        today = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, today.id)
            await incidents.report(uow, conversation, incidents.Report("route_deviation", "S1", "nlu"))
        await settle()
        case = await _case(database, today.id)
        assert case.grade == "S0"
        assert "earlier_complaint" in case.modifiers
        async with database.reading() as session:
            linked = await case_store.links_of(session, [case.id])
        assert [relation for _, relation, _ in linked] == ["earlier_complaint"]

    async def test_the_drivers_own_report_is_a_linked_counter_case_never_the_passengers(
        self, database: Database, open_chat: Open, say: Say, settle: Settle
    ) -> None:
        passenger = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
        await say(passenger, LOCKED)
        await settle()
        driver = await open_chat("zh", role="driver", identity="token", driver_id="d_wang")
        await say(driver, "乘客拿刀威胁我，救命")
        await settle()
        first, second = await _case(database, passenger.id), await _case(database, driver.id)
        assert first.id != second.id
        async with database.reading() as session:
            linked = await case_store.links_of(session, [second.id])
            reports = (await session.execute(select(Case.reports).where(Case.id == first.id))).scalar_one()
        assert ("counter" in {relation for _, relation, _ in linked}) and reports == 1


async def test_of_cases_of_one_moment_lists_and_screens_speak_of_the_same(
    database: Database, open_chat: Open, clock: MovableClock
) -> None:
    chats = [await open_chat("zh", role="third_party") for _ in range(3)]
    made = []
    for chat in chats:
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            made.append(
                (await incidents.report(uow, conversation, incidents.Report("self_harm", "S0", "nlu"))).case
            )
    async with database.unit_of_work() as uow:
        for case in made[1:]:
            uow.session.add(
                CaseConversation(case_id=case.id, conversation_id=chats[0].id, relation="report", at=now())
            )
    for case in made:
        async with database.unit_of_work() as uow:
            (await incidents.locked(uow, case.id)).title += "."  # PostgreSQL finds a changed row last
        async with database.reading() as session:
            shown = await case_store.of_conversation(session, chats[0].id)
            listed = (await case_store.of_conversations(session, [chats[0].id]))[chats[0].id]
        assert len(shown) == 3
        assert (
            [one.id for one in listed]
            == [one.id for one in shown]
            == sorted((one.id for one in made), reverse=True)
        )
