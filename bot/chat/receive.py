"""The doors' one way in: check, store and number the message, hear it with sentinel, open what it opens, acknowledge.

All in one unit of work; the acknowledgement is made from what was committed, and the same client_id gets it again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.attachments import service as attachments
from bot.attachments.schemas import Kept
from bot.care import service as care
from bot.chat import checkins, complaints, pausing, unheard
from bot.chat.alarm import raise_alarm
from bot.chat.complaints import COMPLAINT as COMPLAINT
from bot.chat.listeners import Heard
from bot.chat.listeners.clues import clues_in
from bot.chat.listeners.sentinel import sentinel
from bot.chat.models import Listening, Turn
from bot.chat.state import conversation_state
from bot.conversations import service as conversations
from bot.conversations import store
from bot.conversations.models import Conversation, Message
from bot.errors import BadRequest, TooLarge
from bot.followups import service as followups
from bot.incidents.cities import place_at
from bot.incidents.emergency import first_naming
from bot.kit.database import Database, UnitOfWork, again_on_conflict
from bot.kit.ids import new_id
from bot.kit.locale import language_of, say
from bot.kit.now import iso, now
from bot.policy import policy

EMERGENCY, START = "/vigil_emergency", "/vigil_start"
_LABEL = 24


@dataclass(frozen=True)
class Incoming:
    """A message as a door hands it in. client_id: the sender's own id for it; payload: what a tap carries; attachment: a
    photo or voice note that was looked at; beside: the client_id of the sender's words to it, sent before; withheld: the
    sender is over the limit, so the assistant does not answer."""

    client_id: str
    text: str
    payload: str | None = None
    location: dict[str, Any] | None = None
    attachment: Kept | None = None
    beside: str | None = None
    withheld: bool = False

    @property
    def wordless(self) -> bool:
        """A photo, voice note or position with nothing written beside it."""
        return not self.text.strip() and not self.payload and (self.attachment or self.location) is not None


@dataclass(frozen=True)
class Receipt:
    """The acknowledgement; `again` when this client_id had been acknowledged before."""

    body: dict[str, Any]
    again: bool


def check(incoming: Incoming) -> None:
    """Raises BadRequest for an empty message, TooLarge over the limit; nothing is stored then."""
    if not incoming.client_id or len(incoming.client_id) > 100:
        raise BadRequest("client_id_needed")
    if not incoming.text.strip() and not incoming.payload and not incoming.wordless:
        raise BadRequest("empty_message")
    limit = policy().limits.message_characters
    if len(incoming.text) > limit:
        raise TooLarge("message_too_long", limit=limit, length=len(incoming.text))


async def receive(database: Database, conversation_id: str, incoming: Incoming) -> Receipt:
    """Take one message. Raises what `check` raises, Missing for an unknown conversation; anything raised stored nothing."""
    check(incoming)
    return await again_on_conflict(partial(_receive, database, conversation_id, incoming))


async def known_receipt(database: Database, conversation_id: str, client_id: str) -> Receipt | None:
    """The acknowledgement that this client_id got before, None when it is new: nothing of it need be looked at again."""
    async with database.reading() as session:
        return await _known(session, conversation_id, client_id)


async def _known(session: AsyncSession, conversation_id: str, client_id: str) -> Receipt | None:
    known = await store.by_client_id(session, conversation_id, "reporter", client_id)
    if known is None:
        return None
    turn = (await session.execute(select(Turn).where(Turn.message_id == known.id))).scalar_one()
    return Receipt(turn.receipt or {}, True)


async def _receive(database: Database, conversation_id: str, incoming: Incoming) -> Receipt:
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, conversation_id)
        known = await _known(uow.session, conversation_id, incoming.client_id)
        if known is not None:
            return known
        body = await _take(uow, conversation, incoming)
    return Receipt(body, False)


async def _take(uow: UnitOfWork, conversation: Conversation, incoming: Incoming) -> dict[str, Any]:
    payload = unheard.WORDLESS if incoming.wordless else await _offered(uow, conversation, incoming)
    text = incoming.text if incoming.text.strip() else _placeholder(incoming, conversation.locale)
    if payload is None:
        conversation.locale = language_of(text, conversation.locale)  # type: ignore[arg-type]
        conversation.first_locale = first_naming(conversation.first_locale, conversation.locale)
    if incoming.location:
        _take_position(conversation, incoming.location)
    message = await conversations.append(
        uow, conversation, author="reporter", text=text, client_id=incoming.client_id, payload=payload,
        location=incoming.location, attachment=_shown(incoming, await _said_beside(uow, conversation, incoming)),
    )  # fmt: skip
    if incoming.attachment is not None:
        await attachments.attach(uow, conversation, message, incoming.attachment)
    await checkins.heard_again(uow, conversation)
    await followups.find_trip(uow, conversation, said=message.id)
    talk = await _act_on(uow, conversation, message, payload)
    turn = Turn(
        id=new_id(), conversation_id=conversation.id, message_id=message.id, seq=message.seq, talk=talk, attempts=0,
        state="pending", created_at=now(),
    )  # fmt: skip
    uow.session.add(turn)
    if talk and incoming.withheld and payload != unheard.ASK_PERSON:
        await pausing.withhold(uow, conversation, turn)
    await uow.session.flush()
    state = await conversation_state(uow.session, conversation)
    turn.receipt = {"id": message.id, "seq": message.seq, "conversation": state}
    uow.emit("turn.put", conversation_id=conversation.id)
    return turn.receipt


def _take_position(conversation: Conversation, position: dict[str, Any]) -> None:
    """Keep where the phone is, unless a newer position is known: what was written without a network comes hours later."""
    known = conversation.location or {}
    at = iso(_measured(position.get("at"))) or ""
    if at >= (known.get("at") or ""):
        place = place_at(position["lat"], position["lng"])
        conversation.location = {**known, **position, "at": at, "place": place}


def _measured(at: str | None) -> datetime:
    """When the phone was there, as it says itself; now, if it does not say, or names a time to come."""
    try:
        said = datetime.fromisoformat(at or "")
        return min(now(), said.astimezone(UTC)) if said.tzinfo is not None else now()
    except (ValueError, OverflowError):
        return now()


def _placeholder(incoming: Incoming, locale: str) -> str:
    """What stands where words would, for those who see only words."""
    if not incoming.wordless:
        return say("tap", locale)
    return say(f"attachment.{incoming.attachment.kind if incoming.attachment else 'position'}", locale)


async def _said_beside(uow: UnitOfWork, conversation: Conversation, incoming: Incoming) -> bool:
    """Whether the words that the sender says go with it are stored here, and heard: a claim alone silences no photo."""
    if incoming.beside is None:
        return False
    said = await store.by_client_id(uow.session, conversation.id, "reporter", incoming.beside)
    return said is not None and said.payload is None and said.attachment is None


def _shown(incoming: Incoming, beside: bool) -> dict[str, Any] | None:
    """What the message says of its photo or voice note; `captioned` when the words are the sender's own, `beside` when they
    came before it as a message of their own."""
    if incoming.attachment is None:
        return None
    return {**incoming.attachment.wire, "captioned": not incoming.wordless, "beside": beside}


async def _offered(uow: UnitOfWork, conversation: Conversation, incoming: Incoming) -> str | None:
    """The payload if it is a tap that was offered in this conversation; anything else is only text, and is heard."""
    payload = incoming.payload or (incoming.text.strip() if incoming.text.startswith("/") else None)
    if payload is None or payload == EMERGENCY:
        return payload
    if payload == START:
        return payload if conversation.next_seq == 1 and _wordless(incoming) else None
    if payload == COMPLAINT:
        return payload if _wordless(incoming) else None
    titles = await store.offered_buttons(uow.session, conversation.id)
    tapped = incoming.text.strip() in ("", payload, *titles.get(payload, ()))
    return payload if payload in titles and tapped else None


def _wordless(incoming: Incoming) -> bool:
    """Whether a button of ours was pressed without words of the sender's own: a label of a few characters at most."""
    return len(incoming.text.strip()) <= _LABEL or incoming.text.strip() == incoming.payload


