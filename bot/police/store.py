"""Reads of police requests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.incidents.models import OPEN_STATES, Case
from bot.kit.vault import is_lost, unseal_many
from bot.police.models import PoliceCheck, PoliceClue, PoliceLink, PoliceRelease, PoliceRequest
from bot.police.schemas import Facts

UNANSWERED = ("received", "not_verified", "verified", "proposed")


async def by_reference(session: AsyncSession, reference: str) -> PoliceRequest | None:
    """The request that carries this reference, however it was typed."""
    plain = reference.upper().replace(" ", "")
    query = select(PoliceRequest).where(PoliceRequest.reference == plain)
    return (await session.execute(query)).scalar_one_or_none()


async def by_client(session: AsyncSession, client_key: str) -> PoliceRequest | None:
    """The request that a page has already sent under its own id."""
    query = select(PoliceRequest).where(PoliceRequest.client_key == client_key)
    return (await session.execute(query)).scalar_one_or_none()


async def of_conversation(session: AsyncSession, conversation_id: str) -> Sequence[PoliceRequest]:
    """The requests that were made in this conversation, the first first."""
    query = select(PoliceRequest).where(PoliceRequest.conversation_id == conversation_id)
    return (await session.execute(query.order_by(PoliceRequest.filed_at, PoliceRequest.id))).scalars().all()


def one_officers(one: PoliceRequest, other: PoliceRequest) -> bool:
    """Whether one is the form that completes what the other said in a chat: the same officer, waiting once."""
    return one.completes == other.id or other.completes == one.id


async def of_cases(session: AsyncSession, case_ids: Sequence[str]) -> Sequence[PoliceRequest]:
    """The requests of these cases, the first first."""
    query = select(PoliceRequest).where(PoliceRequest.case_id.in_(case_ids))
    return (await session.execute(query.order_by(PoliceRequest.filed_at, PoliceRequest.id))).scalars().all()


async def unanswered(session: AsyncSession, case_id: str) -> list[PoliceRequest]:
    """Requests of the case that are owed an answer. What a listener took for one in a chat is owed none once a person has
    ended its case; a form is always owed one."""
    query = (
        select(PoliceRequest)
        .join(Case, Case.id == PoliceRequest.case_id)
        .where(PoliceRequest.case_id == case_id, PoliceRequest.state.in_(UNANSWERED))
        .where(or_(PoliceRequest.channel == "form", Case.state.in_(OPEN_STATES)))
        .order_by(PoliceRequest.due_at)
    )
    return list((await session.execute(query)).scalars())


async def sharing(session: AsyncSession, clues: Sequence[str]) -> Sequence[PoliceRequest]:
    """Requests of open cases that share a clue, the oldest first."""
    query = (
        select(PoliceRequest)
        .join(Case, Case.id == PoliceRequest.case_id)
        .join(PoliceClue, PoliceClue.request_id == PoliceRequest.id)
        .where(PoliceClue.clue.in_(clues), Case.state.in_(OPEN_STATES))
        .order_by(PoliceRequest.filed_at)
    )
    return (await session.execute(query)).scalars().unique().all()


async def on_trip(session: AsyncSession, trip_id: str, but: str) -> Case | None:
    """The oldest other open police case about this trip."""
    query = (
        select(Case)
        .where(Case.kind == "police_request", Case.trip_id == trip_id, Case.id != but)
        .where(Case.state.in_(OPEN_STATES))
        .order_by(Case.opened_at)
        .limit(1)
    )
    return (await session.execute(query)).scalars().first()


async def filed_from(session: AsyncSession, address_key: str, since: datetime) -> int:
    """How many requests came from an address since `since`."""
    query = select(func.count()).where(
        PoliceRequest.address_key == address_key, PoliceRequest.filed_at > since
    )
    return int((await session.execute(query)).scalar_one())


async def listed(session: AsyncSession, limit: int) -> list[tuple[PoliceRequest, Case]]:
    """Requests with their cases: the unanswered by due time, then the newest answered."""
    joined = select(PoliceRequest, Case).join(Case, Case.id == PoliceRequest.case_id)
    owed = and_(
        PoliceRequest.state.in_(UNANSWERED),
        or_(PoliceRequest.channel == "form", Case.state.in_(OPEN_STATES)),
    )
    open_rows = (await session.execute(joined.where(owed).order_by(PoliceRequest.due_at))).all()
    done = joined.where(~owed).order_by(PoliceRequest.filed_at.desc()).limit(limit)
    return [(row[0], row[1]) for row in (*open_rows, *(await session.execute(done)).all())]


async def checks_of(session: AsyncSession, request_id: str) -> Sequence[PoliceCheck]:
    """The call-backs of a request in order."""
    query = select(PoliceCheck).where(PoliceCheck.request_id == request_id)
    return (await session.execute(query.order_by(PoliceCheck.at, PoliceCheck.id))).scalars().all()


async def release_of(session: AsyncSession, request_id: str) -> PoliceRelease | None:
    """The newest release of a request that was not withdrawn."""
    query = (
        select(PoliceRelease)
        .where(PoliceRelease.request_id == request_id, PoliceRelease.state != "withdrawn")
        .order_by(PoliceRelease.proposed_at.desc())
        .limit(1)
    )
    return (await session.execute(query)).scalars().first()


async def links_of(session: AsyncSession, release_id: str) -> Sequence[PoliceLink]:
    """The one-time links of a release in order."""
    query = select(PoliceLink).where(PoliceLink.release_id == release_id)
    return (await session.execute(query.order_by(PoliceLink.made_at, PoliceLink.id))).scalars().all()


async def facts_of(session: AsyncSession, request: PoliceRequest) -> Facts:
    """What was told; empty once the key has been destroyed, and where it does not open."""
    opened = await unseal_many(session, [(request.id, request.sealed)])
    return Facts() if is_lost(opened[0]) else Facts.model_validate(opened[0])
