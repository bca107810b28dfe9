"""The platform's events come in here, signed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from bot.errors import BadRequest, NotSignedIn
from bot.followups import service
from bot.kit.database import Database
from bot.kit.http import database_of
from bot.kit.now import now
from bot.rides.errors import BadEvent, BadSignature
from bot.rides.events import read_event
from bot.settings import settings

router = APIRouter(tags=["platform"])


@router.post("/api/rides/events", status_code=202)
async def take_event(request: Request, db: Annotated[Database, Depends(database_of)]) -> dict[str, bool]:
    """Take one event in; the same id again changes nothing. 401 without a valid signature, 400 for nonsense."""
    body = await request.body()
    try:
        event = read_event(body, request.headers, settings().ride_platform_secret, now())
    except BadSignature as problem:
        raise NotSignedIn("event_signature") from problem
    except BadEvent as problem:
        raise BadRequest("event_nonsense") from problem
    async with db.unit_of_work() as uow:
        fresh = await service.take_in(uow, event)
    return {"fresh": fresh}
