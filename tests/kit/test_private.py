"""What people wrote lies where the desk alone reads it, and not in the log."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.attachments.files import Files
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


@pytest.fixture
def open_umask() -> Iterator[None]:
    """As under a program that was not started by `python -m bot`."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def _modes(folder: Path) -> dict[str, int]:
    return {str(one.relative_to(folder)): stat.S_IMODE(one.stat().st_mode) for one in folder.rglob("*")}


@pytest.mark.usefixtures("open_umask")
class TestWhateverTheUmask:
    async def test_the_database_and_what_lies_beside_it_is_its_owner_s_alone(self, tmp_path: Path) -> None:
        made = Database(f"sqlite+aiosqlite:///{tmp_path / 'vigil.db'}")
        async with made.unit_of_work() as uow:
            await uow.session.execute(text("CREATE TABLE said (words TEXT)"))
        modes = _modes(tmp_path)
        await made.close()
        assert modes == {"vigil.db": 0o600, "vigil.db-wal": 0o600, "vigil.db-shm": 0o600}

    async def test_a_database_that_is_there_is_used_as_it_is(self, tmp_path: Path) -> None:
        file = tmp_path / "vigil.db"
        with sqlite3.connect(file) as connection:
            connection.execute("CREATE TABLE said AS SELECT 'help' AS words")
        connection.close()
        file.chmod(0o640)
        made = Database(f"sqlite+aiosqlite:///{file}")
        async with made.reading() as session:
            assert (await session.execute(text("SELECT words FROM said"))).scalar_one() == "help"
        await made.close()
        assert stat.S_IMODE(file.stat().st_mode) == 0o640

    def test_the_attachments_and_every_folder_of_them(self, tmp_path: Path) -> None:
        Files(tmp_path / "attachments").put(b"a photo")
        modes = _modes(tmp_path)
        assert len(modes) == 3 and not any(mode & 0o077 for mode in modes.values())
