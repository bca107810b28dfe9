"""`python -m bot staff …` as an operator runs it: a process of its own, on both databases."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path

from bot.identity import passwords, store
from bot.kit.database import Database

ROOT = Path(__file__).parents[2]
SECRET = "a long enough passphrase"


async def staff(
    url: str, tmp_path: Path, *args: str, stdin: str = "", lang: str = "en_GB.UTF-8"
) -> tuple[int, str, str]:
    environment = {**os.environ, "DATABASE_URL": url, "VIGIL_VAR": str(tmp_path), "LC_ALL": lang}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "staff", *args, cwd=ROOT, env=environment,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate(stdin.encode())
    return process.returncode or 0, out.decode(), err.decode()


async def test_the_life_of_an_account(database_url: str, database: Database, tmp_path: Path) -> None:
    async def run(*args: str, stdin: str = "") -> str:
        status, out, err = await staff(database_url, tmp_path, *args, stdin=stdin)
        assert status == 0, err
        return out

    await run(
        "add",
        "Boss@example.com",
        "--name",
        "陈静",
        "--role",
        "supervisor",
        "--locale",
        "zh",
        stdin=f"{SECRET}\n",
    )
    added = await run(
        "add", "sam@example.com", "--name", "Sam Wong", "--role", "agent", "--outsourced", stdin=f"{SECRET}\n"
    )
    assert added == "Added sam@example.com (agent).\n"
    await run("role", "sam@example.com", "--role", "safety", "--role", "agent", "--in-house")
    await run("disable", "sam@example.com")
    await run("password", "boss@example.com", stdin="another long passphrase\n")
    assert (await run("list")).splitlines() == [
        "sam@example.com\tSam Wong\tagent,safety\tin-house\tdisabled",
        "boss@example.com\t陈静\tsupervisor\tin-house\tenabled",
    ]
    async with database.reading() as session:
        boss = await store.by_email(session, "boss@example.com")
    assert boss is not None and boss.locale == "zh"
    assert await passwords.verify(boss.password_hash, "another long passphrase")


async def test_mistakes_end_in_a_sentence_in_the_operators_language(
    sqlite_template: Path, tmp_path: Path
) -> None:
    database_url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'vigil.db')}"
    status, out, err = await staff(
        database_url, tmp_path, "disable", "nobody@example.com", lang="zh_CN.UTF-8"
    )
    assert (status, out) == (1, "") and "没有这个账号" in err
    add = ("add", "a@example.com", "--name", "A", "--role")
    status, _, err = await staff(database_url, tmp_path, *add, "root", stdin=f"{SECRET}\n")
    assert status == 1 and "No such role: root" in err
    status, _, err = await staff(database_url, tmp_path, *add, "agent", stdin="short\n")
    assert status == 1 and "12 to 200 characters" in err
    assert "Traceback" not in err


async def test_a_database_without_tables_is_said_so(tmp_path: Path) -> None:
    status, _, err = await staff(f"sqlite:///{tmp_path / 'new.db'}", tmp_path, "list")
    assert status == 1 and "migrat" in err and "Traceback" not in err


async def test_a_command_that_does_not_exist_lists_those_that_do() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "dance", cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    _, err = await process.communicate()
    assert process.returncode == 2 and b"staff" in err
