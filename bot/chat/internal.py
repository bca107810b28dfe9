"""The internal door for custom actions: its own loopback port, a secret, and every act once per (conversation, message,
action)."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from bot.chat.alarm import first_words, raise_alarm
from bot.chat.listeners import Heard
from bot.chat.models import InternalAnswer, Turn
from bot.chat.seen import as_seen
from bot.conversations import service as conversations
from bot.conversations import store
from bot.conversations.models import Conversation
from bot.errors import NotSignedIn
from bot.followups import service as followups
from bot.handoff import service as handoff
from bot.identity.schemas import Person
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.clocks import due_of
from bot.incidents.timeline import record
from bot.kit.database import Database, UnitOfWork
from bot.kit.http import database_of
from bot.kit.now import iso, now
from bot.policy import Grade, is_safety
from bot.settings import settings


def guarded(x_vigil_secret: Annotated[str, Header()] = "") -> None:
    """Raises NotSignedIn without the shared secret."""
    if not hmac.compare_digest(x_vigil_secret.encode(), settings().internal_secret.encode()):
        raise NotSignedIn("internal_secret")


router = APIRouter(
    prefix="/internal/conversations/{conversation_id}", tags=["internal"], dependencies=[Depends(guarded)]
)
Db = Annotated[Database, Depends(database_of)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="ignore")

    message_id: str = Field(min_length=1, max_length=100)
    action: str = Field(min_length=1, max_length=100)
    language: Literal["zh", "en"] | None = None


class AskedIncident(_Asked):
    intent: str
    grade: Grade | None = None
    text: str = ""


class AskedCase(_Asked):
    kind: str
    grade: Literal["S2", "S3"]
    title: str = Field(max_length=500)
    evidence: dict[str, Any] = Field(default_factory=dict)
    reasons: list[str] = Field(default_factory=list)
    hand_over: bool = False


class AskedHandOver(_Asked):
    reason: Literal["asked", "not_understood", "repeated", "platform_down", "other"]


class LearnedIdentity(_Asked):
    method: Literal["code", "two_facts"]
    rider_id: str | None = None
    trip_id: str
    callback_phone: str | None = None


class AskedWatch(_Asked):
    kind: Literal["lost_item", "trip"]
    ref: str
    trip_id: str
    answer_due_s: float | None = Field(None, gt=0)
    item: str | None = None
    essential: bool = False


class DoneAct(_Asked):
    act: str = Field(pattern=r"^[a-z_]{3,40}$")
    details: dict[str, Any] = Field(default_factory=dict)


Work = Callable[[UnitOfWork, Conversation], Awaitable[dict[str, Any]]]


async def _once(db: Database, conversation_id: str, asked: _Asked, door: str, work: Work) -> dict[str, Any]:
    """Do `work` in one transaction, or give the answer that the same request got before."""
    key = f"{conversation_id}|{asked.message_id}|{door}|{asked.action}"
    async with db.unit_of_work() as uow:
        conversation = await conversations.lock(uow, conversation_id)
        known = await uow.session.get(InternalAnswer, key)
        if known is not None:
            return known.answer
        before = conversation.holder_version
        answer = await work(uow, conversation)
        if conversation.holder_version != before:
            turn = (
                await uow.session.execute(select(Turn).where(Turn.message_id == asked.message_id))
            ).scalar_one_or_none()
            if turn is not None:
                turn.own_version = conversation.holder_version
        uow.session.add(InternalAnswer(key=key, answer=answer, at=now()))
        return answer


@router.post("/incidents")
async def open_incident(conversation_id: str, asked: AskedIncident, db: Db) -> dict[str, Any]:
    """Open or join an incident, as the safety rules of the assistant ask; texts: what was said to the reporter."""

    async def work(uow: UnitOfWork, conversation: Conversation) -> dict[str, Any]:
        first = conversation.next_seq
        heard = Heard(
            "rules", "handover", 1.0, asked.intent, asked.grade, [f"the assistant's rule for {asked.intent}"]
        )
        key = f"report:{asked.message_id}:rules"
        reported = await raise_alarm(uow, conversation, heard, source="rules", key=key)
        said = await store.messages_after(uow.session, conversation.id, first - 1)
        return {"reference": reported.case.reference, "texts": [message.text for message in said]}

    return await _once(db, conversation_id, asked, "incidents", work)


@router.post("/cases")
async def open_case(conversation_id: str, asked: AskedCase, db: Db) -> dict[str, Any]:
    """A case for a person, with its evidence. due_at: the time a running timer holds, None when none runs."""

    async def work(uow: UnitOfWork, conversation: Conversation) -> dict[str, Any]:
        made = incidents.Report(
            intent=asked.kind, grade=asked.grade, source="action", because=[asked.title], modifiers=asked.reasons,
            title=asked.title, evidence=asked.evidence, key=f"case:{asked.message_id}:{asked.action}",
        )  # fmt: skip
        reported = await incidents.report(uow, conversation, made)
        case = reported.case
        if asked.hand_over or is_safety(case.grade):  # type: ignore[arg-type]
            await handoff.to_people(
                uow, conversation, team=case.team, reason=asked.title, who="software:assistant"
            )
        if reported.new and is_safety(case.grade):  # type: ignore[arg-type]
            await first_words(uow, conversation, case)
        due = await due_of(uow, case)
        return {"reference": case.reference, "due_at": iso(due), "holder": conversation.holder}

    return await _once(db, conversation_id, asked, "cases", work)


@router.post("/hand-over")
async def hand_over(conversation_id: str, asked: AskedHandOver, db: Db) -> dict[str, Any]:
    """A person is asked for, or needed: granted at once."""

    async def work(uow: UnitOfWork, conversation: Conversation) -> dict[str, Any]:
        await handoff.to_people(
            uow, conversation, team="support", reason=asked.reason, who="software:assistant"
        )
        opens = handoff.opens_at(now())
        waiting = conversation.holder == "queue"
        return {
            "holder": conversation.holder,
            "position": await handoff.place_in_line(uow.session, conversation) if waiting else None,
            "open_now": opens is None, "opens_at": iso(opens),
        }  # fmt: skip

    return await _once(db, conversation_id, asked, "hand-over", work)


@router.post("/identity", status_code=200)
async def identity(conversation_id: str, asked: LearnedIdentity, db: Db) -> dict[str, Any]:
    """A one-time code or two facts proved whose trip it is."""

    async def work(uow: UnitOfWork, conversation: Conversation) -> dict[str, Any]:
        person = Person(role="rider", identity=asked.method, rider_id=asked.rider_id)
        await conversations.learn_person(uow, conversation, person, trip_id=asked.trip_id)
        conversation.callback_phone = asked.callback_phone or conversation.callback_phone
        await record(
            uow, "identified", who="software:assistant", conversation_id=conversation.id, method=asked.method,
            trip=asked.trip_id,
        )  # fmt: skip
        await followups.find_trip(uow, conversation)
        return {}

    return await _once(db, conversation_id, asked, "identity", work)


@router.post("/watches")
async def watch(conversation_id: str, asked: AskedWatch, db: Db) -> dict[str, Any]:
    """Follow a platform object; the passenger is told unasked, and a person gets it when nobody answers by due_at."""

    async def work(uow: UnitOfWork, conversation: Conversation) -> dict[str, Any]:
        followed = await followups.follow(
            uow, conversation, kind=asked.kind, ref=asked.ref, trip_id=asked.trip_id,
            answer_due_s=asked.answer_due_s, item=asked.item, essential=asked.essential,
        )  # fmt: skip
        await record(
            uow, "following", who="software:assistant", conversation_id=conversation.id, kind=asked.kind, ref=asked.ref,
            due_at=iso(followed.due_at),
        )  # fmt: skip
        return {"id": followed.id, "due_at": iso(followed.due_at)}

    return await _once(db, conversation_id, asked, "watches", work)


@router.post("/acts", status_code=200)
async def act(conversation_id: str, asked: DoneAct, db: Db) -> dict[str, Any]:
    """Write what the assistant did: a claim is a record."""

    async def work(uow: UnitOfWork, conversation: Conversation) -> dict[str, Any]:
        await record(
            uow, asked.act, who="software:assistant", conversation_id=conversation.id, details=asked.details
        )
        return {}

    return await _once(db, conversation_id, asked, "acts", work)


@router.get("/cases")
async def cases(conversation_id: str, db: Db) -> dict[str, Any]:
    """What became of this conversation's reports, as its reporter may see it; accepted_by: a name, next_update_at: only a time
    that a timer holds."""
    async with db.reading() as session:
        conversation = await session.get(Conversation, conversation_id)
        if conversation is None:
            return {"cases": []}
        found = await case_store.of_conversation(session, conversation_id)
        seen = [await as_seen(session, conversation, case) for case in found]
    return {
        "cases": [
            {
                "reference": case.reference, "kind": case.kind, "grade": case.grade, "state": case.state,
                "opened_at": iso(case.opened_at), "accepted_by": case.accepted_by, "next_update_at": None,
            }
            for case in seen
        ]
    }  # fmt: skip
