"""The drill and the other commands."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.identity import service as identity
from bot.kit.database import Database
from bot.kit.now import now
from bot.kit.outbox import OutboxWorker
from bot.paging import acknowledging, drill, editing, links, service, store
from bot.settings import ROOT
from tests.paging.conftest import Hook, House, Mail


@pytest.fixture
async def desk(house: House) -> AsyncIterator[OutboxWorker]:
    """The part of the desk that carries out pages, running beside the drill."""
    worker = OutboxWorker(house.database, 0.1)
    task = asyncio.create_task(worker.run())
    yield worker
    worker.stop()
    await task


async def run(
    house: House, *teams: str, wait_s: float = 0.0, sent_within_s: float = 10.0
) -> tuple[bool, str]:
    lines: list[str] = []
    well = await drill.run(
        house.database, list(teams), sent_within_s=sent_within_s, wait_s=wait_s, tell=lines.append
    )
    return well, "\n".join(lines)


class TestDrill:
    async def test_both_ways_of_the_team_and_of_each_person_are_tried(
        self, house: House, desk: OutboxWorker, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        pagers(hook.address(), mail.address())  # type: ignore[operator]
        async with house.database.unit_of_work() as uow:
            ann = next(one for one in await identity.enabled_members(uow.session) if one.id == "ann")
            await editing.set_channels(uow, ann, "ann", [hook.address("ann"), hook.address("ann-2")])
        well, said = await run(house, "safety")
        assert well, said
        assert [len(hook.at(name)) for name in ("team", "ann", "ann-2")] == [1, 1, 1] and len(mail.got) == 1
        assert "drill" in hook.at("ann")[0] and "Bob: in the desk only" in said
        assert said.count("taken after") == 4

    async def test_a_channel_that_fails_fails_the_drill_in_words(
        self, house: House, desk: OutboxWorker, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        mail.refuse = True
        pagers(hook.address(), mail.address())  # type: ignore[operator]
        well, said = await run(house, "safety")
        assert not well and "second way: NOT SENT" in said and "mailto did not take" in said

    async def test_without_a_running_desk_it_says_so(self, house: House, pagers: object, hook: Hook) -> None:
        pagers(hook.address(), "")  # type: ignore[operator]
        well, said = await run(house, "safety", sent_within_s=0.3)
        assert not well and "is the desk running?" in said

    async def test_without_a_pager_it_fails(self, house: House, desk: OutboxWorker) -> None:
        well, said = await run(house, "safety")
        assert not well and "no outside pager" in said

    async def test_who_taps_is_counted_and_who_does_not_is_named(
        self, house: House, desk: OutboxWorker, pagers: object, hook: Hook
    ) -> None:
        pagers(hook.address(), hook.address("two"))  # type: ignore[operator]
        well, said = await run(house, "safety", wait_s=0.3)
        assert not well and "NOT SEEN: the team" in said

        async def tap(subject: str) -> None:
            async with house.database.unit_of_work() as uow:
                page = next(one for one in await store.pages_of(uow.session, subject) if one.person == "team")
                await acknowledging.acknowledge(uow, links.token_for(page.id), "ann")

        taps = []

        async def on_page(event: object) -> None:
            if getattr(event, "topic", "") == "page":
                taps.append(asyncio.create_task(tap(event.data["subject"])))  # type: ignore[attr-defined]

        house.database.subscribers.append(on_page)
        well, said = await run(house, "safety", wait_s=10.0)
        await asyncio.gather(*taps)
        assert well and "NOT SEEN" not in said, said

    async def test_a_drill_leaves_nothing_open(
        self, house: House, desk: OutboxWorker, pagers: object, hook: Hook
    ) -> None:
        pagers(hook.address(), hook.address("two"))  # type: ignore[operator]
        await run(house, "safety")
        subject = house.of("page")[0]["subject"]
        async with house.database.reading() as session:
            assert await store.open_pages(session, subject) == []


def command(url: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    plain = url.replace("+aiosqlite", "").replace("+asyncpg", "")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VIGIL_", "DATABASE_"))}
    return subprocess.run(
        [sys.executable, "-m", "bot", "page", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**kept, "DATABASE_URL": plain, **more},
    )


async def spoken(database: Database, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(command, database.url, *words, **more)


class TestCommands:
    async def test_check_names_the_gap_and_the_wrong_address(self, database: Database) -> None:
        done = await spoken(database, "check", VIGIL_PAGER="call me")
        assert done.returncode == 1
        assert "VIGIL_PAGER, address 1" in done.stdout and "Team safety has nobody on call" in done.stdout

    async def test_check_is_content_with_a_whole_rota(self, house: House) -> None:
        done = await spoken(house.database, "check")
        assert (done.returncode, done.stderr) == (0, "")

    async def test_load_replaces_the_rota_or_says_why_not(self, house: House, tmp_path: Path) -> None:
        done = await spoken(house.database, "load", str(ROOT / "data" / "rota.yml"))
        assert done.returncode == 0, done.stderr
        async with house.database.reading() as session:
            before = await service.everyone_on_call(session, now())
        wrong = tmp_path / "rota.yml"
        wrong.write_text("zone: UTC\nshifts:\n  - {team: safety, role: safety}\n")
        done = await spoken(house.database, "load", str(wrong))
        assert done.returncode == 2 and "liaison has nobody" in done.stderr
        async with house.database.reading() as session:
            after = await service.everyone_on_call(session, now())
        assert [one.staff_id for one in after] == [one.staff_id for one in before]

    async def test_drill_without_a_desk_ends_with_words(self, house: House, hook: Hook) -> None:
        done = await spoken(
            house.database,
            "drill",
            "--team",
            "safety",
            "--wait",
            "0",
            "--sent-within",
            "0.3",
            VIGIL_PAGER=hook.address(),
        )
        assert done.returncode == 1 and "is the desk running?" in done.stdout

    async def test_a_database_without_tables_is_said_in_words(self, tmp_path: Path) -> None:
        done = await asyncio.to_thread(command, f"sqlite:///{tmp_path / 'empty.db'}", "check")
        assert done.returncode == 2 and "migrate" in done.stderr and "Traceback" not in done.stderr
