"""Personal data in append-only places: ciphertext under a key per person. Erasing a person destroys the key, so the
timeline stays whole and says nothing more about them. The keys themselves are wrapped by the installation's secret: under
another one nothing that was sealed opens, and the desk must not start (`check_secret`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.kit.database import Base, Database, UnitOfWork
from bot.kit.locale import say
from bot.kit.now import now
from bot.settings import settings

log = structlog.get_logger(__name__)
ERASED = {"erased": True}
# How many of the first and of the last keys are tried at start. One that a command run by hand has wrapped under another
# secret must neither hold up the right secret nor let in the wrong one.
_TRIED = 20
_OTHER_SECRET = (
    "This is not the VIGIL_SECRET this database was written with: set that one (`make run` keeps it in var/secrets.env). "
    "Only when it is lost for good, and with it all that it sealed: UPDATE person_keys SET wrapped = NULL, and start again."
)


class OtherSecret(ValueError):
    """The installation's secret is not the one that wrapped the database's keys; its text says what to do."""


class PersonKey(Base):
    """The key of one person or conversation; `wrapped` is NULL while destroyed, `destroyed_at` the last time it was. Several
    stand side by side, parted by spaces and the newest first, where the secret was another one for a while."""

    __tablename__ = "person_keys"
    subject: Mapped[str] = mapped_column(primary_key=True)
    wrapped: Mapped[str | None]
    made_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]


def _wrapping() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"vault:{settings().secret}".encode()).digest()))


@dataclass(frozen=True)
class _Keys:
    """What the secret opens of a person's keys, the newest first. locked: whether there are others that it does not open."""

    opened: tuple[Fernet, ...]
    locked: bool


def _unwrap(wrapping: Fernet, wrapped: str) -> _Keys:
    opened, parts = [], wrapped.split()
    for part in parts:
        try:
            opened.append(Fernet(wrapping.decrypt(part.encode())))
        except InvalidToken:
            continue
    return _Keys(tuple(opened), len(opened) < len(parts))


async def check_secret(database: Database) -> None:
    """Raises OtherSecret when the installation's secret is not the one that wrapped the database's keys."""
    wrapped = select(PersonKey.subject, PersonKey.wrapped).where(PersonKey.wrapped.is_not(None)).limit(_TRIED)
    tried: dict[str, str] = {}
    async with database.reading() as session:
        for order in (PersonKey.made_at, PersonKey.made_at.desc()):
            tried |= {subject: key for subject, key in await session.execute(wrapped.order_by(order)) if key}
    wrapping = _wrapping()
    opened = sum(bool(_unwrap(wrapping, one).opened) for one in tried.values())
    if 2 * opened < len(tried):
        raise OtherSecret(_OTHER_SECRET)


@asynccontextmanager
async def opened() -> AsyncIterator[Database]:
    """The database of the settings, for a command that is run by hand. Raises OtherSecret as the desk does at start: what the
    command sealed under another secret the desk could not read."""
    database = Database(settings().resolved_database_url)
    try:
        await check_secret(database)
        yield database
    finally:
        await database.close()


async def seal(uow: UnitOfWork, subject: str, data: dict[str, Any]) -> str:
    """`data` as ciphertext under the key of `subject`; the key is made on first use, and anew after it was destroyed or where
    the secret does not open it: what is said then (it may be a cry for help) is stored and readable."""
    wrapping = _wrapping()
    row = await uow.session.get(PersonKey, subject)
    if row is None:
        key, wrapped = _made(wrapping)
        uow.session.add(PersonKey(subject=subject, wrapped=wrapped, made_at=now()))
        await uow.session.flush()
    else:
        keys = _unwrap(wrapping, row.wrapped or "")
        key = keys.opened[0] if keys.opened else await _another(uow, row, wrapping)
    return key.encrypt(
        json.dumps(data, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")
    ).decode()


def _made(wrapping: Fernet) -> tuple[Fernet, str]:
    key = Fernet.generate_key()
    return Fernet(key), wrapping.encrypt(key).decode()


async def _another(uow: UnitOfWork, row: PersonKey, wrapping: Fernet) -> Fernet:
    """A key before those that do not open: under their own secret they will again."""
    # Two at once must not each make one: what the first has sealed would be lost.
    await uow.session.refresh(row, with_for_update=True)
    keys = _unwrap(wrapping, row.wrapped or "")
    if keys.opened:
        return keys.opened[0]
    if keys.locked:
        log.error("a person's key does not open under this VIGIL_SECRET: a new one is made")
    key, wrapped = _made(wrapping)
    row.wrapped = " ".join([wrapped, *(row.wrapped or "").split()])
    await uow.session.flush()
    return key


async def unseal_many(session: AsyncSession, sealed: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """What `seal` was given, for each (subject, ciphertext); `{"erased": True}` where the key has been destroyed, and
    `{"unreadable": {zh, en}}` where the installation's secret does not open it."""
    wanted = {subject for subject, _ in sealed}
    rows = (await session.execute(select(PersonKey).where(PersonKey.subject.in_(wanted)))).scalars()
    wrapping = _wrapping()
    keys = {row.subject: _unwrap(wrapping, row.wrapped) for row in rows if row.wrapped}
    opened = [_open(keys.get(subject), text) for subject, text in sealed]
    if locked := sum("unreadable" in one for one in opened):
        log.error("sealed under another VIGIL_SECRET", unreadable=locked, of=len(opened))
    return opened


def is_lost(opened: dict[str, Any]) -> bool:
    """Whether what `unseal_many` gave is a mark instead of what was sealed: erased, or unreadable here."""
    return set(opened) in ({"erased"}, {"unreadable"})


def _open(keys: _Keys | None, text: str) -> dict[str, Any]:
    if keys is None or not text:
        return dict(ERASED)
    try:
        if keys.opened:
            found = MultiFernet(keys.opened).decrypt(text.encode())
            opened: dict[str, Any] = json.loads(found.decode("utf-8", "surrogatepass"))
            return opened
    except InvalidToken:
        pass
    if keys.locked:
        return {"unreadable": {locale: say("vault.unreadable", locale) for locale in ("zh", "en")}}
    return dict(ERASED)


async def destroy(uow: UnitOfWork, subject: str) -> None:
    """Erase: what was sealed for `subject` can never be read again."""
    row = await uow.session.get(PersonKey, subject)
    if row is not None:
        row.wrapped, row.destroyed_at = None, now()
