"""Handing over, or not: one person in an emergency, two different people otherwise; a refusal is a supervisor's, with a reason
that names the regulator. What is handed over is sealed as it was, and fetched through links that work once."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any, Literal

import structlog
from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult

from bot.conversations import service as conversations
from bot.errors import Conflict, Missing, Unprocessable
from bot.handoff import service as handoff
from bot.identity.schemas import Member
from bot.incidents import service as incidents
from bot.incidents.models import Case
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.ids import hashed, new_id, new_secret
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.kit.vault import seal
from bot.paging import service as paging
from bot.police import clocks, listed, store
from bot.police.models import PoliceLink, PoliceRelease, PoliceRequest
from bot.policy import policy

log = structlog.get_logger(__name__)
Format = Literal["pdf", "json"]


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
    """Whoever works on a request that nobody has taken takes it by that: the pagers stop, and the officer sees a name."""
    if not case.open:
        return
    conversation = await conversations.lock(uow, request.conversation_id)
    if conversation.holder != "person":
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


def releasable(request: PoliceRequest, case: Case) -> None:
    """Raises Conflict `police_answered`, Unprocessable `police_not_verified` or `police_no_trip`."""
    if request.state not in store.UNANSWERED:
        raise Conflict("police_answered", reference=request.reference)
    if request.verified_at is None:
        raise Unprocessable("police_not_verified")
    if case.trip_id is None:
        raise Unprocessable("police_no_trip")


async def release(uow: UnitOfWork, staff: Member, request_id: str, pack: dict[str, Any]) -> PoliceRelease:
    """Hand the pack over, or propose it to a second person. pack: as `pack.gather` made it for this person.

    Raises what `releasable` raises, NotAllowed, and Conflict `police_second_person` when the one who proposed it would also
    release it, `police_changed` when the trip is not the one of the pack any more.
    """
    staff.must("release_police_pack")
    request = await locked(uow, request_id)
    case = await incidents.locked(uow, request.case_id)
    releasable(request, case)
    await taken(uow, request, case, staff)
    if pack.get("trip_id") != case.trip_id:
        raise Conflict("police_changed")
    made = await store.release_of(uow.session, request.id)
    if made is None and not alone(request):
        return await _propose(uow, request, case, staff, pack)
    if made is not None and made.proposed_by == staff.id and not alone(request):
        raise Conflict("police_second_person", name=made.proposed_name)
    return await _hand_over(uow, request, case, staff, pack, made)


def _row(request: PoliceRequest, staff: Member, pack: dict[str, Any]) -> PoliceRelease:
    return PoliceRelease(
        id=new_id(), request_id=request.id, state="proposed", emergency=request.danger, sections=pack["sections"],
        proposed_by=staff.id, proposed_name=staff.name, proposed_at=now(), sealed="",
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
    await paging.stop(uow, clocks.safety_subject(request.case_id))
    await paging.stop(uow, clocks.refusal_subject(request.id))
    await changed(uow, request)


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


async def mint(
    uow: UnitOfWork, request: PoliceRequest, format: Format, *, by: Member | None
) -> tuple[str, PoliceLink]:
    """A link that fetches one file of the released pack once, until it expires; by: None for the officer themselves.

    Returns the secret, shown this once, and the row. Raises Conflict `police_not_released`, `police_pack_over`,
    `police_links_spent`.
    """
    if by is not None:
        by.must("release_police_pack")
    made = await store.release_of(uow.session, request.id)
    if made is None or made.released_at is None:
        raise Conflict("police_not_released")
    limits = policy().limits
    if now() >= made.released_at + timedelta(hours=limits.police_release_hours):
        raise Conflict("police_pack_over")
    own = [one for one in await store.links_of(uow.session, made.id) if one.made_by == "officer"]
    if by is None and len(own) >= limits.police_links:
        raise Conflict("police_links_spent")
    secret = new_secret()
    link = PoliceLink(
        id=new_id(), release_id=made.id, format=format, secret_hash=hashed(secret), made_by=by.who if by else "officer",
        made_at=now(), expires_at=now() + timedelta(seconds=limits.police_link_s),
    )  # fmt: skip
    uow.session.add(link)
    await record(
        uow, "police_link_made", who=by.who if by else "reporter", case_id=request.case_id, format=format,
        conversation_id=request.conversation_id, reference=request.reference, expires=iso(link.expires_at),
        **({"name": by.name} if by else {}),
    )  # fmt: skip
    return secret, link


async def find_link(uow: UnitOfWork, secret: str) -> tuple[PoliceLink, PoliceRelease, PoliceRequest]:
    """What an unused link leads to.

    Raises Missing `police_link_unknown`, Conflict `police_link_used` or `police_link_expired`.
    """
    query = select(PoliceLink).where(PoliceLink.secret_hash == hashed(secret))
    link = (await uow.session.execute(query)).scalar_one_or_none()
    if link is None:
        log.warning("unknown police link")
        raise Missing("police_link_unknown")
    if link.used_at is not None:
        raise Conflict("police_link_used")
    if now() >= link.expires_at:
        raise Conflict("police_link_expired")
    made = await uow.session.get_one(PoliceRelease, link.release_id)
    return link, made, await uow.session.get_one(PoliceRequest, made.request_id)


async def use_link(uow: UnitOfWork, secret: str) -> None:
    """The link is used up, by one caller alone, and the download is in the timeline. Raises what `find_link` raises."""
    link, made, request = await find_link(uow, secret)
    claim = (
        update(PoliceLink).where(PoliceLink.id == link.id, PoliceLink.used_at.is_(None)).values(used_at=now())
    )
    result = await uow.session.execute(claim, execution_options={"synchronize_session": False})
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        raise Conflict("police_link_used")
    await record(
        uow, "police_pack_downloaded", who="reporter", case_id=request.case_id, conversation_id=request.conversation_id,
        format=link.format, reference=request.reference, sha256=made.sha256, link_of=link.made_by,
    )  # fmt: skip
    uow.emit("conversation.changed", conversation_id=request.conversation_id)
