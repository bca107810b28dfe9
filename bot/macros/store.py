"""Reads of macros, their history and their uses, and of mentions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.kit.data import read_yaml
from bot.macros.models import MacroRow, MacroUse, MacroVersion, Mention
from bot.macros.schemas import Macro, MacroContent
from bot.settings import settings


def load(path: Path) -> dict[str, MacroContent]:
    """The macros of a file by id. Raises pydantic.ValidationError whose sentences name the field."""
    raw = read_yaml(path)
    return {macro_id: MacroContent.model_validate(one) for macro_id, one in raw["macros"].items()}


@lru_cache(maxsize=1)
def shipped() -> dict[str, MacroContent]:
    """What ships with the product, read once."""
    return load(settings().data / "macros.yml")


def _of(row: MacroRow) -> Macro:
    content = MacroContent.model_validate(row.content)
    return Macro(row.id, row.version, row.state, content, row.changed_name, row.changed_at)  # type: ignore[arg-type]


async def all_macros(session: AsyncSession) -> list[Macro]:
    """Every macro, retired ones too: the shipped in their order, each as it was last changed, then the staff's own."""
    rows = {
        row.id: _of(row) for row in (await session.execute(select(MacroRow).order_by(MacroRow.id))).scalars()
    }
    first = [
        rows.pop(macro_id) if macro_id in rows else Macro(macro_id, 0, "active", content, None, None)
        for macro_id, content in shipped().items()
    ]
    return [*first, *rows.values()]


async def macro(session: AsyncSession, macro_id: str) -> Macro | None:
    """One macro as it stands."""
    row = await session.get(MacroRow, macro_id)
    if row is not None:
        return _of(row)
    content = shipped().get(macro_id)
    return Macro(macro_id, 0, "active", content, None, None) if content else None


async def versions(session: AsyncSession, macro_id: str) -> Sequence[MacroVersion]:
    """Its changes, newest first."""
    query = (
        select(MacroVersion).where(MacroVersion.macro_id == macro_id).order_by(MacroVersion.version.desc())
    )
    return (await session.execute(query)).scalars().all()


async def uses_in(session: AsyncSession, conversation_id: str) -> Counter[str]:
    """How often each macro went out in a conversation."""
    query = select(MacroUse.macro_id).where(MacroUse.conversation_id == conversation_id)
    return Counter((await session.execute(query)).scalars())


async def unseen_mentions(session: AsyncSession, staff_id: str) -> Sequence[Mention]:
    """Where somebody is wanted, newest first; at most 50."""
    query = select(Mention).where(Mention.staff_id == staff_id, Mention.seen_at.is_(None))
    return (
        (await session.execute(query.order_by(Mention.at.desc(), Mention.id.desc()).limit(50)))
        .scalars()
        .all()
    )
