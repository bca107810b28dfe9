"""Refunds, carried out by the real sandbox platform: once, within the limit of the trip, and never lost without a word."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.console import colleagues, refunds
from bot.console.refunds import Refunds
from bot.console.schemas import RefundAsked
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import Conflict, NotAllowed
from bot.handoff import service as handoff
from bot.identity import service as identity
from bot.identity import store as accounts
from bot.identity.schemas import Member
from bot.incidents import timeline
from bot.kit.database import Database
from bot.kit.outbox import OutboxRow, deliver_waiting
from bot.rides.client import PlatformClient, TripFilter
from bot.rides.schemas import Trip
from tests.chat.conftest import Open, open_chat
from tests.incidents.conftest import platform, sandbox, served_platform
from tests.ports import free_port

__all__ = ["open_chat", "platform", "sandbox", "served_platform"]
RIDER = "r_emma"


@pytest.fixture
async def trip(platform: PlatformClient) -> Trip:
    """A ride in Britain that was paid, 10.81 GBP of which 30.00 an agent may give back."""
    found = (await platform.find_trips(TripFilter(rider=RIDER))).trips
    return next(one for one in found if one.charge and one.charge.paid and one.charge.total.currency == "GBP")


@pytest.fixture
async def sam(database: Database) -> Member:
    async with database.unit_of_work() as uow:
        await identity.ensure_demo_staff(uow)
        found = await accounts.enabled(uow.session)
        return accounts.member_of(next(one for one in found if one.email.startswith("sam")))


@pytest.fixture
async def chat(database: Database, open_chat: Open, trip: Trip, sam: Member) -> Conversation:
    return await _held(database, open_chat, trip, sam)


async def _held(database: Database, open_chat: Open, trip: Trip, sam: Member) -> Conversation:
    """A chat about the trip in the hands of `sam`."""
    opened = await open_chat("en", role="rider", identity="token", rider_id=RIDER)
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, opened.id)
        conversation.trip_id = trip.id
        await handoff.accept(uow, conversation, sam)
    return conversation


async def _ask(
    database: Database, chat: Conversation, staff: Member, amount: str, **more: str | None
) -> None:
    body = {"amount": amount, "currency": "GBP", "reason": "a detour", **more}
    async with database.unit_of_work() as uow:
        current = await conversations.lock(uow, chat.id)
        await refunds.refund(uow, current, staff, RefundAsked.model_validate(body))


async def _written(database: Database, chat: Conversation) -> list[tuple[str, dict[str, Any]]]:
    async with database.reading() as session:
        entries = await timeline.read(session, case_ids=[], conversation_id=chat.id)
    return [(one["act"], one["details"]) for one in entries if one["act"].startswith("refund")]


async def _told(database: Database, staff: Member) -> list[str]:
    async with database.reading() as session:
        return [one["text"] for one in await colleagues.mentions(session, staff) if one["kind"] == "refund"]


class TestOnce:
    async def test_one_dialog_sent_twice_pays_once(
        self, database: Database, chat: Conversation, sam: Member, platform: PlatformClient, trip: Trip
    ) -> None:
        Refunds(database, platform).register()
        for _ in range(2):
            await _ask(database, chat, sam, "3.00", client_id="a")
        await deliver_waiting(database)
        await _ask(database, chat, sam, "3.00", client_id="a")
        await deliver_waiting(database)
        assert [str(one.amount.amount) for one in await platform.refunds(trip.id)] == ["3.00"]
        assert [act for act, _ in await _written(database, chat)] == ["refund_asked", "refund_made"]

    async def test_another_opening_of_it_pays_again_and_other_money_under_one_id_is_refused(
        self, database: Database, chat: Conversation, sam: Member, platform: PlatformClient, trip: Trip
    ) -> None:
        Refunds(database, platform).register()
        await _ask(database, chat, sam, "3.00", client_id="a")
        with pytest.raises(Conflict) as refused:
            await _ask(database, chat, sam, "4.00", client_id="a")
        assert (refused.value.code, refused.value.values["amount"]) == ("refund_sent", "3.00")
        await _ask(database, chat, sam, "3.00", client_id="b")
        # A page of an earlier build knows no ids.
        await _ask(database, chat, sam, "1.00")
        await deliver_waiting(database)
        assert sorted(str(one.amount.amount) for one in await platform.refunds(trip.id)) == [
            "1.00",
            "3.00",
            "3.00",
        ]


class TestLimit:
    async def test_the_refunds_of_a_trip_count_together(
        self, database: Database, chat: Conversation, sam: Member
    ) -> None:
        await _ask(database, chat, sam, "20.00", client_id="a")
        await _ask(database, chat, sam, "10.00", client_id="b")
        with pytest.raises(NotAllowed) as refused:
            await _ask(database, chat, sam, "0.01", client_id="c")
        assert refused.value.code == "over_limit_of_trip"
        assert refused.value.values == {"limit": "30 GBP", "before": "30.00 GBP"}

    async def test_of_many_at_once_about_one_trip_no_more_than_the_limit(
        self, database: Database, open_chat: Open, trip: Trip, sam: Member
    ) -> None:
        chats = [await _held(database, open_chat, trip, sam) for _ in range(6)]
        asked = await asyncio.gather(
            *(_ask(database, chat, sam, "10.00") for chat in chats), return_exceptions=True
        )
        refused = [one for one in asked if one is not None]
        assert [getattr(one, "code", one) for one in refused] == ["over_limit_of_trip"] * 3

    async def test_what_the_platform_refused_does_not_count(
        self, database: Database, chat: Conversation, sam: Member, platform: PlatformClient, trip: Trip
    ) -> None:
        Refunds(database, platform).register()
        await _ask(database, chat, sam, "30.00", client_id="a")
        await deliver_waiting(database)
        await _ask(database, chat, sam, "3.00", client_id="b")
        await deliver_waiting(database)
        assert [str(one.amount.amount) for one in await platform.refunds(trip.id)] == ["3.00"]


class TestNotMade:
    @pytest.mark.parametrize(
        ("amount", "currency", "reason"),
        [("29.00", "GBP", "refund_exceeds_charge"), ("10.00", "CNY", "currency_mismatch")],
    )
    async def test_a_refusal_is_written_down_told_and_not_tried_again(
        self, database: Database, chat: Conversation, sam: Member, platform: PlatformClient,
        amount: str, currency: str, reason: str,
    ) -> None:  # fmt: skip
        Refunds(database, platform).register()
        await _ask(database, chat, sam, amount, currency=currency)
        await deliver_waiting(database)
        (_, asked), (act, told) = await _written(database, chat)
        assert (act, told["reason"], told["amount"], asked["amount"]) == (
            "refund_refused",
            reason,
            amount,
            amount,
        )
        (words,) = await _told(database, sam)
        assert f"{amount} {currency}" in words and "_" not in words
        async with database.reading() as session:
            query = select(OutboxRow.state).where(OutboxRow.kind == refunds.REFUND)
            assert (await session.execute(query)).scalars().all() == ["done"]

    async def test_after_the_last_try_of_a_platform_that_is_away_somebody_must_look(
        self, database: Database, chat: Conversation, sam: Member
    ) -> None:
        async with PlatformClient(f"http://127.0.0.1:{free_port()}", "key") as away:
            Refunds(database, away).register()
            await _ask(database, chat, sam, "3.00")
            await deliver_waiting(database)
            assert await _told(database, sam) == []
            async with database.unit_of_work() as uow:
                last = update(OutboxRow).where(OutboxRow.kind == refunds.REFUND)
                await uow.session.execute(last.values(attempt=19, due=OutboxRow.set_at))
            await deliver_waiting(database)
        assert [act for act, _ in await _written(database, chat)] == ["refund_asked", "refund_failed"]
        (words,) = await _told(database, sam)
        assert "3.00 GBP" in words and "before you try again" in words
