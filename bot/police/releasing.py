"""Handing over, or not: one person in an emergency, two different people otherwise; a refusal is a supervisor's, with a reason
that names the regulator. What is handed over is sealed as it was."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import select

from bot.conversations import service as conversations
from bot.errors import Conflict, Missing, Unprocessable
from bot.handoff import service as handoff
from bot.handoff.having import may_have
from bot.identity.schemas import Member
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.models import Case
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.ids import new_id
from bot.kit.locale import say
from bot.kit.now import now
from bot.kit.vault import seal
from bot.paging import service as paging
from bot.police import clocks, listed, matter, store
from bot.police.models import PoliceRelease, PoliceRequest
from bot.police.schemas import Facts
from bot.rides.plates import same_plate


async def locked(uow: UnitOfWork, request_id: str) -> PoliceRequest:
    """The request and its conversation, locked in the order that everything here keeps: request, conversation, case.

    Raises Missing `no_police_request`."""
    query = select(PoliceRequest).where(PoliceRequest.id == request_id).with_for_update()
    found = await uow.session.execute(query.execution_options(populate_existing=True))
    request = found.scalar_one_or_none()
    if request is None:
        raise Missing("no_police_request")
    await conversations.lock(uow, request.conversation_id)
    return request


async def changed(uow: UnitOfWork, request: PoliceRequest) -> None:
    """The clocks follow what is owed now, and everybody who looks at it is told."""
    await uow.session.flush()
    await clocks.run(uow, request.case_id)
    uow.emit("case.changed", case_id=request.case_id)
    for other in await store.of_cases(uow.session, [request.case_id]):
        uow.emit("conversation.changed", conversation_id=other.conversation_id)


async def taken(uow: UnitOfWork, request: PoliceRequest, case: Case, staff: Member) -> None:
    """Whoever works on a request that nobody has taken takes it by that: the pagers stop, and the officer sees a name. A chat
    in which somebody cries for help as well waits for the safety team; the request waits for nobody."""
    if not case.open:
        return
    conversation = await conversations.lock(uow, request.conversation_id)
    cases = await case_store.open_of_conversation(uow.session, conversation.id)
    if conversation.holder != "person" and await may_have(uow.session, conversation, cases, staff):
        await handoff.accept(uow, conversation, staff)
    elif case.accepted_at is None:
        await incidents.accept(uow, case, staff)


async def tell(uow: UnitOfWork, request: PoliceRequest, key: str, **values: Any) -> None:
    """Say a sentence to the officer, in their language."""
    conversation = await conversations.lock(uow, request.conversation_id)
    text = say(key, conversation.locale, reference=request.reference, **values)
    await conversations.append(uow, conversation, author="system", text=text, kind="status")


def alone(request: PoliceRequest) -> bool:
    """Whether one person may release: in danger, and confirmed through a listed number."""
    return request.danger and request.listed_check is True


def releasable(request: PoliceRequest, facts: Facts, case: Case) -> None:
    """Raises Conflict `police_answered`, Unprocessable `police_not_verified`, `police_no_trip` or `police_other_plate`."""
    if request.state not in store.UNANSWERED:
        raise Conflict("police_answered", reference=request.reference)
    if request.verified_at is None:
        raise Unprocessable("police_not_verified")
    if case.trip_id is None:
        raise Unprocessable("police_no_trip")
    if another_car(facts, case):
        raise Unprocessable("police_other_plate")


def another_car(facts: Facts, case: Case) -> bool:
    """Whether the case's trip has another car than the one that this request names: a case may have several requests."""
    return matter.another_car(facts, _plate(case))


def same_car(facts: Facts, case: Case) -> bool:
    """Whether this request itself names the car of the case's trip."""
    return same_plate(facts.plate, _plate(case))


def _plate(case: Case) -> str:
    """The plate that the pack would show; empty without a trip or a car."""
    trip = case.trip or {}
    vehicle = trip.get("vehicle") or (trip.get("driver") or {}).get("vehicle") or {}
    return str(vehicle.get("plate") or "")


async def release(uow: UnitOfWork, staff: Member, request_id: str, pack: dict[str, Any]) -> PoliceRelease:
    """Hand the pack over, or propose it to a second person. pack: as `pack.gather` made it for this person.

    Raises what `releasable` raises, NotAllowed, and Conflict `police_second_person` when the one who proposed it would also
    release it, `police_changed` when the trip or what is asked for is not that of the pack any more, `police_not_proposed`
    when the pack is not what was proposed.
    """
    staff.must("release_police_pack")
    request = await locked(uow, request_id)
    case = await incidents.locked(uow, request.case_id)
    releasable(request, await store.facts_of(uow.session, request), case)
    await taken(uow, request, case, staff)
    if pack.get("trip_id") != case.trip_id or {*pack["sections"]} != {*request.needs}:
        raise Conflict("police_changed")
    made = await store.release_of(uow.session, request.id)
    if made is not None and (made.trip_id, made.sections) != (pack["trip_id"], pack["sections"]):
        if not alone(request):
            raise Conflict("police_not_proposed", name=made.proposed_name)
        # One person is enough, and answers for it alone: whoever proposed something else did not propose this.
        await unpropose(uow, request)
        made = None
    if made is None and not alone(request):
        return await _propose(uow, request, case, staff, pack)
    if made is not None and made.proposed_by == staff.id and not alone(request):
        raise Conflict("police_second_person", name=made.proposed_name)
    return await _hand_over(uow, request, case, staff, pack, made)


