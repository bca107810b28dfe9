"""`POST /webhooks/rest/webhook`: Rasa's REST channel, for what already speaks it. The answer waits for the turn, and brings
what was said since the client was last answered."""

from __future__ import annotations

import asyncio
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from bot.chat.endpoints import rates_of
from bot.chat.models import Turn
from bot.chat.receive import Incoming, receive
from bot.chat.service import bind_sender
from bot.conversations import delivery
from bot.kit.database import Database, Event
from bot.kit.http import address_of, database_of
from bot.kit.locale import language_of
from bot.policy import policy

router = APIRouter(tags=["rasa"])
_DOOR = "webhook"


class RasaMessage(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    sender: str = Field(min_length=1, max_length=200)
    message: str
    message_id: str | None = Field(None, max_length=100)


@router.post("/webhooks/rest/webhook")
async def webhook(
    body: RasaMessage, request: Request, db: Annotated[Database, Depends(database_of)]
) -> list[dict[str, Any]]:
    """Rasa's form in and out: `[{recipient_id, text, buttons?}]`. A sender that could be guessed gets 401. What is told is told
    once; the same message_id again is answered again."""
    conversation = await bind_sender(db, body.sender, door=_DOOR, locale=language_of(body.message, "en"))
    done = asyncio.Event()

    async def listen(event: Event) -> None:
        if event.data.get("conversation_id") == conversation.id:
            done.set()

    db.subscribers.append(listen)
    try:
        withheld = await rates_of(request).withheld(conversation.id, address_of(request))
        incoming = Incoming(body.message_id or uuid.uuid4().hex, body.message, withheld=withheld)
        receipt = await receive(db, conversation.id, incoming)
        await _answered(db, receipt.body["id"], done)
    finally:
        db.subscribers.remove(listen)
    if await request.is_disconnected():
        return []
    async with db.unit_of_work() as uow:
        again = receipt.body["seq"] if receipt.again else None
        said = await delivery.claim(uow, conversation.id, _DOOR, again_after=again)
    return [
        {"recipient_id": body.sender, "text": one.text, **({"buttons": one.buttons} if one.buttons else {})}
        for one in said
    ]


async def _answered(db: Database, message_id: str, news: asyncio.Event) -> None:
    """Until the turn of this message is done, at most as long as hearing and talking may take together."""
    rules = policy().hearing
    deadline = asyncio.get_running_loop().time() + rules.hearing_budget_s + rules.talking_budget_s + 1.0
    while True:
        async with db.reading() as session:
            turn = (await session.execute(select(Turn).where(Turn.message_id == message_id))).scalar_one()
        left = deadline - asyncio.get_running_loop().time()
        if turn.state != "pending" or left <= 0:
            return
        news.clear()
        try:
            await asyncio.wait_for(news.wait(), min(left, 0.5))
        except TimeoutError:
            continue
