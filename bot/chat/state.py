"""The state of a conversation as its reporter sees it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.chat.seen import SeenCase, as_it_is, as_seen
from bot.conversations.models import Conversation
from bot.followups import afterwards
from bot.handoff.service import opens_at, place_in_line
from bot.incidents import store as case_store
from bot.incidents.emergency import numbers_for, place_of
from bot.kit.now import iso, now
from bot.policy import is_safety


async def conversation_state(
    session: AsyncSession, conversation: Conversation, *, for_staff: bool = False
) -> dict[str, Any]:
    """The wire form that the chat door documents (`holder`, `grade`, `watched`, `incident`, `emergency`, `queue`, …).
    for_staff: with all that a reporter must not see yet."""
    cases = await case_store.of_conversation(session, conversation.id)
    seen = [as_it_is(case) if for_staff else await as_seen(session, conversation, case) for case in cases]
    incident = next((at for at, case in enumerate(cases) if case.grade in case_store.INCIDENT_GRADES), None)
    case, shown = (None, None) if incident is None else (cases[incident], seen[incident])
    grade, quiet = conversation.grade, conversation.quiet
    if hidden := [one.grade for one in seen if one.hidden]:
        # As quiet as the gravest that it may be.
        grade = min(hidden)
        quiet = quiet or is_safety(grade)
    waiting = None
    if conversation.holder == "queue":
        waiting = {"since": iso(conversation.holder_since)}
        if conversation.grade not in ("S0", "S1"):
            waiting["position"] = await place_in_line(session, conversation)  # type: ignore[assignment]
            waiting["opens_at"] = iso(opens_at(now()))
    return {
        "holder": conversation.holder,
        "holder_name": conversation.holder_name,
        "grade": grade,
        "watched": conversation.watched_since is not None,
        "locale": conversation.locale,
        "role": conversation.role,
        "incident": _wire(shown) if shown is not None else None,
        "emergency": numbers_for(
            place_of(conversation, case), conversation.locale, shown.kind if shown is not None else None
        ),
        "queue": waiting,
        "afterwards": await afterwards.offers(session, conversation),
        "quiet": quiet,
        "staff_seen_seq": conversation.staff_seen_seq,
    }


def _wire(case: SeenCase) -> dict[str, Any]:
    return {
        "reference": case.reference, "state": case.state, "accepted_by": case.accepted_by,
        "opened_at": iso(case.opened_at), "grade": case.grade,
    }  # fmt: skip
