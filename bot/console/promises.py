"""The times that were promised to a reporter, as the case screen shows them: those that run, and those that were broken and
are still owed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.queue import clock_wire
from bot.console.service import PROMISE, answers_from
from bot.conversations.models import Conversation
from bot.incidents.clocks import PROMISED
from bot.incidents.models import Case
from bot.kit.due import Due
from bot.kit.now import now


async def promises_of(
    session: AsyncSession, conversation: Conversation, cases: list[Case], locale: str
) -> list[dict[str, Any]]:
    """`{id, kind, label, due_at, overdue, broken, by}` of each promise that somebody still waits for, the longest due first.

    An agent's promise stays, broken, until staff have spoken; the look that an S2 was promised (by: None) until somebody has
    accepted the case. While it runs, that one stands among the clocks of its case.
    """
    unaccepted = [case.id for case in cases if case.open and case.accepted_at is None]
    query = select(Due).where(
        or_(
            and_(Due.kind == PROMISE, Due.subject == conversation.id),
            and_(Due.kind == PROMISED, Due.subject.in_(unaccepted)),
        )
    )
    rows = list((await session.execute(query.order_by(Due.set_at))).scalars())
    agents = [row for row in rows if row.kind == PROMISE and _owed(row, conversation)]
    # A case that was opened again has been promised a look anew: only the newest counts.
    looks = {row.subject: row for row in rows if row.kind == PROMISED}
    owed = [*agents, *(row for row in looks.values() if row.fired)]
    return [
        {"id": row.id, **clock_wire(row, locale), "broken": row.due < now(), "by": row.payload.get("name")}
        for row in sorted(owed, key=lambda row: row.due)
    ]


def _owed(row: Due, conversation: Conversation) -> bool:
    """Whether an agent's promise runs, or has come without its answer. A row that was cancelled is neither."""
    if not row.done:
        return True
    since = answers_from(datetime.fromisoformat(str(row.payload["set"])), row.due)
    spoke = conversation.last_staff_at
    return row.fired and (spoke is None or spoke < since)
