"""The one way to change accounts: added, given other roles, disabled, enabled, given another password.

Each change is audited. `by` is the supervisor who makes it; None is the operator at the command line.
Passwords come hashed: hashing takes too long for a transaction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, get_args

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from bot.errors import Conflict, Missing, Unprocessable
from bot.identity import audit, store
from bot.identity.models import StaffAccount, StaffSession
from bot.identity.schemas import Member, Subject
from bot.kit.database import UnitOfWork
from bot.kit.due import open_row, schedule
from bot.kit.ids import new_id
from bot.kit.now import now
from bot.policy import Role, policy

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]+")
_MANAGE = "manage_staff"
# What somebody may do has changed: what they hold and the rota must be looked at (its handler: handoff.leaving).
CHANGED = "staff.changed"


@dataclass(frozen=True)
class Wanted:
    """A new account. languages: those they answer in."""

    email: str
    name: str
    roles: Sequence[str]
    in_house: bool = True
    locale: str = "en"
    languages: Sequence[str] = ("zh", "en")
    demo: bool = False


def _allowed(by: Member | None) -> None:
    if by is not None:
        by.must(_MANAGE)


def _checked_roles(roles: Sequence[str]) -> list[str]:
    """The roles in the policy's order, each once. Raises Unprocessable `roles_needed` or `role_unknown`."""
    known = policy().roles
    if unknown := sorted(set(roles) - set(known)):
        raise Unprocessable("role_unknown", unknown=", ".join(unknown), known=", ".join(known))
    if not roles:
        raise Unprocessable("roles_needed", known=", ".join(get_args(Role)))
    return [role for role in known if role in roles]


async def add(uow: UnitOfWork, by: Member | None, wanted: Wanted, password_hash: str) -> StaffAccount:
    """Add an account.

    Raises Unprocessable `email_invalid`, `name_needed`, `roles_needed` or `role_unknown`,
    Conflict `email_taken`, NotAllowed.
    """
    _allowed(by)
    email, name = store.normalise_email(wanted.email), store.one_line(wanted.name)
    if not _EMAIL.fullmatch(email):
        raise Unprocessable("email_invalid", email=email)
    if not name:
        raise Unprocessable("name_needed")
    roles = _checked_roles(wanted.roles)
    if await store.by_email(uow.session, email) is not None:
        raise Conflict("email_taken", email=email)
    account = StaffAccount(
        id=new_id(),
        email=email,
        name=name,
        password_hash=password_hash,
        roles=roles,
        in_house=wanted.in_house,
        locale=wanted.locale,
        languages=list(wanted.languages),
        demo=wanted.demo,
        presence="away",
        created_at=now(),
    )
    uow.session.add(account)
    try:
        await uow.session.flush()
    except IntegrityError as race:
        raise Conflict("email_taken", email=email) from race
    await _record(uow, by, account, "account_added", roles=roles, in_house=account.in_house)
    return account


async def change_roles(
    uow: UnitOfWork, by: Member | None, staff_id: str, roles: Sequence[str], in_house: bool | None = None
) -> StaffAccount:
    """Give other roles instead of the present ones; they hold from the next request on.

    Raises what `add` does for roles, Missing `no_account`, Conflict `last_manager`.
    """
    _allowed(by)
    everyone = await _all_locked(uow)
    account = await _locked(uow, staff_id)
    before = _rights(account)
    account.roles = _checked_roles(roles)
    account.in_house = account.in_house if in_house is None else in_house
    _still_managed(everyone)
    await _owe_look(uow, staff_id, **before)
    await _record(
        uow, by, account, "roles_changed", before=before, roles=account.roles, in_house=account.in_house
    )
    return account


async def disable(uow: UnitOfWork, by: Member | None, staff_id: str) -> StaffAccount:
    """End an account and its sessions at once; nothing it did is lost.

    Raises Missing `no_account`, Conflict `not_yourself` or `last_manager`.
    """
    _allowed(by)
    if by is not None and by.id == staff_id:
        raise Conflict("not_yourself")
    everyone = await _all_locked(uow)
    account = await _locked(uow, staff_id)
    await _owe_look(uow, staff_id, **_rights(account))
    account.disabled_at, account.presence = account.disabled_at or now(), "away"
    _still_managed(everyone)
    await end_sessions(uow, staff_id)
    await _record(uow, by, account, "account_disabled")
    return account


async def enable(uow: UnitOfWork, by: Member | None, staff_id: str) -> StaffAccount:
    """Let a disabled account sign in again. Raises Missing `no_account`."""
    _allowed(by)
    account = await _locked(uow, staff_id)
    account.disabled_at = None
    await _record(uow, by, account, "account_enabled")
    return account


async def set_password(uow: UnitOfWork, by: Member | None, staff_id: str, password_hash: str) -> StaffAccount:
    """Give another password and end every session. One's own is free; another's needs `manage_staff`."""
    if by is None or by.id != staff_id:
        _allowed(by)
    account = await _locked(uow, staff_id)
    account.password_hash = password_hash
    await end_sessions(uow, staff_id)
    await _record(uow, by, account, "password_changed")
    return account


async def end_sessions(uow: UnitOfWork, staff_id: str) -> None:
    """Sign a member out everywhere; open pages are told."""
    query = update(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.revoked_at.is_(None))
    await uow.session.execute(
        query.values(revoked_at=now()), execution_options={"synchronize_session": "fetch"}
    )
    uow.emit("staff.signed_out", staff_id=staff_id)


class _Rights(TypedDict):
    roles: list[str]
    in_house: bool


def _rights(account: StaffAccount) -> _Rights:
    return {"roles": list(account.roles), "in_house": account.in_house}


async def _owe_look(uow: UnitOfWork, staff_id: str, roles: Sequence[str], in_house: bool) -> None:
    """Owe the look at what they hold, with the rights that they had. Of several changes in a row all that
    they had counts."""
    row = await open_row(uow, CHANGED, staff_id)
    known = row.payload if row is not None else {}
    had = {
        "roles": sorted({*roles, *known.get("roles", ())}),
        "in_house": in_house or known.get("in_house", False),
    }
    await schedule(uow, CHANGED, staff_id, now(), payload=had)


async def _locked(uow: UnitOfWork, staff_id: str) -> StaffAccount:
    query = select(StaffAccount).where(StaffAccount.id == staff_id).with_for_update()
    account = (await uow.session.execute(query)).scalar_one_or_none()
    if account is None:
        raise Missing("no_account")
    return account


async def _all_locked(uow: UnitOfWork) -> Sequence[StaffAccount]:
    """Every enabled account, locked in one order: two supervisors cannot disable each other at once."""
    query = select(StaffAccount).where(StaffAccount.disabled_at.is_(None)).order_by(StaffAccount.id)
    return (await uow.session.execute(query.with_for_update())).scalars().all()


def _still_managed(everyone: Sequence[StaffAccount]) -> None:
    """Raises Conflict `last_manager` if nobody could manage staff after this change."""
    if not any(
        one.disabled_at is None and policy().may(_MANAGE, one.roles, one.in_house) for one in everyone
    ):
        raise Conflict("last_manager")


async def _record(
    uow: UnitOfWork, by: Member | None, account: StaffAccount, act: str, **details: Any
) -> None:
    uow.emit("staff.changed", staff_id=account.id)
    await audit.record(uow, act, who=audit.named(by), subject=Subject("staff", account.id), **details)
