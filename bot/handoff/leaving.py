"""A member whose account may do less than before, or is disabled: what they hold and may not keep goes to those who may."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations.models import Conversation
from bot.handoff.having import may_have
from bot.handoff.waiting import back_to_queue, held_by
from bot.identity.accounts import CHANGED
from bot.identity.models import StaffAccount
from bot.identity.schemas import Member
from bot.identity.store import member_of
from bot.incidents import store as case_store
from bot.kit.database import UnitOfWork
from bot.kit.due import Firing, handles, schedule
from bot.kit.now import now
from bot.paging import service as paging

# A request that began with the old rights may still have accepted something: it is over by then.
_LOOK_AGAIN = timedelta(seconds=10)


@handles(CHANGED)
async def on_account_changed(uow: UnitOfWork, firing: Firing) -> None:
    """What they could have before and may not now is back in the queue with its place; an accepted S0/S1 lapses and is paged
    anew. Whoever kept a reporter company without ever having been allowed the incident goes on doing so. The rota that may have
    counted on them is looked over at once."""
    account = await uow.session.get(StaffAccount, firing.subject)
    if account is None:
        return
    member = member_of(account)
    before = replace(member, roles=tuple(firing.payload["roles"]), in_house=bool(firing.payload["in_house"]))
    async for conversation in held_by(uow, member.id):
        if account.disabled_at is not None or await _lost(uow.session, conversation, before, member):
            await back_to_queue(uow, conversation, because="rights", text="handoff.agent_left")
    await paging.look_at_rota_now(uow)
    if firing.step == 0:
        await schedule(uow, CHANGED, member.id, now() + _LOOK_AGAIN, step=1, payload=firing.payload)


async def _lost(session: AsyncSession, conversation: Conversation, before: Member, member: Member) -> bool:
    """Whether the change has taken from them what it needs to have this conversation, or to answer in it."""
    if before.may("reply") and not member.may("reply"):
        return True
    cases = await case_store.open_of_conversation(session, conversation.id)
    could = await may_have(session, conversation, cases, before)
    return could and not await may_have(session, conversation, cases, member)
