"""What a client without a replay of its own (Rasa's Socket.IO and REST) has been told, kept with its session: what was said
while it was away is told when it comes back, in order and once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from bot.conversations.models import ChatSession, Message
from bot.kit.database import UnitOfWork

# The newest of what was missed: who was away for days reads on where the talk is now.
MOST = 100


async def claim(
    uow: UnitOfWork, conversation_id: str, door: str, *, again_after: int | None = None
) -> Sequence[Message]:
    """What the others said since the last delivery to the conversation's session at `door`, in order, the newest 100; it is
    given once. again_after: a number after which the client asks again, because the answer did not reach it."""
    session = await _session(uow, conversation_id, door)
    if session is None:
        return []
    after = session.delivered_seq if again_after is None else min(session.delivered_seq, again_after)
    query = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.seq > after, Message.author != "reporter")
        .order_by(Message.seq.desc())
        .limit(MOST)
    )
    missed = (await uow.session.execute(query)).scalars().all()[::-1]
    session.delivered_seq = max([session.delivered_seq, *(one.seq for one in missed)])
    return missed


async def reached(
    uow: UnitOfWork,
    conversation_id: str,
    door: str,
    *,
    before: datetime | None = None,
    below: int | None = None,
) -> None:
    """The client has what was said in the conversation: all of it, what was said before a moment, or what is numbered below
    `below`. Never takes back what is known to have reached it."""
    session = await _session(uow, conversation_id, door)
    if session is None:
        return
    query = select(func.max(Message.seq)).where(Message.conversation_id == conversation_id)
    if before is not None:
        query = query.where(Message.at < before)
    if below is not None:
        query = query.where(Message.seq < below)
    newest = (await uow.session.execute(query)).scalar_one_or_none()
    session.delivered_seq = max(session.delivered_seq, newest or 0)


async def _session(uow: UnitOfWork, conversation_id: str, door: str) -> ChatSession | None:
    query = (
        select(ChatSession)
        .where(ChatSession.conversation_id == conversation_id, ChatSession.door == door)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await uow.session.execute(query)).scalars().first()
