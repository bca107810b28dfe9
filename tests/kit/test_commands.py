"""`python -m bot …` ends in a sentence, not in a traceback, when something it is given or needs is wrong."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import sqlite3
import sys
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.reuse import POSTGRES

ROOT = Path(__file__).parents[2]


async def bot(var: Path, *words: str, **settings: str) -> tuple[int, str]:
    """Exit status and all that was said."""
    names = ("DATABASE_URL", "REDIS_URL")
    plain = {
        name: one for name, one in os.environ.items() if not name.startswith("VIGIL_") and name not in names
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, cwd=ROOT, env={**plain, "VIGIL_VAR": str(var), **settings},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    text = said.decode()
    assert "Traceback" not in text, text
    return process.returncode or 0, text


@pytest.mark.parametrize("command", [("serve",), ("page", "check")])
async def test_a_setting_is_named_as_it_stands_in_the_environment(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    status, said = await bot(tmp_path, *command, VIGIL_ENV="prod", VIGIL_TICK_S="fast")
    assert status == 2 and "VIGIL_ENV is 'prod'" in said and "VIGIL_TICK_S is 'fast'" in said


async def test_an_address_is_not_repeated_with_its_password(tmp_path: Path) -> None:
    status, said = await bot(tmp_path, "migrate", DATABASE_URL="mysql://u:geheim@h/db")
    assert status == 2 and "DATABASE_URL cannot be used" in said and "geheim" not in said


@pytest.mark.parametrize(
    ("missing", "command"),
    [("database", ("migrate",)), ("database", ("staff", "list")), ("server", ("serve",))],
)
async def test_a_database_that_is_not_there(missing: str, command: tuple[str, ...], tmp_path: Path) -> None:
    closed = f"postgresql://postgres@127.0.0.1:{free_port()}/x?sslmode=require"
    nowhere = POSTGRES.rsplit("/", 1)[0] + "/vigil_nowhere"
    status, said = await bot(tmp_path, *command, DATABASE_URL=nowhere if missing == "database" else closed)
    assert status == 1 and "DATABASE_URL" in said


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "vigil.db").write_text("no database" * 50)
    for command in (("migrate",), ("staff", "list")):
        status, said = await bot(tmp_path, *command)
        assert status == 1 and "file is not a database" in said


async def test_a_database_without_tables(tmp_path: Path) -> None:
    status, said = await bot(tmp_path, "serve")
    assert status == 1 and "make migrate" in said


async def test_a_database_of_a_newer_version(sqlite_template: Path, tmp_path: Path) -> None:
    with sqlite3.connect(shutil.copy(sqlite_template, tmp_path / "vigil.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    status, said = await bot(tmp_path, "migrate")
    assert status == 2 and "does not fit this version" in said and "9999" in said


@pytest.mark.parametrize("file", ["policy.yml", "safety/forbidden.yml"])
async def test_a_data_file_that_is_no_yaml(file: str, sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "vigil.db")
    data = Path(shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("nlu")))
    with (data / file).open("a") as out:
        out.write("\n - [\n")
    status, said = await bot(tmp_path, "serve", "--check", VIGIL_DATA=str(data))
    assert status == 2 and "line " in said and Path(file).name in said


@pytest.mark.parametrize(
    ("right", "wrong", "place"),
    [
        ("capacity: 4, tier: senior", "capacity: 4, tier: expart", "routing.defaults.agent"),
        ("s1_to_s0: [vulnerable,", "s1_to_s0: [vulnerabel,", "modifiers.s1_to_s0"),
        ("unreachable_after_attempts, other]", "unreachable_after_attempts, solved]", "resolution_codes"),
    ],
)
async def test_a_name_in_the_policy_that_nobody_knows(
    right: str, wrong: str, place: str, sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "vigil.db")
    data = Path(shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("nlu")))
    text = (data / "policy.yml").read_text("utf-8")
    assert right in text
    (data / "policy.yml").write_text(text.replace(right, wrong), "utf-8")
    status, said = await bot(tmp_path, "serve", "--check", VIGIL_DATA=str(data))
    (sentence,) = said.splitlines()
    named = wrong.split()[-1].strip("[,]")
    assert status == 2 and re.match(rf"data/policy\.yml[,:] {place}: .*{named}", sentence)


async def test_a_data_file_that_is_gone(sqlite_template: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("nlu")))
    (data / "policy.yml").unlink()
    status, said = await bot(tmp_path, "serve", VIGIL_DATA=str(data))
    assert status == 1 and str(data / "policy.yml") in said


async def test_a_port_in_use(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "vigil.db")
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        status, said = await bot(tmp_path, "serve", VIGIL_PORT=port, VIGIL_INTERNAL_PORT=str(free_port()))
    assert status == 1 and f"Port {port}: nobody can listen here" in said


class TestBesideARun:
    async def test_a_command_from_a_bare_shell_speaks_of_the_running_desk(
        self, sqlite_template: Path, tmp_path: Path
    ) -> None:
        shutil.copy(sqlite_template, tmp_path / "vigil.db")
        kept = {
            "VIGIL_PUBLIC_URL": f"http://127.0.0.1:{free_port()}",
            "VIGIL_PAGER": "json://127.0.0.1:9/one",
        }
        kept |= {"VIGIL_RIDE_PLATFORM_URL": f"http://127.0.0.1:{free_port()}"}
        (tmp_path / "run.json").write_text(json.dumps(kept))
        status, said = await bot(tmp_path, "rehearse")
        assert status == 2 and kept["VIGIL_PUBLIC_URL"] in said
        _, said = await bot(tmp_path, "page", "check")
        assert "no outside pager" not in said

    async def test_what_the_shell_sets_comes_first(self, tmp_path: Path) -> None:
        (tmp_path / "run.json").write_text(json.dumps({"VIGIL_ENV": "production"}))
        status, said = await bot(tmp_path, "migrate", VIGIL_ENV="prod")
        assert status == 2 and "VIGIL_ENV is 'prod'" in said

    async def test_another_database_is_another_desk(self, sqlite_template: Path, tmp_path: Path) -> None:
        shutil.copy(sqlite_template, tmp_path / "other.db")
        (tmp_path / "run.json").write_text(json.dumps({"VIGIL_ENV": "prod"}))
        status, said = await bot(tmp_path, "staff", "list", DATABASE_URL=f"sqlite:///{tmp_path / 'other.db'}")
        assert status == 0, said
