"""The queue as agents see it: by grade, then by the clock that runs out first. S0 cannot be filtered away: nothing filters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.chat.receive import START
from bot.conversations import store as conversation_store
from bot.conversations.models import Conversation, Message
from bot.handoff import offers
from bot.handoff.models import Offer
from bot.identity.personal import text_for
from bot.identity.schemas import Member
from bot.incidents import store as case_store
from bot.incidents.models import Case
from bot.kit.due import Due
from bot.kit.locale import has_text, say
from bot.kit.now import iso, now
from bot.policy import GRADES, is_safety

_LANES = {"safety": 0, "watch": 1, "mine": 2, "queue": 3, "held": 4, "assistant": 5}
_RECENT = timedelta(hours=12)
_LAST = 120


async def queue(session: AsyncSession, staff: Member) -> list[dict[str, Any]]:
    """Every conversation that waits, is watched, or is held, as rows in the order in which they must be looked at.

    Staff who may not accept S0/S1 do not see them, except those they still hold; outsourced agents not those that have ended.
    """
    conversations = await _candidates(session)
    ids = [one.id for one in conversations]
    cases = await case_store.of_conversations(session, ids)
    clocks = await next_clocks(
        session, {one.id: [case.id for case in cases.get(one.id, [])] for one in conversations}
    )
    last = await conversation_store.last_messages(session, ids, START)
    offered = await offers.open_offers(session)
    ended = set() if staff.in_house else await case_store.had_safety(session, ids)
    rows = []
    for one in conversations:
        offer = offered.get(one.id) if offers.is_open(one) else None
        lane = _lane(one, staff, offer)
        if lane == "assistant" and one.id not in last:
            continue  # opened and not a word said
        grave = is_safety(one.grade) or one.watched_since is not None or one.id in ended  # type: ignore[arg-type]
        if (
            grave
            and not staff.may("accept_safety")
            and one.holder_staff_id != staff.id
            and not _liaison(one, staff)
        ):
            continue
        row = _row(one, lane, cases.get(one.id, []), clocks.get(one.id), last.get(one.id), staff)
        rows.append({**row, "offered_to": offer.name if offer else None})
    rows.sort(key=_order)
    return rows


def _liaison(one: Conversation, staff: Member) -> bool:
    return one.team == "liaison" and staff.may("accept_police")


async def _candidates(session: AsyncSession) -> list[Conversation]:
    """All that waits, is held, watched or graded, without a limit; and the newest of what the assistant talks about."""
    due = or_(
        Conversation.holder.in_(("queue", "person")),
        Conversation.watched_since.is_not(None),
        Conversation.grade.is_not(None),
    )
    recent = now() - _RECENT
    talking = (Conversation.holder == "assistant") & (Conversation.last_reporter_at > recent) & not_(due)
    waiting = (await session.execute(select(Conversation).where(due))).scalars().all()
    newest = select(Conversation).where(talking).order_by(Conversation.last_reporter_at.desc()).limit(100)
    return [*waiting, *(await session.execute(newest)).scalars()]


def _lane(one: Conversation, staff: Member, offer: Offer | None) -> str:
    if offer is not None and offer.staff_id == staff.id:
        return "mine"
    if one.holder == "person" and one.holder_staff_id == staff.id and one.team != "safety":
        return "mine"
    if is_safety(one.grade):  # type: ignore[arg-type]
        return "safety"
    if one.watched_since is not None:
        return "watch"
    if one.holder == "person":
        return "mine" if one.holder_staff_id == staff.id else "held"
    # The assistant goes on talking while a case of S2 or S3 waits for a person: it waits all the same.
    return "queue" if one.holder == "queue" or one.grade is not None else "assistant"


async def next_clocks(session: AsyncSession, subjects: dict[str, list[str]]) -> dict[str, Due]:
    """The open due row that runs out first, by conversation. subjects: case ids by conversation id."""
    owner = {case_id: key for key, case_ids in subjects.items() for case_id in case_ids} | {
        key: key for key in subjects
    }
    query = select(Due).where(Due.done.is_(False), Due.subject.in_(list(owner))).order_by(Due.due)
    first: dict[str, Due] = {}
    for row in (await session.execute(query)).scalars():
        first.setdefault(owner[row.subject], row)
    return first


def clock_wire(row: Due, locale: str) -> dict[str, Any]:
    """A running clock with its name and due time."""
    key = f"clock.{row.kind}"
    return {
        "kind": row.kind, "label": say(key, locale) if has_text(key) else row.kind, "due_at": iso(row.due),
        "overdue": row.due < now(),
    }  # fmt: skip


def _leading(cases: list[Case]) -> Case | None:
    """The case that the row speaks of: a grave one that nobody has accepted before one that somebody has, however grave; else
    the gravest."""
    waiting = [one for one in cases if one.accepted_at is None and is_safety(one.grade)]  # type: ignore[arg-type]
    return next(iter(waiting or cases), None)


def _row(
    one: Conversation, lane: str, cases: list[Case], clock: Due | None, last: Message | None, staff: Member
) -> dict[str, Any]:
    locale, full = staff.locale, staff.may("see_unmasked_phone")
    case = _leading(cases)
    intent = case.kind if case else (one.watch_reason or {}).get("intent")
    trip = (case.trip or {}) if case else {}
    return {
        "conversation_id": one.id, "lane": lane, "grade": one.grade or "S3",
        "reference": case.reference if case else None, "intent": intent,
        "intent_label": say(f"intent.{intent}", locale) if intent else None,
        "state": case.state if case else one.holder, "holder": one.holder, "holder_name": one.holder_name,
        "accepted_by": case.accepted_name if case else None, "language": one.locale,
        "waiting_since": iso(one.holder_since if one.holder != "assistant" else one.watched_since),
        "opened_at": iso(case.opened_at if case else one.created_at),
        "next_clock": clock_wire(clock, locale) if clock else None,
        "last_text": text_for(full, last.text)[:_LAST] if last else "",
        "last_author": last.author if last else None, "last_at": iso(last.at) if last else None,
        "reports": case.reports if case else 0, "unread": max(0, one.next_seq - 1 - one.staff_seen_seq),
        "live_trip": one.trip_live or bool(trip.get("live")), "role": one.role,
        "place": (trip.get("city_name") or {}).get(locale) if trip else None,
        "plate": (trip.get("vehicle") or {}).get("plate"), "watched": one.watched_since is not None,
    }  # fmt: skip


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    clock = row["next_clock"]["due_at"] if row["next_clock"] else "9999"
    accepted = row["accepted_by"] is not None
    return _LANES[row["lane"]], GRADES.index(row["grade"]), accepted, clock, row["waiting_since"] or "9999"
