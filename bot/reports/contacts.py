"""SQL of what people write in about and how it was settled: conversations, not cases. Counted where they lie: a week has tens
of thousands of messages, and the report needs some dozens of numbers of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import CTE, and_, case, exists, func, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from bot.chat.models import Listening
from bot.chat.receive import START
from bot.conversations.models import Conversation, Message
from bot.incidents.models import Case, CaseConversation, TimelineEntry
from bot.policy import policy
from bot.reports.instants import place_among, seconds_between
from bot.reports.rows import Begun, Period, Topic
from bot.reports.store import within


def _named(period: Period) -> CTE:
    """Each matter of each conversation once, first at `at`: routine ones as the model heard them, graver ones as cases have
    them."""
    grave = [name for name, one in policy().intents.items() if one.family != "routine"]
    heard = (
        select(Listening.conversation_id, Listening.intent, func.min(Listening.at).label("at"))
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
    every = union_all(heard, opened).subquery()
    said = every.c
    return (
        select(said.conversation_id, said.intent, func.min(said.at, type_=said.at.type).label("at"))
        .group_by(said.conversation_id, said.intent)
        .cte("named")
    )


async def topics(
    session: AsyncSession, period: Period, starts: Sequence[datetime], again: timedelta
) -> list[Topic]:
    """The matters named in the period, by local day and intent. starts: the days' first instants; again: within how
    long the same person with the same matter in another conversation comes back."""
    one = _named(Period(period.start, period.end + again)).c
    # Who speaks, where the platform knows them.
    person = func.coalesce(Conversation.rider_id, Conversation.driver_id)
    following = func.lead(one.at, type_=one.at.type).over(partition_by=(person, one.intent), order_by=one.at)
    first = func.row_number().over(partition_by=one.conversation_id, order_by=one.at)
    row = (
        select(
            one.intent, one.at, person.label("person"), following.label("following"), first.label("place"),
        )
        .outerjoin(Conversation, Conversation.id == one.conversation_id)
        .subquery().c
    )  # fmt: skip
    came_back = and_(row.person.is_not(None), seconds_between(row.at, row.following) <= again.total_seconds())
    day = place_among(row.at, starts).label("day")
    query = (
        select(
            day, row.intent, func.count(), func.sum(case((row.place == 1, 1), else_=0)), func.count(row.person),
            func.sum(case((came_back, 1), else_=0)),
        )
        .where(row.at < period.end)
        .group_by(day, row.intent)
    )  # fmt: skip
    return [Topic(*found) for found in (await session.execute(query)).all()]


async def begun(
    session: AsyncSession, period: Period, starts: Sequence[datetime], silent: datetime
) -> list[Begun]:
    """Conversations begun in the period in which somebody wrote or tapped, by local day. silent: since when the reporter of a
    conversation that has ended has not written."""
    wrote = exists().where(
        Message.conversation_id == Conversation.id, Message.author == "reporter",
        or_(Message.payload.is_(None), Message.payload != START),
    )  # fmt: skip
    # Looked up once each, not for every conversation: neither database's planner finds that out by itself.
    handed = select(TimelineEntry.conversation_id).where(
        TimelineEntry.act == "handed_over", TimelineEntry.at >= period.start
    )
    reported = select(CaseConversation.conversation_id).where(CaseConversation.at >= period.start)
    people = or_(
        Conversation.last_staff_at.is_not(None), Conversation.id.in_(reported), Conversation.id.in_(handed)
    )
    last = func.coalesce(Conversation.last_reporter_at, Conversation.created_at)
    alone = and_(~people, Conversation.holder == "assistant", last <= silent)
    day = place_among(Conversation.created_at, starts).label("day")
    counted = (func.sum(case((condition, 1), else_=0)) for condition in (people, alone))
    query = (
        select(day, func.count(), *counted)
        .where(within(Conversation.created_at, period), wrote)
        .group_by(day)
    )
    return [Begun(*found) for found in (await session.execute(query)).all()]
