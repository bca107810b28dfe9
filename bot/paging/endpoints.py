"""HTTP doors of paging: the rota (read by all staff, edited by who may), channels, and the link in a page."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse

from bot.errors import Missing
from bot.identity.endpoints import csrf_guard, signed_in
from bot.identity.schemas import Member
from bot.kit.database import Database
from bot.kit.http import caller_locale, database_of
from bot.kit.now import iso, now
from bot.paging import ack_page, acknowledging, channels, editing, oncall, rota, staff, store
from bot.paging.acknowledging import Look
from bot.paging.messages import test_message
from bot.paging.models import Override, Shift
from bot.paging.schemas import ChannelsBody, HandoverBody, OverrideBody, RotaBody
from bot.policy import policy

router = APIRouter(tags=["paging"])
staff_router = APIRouter(prefix="/api/paging", dependencies=[Depends(csrf_guard)])
Db = Annotated[Database, Depends(database_of)]
Staff = Annotated[Member, Depends(signed_in)]
_SHOWN = timedelta(days=14)


@staff_router.get("/rota")
async def read_rota(db: Db, member: Staff) -> dict[str, Any]:
    """The weekly turns, the dated changes, who is on call now, the gaps of the next two weeks, and who could
    serve."""
    async with db.reading() as session:
        members = await staff.enabled(session)
        teams = policy().teams
        serving = await oncall.everyone_on_call(session, now())
        return {
            "version": await store.version(session),
            "now": iso(now()),
            "may_edit": member.may("edit_rota"),
            "teams": [
                {
                    "team": team,
                    "never_closed": rules.never_closed,
                    "on_call": [one.wire() for one in serving if one.team == team],
                    "may_serve": [
                        {"id": one.id, "name": one.name} for one in members.values() if staff.fits(one, team)
                    ],
                }
                for team, rules in teams.items()
            ],
            "shifts": [_shift(row) for row in await store.shifts(session, teams)],
            "overrides": [
                _override(row) for row in await store.overrides(session, teams, now(), now() + _SHOWN)
            ],
            "gaps": [one.wire() for one in await store.gaps(session, now(), now() + _SHOWN, members)],
        }


@staff_router.put("/rota")
async def put_rota(body: RotaBody, db: Db, member: Staff) -> dict[str, Any]:
    """Replace the weekly rota; refused in words, with nothing written, when it has a gap or an unknown
    person."""
    async with db.unit_of_work() as uow:
        await editing.replace_rota(uow, member, body)
    return await read_rota(db, member)


@staff_router.post("/overrides", status_code=201)
async def post_override(body: OverrideBody, db: Db, member: Staff) -> dict[str, Any]:
    """A dated change of who is on call."""
    async with db.unit_of_work() as uow:
        return _override(await editing.add_override(uow, member, body))


@staff_router.delete("/overrides/{override_id}", status_code=204)
async def delete_override(
    override_id: str, db: Db, member: Staff, reason: Annotated[str, Query(max_length=500)] = ""
) -> None:
    """Take a dated change back; the reason stays with the change of the rota."""
    async with db.unit_of_work() as uow:
        await editing.remove_override(uow, member, override_id, reason)


@staff_router.post("/handover", status_code=201)
async def post_handover(body: HandoverBody, db: Db, member: Staff) -> dict[str, Any]:
    """Give the rest of one's own turn to somebody else."""
    async with db.unit_of_work() as uow:
        return _override(await editing.hand_over(uow, member, body))


@staff_router.get("/channels/{staff_id}")
async def read_channels(staff_id: str, db: Db, member: Staff) -> dict[str, Any]:
    """Where somebody is paged: the kinds in order; the addresses themselves only to their owner."""
    if staff_id != member.id:
        member.must("edit_rota")
    async with db.reading() as session:
        rows = (await store.channels(session, [staff_id])).get(staff_id, [])
        own = await store.addresses(session, staff_id) if staff_id == member.id else None
    return {"kinds": [row.label for row in rows], "addresses": own}


@staff_router.put("/channels/{staff_id}")
async def put_channels(staff_id: str, body: ChannelsBody, db: Db, member: Staff) -> dict[str, Any]:
    """Set where somebody is paged, in the order in which it is tried."""
    async with db.unit_of_work() as uow:
        await editing.set_channels(uow, member, staff_id, body.addresses)
    return await read_channels(staff_id, db, member)


@staff_router.post("/channels/{staff_id}/test")
async def test_channels(staff_id: str, db: Db, member: Staff) -> dict[str, Any]:
    """A message that says it is a test to each of somebody's addresses, now; what each of them answered."""
    if staff_id != member.id:
        member.must("edit_rota")
    async with db.reading() as session:
        known = await staff.enabled(session)
        addresses = await store.addresses(session, staff_id)
    if staff_id not in known:
        raise Missing("no_staff")
    return {"results": await channels.tried(addresses, test_message(known[staff_id].locale))}


@router.get("/page/ack/{token}", response_class=HTMLResponse)
async def show_link(token: str, request: Request, db: Db) -> HTMLResponse:
    """The page behind the link. Opening it changes nothing: mail programs open links to look at them."""
    async with db.reading() as session:
        found = await acknowledging.look(session, token)
    return await _answer(request, db, found)


@router.post("/page/ack/{token}", response_class=HTMLResponse)
async def use_link(
    token: str, request: Request, db: Db, person: Annotated[str | None, Form()] = None
) -> HTMLResponse:
    """Say "seen". person: who answers the team's link."""
    async with db.unit_of_work() as uow:
        found = await acknowledging.acknowledge(uow, token, person)
    return await _answer(request, db, found)


async def _answer(request: Request, db: Database, found: Look) -> HTMLResponse:
    if found.state == "forged":
        async with db.unit_of_work() as uow:
            await acknowledging.forged(uow, request.client.host if request.client else "?")
    html = ack_page.render(found, caller_locale(request))
    return HTMLResponse(html, ack_page.STATUS[found.state], dict(ack_page.HEADERS))


def _shift(row: Shift) -> dict[str, Any]:
    ends = row.start_minute + row.minutes
    return {
        "id": row.id,
        "team": row.team,
        "staff_id": row.staff_id,
        "days": row.days,
        "start": rota.clock_of(row.start_minute),
        "end": rota.clock_of(ends if ends <= rota.DAY_MINUTES else ends - rota.DAY_MINUTES),
        "zone": row.zone,
    }


def _override(row: Override) -> dict[str, Any]:
    return {
        "id": row.id,
        "team": row.team,
        "kind": row.kind,
        "starts": iso(row.starts),
        "ends": iso(row.ends),
        "staff_id": row.staff_id,
        "replaces_id": row.replaces_id,
        "reason": row.reason,
        "made_by": row.made_by,
    }


router.include_router(staff_router)
