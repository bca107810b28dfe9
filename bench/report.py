"""How long the supervisors' report takes: `python -m bench.report [--cases 5000] [--runs 20]`. The bar is 300 ms at p95.

Fills a fresh SQLite file, and a fresh PostgreSQL database where one answers, with a week of cases (each with a conversation,
six messages, what was heard, a timeline and a page; one in ten raised, one in twenty late), and times the whole report of
that week. Prints the median, p95 and the slowest in milliseconds, and the ratio to counting the timeline's rows beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import func, insert, select, text

from bot.chat.models import Listening
from bot.conversations.models import Conversation, Message
from bot.incidents.models import Case, CaseConversation, TimelineEntry
from bot.kit.database import Database
from bot.kit.now import now
from bot.kit.vault import seal
from bot.migrate import config
from bot.policy import policy
from bot.reports import figures, service
from bot.reports.waits import percentile
from tests.reuse import address_of, statements

_ROUTINE = ("lost_item", "driver_late", "fare_dispute", "refund_status", "app_problem", "receipt_invoice")


def _conversation(number: int, at: datetime) -> dict[str, Any]:
    return {
        "id": f"c{number}", "created_at": at, "channel": "bench", "locale": "en", "role": "rider", "identity": "token",
        "rider_id": f"r{number % 3000}", "holder": "assistant", "holder_since": at, "holder_version": 0, "grade": None,
        "trip_live": False, "quiet": False, "next_seq": 7, "reporter_seen_seq": 0, "staff_seen_seq": 0,
        "last_reporter_at": at + timedelta(minutes=3), "not_understood": 0,
    }  # fmt: skip


def _case(number: int, at: datetime, grade: str, kind: str) -> dict[str, Any]:
    return {
        "id": f"k{number}", "reference": f"VG-{number}", "kind": kind, "grade": grade, "base_grade": grade, "modifiers": [],
        "state": "resolved", "title": "", "evidence": {}, "team": "safety", "source": "nlu", "conduct": True,
        "reporter_role": "rider", "reports": 1 + (number % 20 == 0), "opened_at": at, "last_report_at": at,
        "accepted_by": "ann", "accepted_name": "Ann", "accepted_at": at + timedelta(seconds=12 + (number % 20 == 0) * 400),
        "decided_at": at + timedelta(seconds=50 + (number % 20 == 0) * 400), "resolved_at": at + timedelta(seconds=900),
    }  # fmt: skip


async def fill(database: Database, cases: int) -> None:
    """A week of `cases` cases."""
    chance, end = random.Random(8), now()
    grades = chance.choices(("S0", "S1", "S2"), (1, 3, 6), k=cases)
    kinds = [name for name, one in policy().intents.items() if one.family != "routine"]
    rows: dict[Any, list[dict[str, Any]]] = {
        model: [] for model in (Conversation, Case, CaseConversation, Message, Listening)
    }
    lines: list[dict[str, Any]] = []
    async with database.unit_of_work() as uow:
        for number, grade in enumerate(grades):
            at = end - timedelta(seconds=chance.random() * 6.5 * 86400 + 3600)
            rows[Conversation].append(_conversation(number, at))
            rows[Case].append(_case(number, at, grade, chance.choice(kinds)))
            rows[CaseConversation].append(
                {"case_id": f"k{number}", "conversation_id": f"c{number}", "relation": "report", "at": at}
            )
            topics = chance.choices(_ROUTINE, k=2)
            for seq in range(1, 7):
                mine = {
                    "id": f"m{number}-{seq}",
                    "conversation_id": f"c{number}",
                    "seq": seq,
                    "client_id": f"x{seq}",
                }
                rows[Message].append(
                    {**mine, "author": "reporter", "text": "words", "at": at + timedelta(seconds=seq)}
                )
                heard = {
                    "message_id": mine["id"],
                    "listener": "nlu",
                    "conversation_id": f"c{number}",
                    "decision": "routine",
                }
                rows[Listening].append(
                    {**heard, "probability": 0.1, "intent": topics[seq % 2], "grade": "S3", "because": [],
                     "entities": [], "at": at + timedelta(seconds=seq)}
                )  # fmt: skip
            late = 400 if number % 20 == 0 else 0
            acts = [("opened", 0, "software:nlu"), ("paged", 0, "software:paging"), ("handed_over", 0, "software:chat"),
                    ("accepted", 12 + late, "staff:ann"), ("replied", 20 + late, "staff:ann"),
                    ("emergency_declined", 50 + late, "staff:ann"), ("resolved", 900, "staff:ann")]  # fmt: skip
            if number % 10 == 0:
                acts.insert(1, ("raised", 5, "software:nlu"))
            sealed = (
                await seal(uow, f"k{number}", {"before": "S2", "after": grade})
                if number % 10 == 0
                else "x" * 200
            )
            lines += [
                {"id": f"t{number}-{n}", "case_id": f"k{number}" if act != "handed_over" else None,
                 "conversation_id": f"c{number}" if act in ("opened", "handed_over") else None,
                 "at": at + timedelta(seconds=after), "who": who, "act": act, "subject": f"k{number}", "sealed": sealed}
                for n, (act, after, who) in enumerate(acts)
            ]  # fmt: skip
        for model, made in (*rows.items(), (TimelineEntry, lines)):
            for start in range(0, len(made), 1000):
                await uow.session.execute(insert(model), made[start : start + 1000])
        # PostgreSQL does it by itself within a minute of so many rows; SQLite plans without.
        if not database.sqlite:
            await uow.session.execute(text("ANALYZE"))


@asynccontextmanager
async def databases(folder: Path) -> AsyncIterator[dict[str, str]]:
    """Fresh, migrated databases by name; PostgreSQL is left out when none answers."""
    found = {"SQLite": f"sqlite+aiosqlite:///{folder / 'bench.db'}"}
    name = f"vigil_bench_{int(time.time())}"
    try:
        await statements(f"CREATE DATABASE {name}")
        found["PostgreSQL"] = address_of(name)
    except RuntimeError as absent:
        print(absent)
    for url in found.values():
        await asyncio.to_thread(command.upgrade, config(url), "head")
    yield found
    if "PostgreSQL" in found:
        await statements(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def measure(name: str, url: str, cases: int, runs: int) -> None:
    """Fill, warm up once, time `runs` reports and as many counts of the timeline."""
    database = Database(url)
    await fill(database, cases)
    last = figures.local_day(datetime.now(UTC))
    took: dict[str, list[float]] = {"report": [], "count": []}
    for _ in range(runs + 1):
        async with database.reading() as session:
            began = time.perf_counter()
            found = await service.report(session, last - timedelta(days=7), last, "en")
            took["report"].append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            (await session.execute(select(func.count(TimelineEntry.sealed)))).scalar_one()
            took["count"].append((time.perf_counter() - began) * 1000)
    report, count = (statistics.median(times[1:]) for times in took.values())
    print(
        f"{name}: {cases} cases, {sum(one.accept.count for one in found.grades)} waits, {len(found.breaches)} breaches: "
        f"median {report:.0f} ms, p95 {percentile(took['report'][1:], 95):.0f} ms, slowest {max(took['report'][1:]):.0f} ms, "
        f"{report / count:.0f} times a count of the timeline"
    )
    await database.close()


async def main(cases: int, runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with databases(Path(folder)) as found:
            for name, url in found.items():
                await measure(name, url, cases, runs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=20)
    chosen = parser.parse_args()
    asyncio.run(main(chosen.cases, chosen.runs))
