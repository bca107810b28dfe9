"""An agent's answer: weighed, sent once, with the clock that it promises."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.console import service, wording
from bot.console.detail import conversation_for
from bot.console.schemas import Reply
from bot.conversations import service as conversations
from bot.conversations import store as conversation_store
from bot.conversations.models import Conversation
from bot.errors import Conflict, Unprocessable
from bot.handoff import service as handoff
from bot.handoff.models import Assignment
from bot.identity.models import StaffAccount
from bot.identity.schemas import Member
from bot.kit.database import Database, Event, UnitOfWork
from bot.kit.now import iso
from bot.macros import service as macros
from bot.macros import store as macro_store
from bot.policy import policy

# Why whoever held it does not any more, where they have not closed it themselves.
_ENDED = frozenset({"ended_offline", "ended_unanswered", "ended_handed_on", "ended_rights"})


async def answer(uow: UnitOfWork, staff: Member, conversation_id: str, body: Reply) -> dict[str, Any]:
    """Say it to the reporter. The same client_id again is the same answer. Raises what `wording.let_out` and
    `handoff.reply` do, and Conflict when nobody holds the conversation any more: one of _ENDED, or `ended_meanwhile` where
    they closed it."""
    limit = policy().limits.message_characters
    if len(body.text) > limit:
        raise Unprocessable("message_too_long", length=len(body.text), limit=limit)
    conversation = await conversations.lock(uow, conversation_id)
    known = await conversation_store.by_client_id(uow.session, conversation_id, "staff", body.client_id)
    if known is not None:
        if known.staff_id != staff.id:
            raise Conflict("not_yours", name=known.author_name)
        return {"id": known.id, "seq": known.seq}
    await _still_theirs(uow, conversation, staff)
    used = [one for name in dict.fromkeys(body.macros) if (one := await macro_store.macro(uow.session, name))]
    draft = wording.Draft(body.text, promise_at=body.promise_at, macros=used)
    await wording.let_out(uow, conversation, staff, draft, despite=body.despite, why=body.why)
    message = await handoff.reply(
        uow, conversation, staff, text=body.text, client_id=body.client_id, seen_seq=body.seen_seq
    )
    await macros.used(uow, conversation, staff, used, message)
    if body.promise_at is not None:
        await service.promise(uow, conversation, staff, body.promise_at)
    return {"id": message.id, "seq": message.seq}


async def _still_theirs(uow: UnitOfWork, conversation: Conversation, staff: Member) -> None:
    """Raises Conflict that says who ended it and when, where nobody holds the conversation any more."""
    if conversation.holder != "person":
        query = (
            select(Assignment.until, Assignment.staff_id, Assignment.ended_because, StaffAccount.name)
            .outerjoin(StaffAccount, StaffAccount.id == Assignment.staff_id)
            .where(Assignment.conversation_id == conversation.id, Assignment.until.is_not(None))
            .order_by(Assignment.until.desc())
        )
        last = (await uow.session.execute(query.limit(1))).first()
        if last is not None and last.until is not None:
            name = last.name or last.staff_id
            ended = f"ended_{last.ended_because}"
            code, at = ended if ended in _ENDED else "ended_meanwhile", f"{last.until:%H:%M} UTC"
            raise Conflict(code, details={"at": iso(last.until)}, name=name, at=at)
    handoff.require_holder(conversation, staff)


async def typing(db: Database, staff: Member, conversation_id: str, *, on: bool) -> None:
    """Show the reporter that the holder writes, or has stopped. Raises what `conversation_for` does, and Conflict `not_yours`
    for anybody who does not hold it: no name reaches a reporter before that person has accepted."""
    async with db.reading() as session:
        handoff.require_holder(await conversation_for(session, staff, conversation_id), staff)
    data = {"conversation_id": conversation_id, "staff_id": staff.id, "name": staff.name, "on": on}
    await db.publish([Event("staff.typing", data)])
