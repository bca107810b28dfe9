"""Reads of photos and voice notes."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.attachments.models import Attachment


async def get(session: AsyncSession, attachment_id: str) -> Attachment | None:
    return await session.get(Attachment, attachment_id)


async def of_conversation(session: AsyncSession, conversation_id: str) -> list[Attachment]:
    """Oldest first."""
    query = select(Attachment).where(Attachment.conversation_id == conversation_id).order_by(Attachment.id)
    return list((await session.execute(query)).scalars())
