"""What an agent gives back: owed to the platform once, within the member's limit for the trip, never lost without a word."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console import plainly
from bot.console.contacting import key_of, trip_of
from bot.console.schemas import RefundAsked
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import Conflict, NotAllowed
from bot.handoff import service as handoff
from bot.identity import store as accounts
from bot.identity.models import StaffAccount
from bot.identity.schemas import Member
from bot.incidents.models import TimelineEntry
from bot.incidents.timeline import record
from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork, exclusively
from bot.kit.locale import has_text, say
from bot.kit.outbox import Delivery, OutboxRow
from bot.macros import service as macros
from bot.policy import policy
from bot.rides.client import PlatformClient
from bot.rides.errors import PlatformRefused
from bot.rides.schemas import Money

REFUND = "staff.refund"
_TRIES = 20


async def refund(uow: UnitOfWork, conversation: Conversation, staff: Member, asked: RefundAsked) -> None:
    """Owe a refund at the platform for the trip on the screen. The same client_id again is the same refund.

    Raises NotAllowed when the trip's refunds together are above the member's own limit, Conflict `refund_sent` for other money
    under a client_id that was used, and what `trip_of` does.
    """
    staff.must("refund")
    handoff.require_holder(conversation, staff)
    trip = await trip_of(uow, conversation)
    # Another chat about the same trip must not count what is given before this one has written it down.
    await exclusively(uow, f"refund:{trip}")
    key = key_of(conversation, asked.client_id)
    facts: dict[str, Any] = {
        "trip": trip, "amount": asked.amount, "currency": asked.currency, "reason": asked.reason,
        "name": staff.name,
    }  # fmt: skip
    if (known := await _known(uow.session, key)) is not None:
        if any(known.get(name) != facts[name] for name in ("trip", "amount", "currency")):
            raise Conflict("refund_sent", amount=known.get("amount", ""), currency=known.get("currency", ""))
        return
    await _within_limit(uow.session, staff, trip, asked)
    await handoff.acting(uow, conversation)
    await record(uow, "refund_asked", who=staff.who, conversation_id=conversation.id, **facts)
    payload = {
        **facts, "conversation": conversation.id, "who": staff.who, "staff": staff.id, "locale": staff.locale,
    }  # fmt: skip
    await outbox.put(uow, REFUND, key, payload)


async def _known(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """What is owed under this key already."""
    query = select(OutboxRow.payload).where(OutboxRow.kind == REFUND, OutboxRow.key == key)
    return (await session.execute(query)).scalar_one_or_none()


async def _within_limit(session: AsyncSession, staff: Member, trip: str, asked: RefundAsked) -> None:
    limits = policy().routine.refund_limit_staff
    limit = limits["supervisor" if "supervisor" in staff.roles else "agent"].get(asked.currency, 0)
    before = await _given(session, trip, asked.currency)
    if (before + Decimal(asked.amount)) * 100 <= limit:
        return
    shown = f"{Decimal(limit) / 100} {asked.currency}"
    if before:
        raise NotAllowed("over_limit_of_trip", limit=shown, before=f"{before} {asked.currency}")
    raise NotAllowed("over_limit", limit=shown)


async def _given(session: AsyncSession, trip: str, currency: str) -> Decimal:
    """What staff have asked to give back for a trip so far, in any chat, without what came to nothing."""
    refused = select(TimelineEntry.id).where(TimelineEntry.key == literal("refund_refused:") + OutboxRow.id)
    query = select(OutboxRow.payload).where(
        OutboxRow.kind == REFUND, OutboxRow.state != "failed", OutboxRow.payload["trip"].as_string() == trip,
        ~refused.exists(),
    )  # fmt: skip
    rows = (await session.execute(query)).scalars()
    return sum((Decimal(one["amount"]) for one in rows if one["currency"] == currency), Decimal(0))


class Refunds:
    """The platform call of a refund. What comes of it is written down; where the money did not go, whoever asked for it is
    told, wherever they are by then."""

    def __init__(self, database: Database, platform: PlatformClient) -> None:
        self._db, self._platform = database, platform

    def register(self) -> None:
        outbox.delivers(REFUND, self.make, attempts=_TRIES, on_failure=self.lost)

    async def make(self, delivery: Delivery) -> None:
        told = delivery.payload
        money = Money(amount=Decimal(told["amount"]), currency=told["currency"])
        try:
            await self._platform.refund(told["trip"], money, told["reason"], key=delivery.id)
        except PlatformRefused as refused:
            async with self._db.unit_of_work() as uow:
                known = has_text(f"value.{refused.code}")
                await _not_made(uow, delivery, "refund_refused", refused.code if known else refused.message)
            return
        async with self._db.unit_of_work() as uow:
            await _made(uow, delivery)

    async def lost(self, uow: UnitOfWork, delivery: Delivery, error: str) -> None:
        """The platform does not answer: after the last try somebody must look whether the money went."""
        if delivery.attempt >= _TRIES:
            await _not_made(uow, delivery, "refund_failed", "platform_down")


async def _made(uow: UnitOfWork, delivery: Delivery) -> None:
    told = delivery.payload
    conversation = await conversations.lock(uow, told["conversation"])
    values = {"amount": told["amount"], "currency": told["currency"]}
    fresh = await record(
        uow, "refund_made", who=told["who"], conversation_id=conversation.id, key=f"refund:{delivery.id}",
        name=told["name"], **values,
    )  # fmt: skip
    if fresh:
        text = say("console.refund_made", conversation.locale, **values)
        await conversations.append(uow, conversation, author="system", text=text, kind="status")


async def _not_made(uow: UnitOfWork, delivery: Delivery, act: str, reason: str) -> None:
    told = delivery.payload
    conversation = await conversations.lock(uow, told["conversation"])
    values = {"amount": told["amount"], "currency": told["currency"]}
    fresh = await record(
        uow, act, who=told["who"], conversation_id=conversation.id, key=f"{act}:{delivery.id}",
        name=told["name"], reason=reason, **values,
    )  # fmt: skip
    conversations.changed(uow, conversation)
    # What an earlier build has put lacks whom to tell.
    account = await uow.session.get(StaffAccount, told.get("staff", ""))
    if fresh and account is not None:
        asker = accounts.member_of(account)
        words = plainly.spoken("reason", reason, told["locale"])
        text = say(f"console.{act}", told["locale"], reason=words.rstrip("."), **values)
        await macros.mention(uow, conversation, asker, asker.id, text, kind="refund")
