"""What agents do in a conversation beyond speaking: raise, lower, stop a driver, record the call, refund, clear a watch."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.chat import checkins
from bot.chat.alarm import first_words
from bot.console.schemas import EmergencyCall, Escalation, RefundAsked
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import Missing, NotAllowed, Unprocessable
from bot.handoff import passing
from bot.handoff import service as handoff
from bot.handoff.seen import require_seen
from bot.identity.schemas import Member
from bot.incidents import holds, reviews
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.clocks import EMERGENCY_CALL
from bot.incidents.emergency import local_time
from bot.incidents.models import Case
from bot.incidents.timeline import record
from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork
from bot.kit.due import Firing, cancel, handles, schedule
from bot.kit.ids import new_id
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.kit.outbox import Delivery
from bot.paging import service as paging
from bot.policy import Grade, is_safety, policy
from bot.rides.client import PlatformClient
from bot.rides.schemas import Money

REFUND = "staff.refund"
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
        made = incidents.Report(kind, grade, "person", because=[why], key=None)
        case = (await incidents.report(uow, conversation, made)).case
        await record(uow, "raised", who=staff.who, case_id=case.id, after=grade, reason=why, name=staff.name)
    else:
        case = await incidents.locked(uow, incident.id)
        if not await incidents.raise_to(uow, case, grade, who=staff.who, reason=why):
            await incidents.insist(uow, case, staff, why)
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
    """Lower the gravest case, by name and with a reason. Raises what `require_seen` and `incidents.lower_to` do."""
    staff.must("lower_grade")
    await require_seen(uow, conversation, staff, seen_seq)
    await incidents.lower_to(uow, await worst_case(uow, conversation), grade, staff, reason)


async def hold_driver(uow: UnitOfWork, conversation: Conversation, staff: Member, reason: str) -> None:
    """Take the driver off dispatch by a person's word."""
    staff.must("hold_driver")
    case = await worst_case(uow, conversation)
    await holds.request(uow, case, by=staff.who, reason=reason or case.kind)
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


async def emergency_call(
    uow: UnitOfWork, conversation: Conversation, staff: Member, call: EmergencyCall
) -> None:
    """Record the call to emergency services, or why none was made; only then does the reporter see it."""
    staff.must("call_emergency")
    case = await worst_case(uow, conversation)
    called = call.decision == "called"
    if called and call.service is None:
        raise Unprocessable("service_needed")
    if not called and not (call.reason or "").strip():
        raise Unprocessable("reason_needed")
    case.emergency_call = {**call.model_dump(), "by": staff.name, "at": iso(now())}
    await cancel(uow, case.id, EMERGENCY_CALL)
    await paging.stop(uow, f"emergency_call:{case.id}")
    facts = call.model_dump(exclude={"decision"}, exclude_none=True)
    act = (
        "emergency_declined"
        if not called
        else "police_informed"
        if call.service == "police"
        else "emergency_called"
    )
    await incidents.acted(uow, case, staff, act, **facts)
    case.decided_at = case.decided_at or now()
    if called:
        at = local_time(case, now())
        for conversation_id in await case_store.conversations_of(uow.session, case.id):
            other = await conversations.lock(uow, conversation_id)
            name = say(f"emergency.{call.service}", other.locale)
            number = f" ({call.number})" if call.number else ""
            text = say("console.services_informed", other.locale, service=name, at=at, number=number)
            await conversations.append(uow, other, author="system", text=text, kind="safety")


async def clear_watch(
    uow: UnitOfWork, conversation: Conversation, staff: Member, reason: str, *, seen_seq: int | None = None
) -> None:
    """A named person has looked and found no danger. Raises Unprocessable without a reason, and what `require_seen` does."""
    staff.must("clear_watch")
    if not reason.strip():
        raise Unprocessable("reason_needed")
    await require_seen(uow, conversation, staff, seen_seq)
    await handoff.end_watch(uow, conversation, who=staff.who, reason=reason)
    await cancel(uow, conversation.id, checkins.WATCH_OPEN, checkins.SILENCE)
    await paging.stop(uow, f"watch:{conversation.id}")


