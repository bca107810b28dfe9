"""The desk killed at random moments: `python -m bench.kill [--kills 200] [--database sqlite|postgresql://…] [--seed 1]`.

A real desk (`python -m bot serve` with all its workers, no Rasa, no platform) is killed with SIGKILL while several people
report and the safety team works, and is started again at once, as the process keeper does. Clocks run faster than the
policy's (2, 4, then every 3 s; on a slow machine in proportion) so that each run sees many of them. Prints what was promised
and what became of it: see `Figures`. Ends with status 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import yaml
from sqlalchemy import func, select

from bench.kill_figures import LATE_S, Down, Figures, figures
from bench.kill_traffic import Reporter, Staff, StampedHook
from bot.kit.database import Database
from bot.kit.outbox import OutboxRow
from bot.paging.calling import DELIVER
from bot.settings import Settings
from tests.ports import free_port
from tests.reuse import POSTGRES

ROOT = Path(__file__).resolve().parents[1]
REPORTERS = 4
# A desk runs this long between a start and the next kill, seconds, or up to what its start took if that was longer; one
# start in seven is killed before it is ready.
UP_S = (0.3, 2.5)
KILLED_IN_START = 1 / 7
START_LIMIT_S = 120.0
# The longest that a page may stay in the hand of a killed desk (its lease and its retries), with much room.
SETTLE_S = 60.0
# Seconds, for a machine on which a desk starts in USUAL_START_S; on a slower one they are longer in proportion, because
# people and clocks that come faster than it can work measure its backlog.
PAGE_AGAIN_S, PAGE_EVERYONE_EVERY_S = (2, 4), 3
USUAL_START_S = 2.6


class Desk:
    """One desk on one database, started and killed again and again. downs: when it was away."""

    def __init__(self, folder: Path, database_url: str, hook: StampedHook) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.downs: list[Down] = []
        self.starts: list[float] = []
        self.slower = 1.0
        nobody = f"http://127.0.0.1:{free_port()}"
        self.env = {
            **os.environ, "VIGIL_ENV": "test", "VIGIL_PORT": str(self.port), "VIGIL_INTERNAL_PORT": str(free_port()),
            "VIGIL_PUBLIC_URL": self.url, "VIGIL_VAR": str(folder), "VIGIL_DATA": str(_copied(folder)),
            "DATABASE_URL": database_url, "REDIS_URL": "", "VIGIL_RASA_HEAR_URL": nobody, "VIGIL_RASA_TALK_URL": nobody,
            "VIGIL_ACTIONS_URL": nobody, "VIGIL_RIDE_PLATFORM_URL": nobody, "VIGIL_PAGER": hook.address("team"),
            "VIGIL_SECOND_PAGER": hook.address("second"),
        }  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, *command: str) -> None:
        subprocess.run([sys.executable, "-m", "bot", *command], cwd=ROOT, env=self.env, check=True)

    async def settle(self) -> None:
        """Start it, and set clocks that this machine can keep up with."""
        self.start()
        await self.ready()  # the first start makes the demo staff: it says nothing about the machine
        self.kill()
        self.start()
        self.slower = max(1.0, await self.ready() / USUAL_START_S)
        self.kill()
        _pace(self.folder / "data", self.slower)
        self.start()
        self.starts.append(await self.ready())

    def start(self) -> None:
        log = (self.folder / "desk.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"], cwd=ROOT, env=self.env, stdout=log, stderr=log
        )

    async def ready(self) -> float:
        """Until it answers; returns the seconds since the call. Raises RuntimeError when it ends by itself instead."""
        began = time.monotonic()
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            while time.monotonic() - began < START_LIMIT_S:
                if self._process is not None and self._process.poll() is not None:
                    raise RuntimeError((self.folder / "desk.log").read_text("utf-8")[-3000:])
                with contextlib.suppress(httpx.HTTPError):
                    (await client.get(f"{self.url}/healthz")).raise_for_status()
                    return time.monotonic() - began
                await asyncio.sleep(0.02)
        raise RuntimeError("the desk does not start")

    def kill(self) -> None:
        """SIGKILL; returns when the process is gone."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    async def killed_and_back(self, chance: random.Random) -> None:
        """One kill at a random moment and the start after it; now and then that start is killed too."""
        # On a machine so busy that starting takes long, everything else does too: people must get somewhere between kills.
        await asyncio.sleep(chance.uniform(UP_S[0], max(UP_S[1], self.starts[-1])))
        self.kill()
        at = time.time()
        self.start()
        if chance.random() < KILLED_IN_START:
            await asyncio.sleep(chance.uniform(0.0, self.starts[-1] if self.starts else 1.0))
            self.kill()
            self.start()
        self.starts.append(await self.ready())
        self.downs.append(Down(at, time.time()))