async def _act_on(uow: UnitOfWork, conversation: Conversation, message: Message, payload: str | None) -> bool:
    """What the message does at once; returns whether the assistant may answer it."""
    if payload == EMERGENCY:
        heard = Heard(
            "button", "handover", 1.0, "passenger_in_danger", "S0", ["pressed the emergency button"]
        )
        await raise_alarm(uow, conversation, heard, source="button", key=f"report:{message.id}")
        return False
    if payload in (checkins.NEED_HELP, checkins.FINE):
        await checkins.answered(uow, conversation, payload, key=message.id)
        return False
    if await unheard.take(uow, conversation, message):
        return False
    if payload in (care.CONTACT_ME, care.NO_CONTACT):
        await care.answered(uow, conversation, payload, key=message.id)
        return False
    heard = sentinel().hear(message.text)
    if payload is None or heard.decision == "handover":
        await keep(uow, message, heard)
    if heard.decision == "handover":
        heard = replace(heard, entities=clues_in(message.text))
        await raise_alarm(uow, conversation, heard, source="sentinel", key=f"report:{message.id}")
        return False
    if payload == COMPLAINT:
        await complaints.begin(uow, conversation, message)
        return False
    if payload is None and await checkins.said_unsafe(uow, conversation, message.text):
        await checkins.answered(uow, conversation, checkins.NEED_HELP, key=message.id, in_words=True)
        return False
    if payload is None and await complaints.take(uow, conversation, message):
        return False
    if payload is None and await care.said_no(uow, conversation, message.text):
        await care.answered(uow, conversation, care.NO_CONTACT, key=message.id)
        return False
    return True


async def keep(uow: UnitOfWork, message: Message, heard: Heard) -> None:
    """Store what a listener heard, for the agent's page and for review; a second hearing of the same message replaces it."""
    await uow.session.merge(
        Listening(
            message_id=message.id, listener=heard.listener, conversation_id=message.conversation_id,
            decision=heard.decision, probability=heard.probability, intent=heard.intent, grade=heard.grade,
            because=heard.because, entities=heard.entities, at=now(),
        )
    )  # fmt: skip
