"""What no listener can hear: voice notes, and photos or positions without words. On a live trip they go to the safety team
at once (S1); a voice note always goes to a person. Nobody has seen them yet, so they say nothing of the driver's conduct."""

from __future__ import annotations

from sqlalchemy import or_, select

from bot.chat.alarm import raise_alarm
from bot.chat.listeners import Heard
from bot.conversations import service as conversations
from bot.conversations.models import Conversation, Message
from bot.conversations.schemas import Button
from bot.followups import service as followups
from bot.handoff import service as handoff
from bot.kit.database import UnitOfWork
from bot.kit.locale import say
from bot.policy import is_safety
from bot.rides.schemas import Trip

# What a message without words carries instead of a tap's payload: the assistant is not asked about it.
WORDLESS = "/vigil_wordless"
ASK_PERSON = "/speak_to_human"


def kind_of(message: Message) -> str | None:
    """photo or voice of a message that carries one, position for a lone position, None for words."""
    if message.attachment is not None:
        return str(message.attachment["kind"])
    return "position" if message.payload == WORDLESS else None


async def take(uow: UnitOfWork, conversation: Conversation, message: Message) -> bool:
    """Bring it to whoever must see it; returns whether that was all (words beside a photo are heard as any others)."""
    kind = kind_of(message)
    wordless = message.payload == WORDLESS
    if kind is None or (kind != "voice" and not wordless):
        return False
    if kind == "photo" and message.attachment is not None and message.attachment.get("beside"):
        return True
    if conversation.holder == "person" or is_safety(conversation.grade):  # type: ignore[arg-type]
        return wordless
    if conversation.trip_live:
        heard = Heard(
            "unheard", "handover", 1.0, "route_deviation", "S1", [f"{kind} without words on a live trip"]
        )
        await raise_alarm(
            uow, conversation, heard, source="unheard", key=f"report:{message.id}",
            title=say(f"unheard.title.{kind}", conversation.locale), conduct=False,
        )  # fmt: skip
    elif kind == "voice":
        if await handoff.to_people(
            uow,
            conversation,
            team=conversation.team or "support",
            reason="a voice note",
            who="software:unheard",
        ):
            await _say(uow, conversation, kind)
    elif conversation.holder == "assistant":
        await _say(uow, conversation, kind)
    return wordless


@followups.on_live
async def take_late(uow: UnitOfWork, conversation: Conversation, trip: Trip) -> None:
    """What came without words since this ride was asked for, before anybody knew that it is live, is seen to now."""
    query = (
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.author == "reporter")
        .where(Message.at >= trip.requested_at)
        .where(or_(Message.payload == WORDLESS, Message.attachment.is_not(None)))
        .order_by(Message.seq.desc())
        .limit(1)
    )
    message = (await uow.session.execute(query)).scalar_one_or_none()
    if message is not None:
        await take(uow, conversation, message)


async def _say(uow: UnitOfWork, conversation: Conversation, kind: str) -> None:
    """What became of it, in words that claim no more than that."""
    locale = conversation.locale
    person: list[Button] = [{"title": say("unheard.person", locale), "payload": ASK_PERSON}]
    await conversations.append(
        uow, conversation, author="system", text=say(f"unheard.{kind}", locale), kind="status",
        buttons=person if kind != "voice" else None,
    )  # fmt: skip
