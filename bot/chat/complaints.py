"""The complaint button: what is written next is filed as a case (S2) before anybody asks anything."""

from __future__ import annotations

from sqlalchemy import or_, select

from bot.chat.alarm import first_words
from bot.chat.listeners.clues import clues_in, clues_of
from bot.chat.listeners.sentinel import normalise, sentinel
from bot.chat.unheard import WORDLESS
from bot.conversations import service as conversations
from bot.conversations.models import Conversation, Message
from bot.handoff import service as handoff
from bot.incidents import service as incidents
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.locale import say
from bot.policy import is_safety

COMPLAINT = "/vigil_complaint"
# What a complaint is until a person has read it: somebody wronged, nobody in danger now.
_KIND = "driver_misconduct"


async def begin(uow: UnitOfWork, conversation: Conversation, message: Message) -> None:
    """The button was pressed: what happened may now be told, in one's own words."""
    await record(uow, "complaint_button", who="reporter", conversation_id=conversation.id, key=message.id)
    text = say("complaint.ask", conversation.locale)
    await conversations.append(uow, conversation, author="system", text=text, kind="status")


async def take(uow: UnitOfWork, conversation: Conversation, message: Message) -> bool:
    """File the words that follow the button; returns whether they did. Danger in them was heard before (and is graver)."""
    if not await _awaited(uow, conversation, message):
        return False
    entities = clues_in(message.text)
    made = incidents.Report(
        intent=_KIND, grade="S2", source="complaint", because=["the complaint button"],
        modifiers=sentinel().modifiers(normalise(message.text)), title=say("complaint.title", conversation.locale),
        evidence={"entities": entities} if entities else {}, key=f"complaint:{message.id}", clues=clues_of(entities),
    )  # fmt: skip
    unsaid = conversation.next_seq
    case = (await incidents.report(uow, conversation, made)).case
    if is_safety(case.grade):  # type: ignore[arg-type]
        await handoff.to_people(
            uow, conversation, team=case.team, reason="a complaint", who="software:complaint"
        )
    if conversation.next_seq == unsaid:
        await first_words(uow, conversation, case)
    return True


async def _awaited(uow: UnitOfWork, conversation: Conversation, message: Message) -> bool:
    """Whether the last thing the reporter did was to press the button; photos in between belong to the complaint."""
    query = (
        select(Message.payload)
        .where(
            Message.conversation_id == conversation.id,
            Message.author == "reporter",
            Message.seq < message.seq,
        )
        .where(or_(Message.payload.is_(None), Message.payload != WORDLESS))
        .order_by(Message.seq.desc())
        .limit(1)
    )
    return (await uow.session.execute(query)).scalar_one_or_none() == COMPLAINT
