"""Who may have a conversation: by what is open in it, by its grade, and by what was open in it once. One rule for accepting it,
for being handed it, and for keeping it when one's account changes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations.models import Conversation
from bot.errors import NotAllowed
from bot.handoff.choosing import in_house_only
from bot.identity.schemas import Member
from bot.incidents import store as case_store
from bot.incidents.keeping import act_for
from bot.incidents.models import Case


async def require_may_have(
    session: AsyncSession, conversation: Conversation, cases: Sequence[Case], staff: Member
) -> None:
    """Raises NotAllowed for whoever may not have it: `not_allowed` for the act that it needs, `s2_in_house` for an outsourced
    agent and an S2. cases: its open ones."""
    act = act_for(conversation, cases)
    if act == "accept_routine" and conversation.team == "liaison" and staff.may("accept_police"):
        # Handed to the liaison, who take nothing else that is routine.
        act = "accept_police"
    staff.must(act)
    if staff.in_house:
        return
    if in_house_only(conversation.grade):
        raise NotAllowed("s2_in_house")
    if await case_store.had_safety(session, [conversation.id]):
        # Whoever holds a chat reads all of it, and an S0/S1 that has ended is nothing for outsourced agents either.
        staff.must("accept_safety")


async def may_have(
    session: AsyncSession, conversation: Conversation, cases: Sequence[Case], staff: Member
) -> bool:
    """Whether `require_may_have` lets them have it."""
    try:
        await require_may_have(session, conversation, cases, staff)
    except NotAllowed:
        return False
    return True
