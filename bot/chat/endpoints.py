"""The REST doors for those who report: sessions, messages, state."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Query, Request, Response

from bot.chat import service
from bot.chat.rates import Rates
from bot.chat.receive import Incoming, receive
from bot.chat.schemas import LAST_SEQ, Acknowledged, Messages, NewMessage, NewSession, Seen, SessionOpened
from bot.chat.state import conversation_state
from bot.conversations import service as conversations
from bot.conversations import store
from bot.conversations.models import Conversation
from bot.conversations.schemas import message_wire
from bot.kit.database import Database
from bot.kit.http import address_of, caller_locale, database_of
from bot.kit.locale import locale_from
from bot.kit.pages import version

router = APIRouter(prefix="/api/chat", tags=["chat"])
Db = Annotated[Database, Depends(database_of)]


def bearer(authorization: str | None) -> str | None:
    """The token of an `Authorization: Bearer …` header, None without one."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


async def current(db: Db, authorization: Annotated[str | None, Header()] = None) -> Conversation:
    """Dependency: the conversation that the bearer token opens. Raises NotSignedIn."""
    return await service.conversation_for(db, bearer(authorization))


Current = Annotated[Conversation, Depends(current)]


def rates_of(request: Request) -> Rates:
    """The app's counters of what one session and one address ask for."""
    rates: Rates = request.app.state.rates
    return rates


@router.post("/sessions", status_code=201)
async def open_session(
    request: Request,
    db: Db,
    body: NewSession | None = None,
    authorization: Annotated[str | None, Header()] = None,
) -> SessionOpened:
    """Start a conversation. An app token, if given, names the rider or driver; nobody needs one."""
    asked = body or NewSession()
    locale = locale_from(asked.locale) if asked.locale else caller_locale(request)
    opened = await service.open_session(
        db, locale=locale_from(locale), channel=asked.channel or "widget", app_token=bearer(authorization)
    )
    async with db.reading() as session:
        state = await conversation_state(session, opened.conversation)
    return SessionOpened(session_id=opened.session_id, token=opened.token, locale=locale, conversation=state)


@router.post("/person")
async def person(
    db: Db, conversation: Current, app_token: Annotated[str, Body(embed=True, min_length=1, max_length=4096)]
) -> dict[str, Any]:
    """Say who speaks in a conversation that was opened without an app token, or with one that had run out."""
    named = await service.name_person(db, conversation.id, app_token)
    async with db.reading() as session:
        return await conversation_state(session, named)


@router.post("/messages", status_code=202)
async def send(
    body: NewMessage, request: Request, response: Response, db: Db, conversation: Current
) -> Acknowledged:
    """Send a message; it is stored before this answers. The same client_id again: 200 and the same body."""
    location = body.location.model_dump(exclude_none=True) if body.location else None
    withheld = await rates_of(request).withheld(conversation.id, address_of(request))
    incoming = Incoming(body.client_id, body.text, body.payload, location, withheld=withheld)
    receipt = await receive(db, conversation.id, incoming)
    response.status_code = 200 if receipt.again else 202
    return Acknowledged(**receipt.body)


@router.get("/messages")
async def messages(
    db: Db, conversation: Current, after: Annotated[int, Query(ge=0, le=LAST_SEQ)] = 0
) -> Messages:
    """What was said after sequence number `after`, in order."""
    async with db.reading() as session:
        said = await store.messages_after(session, conversation.id, after)
    return Messages(messages=[message_wire(message) for message in said])


@router.get("/conversation")
async def state(db: Db, conversation: Current) -> dict[str, Any]:
    """Who holds the conversation, its grade, the incident's state, the emergency numbers valid at the vehicle.

    `version`: the build of the widget that is served now, by which one left open knows that it is old.
    """
    async with db.reading() as session:
        return {**await conversation_state(session, conversation), "version": version("widget")}


@router.post("/read", status_code=204)
async def read(body: Seen, db: Db, conversation: Current) -> None:
    """The reporter has seen everything up to `seq`."""
    async with db.unit_of_work() as uow:
        conversations.mark_read(uow, await conversations.lock(uow, conversation.id), "reporter", body.seq)