def _row(request: PoliceRequest, staff: Member, pack: dict[str, Any]) -> PoliceRelease:
    return PoliceRelease(
        id=new_id(), request_id=request.id, state="proposed", emergency=request.danger, sections=pack["sections"],
        trip_id=pack["trip_id"], proposed_by=staff.id, proposed_name=staff.name, proposed_at=now(), sealed="",
    )  # fmt: skip


async def _propose(
    uow: UnitOfWork, request: PoliceRequest, case: Case, staff: Member, pack: dict[str, Any]
) -> PoliceRelease:
    made = _row(request, staff, pack)
    uow.session.add(made)
    request.state = "proposed"
    await incidents.acted(
        uow, case, staff, "police_proposed", reference=request.reference, sections=pack["sections"]
    )
    await changed(uow, request)
    return made


async def _hand_over(
    uow: UnitOfWork,
    request: PoliceRequest,
    case: Case,
    staff: Member,
    pack: dict[str, Any],
    made: PoliceRelease | None,
) -> PoliceRelease:
    if made is None:
        made = _row(request, staff, pack)
        uow.session.add(made)
    text = json.dumps(pack, ensure_ascii=False, sort_keys=True)
    made.state, made.sections, made.sha256 = (
        "released",
        pack["sections"],
        hashlib.sha256(text.encode()).hexdigest(),
    )
    made.released_by, made.released_name, made.released_at = staff.id, staff.name, now()
    made.sealed = await seal(uow, request.id, pack)
    request.state, request.answered_at, request.answered_by = "released", now(), staff.name
    await incidents.acted(
        uow, case, staff, "police_pack_released", reference=request.reference, sections=made.sections, sha256=made.sha256,
        proposed_by=made.proposed_name, emergency=made.emergency,
    )  # fmt: skip
    case.decided_at = case.decided_at or now()
    await _answered(uow, request)
    await tell(uow, request, "police.released")
    return made


async def _answered(uow: UnitOfWork, request: PoliceRequest) -> None:
    """Nothing is owed or rung for any more; a chat that this form completes is answered with it."""
    chat = await uow.session.get(PoliceRequest, request.completes) if request.completes else None
    if chat is not None and chat.state in store.UNANSWERED:
        await unpropose(uow, chat)
        chat.state, chat.answered_at, chat.answered_by = request.state, now(), request.answered_by
        await changed(uow, chat)
    await paging.stop(uow, clocks.safety_subject(request.case_id))
    await paging.stop(uow, clocks.refusal_subject(request.id))
    await changed(uow, request)


async def unpropose(uow: UnitOfWork, request: PoliceRequest) -> None:
    """What was proposed is not what is asked any more, or the officer is not confirmed: two people must look at it anew."""
    made = await store.release_of(uow.session, request.id)
    if made is None or made.state != "proposed":
        return
    made.state, request.state = "withdrawn", "verified"
    await record(
        uow, "police_withdrawn", who="software:police", case_id=request.case_id, conversation_id=request.conversation_id,
        reference=request.reference,
    )  # fmt: skip


async def withdraw(uow: UnitOfWork, staff: Member, request_id: str, reason: str) -> None:
    """A proposed pack is not to be released after all. Raises Unprocessable without a reason, Missing without a proposal."""
    staff.must("release_police_pack")
    if not reason.strip():
        raise Unprocessable("reason_needed")
    request = await locked(uow, request_id)
    case = await incidents.locked(uow, request.case_id)
    made = await store.release_of(uow.session, request.id)
    if made is None or made.state != "proposed":
        raise Missing("police_no_proposal")
    made.state, request.state = "withdrawn", "verified"
    await incidents.acted(uow, case, staff, "police_withdrawn", reference=request.reference, reason=reason)
    await changed(uow, request)


async def refuse(uow: UnitOfWork, staff: Member, request_id: str, reason: str) -> bool:
    """A supervisor refuses, and the officer learns why and which regulator oversees us; anybody else asks a supervisor, who is
    paged. Returns whether it is refused now. Raises Unprocessable without a reason, Conflict `police_answered`."""
    staff.must("verify_police")
    if not reason.strip():
        raise Unprocessable("reason_needed")
    request = await locked(uow, request_id)
    case = await incidents.locked(uow, request.case_id)
    if request.state not in store.UNANSWERED:
        raise Conflict("police_answered", reference=request.reference)
    if not staff.may("refuse_police"):
        request.refusal_asked_at = now()
        await incidents.acted(
            uow, case, staff, "police_refusal_asked", reference=request.reference, reason=reason
        )
        await paging.page(
            uow, subject=clocks.refusal_subject(request.id), reference=case.reference, team="supervisor", grade=case.grade,
            step=0, headline={locale: say("police.page.refusal", locale) for locale in ("zh", "en")}, widen=False,
            everyone=False,
        )  # fmt: skip
        await changed(uow, request)
        return False
    await taken(uow, request, case, staff)
    made = await store.release_of(uow.session, request.id)
    if made is not None:
        made.state = "withdrawn"
    request.state, request.answered_at, request.answered_by = "refused", now(), staff.name
    request.refusal = await seal(uow, request.id, {"reason": reason})
    conversation = await conversations.lock(uow, request.conversation_id)
    regulator = regulator_of(request.city, conversation.locale)
    await incidents.acted(
        uow, case, staff, "police_refused", reference=request.reference, reason=reason, regulator=regulator
    )
    await _answered(uow, request)
    await tell(uow, request, "police.refused", reason=reason, regulator=regulator)
    return True


def regulator_of(city: str, locale: str) -> str:
    """Who oversees ride-hailing in the city, in words."""
    known = listed.cities().get(city)
    return known.regulator.in_(locale) if known else say("police.regulator_there", locale)
