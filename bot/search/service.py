"""Search over conversations and cases. What is found is masked for its reader and every search is written to the audit
before its results are shown: who, what kind of thing was looked for, and which conversations were shown. The words
themselves are not kept there, because they may be somebody's phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations.models import Conversation
from bot.errors import Unprocessable
from bot.identity import audit
from bot.identity import service as identity
from bot.identity.personal import mask_name, phone_for, text_for
from bot.identity.schemas import Grant, Member, Subject
from bot.identity.store import one_line
from bot.incidents.models import Case
from bot.kit.database import Database
from bot.kit.locale import has_text, say
from bot.kit.now import iso, now
from bot.policy import policy
from bot.search import store
from bot.search.schemas import Code, Found, FoundIn, Results, Wanted
from bot.search.words import LONGEST, Query, excerpt, query_of, stands_in

PER_PAGE = 20
MOST_EXPORTED = 2000
_SUBJECT = "any:search"
# Days that every zone and both databases can hold.
_FIRST, _LAST = date(1970, 1, 1), date(9000, 1, 1)


def check(wanted: Wanted) -> Query:
    """What is looked for. Raises Unprocessable `search_empty`, `search_too_long` (over 200 characters), `search_days`."""
    # One sign may stand for a sentence: what is looked for counts too.
    length = max(len(wanted.q), len(one_line(wanted.q)))
    if length > LONGEST:
        raise Unprocessable("search_too_long", length=length, limit=LONGEST)
    query = query_of(wanted.q)
    if not query.words:
        raise Unprocessable("search_empty", limit=LONGEST)
    if wanted.first and wanted.last and wanted.first > wanted.last:
        raise Unprocessable("search_days", first=wanted.first.isoformat(), last=wanted.last.isoformat())
    return query


def midnight(day: date | None) -> datetime | None:
    """When a local day (policy: reports.zone) begins, in UTC; of a day before or after all that is kept, the nearest one."""
    if day is None:
        return None
    return datetime.combine(min(max(day, _FIRST), _LAST), time(), ZoneInfo(policy().reports.zone)).astimezone(
        UTC
    )


async def search(db: Database, staff: Member, wanted: Wanted) -> Results:
    """One page of what is found, the newest words first. Raises what `check` does, and NotAllowed."""
    return await _run(db, staff, wanted, "searched", (wanted.page - 1) * PER_PAGE, PER_PAGE)


async def everything(db: Database, staff: Member, wanted: Wanted) -> Results:
    """All that is found, for a table. Raises also Unprocessable `search_too_many` above 2000 rows: a table that leaves rows
    out without a word would be taken for the whole."""
    return await _run(db, staff, wanted, "search_exported", 0, MOST_EXPORTED)


async def _run(db: Database, staff: Member, wanted: Wanted, act: str, offset: int, limit: int) -> Results:
    staff.must("note")
    query = check(wanted)
    phones = staff.may("see_unmasked_phone")
    begin, read_at = midnight(wanted.first), now()
    end = midnight(min(wanted.last, _LAST) + timedelta(days=1)) if wanted.last else None
    async with db.reading() as session:
        by_words, partial = await store.by_words(session, query, phones=phones)
        conditions = [
            or_(*store.by_facts(query, phones=phones), *by_words),
            *store.visible_to(staff),
            *store.filtered(wanted, begin, end),
        ]
        total = (
            await session.execute(select(func.count()).select_from(Conversation).where(*conditions))
        ).scalar_one()
        if act == "search_exported" and total > limit:
            raise Unprocessable("search_too_many", total=total, limit=limit)
        page = select(Conversation).where(*conditions).order_by(store.LAST.desc(), Conversation.id.desc())
        shown = (await session.execute(page.offset(offset).limit(limit))).scalars().all()
    grant = await _written(db, staff, wanted, query, act, total, shown)
    async with db.reading() as session:
        rows = await _rows(session, staff, grant, query, shown)
    return Results(
        q=wanted.q, total=total, page=wanted.page, pages=max(1, -(-total // PER_PAGE)), phones=phones, partial=partial,
        most=MOST_EXPORTED, now=iso(read_at), rows=rows,
        codes=[
            Code(code=code, label=say(f"resolution.{code}", staff.locale)) for code in policy().resolution_codes
        ],
    )  # fmt: skip


async def _written(
    db: Database,
    staff: Member,
    wanted: Wanted,
    query: Query,
    act: str,
    total: int,
    shown: Sequence[Conversation],
) -> Grant:
    filters = {
        "grade": wanted.grade, "state": wanted.state, "page": wanted.page,
        "from": wanted.first.isoformat() if wanted.first else None,
        "to": wanted.last.isoformat() if wanted.last else None,
    }  # fmt: skip
    async with db.unit_of_work() as uow:
        grant = await identity.grant(uow, staff, _SUBJECT, "search")
        await audit.record(
            uow, act, who=staff.who, subject=Subject.parse(_SUBJECT), purpose="search",
            words=len(query.words), characters=len(wanted.q), like_phone=query.digits is not None, total=total,
            shown=[one.id for one in shown], **filters,
        )  # fmt: skip
    return grant


async def _rows(
    session: AsyncSession, staff: Member, grant: Grant, query: Query, shown: Sequence[Conversation]
) -> list[Found]:
    ids = [one.id for one in shown]
    cases = await store.cases_of(session, ids)
    texts = await store.texts_of(session, query, ids)
    return [_row(one, cases.get(one.id, []), texts.get(one.id, []), staff, grant, query) for one in shown]


def _row(
    one: Conversation,
    cases: list[Case],
    texts: list[tuple[str, str]],
    staff: Member,
    grant: Grant,
    query: Query,
) -> Found:
    seen = [(kind, text_for(grant, text)) for kind, text in texts]
    said = [(kind, text) for kind, text in seen if stands_in(query, text)]
    case = _meant(cases, query)
    label = f"intent.{case.kind}" if case else ""
    name = one.person_name
    full = grant.may("see_unmasked_phone")
    return Found(
        conversation_id=one.id, reference=case.reference if case else None,
        grade=case.grade if case else one.grade or "S3", state=case.state if case else one.holder,
        intent=case.kind if case else None, intent_label=say(label, staff.locale) if has_text(label) else None,
        plate=case.plate if case else None, phone=phone_for(grant, one.callback_phone),
        person=name if full or not name else mask_name(name), language=one.locale, holder_name=one.holder_name,
        found_in=_found_in(one, cases, said, query, full), excerpt=excerpt(query, said[0][1]) if said else "",
        opened_at=iso(case.opened_at if case else one.created_at), last_at=iso(one.last_reporter_at or one.created_at),
    )  # fmt: skip


def _meant(cases: list[Case], query: Query) -> Case | None:
    """The case that was asked for by its reference or plate, else the first."""
    named = (one for one in cases if _names(one, query))
    return next(named, cases[0] if cases else None)


def _names(case: Case, query: Query) -> bool:
    by_reference = query.reference is not None and query.reference in case.reference
    return by_reference or (query.plate is not None and query.plate in (case.plate or ""))


def _found_in(
    one: Conversation, cases: list[Case], said: list[tuple[str, str]], query: Query, full: bool
) -> list[FoundIn]:
    """Why it is in the list, in the order in which it tells most."""
    found: list[FoundIn] = []
    if query.reference is not None:
        if any(query.reference in case.reference for case in cases) or one.id.upper().endswith(
            query.reference
        ):
            found.append("reference")
        if query.reference in {
            (trip or "").upper() for trip in (one.trip_id, *(case.trip_id for case in cases))
        }:
            found.append("trip")
    if query.plate is not None and any(query.plate in (case.plate or "") for case in cases):
        found.append("plate")
    bare = "".join(sign for sign in one.callback_phone or "" if sign.isdigit())
    if full and query.digits is not None and bare.endswith(query.digits):
        found.append("phone")
    kinds = {kind for kind, _ in said}
    return [*found, *(kind for kind in ("message", "note") if kind in kinds)]
