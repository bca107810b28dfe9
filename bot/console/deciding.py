"""What an agent decides and writes down: the call to emergency services with all that TAXONOMY asks of it, or why there was
none; and the plan for somebody who is stranded."""

from __future__ import annotations

from typing import Any

from bot.console.schemas import CALL_FACTS, EmergencyCall
from bot.console.service import worst_case
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import Unprocessable
from bot.identity.schemas import Member
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.clocks import EMERGENCY_CALL, PLAN
from bot.incidents.emergency import local_time
from bot.incidents.models import Case
from bot.incidents.telling import hides_case
from bot.kit.database import UnitOfWork
from bot.kit.due import cancel, open_row
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.paging import service as paging

# What people type into a field when the answer is that nobody said it.
_NOT_GIVEN = frozenset({
    "not given", "none", "unknown", "n/a", "na", "-", "—", "无", "没有", "未提供", "没说", "未告知", "不详", "不知道",
})  # fmt: skip
_ACTS = {"police": "police_informed"}


async def emergency_call(
    uow: UnitOfWork, conversation: Conversation, staff: Member, call: EmergencyCall
) -> None:
    """Record the call to emergency services, or why none was made; only then does the reporter see it.

    Raises Unprocessable `service_needed`, `call_incomplete` naming what is neither given nor said to be not given,
    `reason_needed` for no call without a reason.
    """
    staff.must("call_emergency")
    case = await _that_owes(uow, conversation, EMERGENCY_CALL)
    called = call.decision == "called"
    if called:
        call = _complete(call, staff.locale)
    elif not (call.reason or "").strip():
        raise Unprocessable("reason_needed")
    case.emergency_call = {**call.model_dump(), "by": staff.name, "at": iso(now())}
    await cancel(uow, case.id, EMERGENCY_CALL)
    await paging.stop(uow, f"emergency_call:{case.id}")
    facts = call.model_dump(exclude={"decision"}, exclude_none=True, exclude_defaults=True)
    act = _ACTS.get(call.service or "", "emergency_called") if called else "emergency_declined"
    await incidents.acted(uow, case, staff, act, **facts)
    incidents.decided(case)
    if called:
        await _tell(uow, case, call)


async def _that_owes(uow: UnitOfWork, conversation: Conversation, clock: str) -> Case:
    """The gravest open case of the conversation whose clock of this kind runs, locked; the gravest of all where none does. Two
    cases of one chat each need a call of their own, and what is recorded stops the clock that waits for it."""
    for case in await case_store.open_of_conversation(uow.session, conversation.id):
        if await open_row(uow, clock, case.id) is not None:
            return await incidents.locked(uow, case.id)
    return await worst_case(uow, conversation)


def _complete(call: EmergencyCall, locale: str) -> EmergencyCall:
    """The call with each fact either given or said to be not given."""
    if call.service is None:
        raise Unprocessable("service_needed")
    given: dict[str, str] = {name: (getattr(call, name) or "").strip() for name in CALL_FACTS}
    not_given = {*call.not_given, *(name for name, said in given.items() if said.casefold() in _NOT_GIVEN)}
    missing = [name for name, said in given.items() if not said and name not in not_given]
    if missing:
        words = say("comma", locale).join(say(f"call.fact.{name}", locale) for name in missing)
        raise Unprocessable("call_incomplete", details={"missing": missing}, missing=words)
    facts: dict[str, Any] = {name: None if name in not_given else said for name, said in given.items()}
    return call.model_copy(update=facts | {"not_given": sorted(not_given)})


async def _tell(uow: UnitOfWork, case: Case, call: EmergencyCall) -> None:
    """Every reporter reads who was informed and when, but for those who must not learn yet that there is a case."""
    at = local_time(case, now())
    for conversation_id in await case_store.conversations_of(uow.session, case.id):
        other = await conversations.lock(uow, conversation_id)
        if hides_case(other, case):
            continue
        name = say(f"emergency.{call.service}", other.locale)
        number = f" ({call.number})" if call.number else ""
        text = say("console.services_informed", other.locale, service=name, at=at, number=number)
        await conversations.append(uow, other, author="system", text=text, kind="safety")


async def plan(uow: UnitOfWork, conversation: Conversation, staff: Member, text: str) -> None:
    """A named person's plan for the gravest case that waits for one, in their words: a hotel, the family, a taxi, a patrol
    car. It stops the clock of who is stranded. Raises Unprocessable `plan_needed` for no words."""
    staff.must("note")
    if not text.strip():
        raise Unprocessable("plan_needed")
    case = await _that_owes(uow, conversation, PLAN)
    await incidents.acted(uow, case, staff, "planned", plan=text.strip())
    incidents.decided(case)
    await cancel(uow, case.id, PLAN)
    await paging.stop(uow, f"plan:{case.id}")
