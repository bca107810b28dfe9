"""Signing in and out, presence, and grants: leave to read personal data, written down where it is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import NotAllowed, NotSignedIn, Unprocessable
from bot.identity import audit, passwords, store, throttle
from bot.identity.demo import ensure_demo_staff, has_demo_accounts
from bot.identity.models import StaffAccount, StaffSession
from bot.identity.schemas import READING_ACTS, Grant, Member, Subject
from bot.kit.database import Database, UnitOfWork
from bot.kit.ids import hashed, new_id, new_secret
from bot.kit.now import now
from bot.policy import policy

__all__ = [
    "SignedIn",
    "check_own_password",
    "enabled_members",
    "ensure_demo_staff",
    "grant",
    "has_demo_accounts",
    "online_members",
    "seen",
    "set_presence",
    "sign_in",
    "sign_out",
    "system_grant",
]

log = structlog.get_logger(__name__)
_KNOWN_PLACE = timedelta(days=30)
# Several times within the minute after which a holder counts as gone (policy: agent_absent_s).
_SEEN_EVERY = timedelta(seconds=20)
# An open screen reads its conversation again at every change: that is one look, not a hundred.
_ONE_LOOK = timedelta(minutes=15)


@dataclass(frozen=True)
class SignedIn:
    """Who has signed in; the secret goes into the cookie and nowhere else."""

    member: Member
    secret: str
    expires_at: datetime


async def sign_in(db: Database, email: str, password: str, address: str) -> SignedIn:
    """Check e-mail and password, sent from `address`.

    Raises NotSignedIn `sign_in_failed` (the same for an unknown e-mail, in the same time), NotAllowed
    `account_disabled` once the password was right, TooMany `sign_in_throttled`.
    """
    email = store.normalise_email(email)
    address_key = throttle.keyed("place", address)
    async with db.unit_of_work() as uow:
        account = await store.by_email(uow.session, email)
        staff_id = account.id if account else ""
        known = await store.knows_address(uow.session, staff_id, address_key, _KNOWN_PLACE)
        keys = throttle.keys_of(email, address, known=known)
        await throttle.count(uow, keys)
    right = await passwords.verify(account.password_hash if account else None, password)
    if account is None or not right:
        log.warning("sign-in refused", staff_id=staff_id or None)
        raise NotSignedIn("sign_in_failed")
    renewed = await passwords.hash_password(password) if passwords.outdated(account.password_hash) else None
    async with db.unit_of_work() as uow:
        return await _open_session(uow, account, address_key, keys, renewed)


async def _open_session(
    uow: UnitOfWork, checked: StaffAccount, address_key: str, keys: list[str], renewed: str | None
) -> SignedIn:
    """The account is read again under lock: it may have been disabled or given another password meanwhile."""
    query = select(StaffAccount).where(StaffAccount.id == checked.id).with_for_update()
    account = (await uow.session.execute(query)).scalar_one()
    if account.disabled_at is not None:
        raise NotAllowed("account_disabled")
    if account.password_hash != checked.password_hash:
        raise NotSignedIn("sign_in_failed")
    await throttle.forgive(uow, keys)
    account.password_hash = renewed or account.password_hash
    secret, expires_at = new_secret(), now() + timedelta(hours=policy().limits.staff_session_hours)
    opened = StaffSession(
        id=new_id(),
        staff_id=account.id,
        secret_hash=hashed(secret),
        address_key=address_key,
        created_at=now(),
        expires_at=expires_at,
    )
    uow.session.add(opened)
    member = store.member_of(account)
    await audit.record(
        uow, "signed_in", who=member.who, subject=Subject("staff", account.id), session=opened.id
    )
    account.last_seen_at = now()
    _be(uow, account, "online")
    return SignedIn(member, secret, expires_at)


async def check_own_password(db: Database, member: Member, password: str) -> None:
    """Raises Unprocessable `password_wrong`, TooMany: a borrowed session may not guess."""
    keys = [throttle.keyed("own", member.id)]
    async with db.unit_of_work() as uow:
        await throttle.count(uow, keys)
        account = await uow.session.get_one(StaffAccount, member.id)
    if not await passwords.verify(account.password_hash, password):
        raise Unprocessable("password_wrong")
    async with db.unit_of_work() as uow:
        await throttle.forgive(uow, keys)


async def sign_out(uow: UnitOfWork, secret: str) -> None:
    """End the session that the cookie opens; an unknown or ended one needs nothing done."""
    found = await store.by_secret(uow.session, secret)
    if found is None:
        return
    opened, account = found
    opened.revoked_at = now()
    await uow.session.flush()
    if not await store.has_live_session(uow.session, account.id):
        _be(uow, account, "away")
    uow.emit("staff.signed_out", staff_id=account.id)


async def set_presence(uow: UnitOfWork, member: Member, state: Literal["online", "away"]) -> None:
    """They say whether they are there."""
    account = await uow.session.get_one(StaffAccount, member.id)
    account.last_seen_at = now()
    _be(uow, account, state)


def _be(uow: UnitOfWork, account: StaffAccount, state: Literal["online", "away"]) -> None:
    if account.presence != state:
        account.presence = state
        uow.emit("staff.presence", staff_id=account.id, state=state)


async def seen(db: Database, staff_id: str) -> None:
    """They did something just now; written every 20 s at most."""
    long_ago = now() - _SEEN_EVERY
    async with db.unit_of_work() as uow:
        query = update(StaffAccount).where(
            StaffAccount.id == staff_id,
            or_(StaffAccount.last_seen_at.is_(None), StaffAccount.last_seen_at <= long_ago),
        )
        await uow.session.execute(
            query.values(last_seen_at=now()), execution_options={"synchronize_session": False}
        )


def seen_lately(account: StaffAccount) -> bool:
    """Whether `seen` has nothing to write yet."""
    return account.last_seen_at is not None and now() - account.last_seen_at < _SEEN_EVERY


async def enabled_members(session: AsyncSession) -> list[Member]:
    """Everybody whose account is not disabled, by name."""
    return [store.member_of(account) for account in await store.enabled(session)]


async def online_members(session: AsyncSession) -> list[Member]:
    """Who is signed in and says they are there, by name."""
    return [store.member_of(account) for account in await store.online(session)]


async def grant(uow: UnitOfWork, member: Member, subject: str, purpose: str) -> Grant:
    """Leave for `member` to read personal data of `subject` ("conversation:<id>", "trip:<id>" …).

    Written to the audit in the same transaction; a look that goes on is one row a quarter of an hour. Raises
    ValueError without a purpose or for a subject of no known kind: both are mistakes of ours.
    """
    about, purpose = Subject.parse(subject), purpose.strip()
    if not purpose:
        raise ValueError("a grant needs a purpose")
    acts = frozenset(act for act in READING_ACTS if member.may(act))
    row = await store.recent_grant(uow.session, member.who, about, purpose, now() - _ONE_LOOK)
    if row is None or row.details.get("acts") != sorted(acts):
        row = await audit.record(
            uow, "granted", who=member.who, subject=about, purpose=purpose, acts=sorted(acts)
        )
    return Grant(member.who, about, purpose, acts, row.id, member.locale)


def system_grant(purpose: str, *, part: str = "desk", subject: str = "any:all") -> Grant:
    """Leave for the software itself (`part`) to read: positions, but never an unmasked phone."""
    return Grant(f"software:{part}", Subject.parse(subject), purpose, frozenset({"see_position"}))
