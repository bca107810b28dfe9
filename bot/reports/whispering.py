"""A supervisor's word to whoever holds a conversation: heard by them alone and kept for all staff, never by the reporter."""

from __future__ import annotations

from bot.console.detail import conversation_for
from bot.conversations import service as conversations
from bot.errors import Unprocessable
from bot.handoff import service as handoff
from bot.identity.schemas import Member
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.locale import say
from bot.macros import service as macros


async def whisper(uow: UnitOfWork, conversation_id: str, member: Member, text: str) -> str | None:
    """Leave a note addressed to the holder; it stands on their page until they put it aside. Returns the holder's name,
    None when nobody holds it.

    Raises NotAllowed for who may not whisper, Missing, and Unprocessable `whisper_to_self` for one's own conversation."""
    member.must("whisper")
    conversation = await conversations.lock(uow, conversation_id)
    await conversation_for(uow.session, member, conversation_id)
    held = conversation.holder == "person" and conversation.holder_staff_id is not None
    if held and conversation.holder_staff_id == member.id:
        raise Unprocessable("whisper_to_self")
    name = conversation.holder_name if held else None
    words = say("whisper.note", member.locale, name=name, text=text) if name else text
    await handoff.note(uow, conversation, member, words)
    await record(uow, "whispered", who=member.who, conversation_id=conversation.id, name=member.name, to=name)
    if held and conversation.holder_staff_id is not None:
        await macros.mention(uow, conversation, member, conversation.holder_staff_id, text, kind="whisper")
    return name
