"""What became of everything that was acknowledged before a kill: read from the doors and from the database afterwards."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from sqlalchemy import select

from bench.kill_traffic import Reporter, Staff, StampedHook
from bot.conversations.models import Message
from bot.incidents.models import Case, TimelineEntry
from bot.kit.database import Database
from bot.kit.due import Due
from bot.paging.models import Page
from bot.settings import Settings

LATE_S = 2.0
# A page that a channel has taken is recorded within its send limit (channels.SEND_LIMIT_S) or not at all.
_IN_FLIGHT_S = 6.0
_BY_PEOPLE = ("accepted", "resolved")
_LINK = re.compile(r"/page/ack/(\S+)")


@dataclass(frozen=True)
class Down:
    """The desk was away from one moment to another (Unix seconds)."""

    at: float
    back: float


@dataclass(frozen=True)
class Figures:
    """messages, incidents, acceptances, replies: acknowledged to somebody; each with how many of them are not there.
    clocks: due rows of every kind that fell due; late: the longest, in seconds, that one life of the desk left a clock waiting;
    missed: still open though a desk was up.
    pages: arrived at the receiver; doubled_by_kill: a second copy of a page that was on its way when the desk was killed;
    doubled: any other second copy. unowed: open incidents without a due clock or a named holder."""

    kills: int
    start_s: float
    messages: int
    messages_lost: int
    out_of_order: int
    incidents: int
    incidents_lost: int
    unowed: int
    acceptances: int
    acceptances_lost: int
    replies: int
    replies_lost: int
    clocks: int
    clocks_missed: int
    late_s: float
    most_late_s: float
    pages: int
    doubled_by_kill: int
    doubled: int
    page_on_its_way_s: float

    def table(self) -> str:
        return "\n".join(
            f"{name:<52} {value}"
            for name, value in (
                ("kills (SIGKILL)", self.kills),
                ("start to first answer, median", f"{self.start_s:.2f} s"),
                ("messages acknowledged / lost", f"{self.messages} / {self.messages_lost}"),
                ("conversations with messages out of order", self.out_of_order),
                ("incidents acknowledged / lost", f"{self.incidents} / {self.incidents_lost}"),
                ("open incidents without clock or holder", self.unowed),
                ("acceptances acknowledged / lost", f"{self.acceptances} / {self.acceptances_lost}"),
                ("replies acknowledged / lost", f"{self.replies} / {self.replies_lost}"),
                ("clocks that fell due / never rang", f"{self.clocks} / {self.clocks_missed}"),
                ("worst lateness of a clock beyond the restart", f"{self.late_s:.2f} s"),
                ("pages that arrived", self.pages),
                ("doubled: on its way at a kill / otherwise", f"{self.doubled_by_kill} / {self.doubled}"),
                ("longest from a page's decision to its arrival", f"{self.page_on_its_way_s:.1f} s"),
            )
        )

    def broken(self) -> list[str]:
        """The promises that were not kept, in words; empty when all were."""
        wanted = {
            "acknowledged messages lost": self.messages_lost, "messages out of order": self.out_of_order,
            "incidents lost": self.incidents_lost, "open incidents without clock or holder": self.unowed,
            "acceptances lost": self.acceptances_lost, "replies lost": self.replies_lost,
            "clocks never rang": self.clocks_missed, "pages doubled without a kill": self.doubled,
        }  # fmt: skip
        found = [f"{name}: {count}" for name, count in wanted.items() if count]
        if self.late_s > self.most_late_s:
            found.append(
                f"a clock was {self.late_s:.2f} s late beyond the restart; {self.most_late_s:.1f} s is the most"
            )
        return found


async def figures(
    url: str,
    reporters: Sequence[Reporter],
    staff: Staff,
    hook: StampedHook,
    downs: list[Down],
    starts: list[float],
    most_late_s: float,
) -> Figures:
    """Read everything back and compare. most_late_s: the most that a clock may be late beyond a restart."""
    database = Database(Settings(database_url=url).resolved_database_url)
    asked_at = datetime.now(UTC).timestamp()
    async with database.reading() as session:
        messages = {one.id: one for one in (await session.execute(select(Message))).scalars()}
        cases = {one.reference: one for one in (await session.execute(select(Case))).scalars()}
        due = list((await session.execute(select(Due))).scalars())
        pages = list((await session.execute(select(Page))).scalars())
        acts = (
            await session.execute(select(TimelineEntry).where(TimelineEntry.act.in_(_BY_PEOPLE)))
        ).scalars()
        done = _by_case(acts)
    await database.close()
    chats = [chat for reporter in reporters for chat in reporter.conversations]
    sent = [one for chat in chats for one in chat.acknowledged]
    kept = [one for one in sent if (row := messages.get(one.id)) and (row.seq, row.text, row.client_id) == (
        one.seq, one.text, one.client_id)]  # fmt: skip
    named = {chat.reference for chat in chats if chat.reference is not None}
    owed = {row.subject for row in due if not row.done}
    late, never = _late(due, downs, asked_at, most_late_s)
    copies = _copies(hook, downs)
    return Figures(
        kills=len(downs), start_s=median(starts), messages=len(sent), messages_lost=len(sent) - len(kept),
        out_of_order=sum(1 for chat in chats if [one.seq for one in chat.acknowledged] != sorted(
            {one.seq for one in chat.acknowledged})),
        incidents=len(named), incidents_lost=len(named - set(cases)) + sum(
            1 for reference in named & set(cases) if not cases[reference].open
            and not _did(done, cases[reference], "resolved")),
        unowed=sum(1 for one in cases.values() if one.open and one.accepted_by is None and one.id not in owed),
        acceptances=len(staff.accepted),
        acceptances_lost=sum(1 for one in staff.accepted if one not in cases or not _did(done, cases[one], "accepted")),
        replies=len(staff.replies), replies_lost=len(staff.replies - set(messages)),
        clocks=len(late) + never, clocks_missed=never, late_s=max(late, default=0.0),
        most_late_s=most_late_s,
        pages=len(hook.got), doubled_by_kill=copies[0], doubled=copies[1], page_on_its_way_s=_slowest(hook, pages),
    )  # fmt: skip


def _by_case(entries: Iterable[TimelineEntry]) -> dict[str, list[TimelineEntry]]:
    found: dict[str, list[TimelineEntry]] = defaultdict(list)
    for entry in entries:
        if entry.case_id is not None:
            found[entry.case_id].append(entry)
    return found


def _did(done: dict[str, list[TimelineEntry]], case: Case, act: str) -> bool:
    """Whether a named person did this in the case, whatever came after."""
    return any(entry.act == act and entry.who.startswith("staff:") for entry in done.get(case.id, ()))


def _late(
    rows: Iterable[Due], downs: list[Down], asked_at: float, most_late_s: float
) -> tuple[list[float], int]:
    """For each row that fell due: the longest that one life of the desk left it waiting until its end, by ringing or because
    it was owed no longer, seconds; and how many are still open though a desk had longer than it may take. A row that ended
    before it was due never fell due."""
    late, open_still = [], 0
    for row in rows:
        due = row.due.timestamp()
        if row.ended_at is not None:
            if row.ended_at >= row.due:
                late.append(_longest_life(due, row.ended_at.timestamp(), downs))
        elif due < asked_at and _longest_life(due, asked_at, downs) > most_late_s:
            open_still += 1
    return late, open_still


def _longest_life(start: float, end: float, downs: list[Down]) -> float:
    """The longest time without a kill between two moments, seconds: a desk that is killed soon after it is back has not had
    its time, and the next one has it anew."""
    longest, up_since = 0.0, start
    for down in sorted(downs, key=lambda one: one.at):
        if down.back <= start or down.at >= end:
            continue
        longest = max(longest, down.at - up_since)
        up_since = down.back
    return max(longest, end - up_since)


def _copies(hook: StampedHook, downs: list[Down]) -> tuple[int, int]:
    """Second copies of one page at one address: those that were on their way at a kill, and others."""
    arrived: dict[tuple[str, str], list[float]] = defaultdict(list)
    for one in hook.got:
        if (link := _LINK.search(one["message"])) is not None:
            arrived[one["path"], link.group(1)].append(one["at"])
    by_kill = otherwise = 0
    for times in arrived.values():
        for first, second in zip(times, times[1:], strict=False):
            if any(first - 0.5 <= down.at <= min(second, first + _IN_FLIGHT_S) for down in downs):
                by_kill += 1
            else:
                otherwise += 1
    return by_kill, otherwise


def _slowest(hook: StampedHook, pages: list[Page]) -> float:
    """Seconds from the decision to page to the page's first arrival, the longest of all that arrived."""
    made = {page.id: page.made_at.timestamp() for page in pages}
    first: dict[str, float] = {}
    for one in hook.got:
        link = _LINK.search(one["message"])
        if link is not None:
            page_id = link.group(1).split(".")[0]
            first.setdefault(page_id, one["at"])
    waits: list[Any] = [first[page_id] - made[page_id] for page_id in first if page_id in made]
    return max(waits, default=0.0)
