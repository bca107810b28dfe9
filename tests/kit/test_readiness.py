"""/readyz says what is so: a database that answers and stores nothing is not well, nor are workers without their Redis."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy import select, text

from bot.app import Desk
from bot.kit.database import Database
from bot.kit.due import Due
from bot.kit.storing import Storing
from tests.ports import free_port
from tests.served import served_desk

PHOTO = {"file": ("x.jpg", os.urandom(20_000), "image/jpeg")}
REDIS = os.environ.get("VIGIL_TEST_REDIS", "redis://127.0.0.1:6379")


@contextmanager
def full() -> Iterator[None]:
    """No file of this process grows beyond 8 KiB, as on a full disk; the log is kept off it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with structlog.testing.capture_logs():
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Desk, httpx.AsyncClient]]:
    async with (
        served_desk(database_url, tmp_path) as (served, url),
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http,
    ):
        yield served, http


async def _part(http: httpx.AsyncClient, name: str) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get("/readyz")).json()["parts"].get(name, {})
    return found


async def _empty_log(database: Database) -> None:
    """SQLite's log of changes begins anew, so that the next change must grow it."""
    async with database.engine.connect() as connection:
        await connection.exec_driver_sql("COMMIT")
        await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


class TestStoring:
    async def test_writes_a_row_that_is_never_due(self, database: Database) -> None:
        await asyncio.gather(*(Storing(database).works() for _ in range(4)))
        async with database.reading() as session:
            rows = (await session.execute(select(Due))).scalars().all()
        assert [(row.done, row.step) for row in rows] == [(True, 3)]

    async def test_a_lock_that_somebody_holds_shortly_is_no_fault_and_one_write_says_enough_for_a_while(
        self, database: Database
    ) -> None:
        await Storing(database).works()
        storing = Storing(database)
        async with database.unit_of_work() as uow:
            await uow.session.execute(text("UPDATE due SET failures = 0"))
            await storing.works()
            await storing.works()
        async with asyncio.timeout(20):
            while not storing._good > 0:
                await storing.works()
        await storing.works()
        async with database.reading() as session:
            assert (await session.execute(select(Due.step))).scalar_one() == 1


class TestReadyz:
    @pytest.mark.parametrize("template", ["sqlite"], indirect=True)
    async def test_a_full_disk_is_told_by_readyz_and_by_the_doors_and_passes_with_it(
        self, desk: tuple[Desk, httpx.AsyncClient]
    ) -> None:
        served, http = desk
        session = (await http.post("/api/chat/sessions", json={"locale": "en"})).json()
        http.headers["Authorization"] = f"Bearer {session['token']}"
        await _empty_log(served.database)
        with full():
            told = await _part(http, "database")
            assert not told["ok"] and "nothing can be stored" in told["says"]
            for sent in (
                await http.post("/api/chat/messages", json={"client_id": "1", "text": "he has a knife"}),
                await http.post("/api/chat/attachments", files=PHOTO, data={"client_id": "2"}),
            ):
                assert (sent.status_code, sent.json()["error"]["code"]) == (503, "not_stored")
        assert (await _part(http, "database"))["ok"]

    @pytest.mark.parametrize("template", ["postgres"], indirect=True)
    async def test_a_database_that_refuses_writing_is_not_well(
        self, desk: tuple[Desk, httpx.AsyncClient]
    ) -> None:
        served, http = desk

        async def only_reading(on: str) -> None:
            async with served.database.unit_of_work() as uow:
                await uow.session.execute(text("SET default_transaction_read_only = off"))
                name = served.database.engine.url.database
                await uow.session.execute(
                    text(f"ALTER DATABASE {name} SET default_transaction_read_only = {on}")
                )
            await served.database.engine.dispose()

        await only_reading("on")
        told = await _part(http, "database")
        assert not told["ok"] and "read-only transaction" in told["says"]

    async def test_redis_is_a_part_only_where_it_is_used(self, desk: tuple[Desk, httpx.AsyncClient]) -> None:
        assert await _part(desk[1], "redis") == {}

    @pytest.mark.parametrize("template", ["sqlite"], indirect=True)
    @pytest.mark.parametrize(("there", "ok"), [(True, True), (False, False)])
    async def test_redis_answers_or_is_missed_and_the_desk_takes_cries(
        self, database_url: str, tmp_path: Path, there: bool, ok: bool
    ) -> None:
        address = REDIS if there else f"redis://127.0.0.1:{free_port()}"
        with structlog.testing.capture_logs() as logs:
            async with (
                served_desk(database_url, tmp_path, redis_url=address) as (_, url),
                httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http,
            ):
                assert (await _part(http, "redis"))["ok"] is ok
                session = (await http.post("/api/chat/sessions", json={"locale": "en"})).json()
                http.headers["Authorization"] = f"Bearer {session['token']}"
                cry = {"client_id": "1", "text": "he locked the doors and will not stop"}
                assert (await http.post("/api/chat/messages", json=cry)).status_code == 202
        assert any(one["event"] == "starting without Redis" for one in logs) is not ok
