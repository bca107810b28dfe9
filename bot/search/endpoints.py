"""HTTP doors of the search."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from bot.console.screen import Staff
from bot.identity.endpoints import csrf_guard
from bot.kit.database import Database
from bot.kit.http import database_of
from bot.kit.locale import Locale
from bot.policy import Grade
from bot.search import bulk, service
from bot.search.bulk import BulkHandover, BulkResolution, Outcomes
from bot.search.schemas import Results, State, Wanted
from bot.search.table import as_csv

router = APIRouter(prefix="/api/console", tags=["search"], dependencies=[Depends(csrf_guard)])
Db = Annotated[Database, Depends(database_of)]


def wanted_of(
    q: str = "",
    grade: Grade | None = None,
    state: State | None = None,
    first: Annotated[date | None, Query(alias="from")] = None,
    to: date | None = None,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Wanted:
    """The form: q (1-200 characters), grade, state, the local days `from` to `to` (YYYY-MM-DD, both inside), page."""
    return Wanted(q, grade, state, first, to, page)


Form = Annotated[Wanted, Depends(wanted_of)]


@router.get("/search")
async def read_results(db: Db, staff: Staff, wanted: Form) -> Results:
    """Conversations and cases by reference, plate, trip, phone's last digits and words, 20 a page. Audited."""
    return await service.search(db, staff, wanted)


@router.get("/search.csv", response_class=Response)
async def read_table(db: Db, staff: Staff, wanted: Form, lang: Locale | None = None) -> Response:
    """All of it as a table. Audited. lang: a link cannot say it in a header."""
    member = replace(staff, locale=lang or staff.locale)
    made = await service.everything(db, member, wanted)
    headers = {"Content-Disposition": 'attachment; filename="vigil-search.csv"', "Cache-Control": "no-store"}
    return Response(as_csv(made, member.locale), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/bulk/resolve")
async def resolve_several(body: BulkResolution, db: Db, staff: Staff) -> Outcomes:
    """End several routine cases with one code and reason; each row says what became of it. S0-S2 are refused."""
    return await bulk.resolve(db, staff, body)


@router.post("/bulk/hand-over")
async def hand_over_several(body: BulkHandover, db: Db, staff: Staff) -> Outcomes:
    """Hand several conversations to one team or colleague with one note; each row says what became of it. S0/S1 are refused."""
    return await bulk.hand_over(db, staff, body)
