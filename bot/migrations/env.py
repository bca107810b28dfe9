"""Alembic's environment: the desk's tables on whichever database the settings name."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy.engine import Connection

from bot.kit.database import Base, Database
from bot.migrations.tables import ALL_MODELS
from bot.settings import settings

assert ALL_MODELS


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True
    )
    with context.begin_transaction():
        context.run_migrations()


async def _online() -> None:
    url = context.config.attributes.get("url") or settings().resolved_database_url
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(_run)
    await database.close()


asyncio.run(_online())
