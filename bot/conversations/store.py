"""Reads of conversations and messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations.models import ChatSession, Conversation, Message
from bot.kit.ids import hashed

_PAGE = 500


async def by_token(session: AsyncSession, token: str) -> Conversation | None:
    """The conversation that a REST or Socket.IO token opens."""
    return await _through(session, ChatSession.token_hash == hashed(token))


async def by_session_id(session: AsyncSession, session_id: str, door: str) -> Conversation | None:
    """The conversation of a session id at its own door; another door's id opens nothing."""
    return await _through(
        session, (ChatSession.session_hash == hashed(session_id)) & (ChatSession.door == door)
    )


async def _through(session: AsyncSession, condition: ColumnElement[bool]) -> Conversation | None:
    query = (
        select(Conversation)
        .join(ChatSession, ChatSession.conversation_id == Conversation.id)
        .where(condition)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def get(session: AsyncSession, conversation_id: str) -> Conversation | None:
    return await session.get(Conversation, conversation_id)


async def messages_after(session: AsyncSession, conversation_id: str, after: int) -> Sequence[Message]:
    """Messages numbered above `after`, in order, at most 500 (the next call goes on from the last)."""
    query = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.seq > after)
        .order_by(Message.seq)
        .limit(_PAGE)
    )
    return (await session.execute(query)).scalars().all()


async def newest_messages(session: AsyncSession, conversation_id: str) -> Sequence[Message]:
    """The last 500 messages, in order: what people and the assistant act on, however long the conversation has become."""
    query = (
        select(Message)
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.seq.desc())
        .limit(_PAGE)
    )
    return (await session.execute(query)).scalars().all()[::-1]


async def every_message(session: AsyncSession, conversation_id: str) -> list[Message]:
    """All that was said, in order."""
    query = select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq)
    return list((await session.execute(query)).scalars())


async def by_client_id(
    session: AsyncSession, conversation_id: str, author: str, client_id: str
) -> Message | None:
    """The message a sender has already sent under its own id."""
    query = select(Message).where(
        Message.conversation_id == conversation_id, Message.author == author, Message.client_id == client_id
    )
    return (await session.execute(query)).scalar_one_or_none()


async def last_said_to(session: AsyncSession, conversation_id: str) -> Message | None:
    """The newest message that is not the reporter's own: what their next words answer."""
    query = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.author != "reporter")
        .order_by(Message.seq.desc())
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def staff_wrote(
    session: AsyncSession, conversation_id: str, *, since: datetime, until: datetime
) -> bool:
    """Whether a member of staff has written to the reporter from `since` to `until`, both included."""
    query = select(Message.id).where(
        Message.conversation_id == conversation_id,
        Message.author == "staff",
        Message.at.between(since, until),
    )
    return (await session.execute(query.limit(1))).first() is not None


async def last_messages(
    session: AsyncSession, conversation_ids: Sequence[str], hidden: str
) -> dict[str, Message]:
    """The newest message that a person wrote in each conversation that has one; taps with payload `hidden` do not count."""
    newest = (
        select(Message.conversation_id, func.max(Message.seq).label("seq"))
        .where(Message.conversation_id.in_(conversation_ids), Message.author.in_(("reporter", "staff")))
        .where(or_(Message.payload.is_(None), Message.payload != hidden))
        .group_by(Message.conversation_id)
        .subquery()
    )
    query = select(Message).join(
        newest, (Message.conversation_id == newest.c.conversation_id) & (Message.seq == newest.c.seq)
    )
    return {message.conversation_id: message for message in (await session.execute(query)).scalars()}


async def offered_buttons(session: AsyncSession, conversation_id: str) -> dict[str, set[str]]:
    """Every payload shown on a button in this conversation, with its titles: only these come back as taps."""
    query = select(Message.buttons).where(
        Message.conversation_id == conversation_id, Message.author != "reporter", Message.buttons.is_not(None)
    )
    found: dict[str, set[str]] = {}
    for buttons in (await session.execute(query)).scalars():
        for button in buttons or []:
            found.setdefault(button["payload"], set()).add(button["title"])
    return found
