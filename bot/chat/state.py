"""The state of a conversation as its reporter sees it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations.models import Conversation
from bot.followups import afterwards
from bot.handoff.service import opens_at, place_in_line
from bot.incidents import store as case_store
from bot.incidents.emergency import Place, numbers_for
from bot.incidents.models import Case
from bot.kit.now import iso, now


def place_of(conversation: Conversation, case: Case | None = None) -> Place:
    """Where the vehicle is: the phone's position first, then the proved person's trip, else unknown (language decides)."""
    known = conversation.location or {}
    # A stranger must not learn from a number or a city that a trip exists: only those whose own trip it is see the trip's.
    own = case is not None and case.trip_id is not None and case.trip_id == conversation.trip_id
    trip = (case.trip if own and case is not None else None) or known.get("trip_place")
    for place, basis in ((known.get("place"), "position"), (trip, "trip")):
        if place and place.get("country"):
            return Place(
                place["country"], place["city_name"].get(conversation.locale), place.get("area_code"), basis
            )
    return Place()


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
        "incident": _incident(incident),
        "emergency": numbers_for(
            place_of(conversation, incident), conversation.locale, incident.kind if incident else None
        ),
        "queue": waiting,
        "afterwards": await afterwards.offers(session, conversation),
        "quiet": conversation.quiet,
        "staff_seen_seq": conversation.staff_seen_seq,
    }


def _incident(case: Case | None) -> dict[str, Any] | None:
    if case is None:
        return None
    return {
        "reference": case.reference, "state": case.state, "accepted_by": case.accepted_name,
        "opened_at": iso(case.opened_at), "grade": case.grade,
    }  # fmt: skip
