"""The one way to say something, to open a conversation and to change who holds it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select, update

from bot.conversations.models import ChatSession, Conversation, Message
from bot.conversations.schemas import Button, Link, message_wire
from bot.errors import Missing
from bot.identity.schemas import Person as Person
from bot.kit.database import UnitOfWork
from bot.kit.ids import hashed, new_id, new_secret
from bot.kit.locale import Locale
from bot.kit.now import now

Holder = Literal["assistant", "queue", "person"]
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Opened:
    """A new session: both secrets are shown once and stored hashed."""

    conversation: Conversation
    session_id: str
    token: str


def storable(text: str) -> str:
    """`text` with what no database can hold (NUL, lone surrogates) replaced by U+FFFD; nothing else is changed."""
    return _UNSTORABLE.sub("\ufffd", text)


async def open_conversation(
    uow: UnitOfWork, *, door: str, channel: str, locale: Locale, person: Person, session_id: str | None = None
) -> Opened:
    """Start a conversation and its session. `session_id` only where the door lets the caller bring its own secret."""
    conversation = Conversation(
        id=new_id(), created_at=now(), channel=channel, locale=locale, first_locale=locale,
        role=person.role, identity=person.identity,
        rider_id=person.rider_id, driver_id=person.driver_id, person_name=person.name, holder="assistant",
        holder_since=now(), holder_version=0, next_seq=1, trip_live=False, quiet=False, reporter_seen_seq=0,
        staff_seen_seq=0, not_understood=0,
    )  # fmt: skip
    session_id, token = session_id or new_secret(), new_secret()
    uow.session.add(conversation)
    await uow.session.flush()
    uow.session.add(
        ChatSession(
            id=new_id(), conversation_id=conversation.id, door=door, session_hash=hashed(session_id),
            token_hash=hashed(token), created_at=now(),
        )
    )  # fmt: skip
    await uow.session.flush()
    return Opened(conversation, session_id, token)


async def renew_token(uow: UnitOfWork, conversation_id: str, door: str) -> str:
    """A new token for the conversation's session at `door`, because the answer that held the first was lost on its way. The
    old one opens nothing any more. Raises Missing without such a session."""
    query = select(ChatSession).where(
        ChatSession.conversation_id == conversation_id, ChatSession.door == door
    )
    session = (await uow.session.execute(query)).scalars().first()
    if session is None:
        raise Missing("no_conversation")
    token = new_secret()
    session.token_hash = hashed(token)
    return token


async def lock(uow: UnitOfWork, conversation_id: str) -> Conversation:
    """The conversation, locked for this transaction. Raises Missing."""
    query = select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    query = query.execution_options(populate_existing=True)
    conversation = (await uow.session.execute(query)).scalar_one_or_none()
    if conversation is None:
        raise Missing("no_conversation")
    return conversation


async def append(
    uow: UnitOfWork,
    conversation: Conversation,
    *,
    author: Literal["reporter", "assistant", "staff", "system"],
    text: str,
    client_id: str | None = None,
    staff: tuple[str, str] | None = None,
    payload: str | None = None,
    buttons: list[Button] | None = None,
    links: list[Link] | None = None,
    kind: str | None = None,
    location: dict[str, Any] | None = None,
    attachment: dict[str, Any] | None = None,
) -> Message:
    """Store and number one utterance; both sides are told after commit. staff: (id, name). The conversation must be locked."""
    message = Message(
        id=new_id(), conversation_id=conversation.id, seq=conversation.next_seq, client_id=client_id, author=author,
        staff_id=staff[0] if staff else None, author_name=staff[1] if staff else None, text=storable(text),
        payload=payload, buttons=list(map(dict, buttons)) if buttons else None,
        links=list(map(dict, links)) if links else None, kind=kind, location=location, attachment=attachment, at=now(),
    )  # fmt: skip
    conversation.next_seq += 1
    if author == "reporter":
        conversation.last_reporter_at = message.at
    elif author == "staff":
        conversation.last_staff_at = message.at
    uow.session.add(message)
    await uow.session.flush()
    for listener in _on_said:
        await listener(uow, conversation, message)
    uow.emit("conversation.message", conversation_id=conversation.id, message=message_wire(message))
    return message


Said = Callable[[UnitOfWork, Conversation, Message], Awaitable[None]]
_on_said: list[Said] = []


def on_said(listener: Said) -> Said:
    """Register what follows from every message, in the same transaction (pushes)."""
    if listener not in _on_said:
        _on_said.append(listener)
    return listener


def give_to(
    uow: UnitOfWork,
    conversation: Conversation,
    holder: Holder,
    *,
    staff: tuple[str, str] | None = None,
    team: str | None = None,
) -> None:
    """Change who holds the conversation: the only place that does. staff: (id, name) when a person takes it."""
    conversation.holder = holder
    conversation.holder_staff_id, conversation.holder_name = staff if staff else (None, None)
    conversation.holder_since = now()
    conversation.holder_version += 1
    if team is not None or holder == "assistant":
        conversation.team = team
    changed(uow, conversation)


def changed(uow: UnitOfWork, conversation: Conversation) -> None:
    """Tell both sides that the state of the conversation has changed."""
    uow.emit("conversation.changed", conversation_id=conversation.id)


async def learn_person(
    uow: UnitOfWork, conversation: Conversation, person: Person, *, trip_id: str | None = None
) -> None:
    """Keep what a code, two facts or a token proved. A stronger proof is not replaced by a weaker one."""
    strength = {"none": 0, "two_facts": 1, "code": 2, "token": 3}
    if strength[person.identity] >= strength[conversation.identity]:
        conversation.identity, conversation.role = person.identity, person.role
        conversation.rider_id = person.rider_id or conversation.rider_id
        conversation.driver_id = person.driver_id or conversation.driver_id
        conversation.person_name = person.name or conversation.person_name
    conversation.trip_id = trip_id or conversation.trip_id
    changed(uow, conversation)


def mark_read(
    uow: UnitOfWork, conversation: Conversation, by: Literal["reporter", "staff"], seq: int
) -> None:
    """Remember how far a side has read; never backwards, never past what exists."""
    seq = min(seq, conversation.next_seq - 1)
    if by == "reporter" and seq > conversation.reporter_seen_seq:
        conversation.reporter_seen_seq = seq
    elif by == "staff" and seq > conversation.staff_seen_seq:
        conversation.staff_seen_seq = seq
    else:
        return
    uow.emit("conversation.read", conversation_id=conversation.id, by=by, seq=seq)


Erasing = Callable[[UnitOfWork, Conversation], Awaitable[None]]
_on_erasing: list[Erasing] = []


def on_erasing(listener: Erasing) -> Erasing:
    """Register who keeps more of what was said in a conversation (notes, what was heard, photos) and makes it unreadable."""
    if listener not in _on_erasing:
        _on_erasing.append(listener)
    return listener


async def erase(uow: UnitOfWork, conversation: Conversation) -> None:
    """Nothing that was said, and nothing that names a person, stays; numbers, authors and times do. Must be locked."""
    blank = update(Message).where(Message.conversation_id == conversation.id)
    await uow.session.execute(
        blank.values(
            text="", payload=None, buttons=None, links=None, location=None, author_name=None, attachment=None
        ),
        execution_options={"synchronize_session": "fetch"},
    )
    for listener in _on_erasing:
        await listener(uow, conversation)
    conversation.identity, conversation.role = "none", "unknown"
    conversation.rider_id = conversation.driver_id = conversation.trip_id = None
    conversation.person_name = conversation.callback_phone = None
    conversation.location = conversation.watch_reason = None
    conversation.trip_live = False
    await uow.session.flush()
    changed(uow, conversation)
