"""Doors for what an agent says and whom they bring in: macros and suggestions for a conversation, promises, calls, another
car, one colleague by name, mentions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from bot.chat.state import conversation_state
from bot.console import colleagues, contacting, service, wording
from bot.console.detail import conversation_for
from bot.console.screen import Db, Staff, carry_out
from bot.console.suggesting import Suggestions
from bot.console.trips import TripCards
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff import service as handoff
from bot.identity import service as identity
from bot.identity.endpoints import csrf_guard
from bot.identity.schemas import Member
from bot.incidents import store as case_store
from bot.kit.database import Database, UnitOfWork
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.macros import service as macros
from bot.macros import store as macro_store

router = APIRouter(prefix="/api/console", tags=["console"], dependencies=[Depends(csrf_guard)])
Party = Literal["rider", "booker", "passenger", "driver", "desk"]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore")


class PromiseMade(_Wire):
    minutes: int = Field(ge=1, le=10_080)


class PromiseKept(_Wire):
    """promise_id: of the screen's promises; reason: what was done, where it was not a message here."""

    promise_id: str = Field(min_length=1, max_length=64)
    reason: str = Field(max_length=2000)


class CallAsked(_Wire):
    """asked: whether the reporter asked for the call; needed while nothing may ring in the car. client_id: of one opening of
    the page's dialog; the same again is the same call."""

    client_id: str | None = Field(None, min_length=1, max_length=100)
    from_: Party = Field(alias="from")
    to: Party
    asked: bool = False


class NewCarAsked(_Wire):
    client_id: str | None = Field(None, min_length=1, max_length=100)
    reason_code: Literal[
        "driver_no_show", "driver_late", "cannot_reach_driver", "stranded", "safety", "other"
    ]


class ToPerson(_Wire):
    staff_id: str = Field(min_length=1, max_length=64)
    reason: str = Field("", max_length=2000)


async def _facts(request: Request, db: Database, staff: Member, conversation: Conversation) -> macros.Facts:
    """What variables are filled from. Of the trip only for those whose own it is."""
    async with db.unit_of_work() as uow:
        grant = await identity.grant(uow, staff, f"conversation:{conversation.id}", "console")
    async with db.reading() as session:
        cases = await case_store.of_conversation(session, conversation.id)
        state = await conversation_state(session, conversation, for_staff=True)
    numbers = state["emergency"]["numbers"]
    values = {
        "reporter": conversation.person_name or "", "agent": staff.name,
        "reference": cases[0].reference if cases else "", "emergency": numbers[0]["number"] if numbers else "",
    }  # fmt: skip
    if not macros.own_trip(conversation):
        return macros.Facts(values)
    known = next((case.trip for case in cases if case.trip and case.trip_id == conversation.trip_id), None)
    cards: TripCards = request.app.state.trip_cards
    trip = await cards.card(conversation.trip_id, known, grant, values["reference"] or conversation.id) or {}
    driver = trip.get("driver") or {}
    values |= {
        "plate": driver.get("plate") or "", "driver": driver.get("name") or "",
        "vehicle": (driver.get("vehicle_in") or {}).get(conversation.locale) or "",
        "order": trip.get("order_number") or "", "pickup": trip.get("pickup") or "",
        "destination": trip.get("destination") or "",
    }  # fmt: skip
    return macros.Facts(values, zone=(known or {}).get("timezone"))


async def _seen_by(db: Database, staff: Member, conversation_id: str) -> Conversation:
    async with db.reading() as session:
        return await conversation_for(session, staff, conversation_id)


@router.get("/conversations/{conversation_id}/macros")
async def macros_here(conversation_id: str, request: Request, db: Db, staff: Staff) -> dict[str, Any]:
    """The macros that fit this conversation's grade, each as it would go out to this reporter."""
    conversation = await _seen_by(db, staff, conversation_id)
    facts = await _facts(request, db, staff, conversation)
    async with db.reading() as session:
        used = await macro_store.uses_in(session, conversation_id)
        shown = [
            await _offered(session, conversation, staff, one, facts, used[one.id])
            for one in await macro_store.all_macros(session)
            if one.state == "active" and (conversation.grade or "S3") in one.content.grades
        ]
    return {"macros": shown, "language": conversation.locale}


