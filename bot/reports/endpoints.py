"""HTTP doors of the report: for supervisors, and the link in the executive's digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from bot.console.screen import Staff
from bot.identity import service as identity
from bot.identity.endpoints import act, csrf_guard
from bot.identity.schemas import Member
from bot.kit.database import Database
from bot.kit.http import caller_locale, database_of
from bot.kit.locale import Locale
from bot.paging import service as paging
from bot.reports import ack_page, digest, service, whispering
from bot.reports.digest import Look
from bot.reports.schemas import Digests, Report, Whisper, Whispered
from bot.reports.table import as_csv

router = APIRouter(tags=["reports"])
staff_router = APIRouter(prefix="/api/console", dependencies=[Depends(csrf_guard)])
Db = Annotated[Database, Depends(database_of)]
Day = Annotated[date | None, Query()]


Leader = Annotated[Member, Depends(act("see_board"))]


async def _made(db: Database, member: Member, first: date | None, last: date | None) -> Report:
    """The report names drivers and staff: reading it is audited."""
    days = service.days_of(first, last)
    async with db.unit_of_work() as uow:
        await identity.grant(uow, member, "any:all", "report")
    async with db.reading() as session:
        return await service.report(session, *days, member.locale)


@staff_router.get("/report", response_model=Report)
async def read_report(
    db: Db, member: Leader, first: Annotated[date | None, Query(alias="from")] = None, to: Day = None
) -> Report:
    """Figures of the local days `from` to `to` (YYYY-MM-DD, both inside; the last seven days unless named)."""
    return await _made(db, member, first, to)


@staff_router.get("/report.csv", response_class=Response)
async def read_table(
    db: Db,
    member: Leader,
    first: Annotated[date | None, Query(alias="from")] = None,
    to: Day = None,
    lang: Locale | None = None,
) -> Response:
    """The same figures as a table for spreadsheets. lang: a link cannot say it in a header."""
    member = replace(member, locale=lang or member.locale)
    made = await _made(db, member, first, to)
    name = f"vigil-report-{made.from_}-{made.to}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(as_csv(made, member.locale), media_type="text/csv; charset=utf-8", headers=headers)


@staff_router.get("/digests")
async def read_digests(db: Db, member: Leader) -> Digests:
    """Whether an executive gets the daily digest, and which S0 breaches nobody has acknowledged."""
    async with db.reading() as session:
        return await digest.states(session, member.locale)


@staff_router.post("/conversations/{conversation_id}/whisper")
async def whisper(conversation_id: str, body: Whisper, db: Db, member: Staff) -> Whispered:
    """A word for whoever holds the conversation: a note that only staff see, and a notice on the holder's page."""
    async with db.unit_of_work() as uow:
        return Whispered(to=await whispering.whisper(uow, conversation_id, member, body.text))


@router.get("/digest/ack/{token}", response_class=HTMLResponse)
async def show_link(token: str, request: Request, db: Db) -> HTMLResponse:
    """The page behind the link. Opening it changes nothing: mail programs open links to look at them."""
    async with db.reading() as session:
        found = await digest.look(session, token)
    return await _answer(request, db, found)


@router.post("/digest/ack/{token}", response_class=HTMLResponse)
async def use_link(token: str, request: Request, db: Db) -> HTMLResponse:
    """The executive knows of the S0 breaches."""
    async with db.unit_of_work() as uow:
        found = await digest.acknowledge(uow, token)
    return await _answer(request, db, found)


async def _answer(request: Request, db: Database, found: Look) -> HTMLResponse:
    if found.state == "forged":
        async with db.unit_of_work() as uow:
            await paging.forged(uow, request.client.host if request.client else "?")
    html = ack_page.render(found, found.digest.locale if found.digest is not None else caller_locale(request))
    return HTMLResponse(html, ack_page.STATUS[found.state], dict(ack_page.HEADERS))


router.include_router(staff_router)
