"""After a routine conversation: a rating and a mailed transcript, for those who want them. Never after anything that had to
do with safety, never while a case is open (TAXONOMY: words)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import service as conversations
from bot.conversations import store as conversation_store
from bot.conversations.models import Conversation, Message
from bot.errors import Conflict, Unavailable, Unprocessable
from bot.followups.models import Rating
from bot.incidents import store as case_store
from bot.incidents.timeline import record
from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.kit.outbox import Delivery
from bot.kit.vault import seal, unseal_many
from bot.paging import service as paging
from bot.settings import settings

TRANSCRIPT = "transcript.mail"
LONGEST_WORDS = 1000
# Said in a conversation when it was, or might have been, about safety.
_GRAVE = ("safety", "check_in")
_EMAIL = re.compile(r"[^@\s,;<>?&#%\"'()\\\x00-\x1f\x7f]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_SEND_LIMIT_S = 15.0


async def routine_and_over(session: AsyncSession, conversation: Conversation) -> bool:
    """Whether nobody is looked after any more and nothing but routine was ever spoken of; somebody was answered."""
    if conversation.holder != "assistant" or conversation.grade or conversation.watched_since is not None:
        return False
    if any(
        case.open or case.grade in case_store.INCIDENT_GRADES
        for case in await case_store.of_conversation(session, conversation.id)
    ):
        return False
    mine = Message.conversation_id == conversation.id
    query = select(
        exists().where(mine, Message.kind.in_(_GRAVE)),
        exists().where(mine, Message.author == "reporter", Message.payload.is_(None)),
        exists().where(mine, Message.author.in_(("assistant", "staff"))),
    )
    grave, asked, answered = (await session.execute(query)).one()
    return bool(asked and answered and not grave)


async def offers(session: AsyncSession, conversation: Conversation) -> dict[str, bool]:
    """`{rating, transcript}`: what the page may quietly offer now."""
    over = await routine_and_over(session, conversation)
    rated = over and await session.get(Rating, conversation.id) is not None
    return {"rating": over and not rated, "transcript": over and bool(settings().mail_url)}


async def rate(uow: UnitOfWork, conversation: Conversation, stars: int, words: str | None) -> None:
    """Keep a rating, once. Raises Conflict `not_rateable` or `already_rated`. The conversation must be locked."""
    if await uow.session.get(Rating, conversation.id) is not None:
        raise Conflict("already_rated")
    if not await routine_and_over(uow.session, conversation):
        raise Conflict("not_rateable")
    said = conversations.storable((words or "").strip()) or None
    uow.session.add(Rating(conversation_id=conversation.id, stars=stars, words=said, at=now()))
    await record(uow, "rated", who="reporter", conversation_id=conversation.id, stars=stars)
    conversations.changed(uow, conversation)


async def stars_given(session: AsyncSession, start: datetime, end: datetime) -> Sequence[int]:
    """The ratings of [start, end)."""
    query = select(Rating.stars).where(Rating.at >= start, Rating.at < end)
    return (await session.execute(query)).scalars().all()


@conversations.on_erasing
async def erase_words(uow: UnitOfWork, conversation: Conversation) -> None:
    """The stars of somebody who is erased still count; their words go."""
    blank = update(Rating).where(Rating.conversation_id == conversation.id).values(words=None)
    await uow.session.execute(blank, execution_options={"synchronize_session": "fetch"})


async def ask_transcript(uow: UnitOfWork, conversation: Conversation, email: str) -> None:
    """Owe the transcript to `email`, which is kept sealed until it is sent.

    Raises Unavailable `mail_not_set`, Unprocessable `email_wrong`, Conflict `not_mailed`. Must be locked.
    """
    if not settings().mail_url:
        raise Unavailable("mail_not_set")
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise Unprocessable("email_wrong")
    if not await routine_and_over(uow.session, conversation):
        raise Conflict("not_mailed")
    sealed = await seal(uow, conversation.id, {"email": email})
    payload = {"conversation": conversation.id, "sealed": sealed}
    await outbox.put(uow, TRANSCRIPT, f"{conversation.id}:{iso(now())}", payload)
    await record(uow, "transcript_asked", who="reporter", conversation_id=conversation.id)


class Transcripts:
    """Carries out what was put under TRANSCRIPT."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def register(self) -> None:
        outbox.delivers(TRANSCRIPT, self.mail, attempts=12)

    async def mail(self, delivery: Delivery) -> None:
        """Send it, unless the conversation has become grave since or its person was erased. Raises NotDelivered."""
        conversation_id = delivery.payload["conversation"]
        async with self._db.reading() as session:
            conversation = await session.get_one(Conversation, conversation_id)
            (opened,) = await unseal_many(session, [(conversation_id, delivery.payload["sealed"])])
            if "email" not in opened or not await routine_and_over(session, conversation):
                return
            said = await conversation_store.every_message(session, conversation_id)
        base = settings().mail_url
        address = f"{base}{'&' if '?' in base else '?'}to={quote(opened['email'])}"
        title = say("transcript.title", conversation.locale)
        await paging.send(
            address,
            paging.Outgoing(title, text_of(said, conversation.locale), grave=False),
            limit_s=_SEND_LIMIT_S,
        )


def text_of(said: Sequence[Message], locale: str) -> str:
    """The conversation as plain text; times are UTC."""
    lines = [say("transcript.lead", locale), ""]
    for one in said:
        if one.payload is not None and one.text == one.payload:
            continue  # a signal of the page, not a word of anybody's
        who = one.author_name or say(f"transcript.{one.author}", locale)
        lines += [f"{one.at:%Y-%m-%d %H:%M} UTC  {who}", one.text, ""]
    return "\n".join(lines)
