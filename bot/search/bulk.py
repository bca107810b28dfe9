"""Several routine cases ended at once, with one reason. Each in a transaction of its own: one that cannot be ended says why and
keeps nobody else's from ending. S0-S2 are never ended in bulk: each of them is one person's own decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.chat.talkback import HAND_BACK
from bot.console.detail import conversation_for
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import Conflict, Unprocessable, VigilError
from bot.handoff import service as handoff
from bot.identity.schemas import Member
from bot.incidents import store as case_store
from bot.incidents.models import Case
from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork, again_on_conflict
from bot.kit.http import error_body
from bot.policy import policy

_ROUTINE = "S3"


class BulkResolution(BaseModel):
    """as_of: when the list was read (its `now`): who has written since is looked at before anything of theirs is ended."""

    model_config = ConfigDict(extra="ignore")
    conversation_ids: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        min_length=1, max_length=100
    )
    code: str = Field(max_length=100)
    reason: str = Field("", max_length=2000)
    as_of: AwareDatetime


class Outcome(BaseModel):
    """What became of one. code and message: why not, in the reader's language; both None when it is done."""

    conversation_id: str
    done: bool
    code: str | None = None
    message: str | None = None


class Outcomes(BaseModel):
    outcomes: list[Outcome]


async def resolve(db: Database, staff: Member, asked: BulkResolution) -> Outcomes:
    """End the open routine cases of each conversation. Raises NotAllowed, Unprocessable `unknown_code` or `reason_needed`
    before anything is touched."""
    staff.must("resolve_routine")
    if asked.code not in policy().resolution_codes:
        raise Unprocessable("unknown_code")
    if not asked.reason.strip():
        raise Unprocessable("reason_needed")
    outcomes = [await _one(db, staff, asked, one) for one in dict.fromkeys(asked.conversation_ids)]
    return Outcomes(outcomes=outcomes)


async def _one(db: Database, staff: Member, asked: BulkResolution, conversation_id: str) -> Outcome:
    async def work() -> None:
        async with db.unit_of_work() as uow:
            await _end(uow, staff, asked, conversation_id)

    try:
        await again_on_conflict(work)
    except VigilError as refused:
        body = error_body(refused, staff.locale)["error"]
        return Outcome(
            conversation_id=conversation_id, done=False, code=refused.code, message=body["message"]
        )
    return Outcome(conversation_id=conversation_id, done=True)


async def _end(uow: UnitOfWork, staff: Member, asked: BulkResolution, conversation_id: str) -> None:
    conversation = await conversations.lock(uow, conversation_id)
    await conversation_for(uow.session, staff, conversation_id)
    _must_be_routine(
        conversation, await case_store.open_of_conversation(uow.session, conversation_id), asked.as_of
    )
    # Whoever ends it takes it first, as from its screen: a colleague who holds it keeps it.
    await handoff.accept(uow, conversation, staff)
    await handoff.resolve(uow, conversation, staff, asked.code, asked.reason)
    key = f"{conversation.id}:{conversation.holder_version}"
    await outbox.put(uow, HAND_BACK, key, {"conversation": conversation.id})


def _must_be_routine(conversation: Conversation, cases: Sequence[Case], as_of: datetime) -> None:
    """Raises Unprocessable `bulk_not_routine` or `bulk_nothing_open`, Conflict `bulk_wrote_since`."""
    graver = [case.grade for case in cases if case.grade != _ROUTINE]
    if graver or conversation.watched_since is not None or conversation.grade not in (None, _ROUTINE):
        raise Unprocessable("bulk_not_routine", grade=min(graver, default=conversation.grade or "S1"))
    if not cases:
        raise Unprocessable("bulk_nothing_open")
    if conversation.last_reporter_at is not None and conversation.last_reporter_at > as_of:
        raise Conflict("bulk_wrote_since")
