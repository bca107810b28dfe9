"""Who is on call, and the hours without anybody."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.kit.now import now
from bot.paging import staff, store
from bot.paging.schemas import Gap, OnCall
from bot.policy import policy


async def on_call(session: AsyncSession, team: str, at: datetime) -> list[OnCall]:
    """Who is on call for `team` at `at`: enabled, with a role for it, in-house where the team is. In order of
    name."""
    return await store.on_call(session, [team], at, await staff.enabled(session))


async def everyone_on_call(session: AsyncSession, at: datetime) -> list[OnCall]:
    """Who is on call at `at`, in every team."""
    return await store.on_call(session, policy().teams, at, await staff.enabled(session))


async def gaps(session: AsyncSession, start: datetime, hours: float) -> list[Gap]:
    """When, in the `hours` from `start`, a team that is never closed has nobody."""
    return await store.gaps(session, start, start + timedelta(hours=hours), await staff.enabled(session))


async def rota_is_empty_now(session: AsyncSession) -> bool:
    """Whether a team that is never closed has nobody on call at this moment."""
    return bool(await gaps(session, now(), 1 / 60))
