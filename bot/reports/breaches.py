"""Which clocks ran out, with the names: waits that were too long, promises that were not kept, reminders that came."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.kit.locale import has_text, say
from bot.kit.now import iso
from bot.policy import GRADES
from bot.reports import store
from bot.reports.figures import Late
from bot.reports.rows import CaseFacts, Period, RanOut
from bot.reports.schemas import Breach
from bot.reports.waits import Wait

MOST_LISTED = 500
_OF_DECISION = ("emergency_call", "undecided")


@dataclass
class _Known:
    """What the wire needs beside the breach itself. staff: names by id."""

    locale: str
    staff: dict[str, str]
    cases: dict[str, CaseFacts] = field(default_factory=dict)
    worst: dict[str, CaseFacts] = field(default_factory=dict)
    conversations: dict[str, str] = field(default_factory=dict)
    paged: dict[str, list[str]] = field(default_factory=dict)


async def listed(
    session: AsyncSession, period: Period, late: list[Late], staff: dict[str, str], locale: str
) -> tuple[list[Breach], int]:
    """The breaches of a period, the gravest grade and then the newest first, and how many more there are than can be listed.
    staff: names by id."""
    # Of too many the least grave are left out: every S0 is somebody's to acknowledge.
    gravest = sorted(late, key=lambda one: (GRADES.index(one.wait.grade), -one.at.timestamp()))
    shown, hidden = gravest[:MOST_LISTED], max(0, len(late) - MOST_LISTED)
    entries, more = await store.ran_out(session, period, MOST_LISTED)
    clocks = _not_twice(entries, {one.wait.case_id for one in late if one.kind == "decide"})
    known = _Known(locale, staff)
    alone = [one.conversation_id for one in clocks if one.case_id is None and one.conversation_id]
    if alone:
        known.worst = await store.worst_cases(session, alone)
    ids = {one.wait.case_id for one in shown} | {one.case_id for one in clocks if one.case_id}
    if ids:
        known.cases = await store.cases_by_id(session, ids)
        known.conversations = await store.first_conversations(session, ids)
        unaccepted = [one.wait.case_id for one in shown if one.wait.by is None]
        unaccepted += [one.case_id for one in clocks if one.case_id and one.named and one.name is None]
        known.paged = await store.paged_names(session, unaccepted)
    found = [_of_wait(one, known) for one in shown] + [_of_clock(one, known) for one in clocks]
    found.sort(key=lambda one: one.at, reverse=True)
    found.sort(key=lambda one: GRADES.index(one.grade))
    return found, hidden + more


def _not_twice(entries: list[RanOut], undecided: set[str]) -> list[RanOut]:
    """A case whose decision is listed as late is not listed again for the clock that reminded of it."""
    return [one for one in entries if one.kind not in _OF_DECISION or one.case_id not in undecided]


def label(kind: str, locale: str) -> str:
    """A kind of breach in words."""
    keys = (f"breach.{kind}", f"clock.{kind}.breached")
    return next((say(key, locale) for key in keys if has_text(key)), kind.replace("_", " "))


def _of_wait(one: Late, known: _Known) -> Breach:
    wait, case = one.wait, known.cases[one.wait.case_id]
    return Breach(
        kind=one.kind, label=label(one.kind, known.locale), intent=case.kind, grade=wait.grade, reference=case.reference,
        case_id=case.id, conversation_id=known.conversations.get(case.id),
        name=_who(wait, case, known), paged=known.paged.get(case.id, []) if wait.by is None else [],
        since=iso(wait.began) or "", at=iso(one.at) or "", seconds=round(one.seconds, 1), limit_s=one.limit_s,
        open=one.open,
    )  # fmt: skip


def _who(wait: Wait, case: CaseFacts, known: _Known) -> str | None:
    """Who had the case in this wait: nobody, where nobody came in it, whoever came later."""
    return None if wait.by is None else known.staff.get(wait.by) or case.accepted_name


def _of_clock(one: RanOut, known: _Known) -> Breach:
    case = known.cases.get(one.case_id) if one.case_id else known.worst.get(one.conversation_id or "")
    at = iso(one.at) or ""
    name = one.name if one.named or case is None else case.accepted_name
    return Breach(
        kind=one.kind, label=label(one.kind, known.locale), intent=case.kind if case else None,
        grade=one.grade or (case.grade if case else "S3"), reference=case.reference if case else None, case_id=one.case_id,
        conversation_id=one.conversation_id or known.conversations.get(one.case_id or ""),
        name=name, paged=known.paged.get(one.case_id or "", []) if name is None else [], since=at, at=at, seconds=None,
        limit_s=None, open=False,
    )  # fmt: skip


def moments(late: list[Late], entries: list[Breach]) -> list[datetime]:
    """When each clock ran out, for counting by day: all late waits, and the other clocks that are listed."""
    clocks = [datetime.fromisoformat(one.at) for one in entries if one.kind not in ("accept", "decide")]
    return [one.at for one in late] + clocks
