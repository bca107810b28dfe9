"""Hand-over: from the assistant to the queue, from the queue to a person, and back. The person who holds a conversation
keeps it until a safety person has accepted, then loses access: nobody is dropped mid-sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import service as conversations
from bot.conversations.models import Conversation, Message
from bot.errors import Conflict, Unprocessable
from bot.handoff import offers, standing, untaken, watching
from bot.handoff.having import require_may_have
from bot.handoff.hours import opens_at as opens_at
from bot.handoff.models import Assignment, Note
from bot.handoff.seen import refuse_unseen, require_others_read, require_seen
from bot.handoff.watching import end_watch as end_watch
from bot.handoff.watching import watch as watch
from bot.identity.schemas import Member
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.clocks import JOINED, owe_reporter, staff_spoke
from bot.incidents.keeping import for_the_liaison, held_by_who_may, is_grave
from bot.incidents.models import Case
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.due import cancel, open_row, schedule
from bot.kit.ids import new_id
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.paging import service as paging
from bot.policy import GRADES, is_safety, policy

# The first word owed by whoever has accepted a routine conversation (its handler: handoff.waiting).
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
    Raises NotAllowed for whoever may not have it (an outsourced agent S0 to S2), Conflict `held` when a colleague holds it.
    """
    cases = list(await case_store.open_of_conversation(uow.session, conversation.id))
    await require_may_have(uow.session, conversation, cases, staff)
    held = conversation.holder == "person" and conversation.holder_staff_id != staff.id
    if held and not offered and not await _may_take_from_holder(uow, conversation, cases, staff, take_over):
        raise Conflict(
                "held", details={"holder": conversation.holder_name, "since": iso(conversation.holder_since)},
                name=conversation.holder_name, since=iso(conversation.holder_since),
            )  # fmt: skip
    before = conversation.holder_staff_id
    if before != staff.id:
        await _give_to(uow, conversation, cases, staff, handed=handed)
        await watching.taken(uow, conversation, staff)
    for case in cases:
        # A routine case may travel with an incident; accepting the conversation is accepting what it reports. Taking a chat
        # from somebody takes what they had accepted, never what a third person has.
        current = await incidents.locked(uow, case.id)
        theirs = current.accepted_by == before
        await incidents.accept(uow, current, staff, take_over=theirs and (take_over or offered))
    await cancel(uow, conversation.id, JOINED)
    await paging.stop(uow, f"joined:{conversation.id}")
    await standing.left_team(uow, conversation)
    await untaken.taken(uow, conversation)
    conversations.changed(uow, conversation)


async def _may_take_from_holder(
    uow: UnitOfWork, conversation: Conversation, cases: Sequence[Case], staff: Member, take_over: bool
) -> bool:
    """A grave conversation is free for whoever may have it while nobody has accepted its case, and while its holder is one who
    may not have it: they keep the reporter company until somebody comes, and stand in nobody's way. Whoever has accepted one
    grave case in it is not interrupted by a further one (a police request beside an S0): they accept that too, or a supervisor
    takes over."""
    grave = [case for case in cases if is_safety(case.grade)]  # type: ignore[arg-type]
    busy = any(case.accepted_by == conversation.holder_staff_id for case in grave)
    if not busy and any(case.accepted_at is None for case in grave):
        return True
    if is_grave(conversation) and not await held_by_who_may(uow.session, conversation, cases):
        return True
    return take_over and "supervisor" in staff.roles


async def _give_to(
    uow: UnitOfWork, conversation: Conversation, cases: Sequence[Case], staff: Member, *, handed: bool
) -> None:
    """They hold it from now on, and its reporter is told so."""
    waited = (now() - conversation.holder_since).total_seconds()
    await offers.taken(uow, conversation, staff)
    await _end_assignment(uow, conversation, "taken")
    conversations.give_to(uow, conversation, "person", staff=(staff.id, staff.name))
    uow.session.add(
        Assignment(
            id=new_id(), conversation_id=conversation.id, staff_id=staff.id, since=now(), waited_s=max(0.0, waited)
        )
    )  # fmt: skip
    await record(uow, "took_conversation", who=staff.who, conversation_id=conversation.id, name=staff.name)
    grave = is_grave(conversation)
    if not handed:
        joined = "liaison" if for_the_liaison(cases) else "safety" if grave else "support"
        text = say(f"joined.{joined}", conversation.locale, name=staff.name)
        await conversations.append(uow, conversation, author="system", text=text, kind="status")
    if not grave:
        await schedule(uow, ANSWER, conversation.id, _word_owed(), payload={"staff": staff.id})


