"""The append-only timeline: one way to write it, and the read that opens what the key still opens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.incidents.models import TimelineEntry
from bot.kit.database import UnitOfWork
from bot.kit.ids import new_id
from bot.kit.now import iso, now
from bot.kit.vault import seal, unseal_many


async def record(
    uow: UnitOfWork,
    act: str,
    *,
    who: str,
    case_id: str | None = None,
    conversation_id: str | None = None,
    key: str | None = None,
    **details: Any,
) -> bool:
    """Write that `who` (staff:<id>, software:<part>, reporter) did `act`. details are sealed under the conversation's key
    (the case's where there is none). Returns False when `key` was recorded before: nothing is written twice."""
    if key is not None:
        known = await uow.session.execute(select(TimelineEntry.id).where(TimelineEntry.key == key))
        if known.first() is not None:
            return False
    subject = conversation_id or case_id or "system"
    entry = TimelineEntry(
        id=new_id(), case_id=case_id, conversation_id=conversation_id, at=now(), who=who, act=act, subject=subject,
        sealed=await seal(uow, subject, details), key=key,
    )  # fmt: skip
    if key is None:
        uow.session.add(entry)
        await uow.session.flush()
        return True
    try:
        async with uow.session.begin_nested():
            uow.session.add(entry)
    except IntegrityError:
        # Another worker wrote it between our look and our entry; any other fault of the row would have no key to blame.
        return False
    return True


RAN_OUT = "ran_out:"
# Calls to emergency services: each is about the emergency of its time.
CALLS = frozenset({"police_informed", "emergency_called", "emergency_declined"})
# What ends what an earlier entry of the same case says. The wish to lift a hold is enough: from then on it may be lifted.
UNDONE_BY = {"hold_released": ("driver_stopped",), "driver_released": ("driver_stopped",)}


async def ran_out(
    uow: UnitOfWork,
    clock: str,
    *,
    since: datetime | None,
    case_id: str | None = None,
    conversation_id: str | None = None,
    **details: Any,
) -> None:
    """Write `reminded`: a clock that has run since `since` is over and nobody has acted. It reminds again and again; the first
    entry carries the key `ran_out:<clock>:…`, by which reports count the breach once, without opening it."""
    about: dict[str, Any] = {"who": "software:clocks", "case_id": case_id, "conversation_id": conversation_id}
    key = f"{RAN_OUT}{clock}:{case_id or conversation_id}:{iso(since)}"
    if not await record(uow, "reminded", **about, key=key, clock=clock, **details):
        await record(uow, "reminded", **about, clock=clock, **details)


async def read(
    session: AsyncSession, *, case_ids: list[str], conversation_id: str | None
) -> list[dict[str, Any]]:
    """The entries of these cases and this conversation in order: `{at, who, act, details}`."""
    query = (
        select(TimelineEntry)
        .where(or_(TimelineEntry.case_id.in_(case_ids), TimelineEntry.conversation_id == conversation_id))
        .order_by(TimelineEntry.at, TimelineEntry.id)
    )
    rows = list((await session.execute(query)).scalars())
    opened = await unseal_many(session, [(row.subject, row.sealed) for row in rows])
    return [
        {"at": iso(row.at), "who": row.who, "act": row.act, "case_id": row.case_id, "details": details}
        for row, details in zip(rows, opened, strict=True)
    ]


async def holds_act(
    session: AsyncSession,
    acts: set[str],
    *,
    case_ids: list[str],
    conversation_id: str,
    service: str | None = None,
) -> bool:
    """Whether the timeline holds one of these acts: what a claim to a reporter must rest on.

    A call to emergency services counts only since the case was last opened again: what is said now is said about now. A driver
    who may have orders again is stopped no more. service: only a call to this one counts.
    """
    query = (
        select(TimelineEntry.case_id, TimelineEntry.act, TimelineEntry.subject, TimelineEntry.sealed)
        .where(
            or_(TimelineEntry.case_id.in_(case_ids), TimelineEntry.conversation_id == conversation_id),
            TimelineEntry.act.in_({*acts, "reopened", *UNDONE_BY}),
        )
        .order_by(TimelineEntry.at, TimelineEntry.id)
    )
    held: dict[tuple[str | None, str], list[tuple[str, str]]] = {}
    for case_id, act, subject, sealed in (await session.execute(query)).all():
        if act in acts:
            held.setdefault((case_id, act), []).append((subject, sealed))
        for undone in CALLS if act == "reopened" else UNDONE_BY.get(act, ()):
            held.pop((case_id, undone), None)
    if service is None:
        return bool(held)
    opened = await unseal_many(session, [entry for entries in held.values() for entry in entries])
    return any((details or {}).get("service") == service for details in opened)
