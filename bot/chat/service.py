"""Opening sessions at the doors, and what a token opens."""

from __future__ import annotations

import math
import re

from bot.conversations import service as conversations
from bot.conversations import store
from bot.conversations.models import Conversation
from bot.conversations.service import Opened, Person
from bot.errors import Conflict, NotSignedIn
from bot.followups import service as followups
from bot.identity.tokens import person_from_app_token
from bot.incidents.timeline import record
from bot.kit.database import Database, again_on_conflict
from bot.kit.locale import Locale

_MIN_BITS = 122.0


async def open_session(
    db: Database, *, locale: Locale, channel: str, app_token: str | None, door: str = "widget"
) -> Opened:
    """A new conversation and its secrets. Raises NotSignedIn for an app token that is forged or expired."""
    person = person_from_app_token(app_token) if app_token else Person()
    async with db.unit_of_work() as uow:
        opened = await conversations.open_conversation(
            uow, door=door, channel=channel, locale=locale, person=person
        )
        await followups.find_trip(uow, opened.conversation)
    return opened


async def name_person(db: Database, conversation_id: str, app_token: str) -> Conversation:
    """What an app token proves about whoever speaks in a conversation that was opened without one; again changes nothing.

    Raises NotSignedIn for a token that is forged or expired, Conflict `another_person` where the conversation is known to be
    somebody else's: their name, trip and case never become another's.
    """
    person = person_from_app_token(app_token)
    async with db.unit_of_work() as uow:
        conversation = await conversations.lock(uow, conversation_id)
        known = (conversation.rider_id, conversation.driver_id)
        if any(known) and known != (person.rider_id, person.driver_id):
            raise Conflict("another_person")
        if conversation.identity != "token":
            await conversations.learn_person(uow, conversation, person)
            await record(uow, "identified", who="reporter", conversation_id=conversation.id, method="token")
            await followups.find_trip(uow, conversation)
    return conversation


async def conversation_for(db: Database, token: str | None) -> Conversation:
    """The conversation a token opens. Raises NotSignedIn: an invented token never opens another person's."""
    if token:
        async with db.reading() as session:
            conversation = await store.by_token(session, token)
        if conversation is not None:
            return conversation
    raise NotSignedIn("session_unknown")


def strong_enough(sender: str) -> bool:
    """Whether a sender id that the caller chose can hold 122 random bits (a version 4 UUID does): its length times the
    bits a symbol of its alphabet carries, with enough different symbols to be random at all."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{20,200}", sender):
        return False
    body = sender.replace("-", "")
    if re.fullmatch(r"[0-9a-fA-F]+", body):
        bits = 4.0
    elif body.isdigit():
        bits = math.log2(10)
    else:
        bits = 6.0 if re.search(r"[A-Z]", body) and re.search(r"[a-z]", body) else math.log2(36)
    return len(body) * bits >= _MIN_BITS and len(set(body)) >= 8


async def bind_sender(db: Database, sender: str, *, door: str, locale: Locale) -> Conversation:
    """The conversation of a sender id that the caller brings; bound on first use to this door, without history.

    Raises NotSignedIn `weak_sender` for one that could be guessed.
    """
    if not strong_enough(sender):
        raise NotSignedIn("weak_sender")

    async def work() -> Conversation:
        async with db.unit_of_work() as uow:
            known = await store.by_session_id(uow.session, sender, door)
            if known is not None:
                return known
            opened = await conversations.open_conversation(
                uow, door=door, channel=door, locale=locale, person=Person(), session_id=sender
            )
        return opened.conversation

    # Two first messages at once both find nothing: the second finds what the first has bound.
    return await again_on_conflict(work)