async def promise(uow: UnitOfWork, conversation: Conversation, staff: Member, at: datetime) -> None:
    """A named time is a timer, and each promise has its own: one made later moves no earlier one. Raises Unprocessable for a
    time that has passed."""
    if at.tzinfo is None or at <= now():
        raise Unprocessable("promise_in_past")
    made = {"staff": staff.id, "name": staff.name, "set": iso(now())}
    await schedule(uow, PROMISE, conversation.id, at, payload=made, key=new_id())
    await record(
        uow, "promise_made", who=staff.who, conversation_id=conversation.id, name=staff.name, at=iso(at)
    )


@handles(PROMISE)
async def on_promise(uow: UnitOfWork, firing: Firing) -> None:
    """The promised time has come: kept if staff has spoken since it was given, else the supervisor is paged."""
    conversation = await conversations.lock(uow, firing.subject)
    given = datetime.fromisoformat(str(firing.payload["set"]))
    spoke = conversation.last_staff_at
    # The reply that made the promise is not the answer that was promised.
    kept = spoke is not None and spoke > given + timedelta(seconds=1)
    act = "promise_kept" if kept else "promise_broken"
    await record(
        uow, act, who="software:clocks", conversation_id=conversation.id, name=firing.payload.get("name")
    )
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


async def refund(uow: UnitOfWork, conversation: Conversation, staff: Member, asked: RefundAsked) -> None:
    """Owe a refund at the platform, within the member's own limit. Raises NotAllowed above it, Missing without a trip."""
    staff.must("refund")
    handoff.require_holder(conversation, staff)
    # The trip on the agent's card: the chat itself may have gone on to the ride that is live now.
    cases = await case_store.of_conversation(uow.session, conversation.id)
    trip = next((case.trip.get("id") for case in cases if case.trip), None) or conversation.trip_id
    if trip is None:
        raise Missing("no_trip")
    limits = policy().routine.refund_limit_staff
    limit = limits["supervisor" if "supervisor" in staff.roles else "agent"].get(asked.currency, 0)
    if Decimal(asked.amount) * 100 > limit:
        raise NotAllowed("over_limit", limit=f"{Decimal(limit) / 100} {asked.currency}")
    key = f"{conversation.id}:{asked.amount}:{asked.currency}:{iso(now())}"
    facts: dict[str, Any] = {
        "trip": trip, "amount": asked.amount, "currency": asked.currency, "reason": asked.reason,
        "name": staff.name,
    }  # fmt: skip
    await record(uow, "refund_asked", who=staff.who, conversation_id=conversation.id, **facts)
    await outbox.put(uow, REFUND, key, {**facts, "conversation": conversation.id, "who": staff.who})


class StaffCalls:
    """Platform calls that agents owe."""

    def __init__(self, database: Database, platform: PlatformClient) -> None:
        self._db, self._platform = database, platform

    def register(self) -> None:
        outbox.delivers(REFUND, self.make_refund, attempts=20)

    async def make_refund(self, delivery: Delivery) -> None:
        told = delivery.payload
        money = Money(amount=Decimal(told["amount"]), currency=told["currency"])
        await self._platform.refund(told["trip"], money, told["reason"], key=delivery.id)
        async with self._db.unit_of_work() as uow:
            conversation = await conversations.lock(uow, told["conversation"])
            fresh = await record(
                uow, "refund_made", who=told["who"], conversation_id=conversation.id, key=f"refund:{delivery.id}",
                amount=told["amount"], currency=told["currency"], name=told["name"],
            )  # fmt: skip
            if fresh:
                values = {"amount": told["amount"], "currency": told["currency"]}
                text = say("console.refund_made", conversation.locale, **values)
                await conversations.append(uow, conversation, author="system", text=text, kind="status")
