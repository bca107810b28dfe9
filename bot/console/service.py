"""What agents do in a conversation beyond speaking: raise, lower, stop a driver, clear a watch."""

from __future__ import annotations

from datetime import datetime

from bot.chat import checkins
from bot.chat.alarm import first_words
from bot.console.schemas import Escalation
from bot.conversations import service as conversations
from bot.conversations import store as conversation_store
from bot.conversations.models import Conversation
from bot.errors import Missing, Unprocessable
from bot.handoff import passing
from bot.handoff import service as handoff
from bot.handoff.seen import require_others_read, require_seen
from bot.identity.schemas import Member
from bot.incidents import holds, reviews
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.models import Case
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.due import Due, Firing, cancel, end, handles, schedule
from bot.kit.ids import new_id
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.paging import service as paging
from bot.policy import Grade, is_safety

PROMISE = "promise.kept"


async def worst_case(uow: UnitOfWork, conversation: Conversation) -> Case:
    """The gravest open case of the conversation, locked. Raises Missing."""
    cases = await case_store.open_of_conversation(uow.session, conversation.id)
    if not cases:
        raise Missing("no_case")
    return await incidents.locked(uow, cases[0].id)


async def escalate(uow: UnitOfWork, conversation: Conversation, staff: Member, asked: Escalation) -> None:
    """Raise to a grade (S0 unless said otherwise), or hand to a team. Every role may; nobody can block it."""
    staff.must("escalate")
    if asked.team is not None and asked.grade is None:
        handoff.require_holder(conversation, staff)
        await passing.to_team(uow, conversation, staff, asked.team, asked.reason)
        return
    grade: Grade = asked.grade or "S0"
    cases = await case_store.open_of_conversation(uow.session, conversation.id)
    why = asked.reason or f"raised by {staff.name}"
    incident = next((case for case in cases if case.kind != "lost_item" or case.grade != "S3"), None)
    if incident is None:
        # A person's S2 is a case for colleagues; an intent of danger would make S0 of it.
        kind = "passenger_in_danger" if is_safety(grade) else "speak_to_human"
        made = incidents.Report(kind, grade, "person", because=[why], key=None, conduct=asked.conduct)
        case = (await incidents.report(uow, conversation, made)).case
        await record(uow, "raised", who=staff.who, case_id=case.id, after=grade, reason=why, name=staff.name)
    else:
        case = await incidents.locked(uow, incident.id)
        await incidents.raise_by_person(uow, case, grade, staff, why, conduct=asked.conduct)
    if incident is None and is_safety(case.grade):  # type: ignore[arg-type]
        await handoff.to_people(uow, conversation, team="safety", reason=why, who=staff.who)
        await first_words(uow, conversation, case)


async def lower(
    uow: UnitOfWork,
    conversation: Conversation,
    staff: Member,
    grade: Grade,
    reason: str,
    *,
    seen_seq: int | None = None,
) -> None:
    """Lower the gravest case, by name and with a reason. Raises what `require_seen`, `require_others_read` and
    `incidents.lower_to` do."""
    staff.must("lower_grade")
    await require_seen(uow, conversation, staff, seen_seq)
    case = await worst_case(uow, conversation)
    await require_others_read(uow, conversation, [case])
    await incidents.lower_to(uow, case, grade, staff, reason)


async def hold_driver(uow: UnitOfWork, conversation: Conversation, staff: Member, reason: str) -> None:
    """Take the driver off dispatch by a person's word."""
    staff.must("hold_driver")
    case = await worst_case(uow, conversation)
    await holds.request(uow, case, by=staff.who, reason=reason or case.kind)
    incidents.decided(case)
    conversations.changed(uow, conversation)


