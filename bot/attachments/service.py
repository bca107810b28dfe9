"""Photos and voice notes: taken as they come, cleaned in a process of their own, kept encrypted, given out to few."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import structlog

from bot.attachments import store
from bot.attachments.files import Files
from bot.attachments.models import Attachment
from bot.attachments.schemas import Kept, Opened
from bot.conversations import service as conversations
from bot.conversations.models import Conversation, Message
from bot.errors import Missing, TooLarge, Unavailable, Unprocessable
from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork
from bot.kit.ids import new_id
from bot.kit.now import now
from bot.kit.outbox import Delivery
from bot.kit.vault import seal, unseal_many
from bot.policy import policy
from bot.settings import ROOT

log = structlog.get_logger(__name__)
REMOVE = "attachment.remove"
_ENDINGS = {"image/jpeg": "jpg", "audio/webm": "webm", "audio/mp4": "m4a"}
_DECODE_S = 25.0
_SIDE_BY_SIDE = 2
_TOO_LARGE = frozenset({"attachment_too_many_pixels", "attachment_too_big_to_open", "voice_too_long"})


def words() -> dict[str, Any]:
    """The limits as the sentences name them: whole megabytes, seconds, millions of pixels."""
    rules = policy().attachments
    return {
        "photo_mb": rules.photo_bytes // 1024**2, "voice_mb": rules.voice_bytes // 1024**2,
        "seconds": round(rules.voice_s), "megapixels": rules.photo_pixels // 10**6,
    }  # fmt: skip


class Attachments:
    """The one way in and out. folder: where the files lie, never under the web root."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._db, self.files = database, Files(folder)
        self._slots = asyncio.Semaphore(_SIDE_BY_SIDE)

    def register(self) -> None:
        outbox.delivers(REMOVE, self._remove, attempts=20)

    async def keep(self, content: bytes) -> Kept:
        """Look at `content`, write a clean, encrypted copy. Whoever calls it attaches or drops what comes back.

        Raises TooLarge over a limit, Unprocessable for what is no photo or voice note (whatever its name says) or is
        broken, Unavailable when the look could not be finished.
        """
        with tempfile.TemporaryDirectory(prefix="vigil-") as name:
            source, target = Path(name) / "sent", Path(name) / "clean"
            await asyncio.to_thread(source.write_bytes, content)
            async with self._slots:
                found = await _look(source, target)
            _check(found, len(content))
            clean = await asyncio.to_thread(target.read_bytes)
        address, key = await asyncio.to_thread(self.files.put, clean)
        kept_id, kind = new_id(), found.pop("kind")
        wire = {"id": kept_id, "kind": kind, "size": len(clean), **found}
        return Kept(kept_id, kind, found["media_type"], len(clean), address, key, wire)

    async def drop(self, kept: Kept) -> None:
        """Nothing of it stays unless it was attached: whoever stored it may have failed after the commit."""
        async with self._db.reading() as session:
            if await store.get(session, kept.id) is not None:
                return
        await asyncio.to_thread(self.files.remove, kept.address)

    async def open(self, attachment_id: str, conversation_id: str) -> Opened:
        """The bytes of an attachment of this conversation. Raises Missing for any other, and for one that was erased;
        Unavailable for one that should be here and is not, or cannot be read: evidence is never said to be erased."""
        async with self._db.reading() as session:
            row = await store.get(session, attachment_id)
            if row is None or row.conversation_id != conversation_id or not row.sealed_key:
                raise Missing("no_attachment")
            (opened,) = await unseal_many(session, [(conversation_id, row.sealed_key)])
        if opened.get("erased"):
            raise Missing("no_attachment")
        try:
            content = await asyncio.to_thread(self.files.get, row.address, str(opened.get("key", "")))
        except FileNotFoundError:
            content = None
        if content is None:
            log.error(
                "an attachment cannot be read: do all workers share one VIGIL_VAR, and is its backup whole?",
                attachment=row.id, folder=str(self.files.root),
            )  # fmt: skip
            raise Unavailable("attachment_not_here")
        name = f"{row.kind}-{row.id[-6:]}.{_ENDINGS[row.media_type]}"
        return Opened(row.kind, row.media_type, name, content)

    async def _remove(self, delivery: Delivery) -> None:
        await asyncio.to_thread(self.files.remove, delivery.payload["address"])


async def conversation_of(database: Database, attachment_id: str) -> str:
    """Whose it is. Raises Missing."""
    async with database.reading() as session:
        row = await store.get(session, attachment_id)
    if row is None:
        raise Missing("no_attachment")
    return row.conversation_id


async def attach(uow: UnitOfWork, conversation: Conversation, message: Message, kept: Kept) -> None:
    """Give a kept file to the message that carries it; its key is sealed under the conversation's."""
    uow.session.add(
        Attachment(
            id=kept.id, conversation_id=conversation.id, message_id=message.id, kind=kept.kind,
            media_type=kept.media_type, size=kept.size, address=kept.address,
            sealed_key=await seal(uow, conversation.id, {"key": kept.key}), at=now(),
        )
    )  # fmt: skip
    await uow.session.flush()


@conversations.on_erasing
async def erase_files(uow: UnitOfWork, conversation: Conversation) -> None:
    """Of a person who is erased no picture and no voice stays: the key goes with the transaction, the file after it."""
    for row in await store.of_conversation(uow.session, conversation.id):
        row.sealed_key = ""
        await outbox.put(uow, REMOVE, row.id, {"address": row.address})


def _check(found: dict[str, Any], size: int) -> None:
    if code := found.get("refused"):
        raise (TooLarge if code in _TOO_LARGE else Unprocessable)(code, **words())
    rules = policy().attachments
    if size > (rules.photo_bytes if found["kind"] == "photo" else rules.voice_bytes):
        raise TooLarge("attachment_too_large", **words())


async def _look(source: Path, target: Path) -> dict[str, Any]:
    """What `bot.attachments.decode` says. A look that crashes on the file refuses it; one that cannot begin is ours."""
    rules = policy().attachments
    limits = {"photo_pixels": rules.photo_pixels, "photo_side": rules.photo_side, "voice_s": rules.voice_s}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.attachments.decode", str(source), str(target), json.dumps(limits), cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        said, complaint = await asyncio.wait_for(process.communicate(), _DECODE_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise Unavailable("attachment_not_looked_at") from None
    if process.returncode != 0:
        log.warning(
            "decoding failed", status=process.returncode, error=complaint[-300:].decode("utf-8", "replace")
        )
        return {"refused": "attachment_broken"}
    found: dict[str, Any] = json.loads(said)
    return found