async def _offered(
    session: Any, conversation: Conversation, staff: Member, one: macros.Macro, facts: macros.Facts, used: int
) -> dict[str, Any]:
    made = macros.render(one.content, conversation.locale, facts)
    act = await wording.not_done(session, conversation, one.content, staff.locale)
    why_not = None if act is None else say("macro.not_yet", staff.locale, act=act)
    names = one.content.name
    return {
        "id": one.id, "name": names.of(staff.locale), "also": names.of("en" if staff.locale == "zh" else "zh"),
        "topic": one.content.topic, "text": made.text, "missing": made.missing, "why_not": why_not, "used": used,
        "promise_minutes": one.content.promise_minutes, "promise_at": iso(made.promise_at),
    }  # fmt: skip


@router.get("/conversations/{conversation_id}/suggestions")
async def suggestions_here(conversation_id: str, request: Request, db: Db, staff: Staff) -> dict[str, Any]:
    """At most three answers from similar routine cases that are over; none in an S0–S2."""
    conversation = await _seen_by(db, staff, conversation_id)
    facts = await _facts(request, db, staff, conversation)
    learnt: Suggestions = request.app.state.suggestions
    async with db.reading() as session:
        return {"suggestions": await learnt.suggest(session, conversation, facts)}


@router.get("/conversations/{conversation_id}/colleagues")
async def colleagues_here(conversation_id: str, db: Db, staff: Staff) -> dict[str, Any]:
    """Everybody else: who is online, and who may see and hold this conversation."""
    conversation = await _seen_by(db, staff, conversation_id)
    async with db.reading() as session:
        return {"colleagues": await colleagues.colleagues(session, staff, conversation)}


@router.post("/conversations/{conversation_id}/promise")
async def promise(
    conversation_id: str, body: PromiseMade, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Promise to write again within so many minutes: the reporter reads it, and a clock runs."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        staff.must("reply")
        handoff.require_holder(one, staff)
        values = {"name": staff.name, "minutes": macros.minutes_in_words(body.minutes, one.locale)}
        text = say("promise.given", one.locale, **values)
        await conversations.append(uow, one, author="system", text=text, kind="status")
        await service.promise(uow, one, staff, now() + timedelta(minutes=body.minutes))

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/promise-kept")
async def promise_kept(
    conversation_id: str, body: PromiseKept, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """What was promised is done: its clock ends, with the name and what was done."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await service.keep_promise(uow, one, staff, body.promise_id, body.reason)

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/call")
async def call(
    conversation_id: str, body: CallAsked, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """A masked call through the platform; how it went is in the timeline."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await contacting.call(
            uow, one, staff, caller=body.from_, callee=body.to, asked=body.asked, client_id=body.client_id
        )

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/new-car")
async def new_car(
    conversation_id: str, body: NewCarAsked, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Another driver for the same order; said to the reporter once the platform has done it."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await contacting.new_car(uow, one, staff, body.reason_code, client_id=body.client_id)

    return await carry_out(request, db, staff, conversation_id, act)


@router.post("/conversations/{conversation_id}/person")
async def to_person(
    conversation_id: str, body: ToPerson, request: Request, db: Db, staff: Staff
) -> dict[str, Any]:
    """Give it to one colleague: at once where it is routine or S2, as an offer where it is S0/S1."""

    async def act(uow: UnitOfWork, one: Conversation) -> None:
        await colleagues.hand_to(uow, one, staff, body.staff_id, body.reason)

    return await carry_out(request, db, staff, conversation_id, act)


@router.get("/mentions")
async def mentions(db: Db, staff: Staff) -> dict[str, Any]:
    """Where colleagues want this person, until they have looked."""
    async with db.reading() as session:
        return {"mentions": await colleagues.mentions(session, staff)}


@router.post("/mentions/{mention_id}/seen", status_code=204)
async def mention_seen(mention_id: str, db: Db, staff: Staff) -> None:
    """Put it aside."""
    async with db.unit_of_work() as uow:
        await macros.seen(uow, staff, mention_id=mention_id)
