"""The doors for what comes after a routine conversation: `POST /api/chat/rating`, `POST /api/chat/transcript`."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from bot.chat.endpoints import Current, Db, rates_of
from bot.conversations import service as conversations
from bot.followups import afterwards
from bot.kit.http import address_of

router = APIRouter(prefix="/api/chat", tags=["chat"])


class RatingGiven(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    stars: int = Field(ge=1, le=5)
    words: str | None = Field(None, max_length=afterwards.LONGEST_WORDS)


class TranscriptAsked(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    email: str = Field(max_length=300)


@router.post("/rating", status_code=204)
async def rate(body: RatingGiven, db: Db, conversation: Current) -> None:
    """One to five stars and words, once. 409 after anything grave, while a case is open, or the second time."""
    async with db.unit_of_work() as uow:
        current = await conversations.lock(uow, conversation.id)
        await afterwards.rate(uow, current, body.stars, body.words)


@router.post("/transcript", status_code=202)
async def transcript(
    body: TranscriptAsked, request: Request, db: Db, conversation: Current
) -> dict[str, bool]:
    """The conversation by mail. 409 after anything grave; 503 where no mail is set up."""
    await rates_of(request).must("mails", conversation.id, address_of(request))
    async with db.unit_of_work() as uow:
        current = await conversations.lock(uow, conversation.id)
        await afterwards.ask_transcript(uow, current, body.email.strip())
    return {"owed": True}
