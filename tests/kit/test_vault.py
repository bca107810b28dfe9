"""Another VIGIL_SECRET: the desk does not start on it, and one that runs on it refuses no cry and fails no reader."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from bot.incidents.timeline import read, record
from bot.kit import vault
from bot.kit.database import Database
from bot.settings import ROOT, settings
from tests.ports import free_port
from tests.served import served_desk

Turn = Callable[[str], None]


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Turn:
    """Choose the installation's secret."""

    def choose(chosen: str) -> None:
        monkeypatch.setattr(vault, "settings", lambda: settings().model_copy(update={"secret": chosen}))

    return choose


async def _say(database: Database, act: str, case_id: str = "c1") -> None:
    async with database.unit_of_work() as uow:
        await record(uow, act, who="software:test", case_id=case_id, words=act)


async def _said(database: Database) -> list[object]:
    async with database.reading() as session:
        return [
            entry["details"].get("words")
            for entry in await read(session, case_ids=["c1"], conversation_id=None)
        ]


class TestUnderAnotherSecret:
    async def test_what_is_said_now_is_stored_and_read_and_what_was_said_before_comes_back_with_its_secret(
        self, database: Database, secret: Turn
    ) -> None:
        await _say(database, "first")
        secret("another")
        await asyncio.gather(_say(database, "second"), _say(database, "third"))
        assert sorted(map(str, await _said(database))) == ["None", "second", "third"]
        async with database.reading() as session:
            (before, *_) = await read(session, case_ids=["c1"], conversation_id=None)
        assert set(before["details"]["unreadable"]) == {"zh", "en"}
        secret(settings().secret)
        assert await _said(database) == ["first", None, None]
        await _say(database, "fourth")
        assert await _said(database) == ["first", None, None, "fourth"]

    async def test_who_is_erased_is_erased_under_both(self, database: Database, secret: Turn) -> None:
        await _say(database, "first")
        secret("another")
        await _say(database, "second")
        async with database.unit_of_work() as uow:
            await vault.destroy(uow, "c1")
        for chosen in ("another", settings().secret):
            secret(chosen)
            async with database.reading() as session:
                entries = await read(session, case_ids=["c1"], conversation_id=None)
            assert [entry["details"] for entry in entries] == [{"erased": True}] * 2

    async def test_a_cry_on_an_open_case_is_taken(
        self, database_url: str, tmp_path: Path, secret: Turn
    ) -> None:
        async with (
            served_desk(database_url, tmp_path) as (_, url),
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http,
        ):
            session = (await http.post("/api/chat/sessions", json={"locale": "en"})).json()
            http.headers["Authorization"] = f"Bearer {session['token']}"
            for number, text in enumerate(("he locked the doors and will not stop", "he has a knife")):
                if number:
                    secret("another")
                taken = await http.post("/api/chat/messages", json={"client_id": str(number), "text": text})
                assert taken.status_code == 202 and taken.json()["conversation"]["grade"] == "S0"


class TestStarting:
    async def test_the_secret_that_wrote_the_database_passes_and_another_does_not(
        self, database: Database, secret: Turn
    ) -> None:
        await vault.check_secret(database)
        await _say(database, "first")
        await _say(database, "first", "c2")
        await vault.check_secret(database)
        secret("another")
        with pytest.raises(ValueError, match="not the VIGIL_SECRET this database was written with"):
            await vault.check_secret(database)

    async def test_a_command_run_by_hand_under_another_secret_turns_nothing_round(
        self, database: Database, secret: Turn
    ) -> None:
        for case_id in ("c1", "c2"):
            await _say(database, "first", case_id)
        secret("another")
        await _say(database, "by hand", "c3")
        with pytest.raises(ValueError):
            await vault.check_secret(database)
        secret(settings().secret)
        await vault.check_secret(database)

    @pytest.mark.timeout(90)
    async def test_the_desk_says_so_and_does_not_start(
        self, database: Database, database_url: str, tmp_path: Path
    ) -> None:
        await _say(database, "first")
        env = {
            **os.environ, "DATABASE_URL": database_url, "VIGIL_SECRET": "another", "VIGIL_VAR": str(tmp_path),
            "REDIS_URL": "", "VIGIL_PORT": str(free_port()), "VIGIL_INTERNAL_PORT": str(free_port()),
        }  # fmt: skip
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "serve", cwd=ROOT, env=env, stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        _, says = await asyncio.wait_for(started.communicate(), 60)
        assert started.returncode == 2
        assert says.decode().startswith(
            "This is not the VIGIL_SECRET this database was written with: set that one"
        )

    @pytest.mark.parametrize("words", [("staff", "list"), ("page", "check")])
    async def test_neither_does_a_command_that_is_run_by_hand(
        self, database: Database, database_url: str, tmp_path: Path, words: tuple[str, ...]
    ) -> None:
        await _say(database, "first")
        env = {
            **os.environ,
            "DATABASE_URL": database_url,
            "VIGIL_SECRET": "another",
            "VIGIL_VAR": str(tmp_path),
        }
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *words, cwd=ROOT, env=env, stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, says = await asyncio.wait_for(started.communicate(), 60)
        assert (started.returncode, out) == (2, b"")
        assert says.decode().startswith("This is not the VIGIL_SECRET this database was written with")
        assert len(says.splitlines()) == 1
