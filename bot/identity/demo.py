"""Demonstration staff: made when a demo starts on an empty database, refused by production."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.identity import accounts, passwords, store
from bot.identity.accounts import Wanted
from bot.identity.models import StaffAccount
from bot.kit.database import UnitOfWork
from bot.settings import settings

# `.example` is reserved (RFC 2606): nobody's address.
STAFF = (
    Wanted("li.na@vigil.example", "李娜 Li Na", ("safety",), locale="zh", demo=True),
    Wanted("sam.wong@vigil.example", "王强 Sam Wong", ("agent",), locale="en", demo=True),
    Wanted("mia.zhao@partner.example", "赵敏 Mia Zhao", ("agent",), in_house=False, locale="zh", demo=True),
    Wanted("chen.jing@vigil.example", "陈静 Chen Jing", ("supervisor",), locale="zh", demo=True),
    Wanted("tom.reid@vigil.example", "Tom Reid", ("trainer",), locale="en", languages=("en",), demo=True),
    Wanted("wu.lei@vigil.example", "吴磊 Wu Lei", ("police_liaison",), locale="zh", demo=True),
)


async def ensure_demo_staff(uow: UnitOfWork) -> list[tuple[str, str, tuple[str, ...]]]:
    """Make the demo staff if this is no production and nobody has an account yet.

    Returns (e-mail, password, roles) of each for printing; the passwords are random and kept as hashes only.
    Empty when there was nothing to make. Takes about half a second: it is for the start of the desk.
    """
    if not settings().demo or await store.any_account(uow.session):
        return []
    made = []
    for wanted in STAFF:
        password = passwords.one_time()
        await accounts.add(uow, None, wanted, passwords.hash_now(password))
        made.append((wanted.email, password, tuple(wanted.roles)))
    return made


async def has_demo_accounts(session: AsyncSession) -> bool:
    """Whether a demo account could still sign in."""
    query = select(StaffAccount.id).where(StaffAccount.demo, StaffAccount.disabled_at.is_(None)).limit(1)
    return (await session.execute(query)).first() is not None
