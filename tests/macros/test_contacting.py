"""Masked calls and another car, carried out by the real sandbox platform."""

from __future__ import annotations

import pytest

from bot.console import contacting
from bot.console.contacting import Contacts
from bot.conversations import service as conversations
from bot.conversations import store as conversation_store
from bot.conversations.models import Conversation
from bot.errors import Missing, Unprocessable
from bot.handoff import service as handoff
from bot.incidents import timeline
from bot.kit.database import Database
from bot.kit.outbox import deliver_waiting
from bot.rides.client import PlatformClient
from tests.chat.conftest import Open, open_chat
from tests.incidents.conftest import SAM, platform, sandbox, served_platform

__all__ = ["open_chat", "platform", "sandbox", "served_platform"]


RIDING, WAITING = ("t_hz_live", "r_lin"), ("t_sh_late", "r_xu")


async def _held(database: Database, open_chat: Open, trip: str | None, rider: str) -> Conversation:
    chat = await open_chat("en", role="rider", identity="token", rider_id=rider)
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        conversation.trip_id = trip
        await handoff.accept(uow, conversation, SAM)
    return conversation


async def _acts(database: Database, chat: Conversation) -> dict[str, dict]:  # type: ignore[type-arg]
    async with database.reading() as session:
        entries = await timeline.read(session, case_ids=[], conversation_id=chat.id)
    return {entry["act"]: entry["details"] for entry in entries}


class TestCall:
    async def test_a_masked_call_and_how_it_went_are_in_the_timeline(
        self, database: Database, open_chat: Open, platform: PlatformClient
    ) -> None:
        Contacts(database, platform).register()
        trip, rider = RIDING
        chat = await _held(database, open_chat, trip, rider)
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await contacting.call(uow, conversation, SAM, caller="desk", callee="driver", asked=False)
        await deliver_waiting(database)
        acts = await _acts(database, chat)
        assert acts["call_asked"]["to"] == "driver" and acts["call_placed"]["result"] in (
            "connected",
            "no_answer",
        )

    async def test_nothing_rings_in_the_car_of_an_s0_unless_the_reporter_asked(
        self, database: Database, open_chat: Open
    ) -> None:
        chat = await _held(database, open_chat, "t-1", "r-1")
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            conversation.quiet = True
            with pytest.raises(Unprocessable) as refused:
                await contacting.call(uow, conversation, SAM, caller="desk", callee="driver", asked=False)
            assert refused.value.code == "call_would_ring"
            await contacting.call(uow, conversation, SAM, caller="desk", callee="rider", asked=True)
            with pytest.raises(Unprocessable):
                await contacting.call(uow, conversation, SAM, caller="desk", callee="desk", asked=True)

    async def test_without_a_trip_there_is_nobody_to_call(self, database: Database, open_chat: Open) -> None:
        chat = await _held(database, open_chat, None, "r-1")
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            with pytest.raises(Missing):
                await contacting.call(uow, conversation, SAM, caller="desk", callee="driver", asked=False)


class TestNewCar:
    async def test_the_passenger_reads_who_comes_only_once_the_platform_has_done_it(
        self, database: Database, open_chat: Open, platform: PlatformClient
    ) -> None:
        Contacts(database, platform).register()
        trip, rider = WAITING
        before = (await platform.trip(trip)).driver
        chat = await _held(database, open_chat, trip, rider)
        async with database.unit_of_work() as uow:
            await contacting.new_car(uow, await conversations.lock(uow, chat.id), SAM, "driver_late")
        assert "new_car" not in await _acts(database, chat)
        await deliver_waiting(database)
        assert "new_car" in await _acts(database, chat)
        after = (await platform.trip(trip)).driver
        assert before is not None and (after is None or after.id != before.id)
        async with database.reading() as session:
            said = (await conversation_store.messages_after(session, chat.id, 0))[-1].text
        assert (after.name in said) if after else ("looked for" in said)

    async def test_a_refusal_of_the_platform_is_written_down_and_not_tried_again(
        self, database: Database, open_chat: Open, platform: PlatformClient
    ) -> None:
        Contacts(database, platform).register()
        trip, rider = RIDING
        chat = await _held(database, open_chat, trip, rider)
        async with database.unit_of_work() as uow:
            await contacting.new_car(uow, await conversations.lock(uow, chat.id), SAM, "driver_late")
        assert await deliver_waiting(database) >= 1
        acts = await _acts(database, chat)
        assert acts["new_car_refused"]["reason"] and "new_car" not in acts
        assert await deliver_waiting(database) == 0
