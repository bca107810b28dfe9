"""What people wrote lies where the desk alone reads it, and not in the log."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
import traceback
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.kit.database import Database
from bot.settings import ROOT

WRITTEN = {"who": "Lin Xiaoli", "said": "13812345678"}


async def test_an_error_of_the_database_tells_none_of_it(database: Database) -> None:
    statement = text("INSERT INTO person_keys (subject, wrapped, made_at) VALUES (:who, :said, NULL)")
    with pytest.raises(IntegrityError) as refused:
        async with database.unit_of_work() as uow:
            await uow.session.execute(statement, WRITTEN)
    logged = "".join(traceback.format_exception(refused.value)) + str(refused.value.orig)
    assert "made_at" in logged and not any(one in logged for one in WRITTEN.values())


async def test_the_database_file_is_made_for_the_desk_alone(tmp_path: Path) -> None:
    env = {**os.environ, "VIGIL_VAR": str(tmp_path / "var"), "DATABASE_URL": ""}
    made = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "migrate", cwd=ROOT, env=env)
    assert await asyncio.wait_for(made.wait(), 100) == 0
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in (tmp_path / "var").iterdir()}
    assert modes["vigil.db"] == 0o600 and not any(mode & 0o077 for mode in modes.values())
