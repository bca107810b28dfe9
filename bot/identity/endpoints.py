"""The staff's doors: signing in and out, oneself, presence, and supervisors' accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.identity import accounts, passwords, service, store
from bot.identity.guards import (
    COOKIE,
    Db,
    act,
    csrf_guard,
    in_the_pages_language,
    member_from_cookie_header,
    signed_in,
)
from bot.identity.models import StaffAccount
from bot.identity.schemas import (
    Account,
    AccountMade,
    Accounts,
    Me,
    Member,
    NewAccount,
    NewPassword,
    NewRoles,
    Presence,
    SignIn,
)
from bot.kit.now import iso
from bot.policy import policy
from bot.settings import settings

__all__ = [
    "act", "csrf_guard", "in_the_pages_language", "member_from_cookie_header", "router", "signed_in",
]  # fmt: skip

router = APIRouter(prefix="/api/staff", tags=["staff"])
Staff = Annotated[Member, Depends(signed_in)]
Manager = Annotated[Member, Depends(act("manage_staff"))]
_GUARDED = [Depends(csrf_guard)]


# No X-Vigil here: there is no session yet that another site could use, and a browser sends no JSON across
# sites without asking the desk first.
@router.post("/sign-in")
async def sign_in(body: SignIn, request: Request, response: Response, db: Db) -> Me:
    """E-mail and password; sets the cookie `vigil_staff`. 401 for a wrong pair, 429 after too many."""
    address = request.client.host if request.client else "unknown"
    signed = await service.sign_in(db, body.email, body.password, address)
    response.set_cookie(
        COOKIE,
        signed.secret,
        max_age=round(policy().limits.staff_session_hours * 3600),
        httponly=True,
        samesite="strict",
        secure=settings().public_url.startswith("https://"),
    )
    return Me.of(signed.member)


@router.post("/sign-out", status_code=204, dependencies=_GUARDED)
async def sign_out(request: Request, response: Response, db: Db) -> None:
    """End this browser's session; saying it twice is fine."""
    async with db.unit_of_work() as uow:
        await service.sign_out(uow, request.cookies.get(COOKIE, ""))
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


@router.get("/me")
async def me(staff: Staff) -> Me:
    """Who is signed in, with the acts that the policy allows them."""
    return Me.of(staff)


@router.post("/me/presence", status_code=204, dependencies=_GUARDED)
async def presence(body: Presence, db: Db, staff: Staff) -> None:
    """Say whether you are there."""
    async with db.unit_of_work() as uow:
        await service.set_presence(uow, staff, body.state)


@router.post("/me/password", status_code=204, dependencies=_GUARDED)
async def change_password(body: NewPassword, response: Response, db: Db, staff: Staff) -> None:
    """Change one's own password; every session ends, this one too."""
    await service.check_own_password(db, staff, body.current)
    made = await passwords.hash_password(body.new)
    async with db.unit_of_work() as uow:
        await accounts.set_password(uow, staff, staff.id, made)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


@router.get("/accounts")
async def list_accounts(db: Db, by: Manager) -> Accounts:
    """Every account, disabled ones too."""
    async with db.reading() as session:
        return Accounts(accounts=[_wire(account) for account in await store.all_accounts(session)])


@router.post("/accounts", status_code=201, dependencies=_GUARDED)
async def add_account(body: NewAccount, db: Db, by: Manager) -> AccountMade:
    """Add a member of staff. Without a password a one-time one is made and shown this once."""
    one_time = None if body.password else passwords.one_time()
    made = await passwords.hash_password(body.password or one_time or "")
    wanted = accounts.Wanted(body.email, body.name, body.roles, body.in_house, body.locale, body.languages)
    async with db.unit_of_work() as uow:
        account = await accounts.add(uow, by, wanted, made)
    return AccountMade(account=_wire(account), password=one_time)


@router.post("/accounts/{staff_id}/roles", dependencies=_GUARDED)
async def change_roles(staff_id: str, body: NewRoles, db: Db, by: Manager) -> Account:
    """Give other roles; they hold from the member's next request on."""
    async with db.unit_of_work() as uow:
        return _wire(await accounts.change_roles(uow, by, staff_id, body.roles, body.in_house))


@router.post("/accounts/{staff_id}/disable", dependencies=_GUARDED)
async def disable(staff_id: str, db: Db, by: Manager) -> Account:
    """End an account and its sessions at once."""
    async with db.unit_of_work() as uow:
        return _wire(await accounts.disable(uow, by, staff_id))


@router.post("/accounts/{staff_id}/enable", dependencies=_GUARDED)
async def enable(staff_id: str, db: Db, by: Manager) -> Account:
    """Let a disabled account sign in again."""
    async with db.unit_of_work() as uow:
        return _wire(await accounts.enable(uow, by, staff_id))


@router.post("/accounts/{staff_id}/password", dependencies=_GUARDED)
async def reset_password(staff_id: str, db: Db, by: Manager) -> AccountMade:
    """Give somebody a new one-time password, shown this once; their sessions end."""
    one_time = passwords.one_time()
    made = await passwords.hash_password(one_time)
    async with db.unit_of_work() as uow:
        account = await accounts.set_password(uow, by, staff_id, made)
    return AccountMade(account=_wire(account), password=one_time)


def _wire(account: StaffAccount) -> Account:
    return Account(
        id=account.id,
        email=account.email,
        name=account.name,
        roles=account.roles,
        in_house=account.in_house,
        locale=account.locale,
        languages=account.languages,
        presence=account.presence,
        last_seen_at=iso(account.last_seen_at),
        created_at=iso(account.created_at),
        disabled_at=iso(account.disabled_at),
        demo=account.demo,
    )