def _word_owed() -> datetime:
    return now() + timedelta(seconds=policy().routing.answer_s)


async def acting(uow: UnitOfWork, conversation: Conversation, until: datetime | None = None) -> None:
    """Its holder does something for the reporter (until: has promised to write by then): the first word, if they still owe it,
    is owed from then, and never sooner than before."""
    row = await open_row(uow, ANSWER, conversation.id)
    if row is not None:
        await schedule(uow, ANSWER, conversation.id, max(row.due, _word_owed(), until or now()))


async def _end_assignment(uow: UnitOfWork, conversation: Conversation, because: str) -> None:
    query = select(Assignment).where(
        Assignment.conversation_id == conversation.id, Assignment.until.is_(None)
    )
    for assignment in (await uow.session.execute(query)).scalars():
        assignment.until, assignment.ended_because = now(), because
    await cancel(uow, conversation.id, ANSWER)


def require_holder(conversation: Conversation, staff: Member) -> None:
    """Raises Conflict unless this person holds the conversation: `not_yours` when a colleague does, `nobodys` when it waits."""
    if conversation.holder != "person":
        raise Conflict("nobodys")
    if conversation.holder_staff_id != staff.id:
        raise Conflict("not_yours", name=conversation.holder_name)


async def reply(
    uow: UnitOfWork, conversation: Conversation, staff: Member, *, text: str, client_id: str, seen_seq: int
) -> Message:
    """The holder answers. The same client_id again is the same answer.

    Raises Conflict `not_yours`, or `unseen` when the reporter has said something the agent's page has not shown; NotAllowed for
    whoever may not speak to reporters.
    """
    require_holder(conversation, staff)
    staff.must("reply")
    from_others = (Message.author != "system") & (Message.staff_id.is_(None) | (Message.staff_id != staff.id))
    await refuse_unseen(uow, conversation, from_others, seen_seq)
    message = await conversations.append(
        uow, conversation, author="staff", text=text, client_id=client_id, staff=(staff.id, staff.name)
    )
    conversations.mark_read(uow, conversation, "staff", seen_seq)
    await cancel(uow, conversation.id, ANSWER)
    await watching.settled(uow, conversation, staff, "answered by a person")
    for case in await case_store.open_of_conversation(uow.session, conversation.id):
        await staff_spoke(uow, case)
        if case.state == "accepted":
            key = f"first-reply:{case.id}:{staff.id}"
            await incidents.acted(uow, case, staff, "replied", key=key, spoken=True)
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
    """Take the conversation from whoever holds it and put it back in the queue, with everything said. What they had accepted is
    paged anew; a case that a colleague has gets this reporter a clock of their own; a watch that they left unanswered is owed
    again, and so is the team that the conversation was handed to."""
    if conversation.holder != "person":
        return
    name = conversation.holder_name
    await _end_assignment(uow, conversation, because)
    cases = await case_store.open_of_conversation(uow.session, conversation.id)
    usual = "safety" if is_safety(conversation.grade) else conversation.team or "support"  # type: ignore[arg-type]
    team, holder_id = "liaison" if for_the_liaison(cases) else usual, conversation.holder_staff_id
    conversations.give_to(uow, conversation, "queue", team=team)
    await record(
        uow, "released", who="software:handoff", conversation_id=conversation.id, name=name, because=because
    )
    for case in cases:
        current = await incidents.locked(uow, case.id)
        if current.accepted_by == holder_id:
            await incidents.lapse(uow, current, who="software:handoff", reason=because)
        else:
            await owe_reporter(uow, current, conversation.id)
    await watching.left(uow, conversation)
    await standing.owe_team(uow, conversation)


async def resolve(
    uow: UnitOfWork,
    conversation: Conversation,
    staff: Member,
    code: str,
    reason: str,
    *,
    seen_seq: int | None = None,
) -> None:
    """The holder resolves the conversation's open cases, with a code and a sentence; raises what `incidents.resolve`,
    `require_seen` and `require_others_read` do."""
    staff.must("resolve_safety" if is_safety(conversation.grade) else "resolve_routine")  # type: ignore[arg-type]
    require_holder(conversation, staff)
    await require_seen(uow, conversation, staff, seen_seq)
    cases = await case_store.open_of_conversation(uow.session, conversation.id)
    await require_others_read(uow, conversation, cases)
    for case in cases:
        await incidents.resolve(uow, await incidents.locked(uow, case.id), staff, code, reason)
    if not reason.strip():
        raise Unprocessable("reason_needed")
    await watching.settled(uow, conversation, staff, reason)
    await give_back(uow, conversation, staff, reason, seen_seq=seen_seq)


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
