"""The state of a conversation as its reporter sees it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations.models import Conversation
from bot.followups import afterwards
from bot.handoff.service import opens_at, place_in_line
from bot.incidents import store as case_store
from bot.incidents.emergency import numbers_for, place_of
from bot.incidents.models import Case, CaseConversation
from bot.incidents.telling import hides_case
from bot.kit.now import iso, now


async def conversation_state(session: AsyncSession, conversation: Conversation) -> dict[str, Any]:
    """The wire form that the chat door documents (`holder`, `grade`, `watched`, `incident`, `emergency`, `queue`, …)."""
    cases = await case_store.of_conversation(session, conversation.id)
    incident = next((case for case in cases if case.grade in case_store.INCIDENT_GRADES), None)
    waiting = None
    if conversation.holder == "queue":
        waiting = {"since": iso(conversation.holder_since)}
        if conversation.grade not in ("S0", "S1"):
            waiting["position"] = await place_in_line(session, conversation)  # type: ignore[assignment]
            waiting["opens_at"] = iso(opens_at(now()))
    return {
        "holder": conversation.holder,
        "holder_name": conversation.holder_name,
        "grade": conversation.grade,
        "watched": conversation.watched_since is not None,
        "locale": conversation.locale,
        "role": conversation.role,
        "incident": await _incident(session, conversation, incident),
        "emergency": numbers_for(
            place_of(conversation, incident), conversation.locale, incident.kind if incident else None
        ),
        "queue": waiting,
        "afterwards": await afterwards.offers(session, conversation),
        "quiet": conversation.quiet,
        "staff_seen_seq": conversation.staff_seen_seq,
    }


async def _incident(
    session: AsyncSession, conversation: Conversation, case: Case | None
) -> dict[str, Any] | None:
    if case is None:
        return None
    state, name, opened_at = case.state, case.accepted_name, case.opened_at
    if hides_case(conversation, case):
        own = await session.get(CaseConversation, (case.id, conversation.id))
        state, name, opened_at = _as_if_new(state), None, own.at if own is not None else opened_at
    return {
        "reference": case.reference, "state": state, "accepted_by": name, "opened_at": iso(opened_at),
        "grade": case.grade,
    }  # fmt: skip


def _as_if_new(state: str) -> str:
    """Received and passed on, as a report that nobody has taken: people are called for it as for one."""
    return "paged" if state in ("accepted", "acting") else state
