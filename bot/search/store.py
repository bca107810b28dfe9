"""The statements of the search, the same on both databases.

Cost: texts are compared with LIKE, so a search reads every message once; no index serves a word in the middle of a text, least
of all a Chinese one. It runs beside writers (SQLite: WAL; PostgreSQL: MVCC) and blocks none. Texts that were typed in
full-width letters are found by full-width words only. Erased conversations have no text and are not found by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.conversations.models import Conversation, Message
from bot.handoff.models import Note
from bot.identity.personal import text_for
from bot.identity.schemas import Member
from bot.incidents.models import OPEN_STATES, Case, CaseConversation
from bot.policy import GRADES, is_safety
from bot.search.schemas import State, Wanted
from bot.search.words import Query, stands_in

SAFETY = tuple(grade for grade in GRADES if is_safety(grade))
# A reader to whom phones are masked gets digits compared with the masked text, one by one: this many messages, the newest.
MOST_COMPARED = 2000
LAST = func.coalesce(Conversation.last_reporter_at, Conversation.created_at)
_SEPARATORS = (" ", "-", "(", ")", ".", "+")


def _with_case(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        CaseConversation.conversation_id == Conversation.id, CaseConversation.case_id == Case.id, *conditions
    )


def visible_to(staff: Member) -> list[ColumnElement[bool]]:
    """What keeps S0/S1, ended ones too, from those who may not accept them; what they hold themselves they see, and a police
    liaison sees police requests."""
    if staff.may("accept_safety"):
        return []
    case_is_grave: ColumnElement[bool] = Case.grade.in_(SAFETY)
    is_grave: ColumnElement[bool] = func.coalesce(Conversation.grade, "").in_(SAFETY)
    if staff.may("accept_police"):
        case_is_grave = and_(case_is_grave, Case.team != "liaison")
        is_grave = and_(is_grave, func.coalesce(Conversation.team, "") != "liaison")
    hidden = or_(is_grave, Conversation.watched_since.is_not(None), _with_case(case_is_grave))
    return [or_(func.coalesce(Conversation.holder_staff_id, "") == staff.id, not_(hidden))]


def filtered(wanted: Wanted, begin: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    """The form's filters. One case must have both the grade and the state; without a case a conversation counts as S3. The
    time is that of the reporter's last words, in [begin, end)."""
    found: list[ColumnElement[bool]] = []
    of_case: list[ColumnElement[bool]] = []
    if wanted.grade is not None:
        of_case.append(Case.grade == wanted.grade)
    if wanted.state is not None:
        of_case.append(_state(wanted.state))
    if of_case:
        without = and_(not_(_with_case()), Conversation.holder != "assistant")
        if wanted.state is None:
            without = not_(_with_case())
        alone = wanted.grade in (None, "S3") and wanted.state in (None, "open")
        found.append(or_(_with_case(*of_case), without) if alone else _with_case(*of_case))
    if begin is not None:
        found.append(begin <= LAST)
    if end is not None:
        found.append(end > LAST)
    return found


def _state(state: State) -> ColumnElement[bool]:
    return Case.state.in_(OPEN_STATES) if state == "open" else Case.state == state


def by_facts(query: Query, *, phones: bool) -> list[ColumnElement[bool]]:
    """By reference, plate, trip and, for those who may see phones, by a phone's last digits."""
    found: list[ColumnElement[bool]] = []
    if query.reference is not None:
        found.append(_with_case(Case.reference.contains(query.reference, autoescape=True)))
        trip = query.reference.lower()
        found.append(func.lower(Conversation.trip_id) == trip)
        found.append(_with_case(func.lower(Case.trip_id) == trip))
        found.append(func.lower(Conversation.id).endswith(trip, autoescape=True))
    if query.plate is not None:
        found.append(_with_case(Case.plate.contains(query.plate, autoescape=True)))
    if phones and query.digits is not None:
        bare: Any = Conversation.callback_phone
        for sign in _SEPARATORS:
            bare = func.replace(bare, sign, "")
        found.append(bare.endswith(query.digits, autoescape=True))
    return found


def has_words(column: InstrumentedAttribute[str], query: Query) -> ColumnElement[bool]:
    """Whether every word stands in the text, in capitals or not; what LIKE would take for a wildcard is escaped."""
    return and_(*(or_(*(column.icontains(one, autoescape=True) for one in word)) for word in query.words))


def messages_with(query: Query) -> Select[str, str]:
    """(conversation, text) of what people and the assistant said; the desk's own lines are not looked at."""
    said = select(Message.conversation_id, Message.text).where(Message.author != "system")
    return said.where(has_words(Message.text, query))


def notes_with(query: Query) -> Select[str, str]:
    return select(Note.conversation_id, Note.text).where(has_words(Note.text, query))


async def by_words(
    session: AsyncSession, query: Query, *, phones: bool
) -> tuple[list[ColumnElement[bool]], bool]:
    """Where the words stand, and whether only the newest were compared. To a reader who may not see phones, digits are found
    only where the masked text shows them: otherwise searching would read a hidden phone digit by digit."""
    if phones or not query.numeric:
        messages = messages_with(query).with_only_columns(Message.conversation_id)
        notes = notes_with(query).with_only_columns(Note.conversation_id)
        return [Conversation.id.in_(messages), Conversation.id.in_(notes)], False
    ids: set[str] = set()
    partial = False
    for newest in (
        messages_with(query).order_by(Message.at.desc()),
        notes_with(query).order_by(Note.at.desc()),
    ):
        rows = (await session.execute(newest.limit(MOST_COMPARED + 1))).all()
        partial = partial or len(rows) > MOST_COMPARED
        ids |= {owner for owner, text in rows[:MOST_COMPARED] if stands_in(query, text_for(False, text))}
    return [Conversation.id.in_(ids)], partial


async def texts_of(
    session: AsyncSession, query: Query, ids: Sequence[str]
) -> dict[str, list[tuple[str, str]]]:
    """The texts with the words, by conversation: ("message" or "note", text), the newest first."""
    found: dict[str, list[tuple[str, str]]] = {}
    messages = messages_with(query).where(Message.conversation_id.in_(ids)).order_by(Message.at.desc())
    notes = notes_with(query).where(Note.conversation_id.in_(ids)).order_by(Note.at.desc())
    for kind, statement in (("message", messages), ("note", notes)):
        for owner, text in (await session.execute(statement)).all():
            found.setdefault(owner, []).append((kind, text))
    return found


async def cases_of(session: AsyncSession, ids: Sequence[str]) -> dict[str, list[Case]]:
    """Every case of these conversations, also ended ones; open ones first, then the gravest, then the newest."""
    query = (
        select(CaseConversation.conversation_id, Case)
        .join(Case, Case.id == CaseConversation.case_id)
        .where(CaseConversation.conversation_id.in_(ids), Case.state != "joined")
    )
    found: dict[str, list[Case]] = {}
    for owner, case in (await session.execute(query)).all():
        found.setdefault(owner, []).append(case)
    for cases in found.values():
        cases.sort(key=lambda one: one.opened_at, reverse=True)
        cases.sort(key=lambda one: (not one.open, GRADES.index(one.grade)))
    return found
