"""Photos and voice notes for those who may see the conversation they came in."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from bot.attachments import service as attachments
from bot.chat.uploads import as_response, attachments_of
from bot.console.detail import conversation_for
from bot.console.screen import Db, Staff
from bot.identity import service as identity
from bot.identity.endpoints import csrf_guard

router = APIRouter(prefix="/api/console/attachments", tags=["console"], dependencies=[Depends(csrf_guard)])


@router.get("/{attachment_id}")
async def read(attachment_id: str, request: Request, db: Db, staff: Staff) -> Response:
    """The file, for a member who may see its conversation; reading it is audited. 403 for anybody else, 404 once erased."""
    conversation_id = await attachments.conversation_of(db, attachment_id)
    async with db.unit_of_work() as uow:
        await conversation_for(uow.session, staff, conversation_id)
        await identity.grant(uow, staff, f"conversation:{conversation_id}", "attachment")
    return as_response(request, await attachments_of(request).open(attachment_id, conversation_id))
