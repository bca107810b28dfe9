"""What hearing a message may still do when a person, or sentinel, was there before it: the NLU that comes back after an outage
never takes back what people have ended, and words that were reported once are no second report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select

from bot.chat.listeners import Heard
from bot.conversations import service as conversations
from bot.conversations.models import Conversation, Message
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.models import Case, TimelineEntry
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.now import now

# Longer than hearing takes on any day it works: who acts within it may not have read the words yet.
_LATE = timedelta(seconds=30)
# What a named person does after having read: none of it is possible past words of any reporter that nobody has seen. Closing
# is none of it: what was resolved before these words is put on file without a look at the chat.
_ENDED = ("resolved", "lowered", "watch_ended")


@dataclass(frozen=True)
class Standing:
    """reported: a case was opened or joined for this very message already. settled: a person has dealt with it since."""

    reported: bool
    settled: bool


async def standing(uow: UnitOfWork, conversation: Conversation, message: Message) -> Standing:
    """How this message stands now that it is heard. The conversation must be locked."""
    late = now() - message.at > _LATE
    query = select(TimelineEntry.case_id).where(TimelineEntry.key == f"report:{message.id}")
    case_id = (await uow.session.execute(query)).scalar_one_or_none()
    if case_id is None:
        cases = await case_store.of_conversation(uow.session, conversation.id)
        return Standing(False, late and await _ended_since(uow, message, cases))
    case = await incidents.locked(uow, case_id)
    held = late and case.accepted_at is not None
    return Standing(True, not case.open or held or await _ended_since(uow, message, [case]))


async def _ended_since(uow: UnitOfWork, message: Message, cases: Sequence[Case]) -> bool:
    about = TimelineEntry.case_id.in_([case.id for case in cases])
    here = or_(about, TimelineEntry.conversation_id == message.conversation_id)
    return await _named_person_did(uow, _ENDED, message.at, here)


async def watch_ended_since(uow: UnitOfWork, conversation: Conversation, since: datetime) -> bool:
    """Whether a named person has ended a watch of the conversation after `since`."""
    here = TimelineEntry.conversation_id == conversation.id
    return await _named_person_did(uow, ("watch_ended",), since, here)


async def _named_person_did(
    uow: UnitOfWork, acts: Sequence[str], since: datetime, where: ColumnElement[bool]
) -> bool:
    query = select(TimelineEntry.id).where(
        TimelineEntry.act.in_(acts), TimelineEntry.at > since, TimelineEntry.who.startswith("staff:"), where
    )
    return (await uow.session.execute(query.limit(1))).first() is not None


async def keep_only(uow: UnitOfWork, conversation: Conversation, message: Message, heard: Heard) -> None:
    """Write down what was heard too late to change anything; whoever looks at the conversation sees it."""
    await record(
        uow, "heard_late", who=f"software:{heard.listener}", conversation_id=conversation.id,
        key=f"late:{message.id}:{heard.listener}", intent=heard.intent, grade=heard.grade, because=heard.because,
    )  # fmt: skip
    conversations.changed(uow, conversation)
