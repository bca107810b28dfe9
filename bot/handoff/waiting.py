"""Who waits for a person and since when, and the way back to the queue that costs nobody their place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff import service as handoff
from bot.handoff.models import Assignment
from bot.kit.database import UnitOfWork
from bot.kit.due import Firing, handles
from bot.kit.locale import say
from bot.kit.now import now
from bot.policy import is_safety


def unanswered(conversation: Conversation) -> bool:
    """Whether the reporter waits for a person: no word from one since it was accepted, or since they last wrote."""
    spoke = conversation.last_staff_at
    if spoke is None or spoke < conversation.holder_since:
        return True
    return conversation.last_reporter_at is not None and spoke < conversation.last_reporter_at


async def waiting_since(uow: UnitOfWork, conversation: Conversation) -> datetime:
    """Since when they wait: their last words if somebody had answered before, else when they first came to the queue."""
    spoke, wrote = conversation.last_staff_at, conversation.last_reporter_at
    if spoke is not None and spoke >= conversation.holder_since:
        return wrote if wrote is not None and wrote > spoke else now()
    query = (
        select(Assignment)
        .where(Assignment.conversation_id == conversation.id, Assignment.until.is_(None))
        .order_by(Assignment.since.desc())
        .limit(1)
    )
    assignment = (await uow.session.execute(query)).scalars().first()
    if assignment is None:
        return conversation.holder_since
    return assignment.since - timedelta(seconds=assignment.waited_s)


async def held_by(uow: UnitOfWork, staff_id: str) -> AsyncIterator[Conversation]:
    """Every conversation that they hold, each locked as it comes, in a steady order."""
    held = select(Conversation.id).where(
        Conversation.holder == "person", Conversation.holder_staff_id == staff_id
    )
    for conversation_id in (await uow.session.execute(held.order_by(Conversation.id))).scalars().all():
        conversation = await conversations.lock(uow, conversation_id)
        if conversation.holder_staff_id == staff_id:
            yield conversation


async def back_to_queue(uow: UnitOfWork, conversation: Conversation, *, because: str, text: str) -> None:
    """They keep the place that their waiting has earned, and are told in their language. text: the key of what is said."""
    name, since = conversation.holder_name, await waiting_since(uow, conversation)
    await handoff.release(uow, conversation, because=because)
    conversation.holder_since = since
    said = say(text, conversation.locale, name=name)
    await conversations.append(uow, conversation, author="system", text=said, kind="status")


@handles(handoff.ANSWER)
async def on_silent(uow: UnitOfWork, firing: Firing) -> None:
    """Whoever has accepted this conversation has said nothing in time: back to the queue, for the next. An S0/S1 is not taken
    away like that: its own clocks page people."""
    conversation = await conversations.lock(uow, firing.subject)
    theirs = conversation.holder == "person" and conversation.holder_staff_id == firing.payload["staff"]
    if theirs and not is_safety(conversation.grade) and unanswered(conversation):  # type: ignore[arg-type]
        await back_to_queue(uow, conversation, because="unanswered", text="handoff.not_answered")
