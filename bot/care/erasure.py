"""Erasing a person: what they said becomes unreadable, the timeline stays whole. In two steps by a supervisor with a
reason; never while a case of theirs is open, its evidence is held, or a driver's hold is in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import store
from bot.care.models import Erasure
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import Conflict, Missing, Unprocessable
from bot.identity import audit
from bot.identity.schemas import Member, Subject
from bot.incidents import store as case_store
from bot.incidents.models import Case, CaseConversation, DispatchHold
from bot.incidents.timeline import record
from bot.kit import outbox, vault
from bot.kit.database import UnitOfWork, exclusively
from bot.kit.ids import new_id
from bot.kit.locale import say
from bot.kit.now import now

FORGET = "assistant.forget"
# The second step is a decision on what the first has shown, not on what it was yesterday.
CONFIRM_WITHIN = timedelta(minutes=15)
_KINDS = ("rider", "driver", "conversation")


@dataclass(frozen=True)
class Person:
    """Everything here that is about one person. cases: of the person, or reported by nobody else."""

    key: str
    chats: Sequence[Conversation]
    cases: Sequence[Case]


def key_of(conversation: Conversation) -> str:
    """How the person of a conversation is named: by their account where it is proved, else by the conversation alone."""
    if conversation.identity != "none" and conversation.rider_id:
        return f"rider:{conversation.rider_id}"
    if conversation.identity != "none" and conversation.driver_id:
        return f"driver:{conversation.driver_id}"
    return f"conversation:{conversation.id}"


async def ask_to_erase(uow: UnitOfWork, key: str, staff: Member, reason: str) -> Erasure:
    """The first step: says what would be erased, and erases nothing. Raises what `_permitted` raises."""
    staff.must("erase_person")
    if not reason.strip():
        raise Unprocessable("reason_needed")
    person = await _permitted(uow, key)
    asked = Erasure(
        id=new_id(), person=key, state="asked", reason=reason, asked_by=staff.id, asked_name=staff.name, asked_at=now(),
        conversations=len(person.chats), cases=len(person.cases),
    )  # fmt: skip
    uow.session.add(asked)
    await audit.record(
        uow, "erasure_asked", who=staff.who, subject=_subject(key), purpose=reason, erasure=asked.id
    )
    return asked


async def erase(uow: UnitOfWork, key: str, staff: Member, confirm: str) -> Erasure:
    """The second step, by the same supervisor within a quarter of an hour: checked again, then carried out at once here
    and owed to the assistant's memory. Raises Conflict `erase_confirm` without a first step that stands."""
    staff.must("erase_person")
    asked = await uow.session.get(Erasure, confirm, with_for_update=True, populate_existing=True)
    stands = asked is not None and asked.state == "asked" and now() - asked.asked_at <= CONFIRM_WITHIN
    if asked is None or not stands or asked.person != key or asked.asked_by != staff.id:
        raise Conflict("erase_confirm")
    person = await _permitted(uow, key)
    for case in person.cases:
        await _erase_case(uow, case, person, staff)
    for chat in person.chats:
        await _erase_chat(uow, chat, staff)
    asked.state, asked.done_at = "done", now()
    asked.conversations, asked.cases = len(person.chats), len(person.cases)
    await audit.record(
        uow, "erased", who=staff.who, subject=_subject(key), purpose=asked.reason, erasure=asked.id,
        conversations=asked.conversations, cases=asked.cases,
    )  # fmt: skip
    return asked


async def _permitted(uow: UnitOfWork, key: str) -> Person:
    """Raises Missing for nobody of that name, Conflict that names what stands in the way."""
    await exclusively(uow, f"erase:{key}")
    person = await _find(uow, key)
    reported = [
        case for chat in person.chats for case in await case_store.of_conversation(uow.session, chat.id)
    ]
    concerned = list({case.id: case for case in [*person.cases, *reported]}.values())
    open_ones = [
        case.reference
        for case in concerned
        if case.open and case.grade in case_store.INCIDENT_GRADES and case.kind != "privacy_complaint"
    ]
    if open_ones:
        raise Conflict("erase_case_open", references=", ".join(sorted(open_ones)))
    held = {hold.case_id for hold in await store.evidence_of(uow.session, [case.id for case in concerned])}
    if held:
        references = sorted(case.reference for case in concerned if case.id in held)
        raise Conflict("erase_held", references=", ".join(references))
    kind, _, identifier = key.partition(":")
    if kind == "driver" and await _driver_held(uow.session, identifier):
        raise Conflict("erase_driver_held")
    return person


async def _find(uow: UnitOfWork, key: str) -> Person:
    kind, _, identifier = key.partition(":")
    if kind not in _KINDS or not identifier:
        raise Missing("nobody_to_erase", person=key)
    columns: dict[str, ColumnElement[bool]] = {
        "rider": Conversation.rider_id == identifier,
        "driver": Conversation.driver_id == identifier,
        "conversation": Conversation.id == identifier,
    }
    query = select(Conversation.id).where(columns[kind]).order_by(Conversation.id)
    found = (await uow.session.execute(query)).scalars().all()
    chats = [await conversations.lock(uow, one) for one in found]
    cases = await _cases(uow.session, kind, identifier, {chat.id for chat in chats})
    if not chats and not cases:
        raise Missing("nobody_to_erase", person=key)
    return Person(key, chats, cases)


async def _cases(session: AsyncSession, kind: str, identifier: str, chats: set[str]) -> list[Case]:
    """Cases about this rider, and those that nobody but these chats reports. Others' reports are others' words: they stay,
    and so do complaints about a driver."""
    mine = select(CaseConversation.case_id).where(CaseConversation.conversation_id.in_(chats))
    wanted: ColumnElement[bool] = Case.id.in_(mine)
    if kind == "rider":
        wanted = wanted | (Case.rider_id == identifier)
    found = []
    for case in (await session.execute(select(Case).where(wanted).order_by(Case.id))).scalars():
        theirs = kind == "rider" and case.rider_id == identifier
        if theirs or set(await case_store.conversations_of(session, case.id)) <= chats:
            found.append(case)
    return found


async def _driver_held(session: AsyncSession, driver_id: str) -> bool:
    query = select(DispatchHold.id).where(
        DispatchHold.driver_id == driver_id, DispatchHold.open_key.is_not(None)
    )
    return (await session.execute(query.limit(1))).first() is not None


async def _erase_case(uow: UnitOfWork, case: Case, person: Person, staff: Member) -> None:
    """Kind, grade, times, driver and plate stay: they tell of the ride, and a later complaint must find them."""
    case.title, case.evidence, case.trip, case.phone_hash = "", {}, None, None
    case.rider_id = case.trip_id = None
    if case.reporter_role == "driver":
        case.driver_id = case.plate = None
    case.emergency_call = {"erased": True} if case.emergency_call else None
    await vault.destroy(uow, case.id)
    await record(uow, "person_erased", who=staff.who, case_id=case.id)


async def _erase_chat(uow: UnitOfWork, chat: Conversation, staff: Member) -> None:
    await vault.destroy(uow, chat.id)
    await outbox.forget(uow, chat.id)
    await conversations.erase(uow, chat)
    await record(uow, "person_erased", who=staff.who, conversation_id=chat.id)
    await outbox.put(uow, FORGET, f"{chat.id}:{now().isoformat()}", {"conversation": chat.id})
    text = say("erasure.done", chat.locale)
    await conversations.append(uow, chat, author="system", text=text, kind="status")


def _subject(key: str) -> Subject:
    return Subject.parse(key)
