"""Reads of accounts, sessions and the audit."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.identity.models import AuditEntry, StaffAccount, StaffSession
from bot.identity.schemas import Member, Subject
from bot.kit.ids import hashed
from bot.kit.now import now


def member_of(account: StaffAccount) -> Member:
    """The account as the other features see it."""
    return Member(
        id=account.id,
        email=account.email,
        name=account.name,
        roles=tuple(account.roles),
        in_house=account.in_house,
        locale=account.locale,
        languages=tuple(account.languages),
    )


def one_line(text: str) -> str:
    """NFKC, single spaces, without control characters and lone surrogates, which no database can hold."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    return "".join(one for one in plain if unicodedata.category(one) not in ("Cc", "Cs"))


def normalise_email(text: str) -> str:
    """The form in which addresses are stored and compared."""
    return one_line(text).lower()


async def by_email(session: AsyncSession, email: str) -> StaffAccount | None:
    """The account of a normalised e-mail address."""
    return (
        await session.execute(select(StaffAccount).where(StaffAccount.email == email))
    ).scalar_one_or_none()


async def all_accounts(session: AsyncSession) -> Sequence[StaffAccount]:
    """Every account, by name."""
    return (
        (await session.execute(select(StaffAccount).order_by(StaffAccount.name, StaffAccount.id)))
        .scalars()
        .all()
    )


async def enabled(session: AsyncSession) -> Sequence[StaffAccount]:
    """Accounts that are not disabled, by name."""
    query = select(StaffAccount).where(StaffAccount.disabled_at.is_(None))
    return (await session.execute(query.order_by(StaffAccount.name, StaffAccount.id))).scalars().all()


async def any_account(session: AsyncSession) -> bool:
    """Whether there is any account at all."""
    return (await session.execute(select(StaffAccount.id).limit(1))).first() is not None


def _live(at: datetime) -> ColumnElement[bool]:
    return and_(StaffSession.revoked_at.is_(None), StaffSession.expires_at > at)


async def by_secret(session: AsyncSession, secret: str) -> tuple[StaffSession, StaffAccount] | None:
    """The live session that a cookie's secret opens, and its account if that is not disabled."""
    query = (
        select(StaffSession, StaffAccount)
        .join(StaffAccount, StaffAccount.id == StaffSession.staff_id)
        .where(StaffSession.secret_hash == hashed(secret), _live(now()), StaffAccount.disabled_at.is_(None))
    )
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def has_live_session(session: AsyncSession, staff_id: str) -> bool:
    """Whether they are signed in anywhere."""
    query = select(StaffSession.id).where(StaffSession.staff_id == staff_id, _live(now())).limit(1)
    return (await session.execute(query)).first() is not None


async def knows_address(session: AsyncSession, staff_id: str, address_key: str, within: timedelta) -> bool:
    """Whether the account has signed in from this address lately."""
    query = select(StaffSession.id).where(
        StaffSession.staff_id == staff_id,
        StaffSession.address_key == address_key,
        StaffSession.created_at > now() - within,
    )
    return (await session.execute(query.limit(1))).first() is not None


async def online(session: AsyncSession) -> Sequence[StaffAccount]:
    """Who says they are there and is signed in; a browser that vanished counts until its session ends."""
    signed_in = exists().where(StaffSession.staff_id == StaffAccount.id, _live(now()))
    query = select(StaffAccount).where(
        StaffAccount.presence == "online", StaffAccount.disabled_at.is_(None), signed_in
    )
    return (await session.execute(query.order_by(StaffAccount.name))).scalars().all()


async def audit_of(session: AsyncSession, subject: Subject) -> Sequence[AuditEntry]:
    """What was done to a subject, in order."""
    query = select(AuditEntry).where(
        AuditEntry.subject_kind == subject.kind, AuditEntry.subject_id == subject.id
    )
    return (await session.execute(query.order_by(AuditEntry.at, AuditEntry.id))).scalars().all()


async def recent_grant(
    session: AsyncSession, who: str, subject: Subject, purpose: str, since: datetime
) -> AuditEntry | None:
    """The newest grant of this kind written since `since`."""
    query = select(AuditEntry).where(
        AuditEntry.who == who,
        AuditEntry.act == "granted",
        AuditEntry.subject_kind == subject.kind,
        AuditEntry.subject_id == subject.id,
        AuditEntry.purpose == purpose,
        AuditEntry.at >= since,
    )
    return (await session.execute(query.order_by(AuditEntry.at.desc()).limit(1))).scalars().first()
