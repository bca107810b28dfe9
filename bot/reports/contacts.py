"""SQL of what people write in about and how it was settled: conversations, not cases."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.chat.models import Listening
from bot.chat.receive import START
from bot.conversations.models import Conversation, Message
from bot.incidents.models import Case, CaseConversation, TimelineEntry
from bot.policy import policy
from bot.reports.rows import Contact, Period, Topic
from bot.reports.store import within

# A conversation that somebody still writes in may have begun long before.
_EARLIEST = timedelta(days=31)


async def topics(session: AsyncSession, period: Period) -> list[Topic]:
    """Each matter of each conversation once: routine ones as the model heard them, graver ones as cases have them."""
    grave = [name for name, one in policy().intents.items() if one.family != "routine"]
    heard = (
        select(Listening.conversation_id, Listening.intent, func.min(Listening.at))
        .where(
            Listening.listener == "nlu", within(Listening.at, period), Listening.intent.is_not(None),
            Listening.intent.not_in((*grave, *policy().reports.not_reasons)),
        )
        .group_by(Listening.conversation_id, Listening.intent)
    )  # fmt: skip
    opened = (
        select(CaseConversation.conversation_id, Case.kind, CaseConversation.at)
        .join(Case, Case.id == CaseConversation.case_id)
        .where(within(CaseConversation.at, period))
    )
    first: dict[tuple[str, str], datetime] = {}
    for query in (heard, opened):
        for conversation_id, intent, at in (await session.execute(query)).all():
            key = (conversation_id, intent or "")
            first[key] = min(at, first.get(key, at))
    return [Topic(*key, at) for key, at in first.items()]


async def begun(session: AsyncSession, period: Period) -> list[Contact]:
    """Conversations begun in the period in which somebody wrote or tapped."""
    wrote = exists().where(
        Message.conversation_id == Conversation.id, Message.author == "reporter",
        or_(Message.payload.is_(None), Message.payload != START),
    )  # fmt: skip
    # Looked up once each, not for every conversation: neither database's planner finds that out by itself.
    handed = select(TimelineEntry.conversation_id).where(
        TimelineEntry.act == "handed_over", TimelineEntry.at >= period.start
    )
    reported = select(CaseConversation.conversation_id).where(CaseConversation.at >= period.start)
    query = select(
        Conversation.id, Conversation.created_at,
        func.coalesce(Conversation.last_reporter_at, Conversation.created_at, type_=Conversation.created_at.type),
        Conversation.holder,
        or_(Conversation.last_staff_at.is_not(None), Conversation.id.in_(reported), Conversation.id.in_(handed)),
    ).where(within(Conversation.created_at, period), wrote)  # fmt: skip
    return [Contact(*row[:4], bool(row[4])) for row in (await session.execute(query)).all()]


async def people(session: AsyncSession, period: Period) -> dict[str, str]:
    """Who speaks in the conversations of the period, where the platform knows them: rider or driver id."""
    person = func.coalesce(Conversation.rider_id, Conversation.driver_id)
    query = select(Conversation.id, person).where(
        within(Conversation.created_at, Period(period.start - _EARLIEST, period.end)), person.is_not(None)
    )
    return {conversation_id: who for conversation_id, who in (await session.execute(query)).all()}
