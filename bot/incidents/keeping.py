"""To whom a conversation belongs by what is open in it: the act that whoever holds it must be allowed, the team of its grade,
and which reporters of a case nobody has who may have them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations.models import Conversation
from bot.identity.models import StaffAccount
from bot.identity.store import member_of
from bot.incidents import store
from bot.incidents.models import Case, CaseConversation
from bot.kit.database import UnitOfWork
from bot.policy import is_safety

# Grade before, None for none; the conversation has the grade that it has now.
Graded = Callable[[UnitOfWork, Conversation, str | None], Awaitable[None]]
_on_graded: list[Graded] = []


def on_graded(listener: Graded) -> Graded:
    """Register what follows when a conversation's grade has been derived anew, in the same transaction (hand-over)."""
    if listener not in _on_graded:
        _on_graded.append(listener)
    return listener


async def graded(uow: UnitOfWork, conversation: Conversation, before: str | None) -> None:
    """Tell who follows it that the grade was `before` and is now the conversation's."""
    for listener in _on_graded:
        await listener(uow, conversation, before)


def team_of(grade: str | None) -> str:
    """The team whose a conversation or case of this grade is (TAXONOMY: goes to)."""
    return "safety" if is_safety(grade) else "senior" if grade == "S2" else "support"  # type: ignore[arg-type]


def is_grave(conversation: Conversation) -> bool:
    """S0, S1 or watched: for the safety team alone."""
    return is_safety(conversation.grade) or conversation.watched_since is not None  # type: ignore[arg-type]


def for_the_liaison(cases: Sequence[Case]) -> bool:
    """Whether these open cases of a conversation are the police's requests, and nothing else."""
    return bool(cases) and all(case.team == "liaison" for case in cases)


def act_for(conversation: Conversation, cases: Sequence[Case]) -> str:
    """The act of the policy that whoever holds the conversation must be allowed. cases: its open ones."""
    if for_the_liaison(cases):
        return "accept_police"
    return "accept_safety" if is_grave(conversation) else "accept_routine"


async def held_by_who_may(session: AsyncSession, conversation: Conversation, cases: Sequence[Case]) -> bool:
    """Whether a person holds the conversation whose account may have it as it is now: an outsourced agent who held it before
    it became grave goes on talking, but nobody is there for the safety of its reporter. cases: its open ones."""
    if conversation.holder != "person":
        return False
    account = await session.get(StaffAccount, conversation.holder_staff_id)
    if account is None or account.disabled_at is not None:
        return False
    return member_of(account).may(act_for(conversation, cases))


async def unattended(session: AsyncSession, case_id: str) -> list[str]:
    """The conversations of the case that wait in the queue, or with somebody who may not have them, in a steady order."""
    query = (
        select(Conversation)
        .join(CaseConversation, CaseConversation.conversation_id == Conversation.id)
        .where(CaseConversation.case_id == case_id, Conversation.holder.in_(("queue", "person")))
        .order_by(Conversation.id)
    )
    reporters = (await session.execute(query)).scalars().all()
    open_cases = await store.of_conversations(session, [one.id for one in reporters])
    return [
        one.id for one in reporters if not await held_by_who_may(session, one, open_cases.get(one.id, []))
    ]
