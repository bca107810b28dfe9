"""A push when the app is in the background: the company's push service is told that a message waits, signed, and nothing of
what it says. The words are the same for a receipt and for a cry for help; where the phone must stay still, no alert at all."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.chat.presence import listens
from bot.conversations import service as conversations
from bot.conversations.models import Conversation, Message
from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork
from bot.kit.due import Firing, handles, open_row, schedule
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.kit.outbox import Delivery
from bot.rides.events import sign_event
from bot.settings import settings

UNREAD, PUSH = "push.unread", "push.send"
TIMESTAMP_HEADER, SIGNATURE_HEADER = "X-Vigil-Timestamp", "X-Vigil-Signature"
# A page that is open shows the message within this; only what is unread after it is worth a push.
_SETTLE = timedelta(seconds=5)
_LOOK_AGAIN = timedelta(seconds=60)
_LOOKS = 30
_TIMEOUT_S = 10.0


@conversations.on_said
async def on_said(uow: UnitOfWork, conversation: Conversation, message: Message) -> None:
    """Something was said to somebody whom the company's app knows: owe a look whether they have read it."""
    if message.author != "reporter":
        await owe(uow, conversation)


async def owe(uow: UnitOfWork, conversation: Conversation) -> None:
    """Owe the look, unless it is owed, no push service is set, or nobody's app is meant."""
    if settings().push_url and _in_app(conversation) and await open_row(uow, UNREAD, conversation.id) is None:
        await schedule(uow, UNREAD, conversation.id, now() + _SETTLE)


def _in_app(conversation: Conversation) -> bool:
    """Whether the app's own token named them: a code or two facts prove who somebody is, not that the app's phone is theirs."""
    known = conversation.rider_id or conversation.driver_id
    return conversation.identity == "token" and known is not None


@handles(UNREAD)
async def on_unread(uow: UnitOfWork, firing: Firing) -> None:
    """Still unread: push it if nobody listens; while somebody does, look again later (their socket may be a dead one)."""
    conversation = await uow.session.get(Conversation, firing.subject)
    if conversation is None or not settings().push_url:
        return
    last = await _unread(uow.session, conversation)
    if last is None:
        return
    if await listens(uow.session, conversation):
        if firing.step < _LOOKS:
            await schedule(uow, UNREAD, conversation.id, now() + _LOOK_AGAIN, step=firing.step + 1)
        return
    await outbox.put(uow, PUSH, f"{conversation.id}:{last}", {"conversation": conversation.id, "seq": last})


async def _unread(session: AsyncSession, conversation: Conversation) -> int | None:
    """The number of the newest message that this person has not seen, None when all was seen."""
    query = select(func.max(Message.seq)).where(
        Message.conversation_id == conversation.id, Message.author != "reporter",
        Message.seq > conversation.reporter_seen_seq,
    )  # fmt: skip
    last: int | None = (await session.execute(query)).scalar_one_or_none()
    return last


def body_of(conversation: Conversation, push_id: str) -> dict[str, Any]:
    """What the push service gets. alert false: the app may fetch, but shows, sounds and shakes nothing."""
    kind = "rider" if conversation.rider_id else "driver"
    alert = not conversation.quiet
    return {
        "id": push_id, "type": "message.waiting", "at": iso(now()),
        "to": {"kind": kind, "id": conversation.rider_id or conversation.driver_id}, "alert": alert,
        "title": say("push.title", conversation.locale) if alert else None,
    }  # fmt: skip


class PushService:
    """Carries out what was put under PUSH."""

    def __init__(self, database: Database, client: httpx.AsyncClient) -> None:
        self._db, self._client = database, client

    def register(self) -> None:
        outbox.delivers(PUSH, self.send, attempts=6)

    async def send(self, delivery: Delivery) -> None:
        """Post it, unless it was read or somebody came back meanwhile. Raises for anything but 2xx, to be tried again."""
        async with self._db.reading() as session:
            conversation = await session.get_one(Conversation, delivery.payload["conversation"])
            read = conversation.reporter_seen_seq >= delivery.payload["seq"]
            if not _in_app(conversation) or read or await listens(session, conversation):
                return
        body = json.dumps(body_of(conversation, delivery.id), ensure_ascii=False).encode()
        stamp = int(now().timestamp())
        headers = {
            "Content-Type": "application/json", TIMESTAMP_HEADER: str(stamp),
            SIGNATURE_HEADER: sign_event(body, stamp, settings().push_secret),
        }  # fmt: skip
        answer = await self._client.post(
            settings().push_url, content=body, headers=headers, timeout=_TIMEOUT_S
        )
        answer.raise_for_status()
