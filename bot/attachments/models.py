"""Photos and voice notes: what is known of each; the bytes lie encrypted outside the database and the web root."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.kit.database import Base


class Attachment(Base):
    """One photo or voice note of a reporter. kind: photo, voice. address: SHA-256 of the ciphertext, the file's name;
    sealed_key: the file's key under the conversation's (bot.kit.vault), empty once the person is erased."""

    __tablename__ = "attachments"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), unique=True)
    kind: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]  # bytes, as served
    address: Mapped[str]
    sealed_key: Mapped[str]
    at: Mapped[datetime]
    __table_args__ = (Index("ix_attachments_conversation", "conversation_id"),)
