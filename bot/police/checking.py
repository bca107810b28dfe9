"""Is it an officer? A call-back to the listed number of that city's police, written down: who called, which number, who
answered, what came of it. Beside it what staff adds to a request: facts, and that somebody is in danger."""

from __future__ import annotations

from bot.errors import Conflict, Missing, Unprocessable
from bot.identity.schemas import Member
from bot.incidents import service as incidents
from bot.incidents.models import Case
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.ids import new_id
from bot.kit.locale import say
from bot.kit.now import now
from bot.kit.vault import seal
from bot.paging import service as paging
from bot.police import clocks, filing, listed, matter, releasing, splitting, store
from bot.police.models import PoliceCheck, PoliceRequest
from bot.police.schemas import Check, Facts, FactsChange

_IDENTITY = ("unit", "officer", "badge", "phone")
_ASKED = (*matter.FINDS, "passenger", "note")


async def opened(uow: UnitOfWork, staff: Member, request_id: str) -> tuple[PoliceRequest, Case]:
    """The request that is still owed an answer and its case, both locked, for a person who works on it now. Raises Missing,
    Conflict `police_answered`."""
    request = await releasing.locked(uow, request_id)
    if request.state not in store.UNANSWERED:
        raise Conflict("police_answered", reference=request.reference)
    case = await incidents.locked(uow, request.case_id)
    await releasing.taken(uow, request, case, staff)
    return request, case


async def check(uow: UnitOfWork, staff: Member, request_id: str, made: Check) -> PoliceRequest:
    """Record a call-back.

    Raises NotAllowed, Unprocessable: `police_number_theirs` for the number that the officer left, `police_number_unlisted` for
    any other that is not on the list, `police_answered_by` or `police_reference_unconfirmed` for a confirmation without the
    name of who gave it or without our reference.
    """
    staff.must("verify_police")
    request, case = await opened(uow, staff, request_id)
    facts = await store.facts_of(uow.session, request)
    on_list = _must_be_listed(request, facts, made)
    if made.outcome == "confirmed" and not made.answered_by:
        raise Unprocessable("police_answered_by")
    if made.outcome == "confirmed" and not made.reference_confirmed:
        raise Unprocessable("police_reference_unconfirmed", reference=request.reference)
    told = made.model_dump(exclude={"number", "outcome"})
    uow.session.add(
        PoliceCheck(
            id=new_id(), request_id=request.id, staff_id=staff.id, name=staff.name, at=now(), number=made.number,
            listed=on_list, outcome=made.outcome, sealed=await seal(uow, request.id, told),
        )
    )  # fmt: skip
    await uow.session.flush()
    await incidents.acted(
        uow, case, staff, "police_checked", number=made.number, outcome=made.outcome, answered_by=made.answered_by,
        reference=request.reference, note=made.note,
    )  # fmt: skip
    await paging.stop(uow, clocks.safety_subject(case.id))
    if made.outcome == "confirmed":
        request.state, request.verified_at, request.verified_by = "verified", now(), staff.name
        request.listed_check = on_list
        await releasing.tell(uow, request, "police.verified")
    elif made.outcome == "not_known":
        await unverify(uow, request)
    await releasing.changed(uow, request)
    return request


def _must_be_listed(request: PoliceRequest, facts: Facts, made: Check) -> bool:
    """Whether the number called is a listed one; an unlisted one only where no list can be, and with its source."""
    if listed.is_listed(request.city, made.number):
        return True
    if matter.same_phone(made.number, facts.phone):
        raise Unprocessable("police_number_theirs")
    if not request.city and facts.other_city and made.source and listed.digits(made.number):
        return False
    raise Unprocessable("police_number_unlisted" if request.city or facts.other_city else "police_city_first")


async def unverify(uow: UnitOfWork, request: PoliceRequest) -> None:
    """Whoever asks is not confirmed, or not any more: a proposed pack is withdrawn."""
    request.verified_at, request.verified_by, request.listed_check = None, None, None
    await releasing.unpropose(uow, request)
    request.state = "not_verified"


async def change_facts(uow: UnitOfWork, staff: Member, request_id: str, change: FactsChange) -> PoliceRequest:
    """Add or correct what is known. Another officer than the one that was confirmed must be confirmed anew, what is asked
    otherwise than it was proposed must be proposed anew, and another ride is looked for anew. Raises Unprocessable
    `police_city` for a city without a list."""
    staff.must("verify_police")
    request, case = await opened(uow, staff, request_id)
    if change.city and change.city not in listed.cities():
        raise Unprocessable("police_city", details={"fields": ["city"]})
    before = await store.facts_of(uow.session, request)
    told = change.model_dump(include={*_IDENTITY, *_ASKED}, exclude_none=True)
    facts = before.model_copy(update=told)
    changed = sorted(name for name in told if getattr(before, name) != getattr(facts, name))
    if request.verified_at is not None and {*changed} & {*_IDENTITY}:
        await unverify(uow, request)
    if change.city is not None and change.city != request.city:
        request.city = change.city
        changed.append("city")
    if change.needs is not None and {*change.needs} != {*request.needs}:
        request.needs = list(change.needs)
        changed.append("needs")
    if {*changed} & {*_ASKED, "needs", "city"}:
        await releasing.unpropose(uow, request)
    request.sealed = await seal(uow, request.id, facts.model_dump(mode="json"))
    await filing.keep_clues(uow, request, facts)
    await incidents.acted(
        uow, case, staff, "police_facts", reference=request.reference, changed=changed, **told
    )
    if matter.sought(facts) != matter.sought(before):
        await splitting.look_anew(uow, request, case)
    await releasing.changed(uow, request)
    return request


async def in_danger(uow: UnitOfWork, staff: Member, request_id: str, reason: str) -> PoliceRequest:
    """A named person says that somebody is in danger: S0, the safety team is paged, and one person may release."""
    staff.must("escalate")
    if not reason.strip():
        raise Unprocessable("reason_needed")
    request, case = await opened(uow, staff, request_id)
    if not request.danger:
        request.danger = True
        await incidents.acted(uow, case, staff, "police_danger", reference=request.reference, reason=reason)
        await incidents.raise_to(uow, case, "S0", who=staff.who, reason=reason)
        await filing.page_safety(uow, case)
        await releasing.changed(uow, request)
    return request


async def found_nothing(uow: UnitOfWork, request_id: str, key: str) -> None:
    """The platform knows no trip that fits what was told: the liaison sees it and can ask the officer."""
    request = await uow.session.get(PoliceRequest, request_id)
    if request is None:
        raise Missing("no_police_request")
    await record(
        uow,
        "trip_not_found",
        who="software:police",
        case_id=request.case_id,
        key=key,
        words=say("police.no_trip", "en"),
    )
    await releasing.changed(uow, request)
