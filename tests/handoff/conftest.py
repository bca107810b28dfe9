"""Agents who are signed in with a page open, and passengers who wait for a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff import seats
from bot.handoff import service as handoff
from bot.handoff.models import Offer
from bot.handoff.offers import open_offers
from bot.identity import accounts, store
from bot.identity.models import StaffSession
from bot.identity.schemas import Member
from bot.incidents.reporting import Report, report
from bot.kit.database import Database
from bot.kit.due import fire_due
from bot.kit.ids import new_id
from bot.kit.now import now
from tests.chat.conftest import Open, open_chat, say

__all__ = ["open_chat", "say"]
Hire = Callable[..., Awaitable[Member]]
Queue = Callable[..., Awaitable[Conversation]]


async def sit_down(database: Database, member: Member) -> None:
    """Their page is open, as the process that serves it keeps saying."""
    async with database.unit_of_work() as uow:
        await seats.came(uow, member.id)


async def leave(database: Database, member: Member) -> None:
    async with database.unit_of_work() as uow:
        await seats.went(uow, member.id)


@pytest.fixture
def hire(database: Database) -> Hire:
    """A signed-in member with a page open; keyword arguments are the account's and the seat's."""

    async def hired(
        name: str,
        role: str = "agent",
        *,
        capacity: int | None = None,
        skills: tuple[str, ...] = ("zh", "en", "lost_item"),
        tier: str | None = None,
        in_house: bool = True,
    ) -> Member:
        async with database.unit_of_work() as uow:
            wanted = accounts.Wanted(f"{name.lower()}@example.com", name, (role,), in_house=in_house)
            account = await accounts.add(uow, None, wanted, "never used")
            account.presence = "online"
            uow.session.add(
                StaffSession(
                    id=new_id(), staff_id=account.id, secret_hash=new_id(), address_key="here", created_at=now(),
                    expires_at=now() + timedelta(days=1),
                )
            )  # fmt: skip
        member = store.member_of(account)
        if capacity is not None:
            async with database.unit_of_work() as uow:
                boss = Member("m-boss", "boss@example.com", "Boss", ("supervisor",), True)
                usual = seats.default_of(member).tier
                await seats.arrange(
                    uow, boss, member.id, skills=skills, capacity=capacity, tier=tier or usual
                )
        await sit_down(database, member)
        return member

    return hired


@pytest.fixture
def queue(database: Database, open_chat: Open) -> Queue:
    """Somebody waits for a person; intent: what their case is about, None for no case."""

    async def queued(locale: str = "en", *, intent: str | None = None, team: str = "support") -> Conversation:
        chat = await open_chat(locale)
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            if intent is not None:
                await report(uow, conversation, Report(intent, None, "person"))
            await handoff.to_people(uow, conversation, team=team, reason="asked", who="reporter")
        return conversation

    return queued


async def offered(database: Database) -> dict[str, Offer]:
    """Open offers by conversation."""
    async with database.reading() as session:
        return await open_offers(session)


async def holds(database: Database, chat: Conversation) -> Conversation:
    """The conversation as it is stored now."""
    async with database.reading() as session:
        return await session.get_one(Conversation, chat.id)


async def take(database: Database, chat: Conversation, staff: Member) -> None:
    async with database.unit_of_work() as uow:
        await handoff.accept(uow, await conversations.lock(uow, chat.id), staff)


async def fire(database: Database) -> None:
    """Everything that is due now."""
    while await fire_due(database):
        continue
