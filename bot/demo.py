"""What only the demonstration has: people to play, with tokens that a real app would sign. Absent in production."""

from __future__ import annotations

from typing import Any

import httpx
from fastapi import APIRouter, Request

from bot.errors import Missing, Unavailable
from bot.identity.tokens import sign_app_token
from bot.settings import Settings

router = APIRouter(prefix="/api/demo", tags=["demo"])


@router.get("/people")
async def people(request: Request) -> dict[str, Any]:
    """Riders and drivers of the sandbox, each with an app token. 404 in production."""
    chosen: Settings = request.app.state.settings
    if not chosen.demo:
        raise Missing("not_found")
    client: httpx.AsyncClient = request.app.state.client
    try:
        answer = await client.get(
            f"{chosen.ride_platform_url}/demo/people",
            headers={"X-Platform-Key": chosen.ride_platform_key},
            timeout=2.0,
        )
        answer.raise_for_status()
        found = answer.json()
    except (httpx.HTTPError, ValueError) as problem:
        raise Unavailable("sandbox_away") from problem
    shown = [
        {
            **{key: one[key] for key in ("id", "kind", "name", "language", "note")},
            "token": sign_app_token(one["id"], one["kind"], name=one["name"], language=one["language"]),
        }
        for one in found["people"]
    ]
    return {"people": shown, "sandbox_url": f"{chosen.ride_platform_url}/demo/driver"}
