"""The events that the desk may read for itself."""

from __future__ import annotations

from fastapi import APIRouter, Query

from bot.rides.schemas import EventList
from sandbox.api.common import W

router = APIRouter(tags=["events"])


@router.get("/events")
async def list_events(world: W, after: str | None = None, limit: int = Query(100, ge=1, le=500)) -> EventList:
    return world.events.after(after, limit)
