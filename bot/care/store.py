"""Reads of care, of other departments' tasks and of evidence holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care.models import OWED_STATES, CareCase, CareTask, DepartmentTask, EvidenceHold
from bot.conversations.models import Conversation
from bot.incidents import store as case_store
from bot.incidents.models import Case, CaseConversation
from bot.kit.now import now
from bot.policy import is_safety

# What nobody has acted on within this time of the offer is no longer answered by a word in the chat.
_OFFER_STANDS = timedelta(days=7)


async def of_case(session: AsyncSession, case_id: str) -> CareCase | None:
    return (await session.execute(select(CareCase).where(CareCase.case_id == case_id))).scalar_one_or_none()


async def of_cases(session: AsyncSession, case_ids: Sequence[str]) -> list[CareCase]:
    query = select(CareCase).where(CareCase.case_id.in_(case_ids)).order_by(CareCase.opened_at)
    return list((await session.execute(query)).scalars())


async def tasks_of(session: AsyncSession, care_id: str) -> list[CareTask]:
    """All tasks in the order in which they are owed, as they stand at this moment."""
    query = select(CareTask).where(CareTask.care_id == care_id).order_by(CareTask.day, CareTask.kind)
    found = await session.execute(query, execution_options={"populate_existing": True})
    return list(found.scalars())


async def owed(session: AsyncSession, care_id: str, kind: str | None = None) -> list[CareTask]:
    """The tasks that are still owed, of one kind if named."""
    tasks = [task for task in await tasks_of(session, care_id) if task.state in OWED_STATES]
    return [task for task in tasks if kind is None or task.kind == kind]


async def contact_owed_to(
    session: AsyncSession, conversation_id: str, *, lately_offered: bool = False
) -> CareCase | None:
    """The newest care that still owes this conversation's person a contact; lately_offered: only if one was offered in the
    chat within a week, so that a bare "no" can mean it."""
    query = (
        select(CareCase)
        .join(CareTask, CareTask.care_id == CareCase.id)
        .where(CareCase.victim_conversation_id == conversation_id, CareCase.state == "open")
        .where(CareTask.kind == "contact", CareTask.state.in_(OWED_STATES))
        .order_by(CareCase.opened_at.desc())
    )
    if lately_offered:
        query = query.where(CareTask.offered_at >= now() - _OFFER_STANDS)
    return (await session.execute(query)).scalars().first()


async def victim_conversation(session: AsyncSession, case: Case) -> Conversation | None:
    """The chat of the person it happened to: proved to be theirs, else the one that spoke as passenger (or driver, in a
    driver's own report). A friend's chat never is: who was hurt may not want it told there."""
    query = (
        select(Conversation)
        .join(CaseConversation, CaseConversation.conversation_id == Conversation.id)
        .where(CaseConversation.case_id == case.id)
        .order_by(CaseConversation.at)
    )
    chats = list((await session.execute(query)).scalars())
    if case.reporter_role == "driver":
        return next((one for one in chats if one.role == "driver"), None)
    proved = [one for one in chats if one.rider_id is not None and one.rider_id == case.rider_id]
    said = [one for one in chats if one.role == "rider"]
    unsaid = [one for one in chats if one.role == "unknown" and case.kind != "missing_person"]
    return next(iter([*proved, *said, *unsaid]), None)


async def chat_is_safe(session: AsyncSession, conversation: Conversation | None) -> bool:
    """Whether words about the case may appear on this device now: no ride under way, nothing open, nothing watched."""
    if conversation is None or conversation.quiet or conversation.trip_live or conversation.watched_since:
        return False
    cases = await case_store.open_of_conversation(session, conversation.id)
    return not any(is_safety(case.grade) for case in cases)  # type: ignore[arg-type]


async def evidence_of(session: AsyncSession, case_ids: Sequence[str]) -> list[EvidenceHold]:
    """The holds in force on these cases."""
    query = select(EvidenceHold).where(EvidenceHold.case_id.in_(case_ids), EvidenceHold.open_key.is_not(None))
    return list((await session.execute(query)).scalars())


async def departments_of(session: AsyncSession, conversation_id: str) -> list[DepartmentTask]:
    query = (
        select(DepartmentTask)
        .where(DepartmentTask.conversation_id == conversation_id)
        .order_by(DepartmentTask.state.desc(), DepartmentTask.due_at)
    )
    return list((await session.execute(query)).scalars())


async def all_owed(session: AsyncSession) -> list[tuple[CareTask, CareCase]]:
    """Every task that is owed in an open care, the most pressing first."""
    query = (
        select(CareTask, CareCase)
        .join(CareCase, CareCase.id == CareTask.care_id)
        .where(CareCase.state == "open", CareTask.state.in_(OWED_STATES))
        .order_by(CareTask.due_at, CareTask.id)
    )
    return [(task, care) for task, care in (await session.execute(query)).all()]


async def all_departments_open(session: AsyncSession) -> list[DepartmentTask]:
    query = select(DepartmentTask).where(DepartmentTask.state == "open").order_by(DepartmentTask.due_at)
    return list((await session.execute(query)).scalars())