async def release_driver(uow: UnitOfWork, conversation: Conversation, staff: Member, reason: str) -> None:
    cases = await case_store.of_conversation(uow.session, conversation.id)
    held = await case_store.holds_of(uow.session, [case.id for case in cases])
    case = next((one for one in cases if one.id in held and held[one.id].open_key), None)
    if case is None:
        raise Missing("no_hold")
    # Lifting it is a review too: the driver learns why there were no orders.
    await reviews.review(uow, case, staff, keep=False, why=reviews.why_of(case.kind), reason=reason)
    conversations.changed(uow, conversation)


async def clear_watch(
    uow: UnitOfWork, conversation: Conversation, staff: Member, reason: str, *, seen_seq: int | None = None
) -> None:
    """A named person has looked and found no danger. Raises Unprocessable without a reason, and what `require_seen` does."""
    staff.must("clear_watch")
    if not reason.strip():
        raise Unprocessable("reason_needed")
    await require_seen(uow, conversation, staff, seen_seq)
    await handoff.end_watch(uow, conversation, who=staff.who, reason=reason)
    await cancel(uow, conversation.id, checkins.SILENCE)


async def promise(uow: UnitOfWork, conversation: Conversation, staff: Member, at: datetime) -> None:
    """A named time is a timer, and each promise has its own: one made later moves no earlier one. Raises Unprocessable for a
    time that has passed."""
    if at.tzinfo is None or at <= now():
        raise Unprocessable("promise_in_past")
    made = {"staff": staff.id, "name": staff.name, "set": iso(now())}
    await schedule(uow, PROMISE, conversation.id, at, payload=made, key=new_id())
    await handoff.acting(uow, conversation, until=at)
    await record(
        uow, "promise_made", who=staff.who, conversation_id=conversation.id, name=staff.name, at=iso(at)
    )


def answers_from(given: datetime, due: datetime) -> datetime:
    """From when on a message of staff answers what was promised at `given` for `due`: the second half of the span. What is said
    before it is talk on the way (docs/decisions/0019)."""
    return given + (due - given) / 2


async def keep_promise(
    uow: UnitOfWork, conversation: Conversation, staff: Member, promise_id: str, reason: str
) -> None:
    """Mark a running promise as kept, by what was done otherwise than in writing here (a call, a visit). Raises Unprocessable
    without a reason, Missing when it does not run."""
    staff.must("reply")
    if not reason.strip():
        raise Unprocessable("reason_needed")
    row = await uow.session.get(Due, promise_id)
    if row is None or row.kind != PROMISE or row.subject != conversation.id:
        raise Missing("no_promise")
    if row.payload.get("staff") != staff.id:
        handoff.require_holder(conversation, staff)
    if not await end(uow, row.id):
        raise Missing("no_promise")
    await record(
        uow,
        "promise_kept",
        who=staff.who,
        conversation_id=conversation.id,
        name=staff.name,
        reason=reason.strip(),
    )
    conversations.changed(uow, conversation)


@handles(PROMISE)
async def on_promise(uow: UnitOfWork, firing: Firing) -> None:
    """The promised time has come: kept if staff has written in the second half of it, else the supervisor is paged."""
    conversation = await conversations.lock(uow, firing.subject)
    since = answers_from(datetime.fromisoformat(str(firing.payload["set"])), firing.due)
    kept = await conversation_store.staff_wrote(uow.session, conversation.id, since=since, until=firing.due)
    act = "promise_kept" if kept else "promise_broken"
    await record(
        uow, act, who="software:clocks", conversation_id=conversation.id, name=firing.payload.get("name")
    )
    conversations.changed(uow, conversation)
    if not kept:
        await paging.page(
            uow, subject=f"promise:{conversation.id}", reference=conversation.id[-6:].upper(), team="supervisor",
            grade=conversation.grade or "S2", step=firing.step,
            headline={locale: say("clock.promise.breached", locale) for locale in ("zh", "en")}, widen=False,
            everyone=False,
        )  # fmt: skip
        uow.emit(
            "reminder", conversation_id=conversation.id, clock="promise", staff_id=firing.payload.get("staff")
        )
