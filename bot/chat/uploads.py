"""The door for photos and voice notes: a multipart form, read byte by byte up to the limit, stored before it answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from bot.attachments.schemas import Opened
from bot.attachments.service import Attachments, words
from bot.chat.endpoints import Current, Db, rates_of
from bot.chat.receive import Incoming, check, known_receipt, receive
from bot.chat.schemas import Acknowledged, Location
from bot.errors import BadRequest, TooLarge, VigilError
from bot.kit.http import address_of
from bot.kit.ranges import ranged
from bot.policy import policy

PATH = "/api/chat/attachments"
router = APIRouter(prefix="/api/chat", tags=["chat"])
# What a form may hold beside the file itself, in bytes.
_AROUND = 64 * 1024


class _Fields(BaseModel):
    """The form's fields; `location` is the JSON of a position."""

    model_config = ConfigDict(extra="ignore")

    client_id: str = Field(min_length=1, max_length=100)
    text: str = ""
    location: Location | None = None
    beside: str | None = Field(default=None, max_length=100)


@dataclass(frozen=True)
class _Form:
    fields: _Fields
    content: bytes


def attachments_of(request: Request) -> Attachments:
    """The app's attachments."""
    found: Attachments = request.app.state.attachments
    return found


@router.post("/attachments", status_code=202)
async def upload(request: Request, response: Response, db: Db, conversation: Current) -> Acknowledged:
    """A photo (JPEG, PNG, WebP) or a voice note (Opus or AAC) as `file`, with `client_id` and, if wanted, `text`, `location`
    and `beside` (the client_id of the words to it, sent before). The answer is that of `POST /api/chat/messages`; the same
    client_id again: 200 and the same body."""
    form = await _read(request)
    fields = form.fields
    location = fields.location.model_dump(exclude_none=True) if fields.location else None
    check(Incoming(fields.client_id, fields.text or "-", None, location))
    receipt = await known_receipt(db, conversation.id, fields.client_id)
    if receipt is None:
        await rates_of(request).may_look(conversation.id, address_of(request))
        keeper = attachments_of(request)
        kept = await keeper.keep(form.content)
        try:
            # After the look: three wrong photos must not stand in the way of the right one.
            await rates_of(request).must("attachments", conversation.id, address_of(request))
            receipt = await receive(
                db, conversation.id,
                Incoming(fields.client_id, fields.text, None, location, kept, fields.beside),
            )  # fmt: skip
        except BaseException:
            await keeper.drop(kept)
            raise
        if receipt.again:
            await keeper.drop(kept)
    response.status_code = 200 if receipt.again else 202
    return Acknowledged(**receipt.body)


@router.get("/attachments/{attachment_id}")
async def read(attachment_id: str, request: Request, conversation: Current) -> Response:
    """The sender's own photo or voice note. 404 for anybody else's."""
    return as_response(request, await attachments_of(request).open(attachment_id, conversation.id))


def as_response(request: Request, opened: Opened) -> Response:
    """Bytes, or the part of them that was asked for, that a browser shows in a page of ours and nowhere runs."""
    headers = {
        "Content-Disposition": f'attachment; filename="{opened.name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return ranged(request, opened.content, opened.media_type, headers)


async def _read(request: Request) -> _Form:
    """The form. Raises TooLarge as soon as it is, BadRequest without a file, 422 for fields that do not fit."""
    rules = policy().attachments
    longest = max(rules.photo_bytes, rules.voice_bytes) + _AROUND
    said = request.headers.get("content-length", "0")
    if said.isdigit() and int(said) > longest:
        raise TooLarge("attachment_too_large", **words())
    try:
        form = await MultiPartParser(
            request.headers, _up_to(request, longest), max_files=1, max_fields=5, max_part_size=_AROUND
        ).parse()
    except (MultiPartException, KeyError) as problem:
        raise BadRequest("attachment_missing") from problem
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise BadRequest("attachment_missing")
    try:
        content = await file.read()
        return _Form(_fields(form), content)
    finally:
        await form.close()


def _fields(form: FormData) -> _Fields:
    location = form.get("location")
    try:
        where = Location.model_validate_json(location) if isinstance(location, str) and location else None
        return _Fields.model_validate(
            {"client_id": form.get("client_id"), "text": form.get("text") or "", "location": where,
             "beside": form.get("beside") or None}
        )  # fmt: skip
    except ValidationError as problem:
        wrong = ", ".join(".".join(map(str, one["loc"])) or "location" for one in problem.errors())
        error = VigilError("invalid_field", details={"fields": wrong.split(", ")}, fields=wrong)
        error.status = 422
        raise error from problem


async def _up_to(request: Request, longest: int) -> AsyncGenerator[bytes, None]:
    """The body's bytes; the declared size is not believed. Raises TooLarge past `longest`."""
    read = 0
    async for part in request.stream():
        read += len(part)
        if read > longest:
            raise TooLarge("attachment_too_large", **words())
        yield part
