"""The staff's doors of police requests. Every command answers with the request as it is after it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from bot.errors import Unavailable
from bot.identity import service as identity
from bot.identity.endpoints import act, csrf_guard
from bot.identity.schemas import Member
from bot.incidents.models import Case
from bot.kit.database import Database, UnitOfWork, again_on_conflict
from bot.kit.http import database_of
from bot.kit.now import iso, now
from bot.police import checking, links, pack, pdf, releasing, store, views
from bot.police.models import PoliceRequest
from bot.police.schemas import Check, FactsChange, LinkWanted, Reason
from bot.rides.client import PlatformClient
from bot.rides.errors import PlatformError
from bot.settings import settings

router = APIRouter(prefix="/api/console/police", tags=["police"], dependencies=[Depends(csrf_guard)])
Db = Annotated[Database, Depends(database_of)]


Staff = Annotated[Member, Depends(act("accept_police"))]


@router.get("/requests")
async def list_requests(db: Db, staff: Staff) -> dict[str, Any]:
    """Every request: those that are owed an answer first, by the clock."""
    async with db.reading() as session:
        return {"now": iso(now()), "requests": await views.rows(session, staff.locale)}


@router.get("/requests/{request_id}")
async def read_request(request_id: str, db: Db, staff: Staff) -> dict[str, Any]:
    """One request with all that the next step needs. Reading it is audited."""
    return await _shown(db, staff, request_id)


async def _shown(db: Database, staff: Member, request_id: str) -> dict[str, Any]:
    async with db.unit_of_work() as uow:
        request = await releasing.locked(uow, request_id)
        await identity.grant(uow, staff, f"case:{request.case_id}", "police request")
    async with db.reading() as session:
        current = await session.get_one(PoliceRequest, request_id)
        case = await session.get_one(Case, current.case_id)
        return await views.for_staff(session, current, case, staff)


async def _do(
    db: Database, staff: Member, request_id: str, work: Callable[[UnitOfWork], Awaitable[Any]]
) -> dict[str, Any]:
    async def once() -> None:
        async with db.unit_of_work() as uow:
            await work(uow)

    await again_on_conflict(once)
    return await _shown(db, staff, request_id)


@router.post("/requests/{request_id}/check")
async def check(request_id: str, body: Check, db: Db, staff: Staff) -> dict[str, Any]:
    """Record a call-back to the listed number."""
    return await _do(db, staff, request_id, lambda uow: checking.check(uow, staff, request_id, body))


@router.post("/requests/{request_id}/facts")
async def facts(request_id: str, body: FactsChange, db: Db, staff: Staff) -> dict[str, Any]:
    """Add or correct what is known."""
    return await _do(db, staff, request_id, lambda uow: checking.change_facts(uow, staff, request_id, body))


@router.post("/requests/{request_id}/danger")
async def danger(request_id: str, body: Reason, db: Db, staff: Staff) -> dict[str, Any]:
    """Somebody is in danger: S0, and one person may release."""
    return await _do(
        db, staff, request_id, lambda uow: checking.in_danger(uow, staff, request_id, body.reason)
    )


async def _gathered(request: Request, db: Database, staff: Member, request_id: str) -> dict[str, Any]:
    """The pack for this person, under an audited grant. Raises what `releasable` raises, Unavailable `police_platform`."""
    staff.must("release_police_pack")
    async with db.unit_of_work() as uow:
        asked = await releasing.locked(uow, request_id)
        case = await uow.session.get_one(Case, asked.case_id)
        told = await store.facts_of(uow.session, asked)
        releasing.releasable(asked, told, case)
        grant = await identity.grant(
            uow, staff, f"trip:{case.trip_id}", f"police data pack {asked.reference}"
        )
    platform: PlatformClient = request.app.state.platform
    try:
        return await pack.gather(platform, grant, staff, asked, told, case)
    except PlatformError as problem:
        raise Unavailable("police_platform") from problem


@router.get("/requests/{request_id}/preview")
async def preview(request_id: str, request: Request, db: Db, staff: Staff) -> dict[str, Any]:
    """What would be handed over, and to whom. Nothing leaves."""
    return await _gathered(request, db, staff, request_id)


@router.get("/requests/{request_id}/preview.pdf")
async def preview_pdf(request_id: str, request: Request, db: Db, staff: Staff) -> Response:
    """The same as the officer's file would be."""
    gathered = await _gathered(request, db, staff, request_id)
    content = await asyncio.to_thread(pdf.render, gathered)
    return Response(content, media_type="application/pdf", headers={"Cache-Control": "no-store"})


@router.post("/requests/{request_id}/release")
async def release(request_id: str, request: Request, db: Db, staff: Staff) -> dict[str, Any]:
    """One click: gather the pack and hand it over, or propose it to a second person where one is needed."""
    gathered = await _gathered(request, db, staff, request_id)
    return await _do(db, staff, request_id, lambda uow: releasing.release(uow, staff, request_id, gathered))


@router.post("/requests/{request_id}/withdraw")
async def withdraw(request_id: str, body: Reason, db: Db, staff: Staff) -> dict[str, Any]:
    """A proposed pack is not to be released."""
    return await _do(
        db, staff, request_id, lambda uow: releasing.withdraw(uow, staff, request_id, body.reason)
    )


@router.post("/requests/{request_id}/refuse")
async def refuse(request_id: str, body: Reason, db: Db, staff: Staff) -> dict[str, Any]:
    """A supervisor refuses; anybody else asks a supervisor, who is paged."""
    return await _do(db, staff, request_id, lambda uow: releasing.refuse(uow, staff, request_id, body.reason))


@router.post("/requests/{request_id}/link", status_code=201)
async def link(request_id: str, body: LinkWanted, db: Db, staff: Staff) -> dict[str, Any]:
    """A one-time link to send on to the officer, shown this once."""
    async with db.unit_of_work() as uow:
        asked = await releasing.locked(uow, request_id)
        secret, made = await links.mint(uow, asked, body.format, by=staff)
    address = f"{settings().public_url.rstrip('/')}/police#pack={secret}"
    return {"address": address, "format": made.format, "expires_at": iso(made.expires_at)}
