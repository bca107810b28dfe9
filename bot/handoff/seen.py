"""Nobody lowers or ends what they have not read: a cry that comes in while the button is on its way is not closed by it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select

from bot.conversations.models import Conversation, Message
from bot.errors import Conflict, Unprocessable
from bot.identity.schemas import Member
from bot.incidents.models import Case, CaseConversation
from bot.kit.database import UnitOfWork
from bot.policy import is_safety


async def require_seen(
    uow: UnitOfWork, conversation: Conversation, staff: Member, seen_seq: int | None
) -> None:
    """The reporter's last words were on the screen of whoever acts. The conversation must be locked.

    seen_seq: the last sequence number that their page has shown. Without it, where danger is open or watched, the holder is
    taken to have seen what was said before they took it (accepting answers with the screen) and up to their read mark.
    Raises Conflict `unseen` with the first that was not seen; Unprocessable `seen_needed` for anybody else who leaves it out.
    """
    if seen_seq is not None:
        await refuse_unseen(uow, conversation, Message.author == "reporter", seen_seq)
        return
    grave = is_safety(conversation.grade) or conversation.watched_since is not None  # type: ignore[arg-type]
    if not grave:
        return
    if conversation.holder_staff_id != staff.id:
        raise Unprocessable("seen_needed")
    since: datetime = conversation.holder_since
    said = (Message.author == "reporter") & (Message.at > since)
    await refuse_unseen(uow, conversation, said, conversation.staff_seen_seq)


async def require_others_read(uow: UnitOfWork, conversation: Conversation, cases: Sequence[Case]) -> None:
    """Somebody has read what every other reporter of these cases wrote: one friend's "she is safe" does not close what the
    victim has cried in her own chat. Raises Conflict `others_wait` with those conversations in its details."""
    about = {one.id for one in cases}
    query = (
        select(Conversation.id)
        .join(CaseConversation, CaseConversation.conversation_id == Conversation.id)
        .join(Message, Message.conversation_id == Conversation.id)
        .where(
            CaseConversation.case_id.in_(about),
            Conversation.id != conversation.id,
            Message.author == "reporter",
            Message.seq > Conversation.staff_seen_seq,
        )
        .distinct()
        .order_by(Conversation.id)
    )
    waiting = list((await uow.session.execute(query)).scalars())
    if waiting:
        raise Conflict("others_wait", details={"conversations": waiting})


async def refuse_unseen(
    uow: UnitOfWork, conversation: Conversation, which: ColumnElement[bool], after: int
) -> None:
    """Raises Conflict `unseen` if messages of this kind are numbered above `after`; `first` in its details names one."""
    query = (
        select(Message.seq)
        .where(Message.conversation_id == conversation.id, Message.seq > after, which)
        .order_by(Message.seq)
        .limit(1)
    )
    first = (await uow.session.execute(query)).scalar_one_or_none()
    if first is not None:
        raise Conflict("unseen", details={"first": first})
