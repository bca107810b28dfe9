"""Several routine conversations at once: ended with one reason, or handed to a team or a person with one note. Each in a
transaction of its own: one that cannot be done says why and keeps no other from being done. S0-S2 are never ended in bulk, and
S0/S1 never handed over: each of them is one person's own decision."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.chat.talkback import HAND_BACK
from bot.console import colleagues
from bot.console.detail import conversation_for
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import Conflict, Unprocessable, VigilError
from bot.handoff import passing
from bot.handoff import service as handoff
from bot.identity.schemas import Member
from bot.incidents import store as case_store
from bot.incidents.models import Case
from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork, again_on_conflict
from bot.kit.http import error_body
from bot.policy import is_safety, policy

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


class BulkHandover(BaseModel):
    """team or staff_id, one of them; note: what the receiver reads first."""

    model_config = ConfigDict(extra="ignore")
    conversation_ids: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        min_length=1, max_length=100
    )
    team: Literal["support", "senior", "expert"] | None = None
    staff_id: str | None = Field(None, max_length=100)
    note: str = Field("", max_length=2000)


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
    return await _each(db, staff, asked.conversation_ids, lambda uow, one: _end(uow, staff, asked, one))


async def hand_over(db: Database, staff: Member, asked: BulkHandover) -> Outcomes:
    """Hand each conversation to the team or the colleague: those that wait, those that this member holds, and for whoever may
    assign (a supervisor) those that a colleague holds.

    Raises NotAllowed, Unprocessable `bulk_one_receiver` or `reason_needed`, and what `receiver` does, before anything is
    touched.
    """
    staff.must("accept_routine")
    if (asked.team is None) == (asked.staff_id is None):
        raise Unprocessable("bulk_one_receiver")
    if not asked.note.strip():
        raise Unprocessable("reason_needed")
    if asked.staff_id is not None:
        async with db.reading() as session:
            await colleagues.receiver(session, asked.staff_id, grave=False)
    return await _each(db, staff, asked.conversation_ids, lambda uow, one: _hand(uow, staff, asked, one))


async def _each(
    db: Database, staff: Member, ids: Sequence[str], act: Callable[[UnitOfWork, str], Awaitable[None]]
) -> Outcomes:
    return Outcomes(outcomes=[await _one(db, staff, one, act) for one in dict.fromkeys(ids)])


async def _one(
    db: Database, staff: Member, conversation_id: str, act: Callable[[UnitOfWork, str], Awaitable[None]]
) -> Outcome:
    async def work() -> None:
        async with db.unit_of_work() as uow:
            await act(uow, conversation_id)

    try:
        await again_on_conflict(work)
    except VigilError as refused:
        body = error_body(refused, staff.locale)["error"]
        return Outcome(
            conversation_id=conversation_id, done=False, code=refused.code, message=body["message"]
        )
    return Outcome(conversation_id=conversation_id, done=True)


async def _hand(uow: UnitOfWork, staff: Member, asked: BulkHandover, conversation_id: str) -> None:
    conversation = await conversations.lock(uow, conversation_id)
    await conversation_for(uow.session, staff, conversation_id)
    if is_safety(conversation.grade) or conversation.watched_since is not None:  # type: ignore[arg-type]
        raise Unprocessable("bulk_grave", grade=conversation.grade or "S1")
    theirs = conversation.holder_staff_id == staff.id
    if conversation.holder == "person" and not theirs and not staff.may("assign"):
        raise Conflict("bulk_held", name=conversation.holder_name)
    if conversation.holder == "assistant" and not await case_store.open_of_conversation(
        uow.session, conversation_id
    ):
        raise Unprocessable("bulk_nothing_open")
    if asked.staff_id is None:
        await passing.to_team(uow, conversation, staff, asked.team or "support", asked.note)
    elif conversation.holder_staff_id != asked.staff_id:
        to = await colleagues.receiver(uow.session, asked.staff_id, grave=False)
        await colleagues.give(uow, conversation, staff, to, asked.note)


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