def _copied(folder: Path) -> Path:
    """A copy of the data folder, whose clocks can be set."""
    data = folder / "data"
    shutil.copytree(
        ROOT / "data", data, ignore=shutil.ignore_patterns("nlu", "rules", "stories", "responses")
    )
    return data


def _pace(data: Path, slower: float) -> None:
    """S0 pages again sooner than the policy says, so that a short run sees many clocks."""
    policy = data / "policy.yml"
    read: dict[str, Any] = yaml.safe_load(policy.read_text("utf-8"))
    read["clocks"]["S0"] |= {
        "page_again_s": [round(slower * one) for one in PAGE_AGAIN_S],
        "page_everyone_every_s": round(slower * PAGE_EVERYONE_EVERY_S),
    }
    policy.write_text(yaml.safe_dump(read, allow_unicode=True), "utf-8")


@contextmanager
def database(asked: str, folder: Path) -> Iterator[str]:
    """The address of a fresh database: a SQLite file, or one made on the named PostgreSQL server and dropped at the end."""
    if asked == "sqlite":
        yield f"sqlite:///{folder / 'vigil.db'}"
        return
    name = f"vigil_kill_{uuid.uuid4().hex[:10]}"
    with psycopg.connect(asked, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{asked.rsplit('/', 1)[0]}/{name}"
    finally:
        with psycopg.connect(asked, autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def run(database_url: str, folder: Path, kills: int, seed: int) -> Figures:
    """Kill the desk `kills` times under traffic and say what became of everything that had been acknowledged."""
    chance = random.Random(seed)
    hook = StampedHook()
    desk = Desk(folder, database_url, hook)
    desk.run("migrate")
    try:
        await desk.settle()
        done = asyncio.Event()
        reporters = [Reporter(desk.url, random.Random(chance.random())) for _ in range(REPORTERS)]
        staff = Staff(desk.url, folder / "demo-sign-ins.txt", random.Random(chance.random()))
        people = [
            *(asyncio.create_task(one.until(done)) for one in reporters),
            asyncio.create_task(staff.until(done)),
        ]
        while len(desk.downs) < kills:
            await desk.killed_and_back(chance)
            broken = [one.exception() for one in people if one.done()]
            if broken:
                raise RuntimeError("the traffic broke") from broken[0]
        done.set()
        await asyncio.gather(*people)
        await _settled(database_url)
        # Where each step takes longer, more falls due meanwhile: a backlog grows with the square.
        most_late_s = LATE_S * desk.slower**2
        return await figures(database_url, reporters, staff, hook, desk.downs, desk.starts, most_late_s)
    finally:
        desk.kill()
        hook.close()


async def _settled(database_url: str) -> None:
    """Until every page that was decided by now has gone out: one that a killed desk had in its hand is taken up again when
    its lease has run out."""
    asked = Database(Settings(database_url=database_url).resolved_database_url)
    decided, until = datetime.now(UTC), time.monotonic() + SETTLE_S
    query = (
        select(func.count())
        .select_from(OutboxRow)
        .where(OutboxRow.kind == DELIVER, OutboxRow.state == "waiting", OutboxRow.set_at <= decided)
    )
    left = 1
    while left and time.monotonic() < until:
        await asyncio.sleep(0.2)
        async with asked.reading() as session:
            left = (await session.execute(query)).scalar_one()
    await asked.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.kill", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", default="sqlite", help=f"sqlite, or a server such as {POSTGRES}")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="vigil-kill-") as folder,
        database(asked.database, Path(folder)) as url,
    ):
        found = asyncio.run(run(url, Path(folder), asked.kills, asked.seed))
    print(found.table())
    for broken in found.broken():
        print(f"BROKEN: {broken}")
    return 1 if found.broken() else 0


if __name__ == "__main__":
    raise SystemExit(main())
