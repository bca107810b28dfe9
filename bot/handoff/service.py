"""Hand-over: from the assistant to the queue, from the queue to a person, and back. The person who holds a conversation
keeps it until a safety person has accepted, then loses access: nobody is dropped mid-sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import service as conversations
from bot.conversations.models import Conversation, Message
from bot.errors import Conflict, Unprocessable
from bot.handoff import offers
from bot.handoff.hours import opens_at as opens_at
from bot.handoff.models import Assignment, Note
from bot.handoff.seen import refuse_unseen, require_seen
from bot.identity.schemas import Member
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.clocks import JOINED, staff_spoke
from bot.incidents.models import Case
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.due import cancel, schedule
from bot.kit.ids import new_id
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.paging import service as paging
from bot.policy import GRADES, is_safety, policy

# The first word owed by whoever was given a routine conversation (its handler: handoff.waiting).
ANSWER = "handoff.answer"


async def to_people(uow: UnitOfWork, conversation: Conversation, *, team: str, reason: str, who: str) -> bool:
    """Give the conversation to people; returns whether anything changed.

    A person who already holds it keeps it; with a graver team the queue shows it there until that team accepts.
    """
    if conversation.holder == "person":
        if team == "safety" and conversation.team != "safety":
            conversation.team = team
            conversations.changed(uow, conversation)
            return True
        return False
    if conversation.holder == "queue" and (conversation.team == team or conversation.team == "safety"):
        return False
    conversations.give_to(uow, conversation, "queue", team=team)
    await record(uow, "handed_over", who=who, conversation_id=conversation.id, team=team, reason=reason)
    return True


async def accept(
    uow: UnitOfWork,
    conversation: Conversation,
    staff: Member,
    *,
    take_over: bool = False,
    offered: bool = False,
    handed: bool = False,
) -> None:
    """A person takes the conversation and accepts its open cases.

    take_over: a supervisor means to take it from the colleague who holds it; offered: that colleague has offered it; handed:
    a colleague gives it to them, so the reporter was told that and not that they have joined.
    Raises NotAllowed for an outsourced agent on S0/S1, Conflict `held` when a colleague holds it.
    """
    cases = list(await case_store.open_of_conversation(uow.session, conversation.id))
    grave = is_safety(conversation.grade) or conversation.watched_since is not None  # type: ignore[arg-type]
    police = bool(cases) and all(case.team == "liaison" for case in cases)
    staff.must("accept_police" if police else "accept_safety" if grave else "accept_routine")
    if not staff.in_house and await case_store.had_safety(uow.session, [conversation.id]):
        # Whoever holds a chat reads all of it, and an S0/S1 that has ended is nothing for outsourced agents either.
        staff.must("accept_safety")
    held = conversation.holder == "person" and conversation.holder_staff_id != staff.id
    if held and not offered and not _may_take_from_holder(cases, staff, take_over):
        raise Conflict(
                "held", details={"holder": conversation.holder_name, "since": iso(conversation.holder_since)},
                name=conversation.holder_name, since=iso(conversation.holder_since),
            )  # fmt: skip
    new = conversation.holder_staff_id != staff.id
    if new:
        waited = (now() - conversation.holder_since).total_seconds()
        given = await offers.taken(uow, conversation, staff) or handed
        await _end_assignment(uow, conversation, "taken")
        conversations.give_to(uow, conversation, "person", staff=(staff.id, staff.name))
        uow.session.add(
            Assignment(
                id=new_id(), conversation_id=conversation.id, staff_id=staff.id, since=now(),
                waited_s=max(0.0, waited),
            )
        )  # fmt: skip
        await record(
            uow, "took_conversation", who=staff.who, conversation_id=conversation.id, name=staff.name
        )
        if not handed:
            joined = "joined.liaison" if police else "joined.safety" if grave else "joined.support"
            text = say(joined, conversation.locale, name=staff.name)
            await conversations.append(uow, conversation, author="system", text=text, kind="status")
        if given and not grave:
            until = now() + timedelta(seconds=policy().routing.answer_s)
            await schedule(uow, ANSWER, conversation.id, until, payload={"staff": staff.id})
    for case in cases:
        # A routine case may travel with an incident; accepting the conversation is accepting what it reports.
        await incidents.accept(
            uow, await incidents.locked(uow, case.id), staff, take_over=take_over or offered
        )
    await cancel(uow, conversation.id, JOINED)
    await paging.stop(uow, f"joined:{conversation.id}")
    if conversation.watched_since is not None:
        await end_watch(uow, conversation, who=staff.who, reason="taken over by a person")
    conversations.changed(uow, conversation)


def _may_take_from_holder(cases: Sequence[Case], staff: Member, take_over: bool) -> bool:
    unaccepted = any(is_safety(case.grade) and case.accepted_at is None for case in cases)  # type: ignore[arg-type]
    return unaccepted or (take_over and "supervisor" in staff.roles)


async def _end_assignment(uow: UnitOfWork, conversation: Conversation, because: str) -> None:
    query = select(Assignment).where(
        Assignment.conversation_id == conversation.id, Assignment.until.is_(None)
    )
    for assignment in (await uow.session.execute(query)).scalars():
        assignment.until, assignment.ended_because = now(), because
    await cancel(uow, conversation.id, ANSWER)


def require_holder(conversation: Conversation, staff: Member) -> None:
    """Raises Conflict `not_yours` unless this person holds the conversation."""
    if conversation.holder != "person" or conversation.holder_staff_id != staff.id:
        raise Conflict("not_yours", name=conversation.holder_name or "-")


async def reply(
    uow: UnitOfWork, conversation: Conversation, staff: Member, *, text: str, client_id: str, seen_seq: int
) -> Message:
    """The holder answers. The same client_id again is the same answer.

    Raises Conflict `not_yours`, or `unseen` when the reporter has said something the agent's page has not shown.
    """
    require_holder(conversation, staff)
    from_others = (Message.author != "system") & (Message.staff_id.is_(None) | (Message.staff_id != staff.id))
    await refuse_unseen(uow, conversation, from_others, seen_seq)
    message = await conversations.append(
        uow, conversation, author="staff", text=text, client_id=client_id, staff=(staff.id, staff.name)
    )
    conversations.mark_read(uow, conversation, "staff", seen_seq)
    await cancel(uow, conversation.id, ANSWER)
    for case in await case_store.open_of_conversation(uow.session, conversation.id):
        await staff_spoke(uow, case)
        if case.state == "accepted":
            await incidents.acted(uow, case, staff, "replied", key=f"first-reply:{case.id}:{staff.id}")
    return message


async def note(uow: UnitOfWork, conversation: Conversation, staff: Member, text: str) -> None:
    """Leave a word for colleagues; the reporter never sees it."""
    staff.must("note")
    uow.session.add(
        Note(
            id=new_id(),
            conversation_id=conversation.id,
            staff_id=staff.id,
            name=staff.name,
            text=text,
            at=now(),
        )
    )
    conversations.changed(uow, conversation)


@conversations.on_erasing
async def erase_notes(uow: UnitOfWork, conversation: Conversation) -> None:
    """What staff wrote about a person who is erased goes with them."""
    blank = update(Note).where(Note.conversation_id == conversation.id).values(text="")
    await uow.session.execute(blank, execution_options={"synchronize_session": "fetch"})


async def give_back(
    uow: UnitOfWork, conversation: Conversation, staff: Member, reason: str, *, seen_seq: int | None = None
) -> None:
    """The holder hands the conversation back to the assistant. An open S0/S1 must be resolved first, by name and reason.

    Raises what `require_seen` does."""
    staff.must("return")
    require_holder(conversation, staff)
    if is_safety(conversation.grade):  # type: ignore[arg-type]
        raise Unprocessable("resolve_first")
    await require_seen(uow, conversation, staff, seen_seq)
    await _end_assignment(uow, conversation, "returned")
    conversations.give_to(uow, conversation, "assistant")
    await record(
        uow, "handed_back", who=staff.who, conversation_id=conversation.id, name=staff.name, reason=reason
    )
    text = say("handed_back", conversation.locale, name=staff.name)
    await conversations.append(uow, conversation, author="system", text=text, kind="status")


async def release(uow: UnitOfWork, conversation: Conversation, *, because: str) -> None:
    """Take the conversation from whoever holds it and put it back in the queue, with everything said."""
    if conversation.holder != "person":
        return
    name = conversation.holder_name
    await _end_assignment(uow, conversation, because)
    team = "safety" if is_safety(conversation.grade) else conversation.team or "support"  # type: ignore[arg-type]
    holder_id = conversation.holder_staff_id
    conversations.give_to(uow, conversation, "queue", team=team)
    await record(
        uow, "released", who="software:handoff", conversation_id=conversation.id, name=name, because=because
    )
    for case in await case_store.open_of_conversation(uow.session, conversation.id):
        if case.accepted_by == holder_id:
            current = await incidents.locked(uow, case.id)
            await incidents.lapse(uow, current, who="software:handoff", reason=because)


async def resolve(
    uow: UnitOfWork,
    conversation: Conversation,
    staff: Member,
    code: str,
    reason: str,
    *,
    seen_seq: int | None = None,
) -> None:
    """The holder resolves the conversation's open cases, with a code and a sentence; raises what `incidents.resolve` and
    `require_seen` do."""
    staff.must("resolve_safety" if is_safety(conversation.grade) else "resolve_routine")  # type: ignore[arg-type]
    require_holder(conversation, staff)
    await require_seen(uow, conversation, staff, seen_seq)
    for case in await case_store.open_of_conversation(uow.session, conversation.id):
        await incidents.resolve(uow, await incidents.locked(uow, case.id), staff, code, reason)
    if not reason.strip():
        raise Unprocessable("reason_needed")
    await give_back(uow, conversation, staff, reason, seen_seq=seen_seq)


async def watch(
    uow: UnitOfWork, conversation: Conversation, *, why: dict[str, Any], said_at: datetime | None = None
) -> bool:
    """Put the conversation in the safety team's watch lane, for what was said at `said_at` (None: just now).

    Returns whether a person must open it: it was not there yet, or whoever opened it did so before this was said.
    """
    known = dict(conversation.watch_reason or {})
    opened = "opened_by" in known
    since = known.get("opened_at")
    news = opened and (said_at is None or since is None or said_at > datetime.fromisoformat(since))
    if news:
        known = {name: value for name, value in known.items() if name not in ("opened_by", "opened_at")}
    conversation.watch_reason = {**known, **why}
    if conversation.watched_since is not None and not news:
        return False
    conversation.watched_since = conversation.watched_since or now()
    await record(uow, "watched", who="software:hearing", conversation_id=conversation.id, **why)
    conversations.changed(uow, conversation)
    return True


async def end_watch(uow: UnitOfWork, conversation: Conversation, *, who: str, reason: str) -> None:
    """A named person opened it and cleared or took it; silence never does."""
    conversation.watched_since, conversation.watch_reason = None, None
    await record(uow, "watch_ended", who=who, conversation_id=conversation.id, reason=reason)
    conversations.changed(uow, conversation)


async def place_in_line(session: AsyncSession, conversation: Conversation) -> int:
    """How many stand before this conversation, plus one: graver first, then the longer waiting. Honest, not promised."""
    waiting = (
        await session.execute(
            select(
                Conversation.grade, func.coalesce(Conversation.holder_since, Conversation.created_at)
            ).where(Conversation.holder == "queue", Conversation.id != conversation.id)
        )
    ).all()
    mine = (GRADES.index(conversation.grade or "S3"), conversation.holder_since)
    return 1 + sum((GRADES.index(grade or "S3"), since) < mine for grade, since in waiting)
