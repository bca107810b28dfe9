"""The ride of a case turns out to be another one. What was guessed from an account gives way to what words or a person name:
the wrong car is read to nobody, and the wrong driver drives again (docs/decisions/0018-whose-trip.md)."""

from __future__ import annotations

from bot.conversations.models import Conversation
from bot.identity.schemas import Member
from bot.incidents import clocks, holds, store
from bot.incidents.matters import Whose, named_trip
from bot.incidents.models import Case
from bot.incidents.splitting import reports_of
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.rides.schemas import TripDetail

_WHO = "software:locating"
MEANT = "another ride was meant"
# The plate that such a report names is not the ordered car's, by its nature; an officer's words are checked by people.
_NEVER = frozenset({"driver_vehicle_mismatch", "police_request"})


async def may_replace(
    uow: UnitOfWork, case: Case, conversation: Conversation, trip: TripDetail, whose: Whose
) -> bool:
    """Whether software may put `trip`, which words have named, in the place of the case's: that one was only guessed, it is
    nobody else's ride of those who report the case, and nothing was reported before the named ride had begun."""
    if named_trip(case) or case.kind in _NEVER:
        return False
    for one in await store.conversations_of(uow.session, case.id):
        other = await uow.session.get(Conversation, one)
        if one != conversation.id and other is not None and other.trip_id == case.trip_id:
            return False
    if whose != "own":
        return True
    made = await reports_of(uow.session, case, conversation)
    return bool(made) and all(one.at >= trip.requested_at for one in made)


async def replace_trip(uow: UnitOfWork, case: Case, *, staff: Member | None = None) -> None:
    """Take the trip off the case, before another is put on it: a hold that software placed for it is lifted, and a call to
    emergency services that told of the wrong car is owed anew. staff: who says so; None, words that software heard."""
    who, name = (staff.who, staff.name) if staff is not None else (_WHO, None)
    await record(
        uow,
        "trip_replaced",
        who=who,
        case_id=case.id,
        name=name,
        trip=case.trip_id,
        plate=case.plate,
        reason=MEANT,
    )
    if case.driver_id is not None and case.reporter_role != "driver":
        await holds.void(uow, case, who=who, name=name, reason=MEANT)
        case.driver_id = None
    if case.rider_id == (case.trip or {}).get("rider_id"):
        case.rider_id = None
    case.trip = case.trip_id = case.plate = None
    case.evidence = {key: value for key, value in case.evidence.items() if key != "plate_differs"}
    if (case.emergency_call or {}).get("decision") == "called":
        case.emergency_call = None
        if case.open and case.accepted_at is not None:
            await clocks.owe_after_acceptance(uow, case)
    uow.emit("reminder", case_id=case.id, clock="trip_replaced", staff_id=case.accepted_by)
