"""The officer's doors (no sign-in: a secret from the filing opens one's own request and nothing else) and the staff's."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response

from bot.conversations import store as conversation_store
from bot.errors import Missing, NotSignedIn, Unavailable
from bot.kit.database import Database, again_on_conflict
from bot.kit.http import address_of, caller_locale, database_of
from bot.kit.locale import locale_from
from bot.kit.now import iso
from bot.kit.vault import is_lost, unseal_many
from bot.paging import service as paging
from bot.police import filing, links, pdf, releasing, store, views
from bot.police.models import PoliceRequest
from bot.police.schemas import Fetch, Filing, LinkWanted

router = APIRouter(prefix="/api/police", tags=["police"])
Db = Annotated[Database, Depends(database_of)]
_TYPES = {"pdf": "application/pdf", "json": "application/json"}
_SECRET = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


@router.get("/form")
async def form(request: Request) -> dict[str, Any]:
    """What the form offers: cities and kinds of data, in the caller's language."""
    locale = caller_locale(request)
    return {"cities": views.cities_wire(locale), "needs": views.needs_wire(locale)}


@router.post("/requests", status_code=201)
async def file_request(body: Filing, request: Request, response: Response, db: Db) -> dict[str, Any]:
    """File a request. Answers with its state and the secret that opens it; the same client_id again (200) is the same
    request with a new secret. 422 in words for what is missing or does not fit, 429 for too many from one address."""
    locale = locale_from(caller_locale(request))
    address = address_of(request) or "unknown"

    async def work() -> filing.Filed:
        async with db.unit_of_work() as uow:
            return await filing.file(uow, body, address=address, locale=locale)

    filed = await again_on_conflict(work)
    response.status_code = 200 if filed.again else 201
    response.headers.update(_SECRET)
    async with db.reading() as session:
        current = await session.get_one(PoliceRequest, filed.request.id)
        return {"token": filed.token, **await views.for_officer(session, current, locale)}


async def own_request(db: Db, authorization: Annotated[str | None, Header()] = None) -> PoliceRequest:
    """The request that the caller's secret opens. Raises NotSignedIn `police_token`: the same for a secret that never was and
    for one that opens something else."""
    kind, _, token = (authorization or "").partition(" ")
    if kind.lower() == "bearer" and token:
        async with db.reading() as session:
            conversation = await conversation_store.by_token(session, token)
            made = await store.of_conversation(session, conversation.id) if conversation is not None else []
        # What an officer wrote on its page after the end may be a request of its own.
        for request in made:
            if request.channel == "form":
                return request
    raise NotSignedIn("police_token")


Own = Annotated[PoliceRequest, Depends(own_request)]


@router.get("/status")
async def status(request: Request, response: Response, db: Db, own: Own) -> dict[str, Any]:
    """How one's own request stands."""
    response.headers.update(_SECRET)
    async with db.reading() as session:
        current = await session.get_one(PoliceRequest, own.id)
        return await views.for_officer(session, current, caller_locale(request))


@router.post("/links", status_code=201)
async def make_link(body: LinkWanted, response: Response, db: Db, own: Own) -> dict[str, Any]:
    """A link that fetches one file of the released data once. 409 in words before the release and after its time."""
    response.headers.update(_SECRET)
    async with db.unit_of_work() as uow:
        current = await releasing.locked(uow, own.id)
        secret, link = await links.mint(uow, current, body.format, by=None)
    return {"link": secret, "format": link.format, "expires_at": iso(link.expires_at)}


@router.post("/packs")
async def fetch_pack(body: Fetch, request: Request, db: Db) -> Response:
    """The file behind a one-time link. A POST, because mail and chat programs open links to look at them. 404 for a link that
    never was, which is alarmed, 409 for one that was used or has expired."""
    try:
        async with db.unit_of_work() as uow:
            link, made, asked = await links.find_link(uow, body.link)
    except Missing:
        async with db.unit_of_work() as uow:
            await paging.forged(uow, address_of(request) or "?")
        raise
    async with db.reading() as session:
        pack = (await unseal_many(session, [(asked.id, made.sealed)]))[0]
    if is_lost(pack):
        raise Missing("police_erased") if pack.get("erased") else Unavailable("police_unreadable")
    if link.format == "pdf":
        content = await asyncio.to_thread(pdf.render, pack)
    else:
        content = json.dumps(pack, ensure_ascii=False, indent=2, sort_keys=True).encode()
    # Made first, used up second: what cannot be made must not cost the officer their link.
    async with db.unit_of_work() as uow:
        await links.use_link(uow, body.link)
    named = {"Content-Disposition": f'attachment; filename="{asked.reference}.{link.format}"'}
    return Response(content, media_type=_TYPES[link.format], headers={**_SECRET, **named})
