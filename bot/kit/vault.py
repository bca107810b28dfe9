"""Personal data in append-only places: ciphertext under a key per person. Erasing a person destroys the key, so the
timeline stays whole and says nothing more about them. The keys themselves are wrapped by the installation's secret.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.kit.database import Base, UnitOfWork
from bot.kit.now import now
from bot.settings import settings

ERASED = {"erased": True}


class PersonKey(Base):
    """The key of one person or conversation; `wrapped` is NULL while destroyed, `destroyed_at` the last time it was."""

    __tablename__ = "person_keys"
    subject: Mapped[str] = mapped_column(primary_key=True)
    wrapped: Mapped[str | None]
    made_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]


def _wrapping() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"vault:{settings().secret}".encode()).digest()))


async def seal(uow: UnitOfWork, subject: str, data: dict[str, Any]) -> str:
    """`data` as ciphertext under the key of `subject`; the key is made on first use, and anew after it was destroyed: what is
    said after an erasure (it may be a cry for help) is readable, what was said before stays lost."""
    row = await uow.session.get(PersonKey, subject)
    if row is None:
        row = PersonKey(subject=subject, made_at=now())
        uow.session.add(row)
    if row.wrapped is None:
        row.wrapped = _wrapping().encrypt(Fernet.generate_key()).decode()
        await uow.session.flush()
    key = Fernet(_wrapping().decrypt(row.wrapped.encode()))
    return key.encrypt(
        json.dumps(data, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")
    ).decode()


async def unseal_many(session: AsyncSession, sealed: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """What `seal` was given, for each (subject, ciphertext); `{"erased": True}` where the key has been destroyed."""
    wanted = {subject for subject, _ in sealed}
    rows = (await session.execute(select(PersonKey).where(PersonKey.subject.in_(wanted)))).scalars()
    keys = {row.subject: Fernet(_wrapping().decrypt(row.wrapped.encode())) for row in rows if row.wrapped}
    return [_open(keys.get(subject), text) for subject, text in sealed]


def _open(key: Fernet | None, text: str) -> dict[str, Any]:
    if key is None or not text:
        return dict(ERASED)
    try:
        opened: dict[str, Any] = json.loads(key.decrypt(text.encode()).decode("utf-8", "surrogatepass"))
        return opened
    except InvalidToken:
        return dict(ERASED)


async def destroy(uow: UnitOfWork, subject: str) -> None:
    """Erase: what was sealed for `subject` can never be read again."""
    row = await uow.session.get(PersonKey, subject)
    if row is not None:
        row.wrapped, row.destroyed_at = None, now()
