"""From what was said to a case: a new one, or the open one on the same matter, raised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bot.conversations.models import Conversation
from bot.incidents import grading, holds, matters, reviews, store
from bot.incidents.clocks import JOINED, PLAN, owe_decision, owe_plan, promise_a_person
from bot.incidents.ending import reopen
from bot.incidents.keeping import team_of
from bot.incidents.life import derive_grade, link, locked, page, raise_to, report_again
from bot.incidents.matters import Report, Reported
from bot.incidents.models import Case, CaseConversation
from bot.incidents.raising import cried_again, cries_again
from bot.incidents.timeline import record
from bot.kit import outbox
from bot.kit.database import UnitOfWork, exclusively
from bot.kit.due import open_row, schedule
from bot.kit.ids import new_id, new_reference
from bot.kit.now import now
from bot.policy import Grade, is_safety, policy, worse

LOCATE = "incident.locate"
# A second report from the same conversation counts as a repeat contact only after this pause: one cry in three lines is one.
_SAME_REPORT = timedelta(seconds=120)


async def report(uow: UnitOfWork, conversation: Conversation, made: Report) -> Reported:
    """Open a case or join the open one on the same conversation, trip, driver, rider or phone, and raise it.

    The conversation must be locked. Paging and clocks are set in the same transaction.
    """
    own = await _own_case(uow, conversation, made)
    if own is None and made.into is not None:
        own = await _still_open(uow, await locked(uow, made.into))
    if own is not None:
        return await _join(uow, conversation, own, made)
    about = await _cases_elsewhere(uow, conversation, made)
    found = next((case for case in about if _can_join(case, conversation, made)), None)
    if found is not None and (found := await _still_open(uow, found)) is not None:
        return await _join(uow, conversation, found, made)
    ended = await _ended(uow, conversation, made)
    if ended is not None:
        await reopen(uow, ended, who=f"software:{made.source}", reason="reported again")
        # Whoever reports it hears the number, the reference and the truth, as at the first time.
        return replace(await _join(uow, conversation, ended, made), new=True)
    opened = await open_case(uow, conversation, made)
    for case in (one for one in about if not _can_join(one, conversation, made)):
        await link(uow, opened.case, case, _relation(case, conversation, made))
    for case in await store.open_of_conversation(uow.session, conversation.id):
        if matters.from_another_ride(case, conversation, made):
            await link(uow, opened.case, case, "same_reporter")
    return opened


def _can_join(case: Case, conversation: Conversation, made: Report) -> bool:
    return not (
        matters.is_counter(case, conversation)
        or matters.from_another_ride(case, conversation, made)
        or matters.another_passengers(case, conversation, made)
    )


def _relation(case: Case, conversation: Conversation, made: Report) -> str:
    if matters.is_counter(case, conversation):
        return "counter"
    return "same_reporter" if matters.from_another_ride(case, conversation, made) else "same_driver"


async def _own_case(uow: UnitOfWork, conversation: Conversation, made: Report) -> Case | None:
    """The open case that this conversation already reports, locked."""
    cases = await store.open_of_conversation(uow.session, conversation.id)
    if matters.alone(made):
        fitting = [case for case in cases if case.kind == made.intent]
    else:
        fitting = [
            case
            for case in cases
            if case.grade in store.INCIDENT_GRADES
            and case.kind != "police_request"
            and not matters.from_another_ride(case, conversation, made)
        ]
        # Of several rides that one person reports, it is about the one they are on.
        fitting.sort(key=lambda case: conversation.trip_id is None or case.trip_id != conversation.trip_id)
    return await _still_open(uow, fitting[0]) if fitting else None


async def _cases_elsewhere(uow: UnitOfWork, conversation: Conversation, made: Report) -> Sequence[Case]:
    """The open incidents on the same trip, rider, plate or phone, the worst first."""
    if matters.alone(made):
        return []
    plate, phone = matters.named(made)
    trip, rider = matters.trip_meant(conversation, made), matters.rider_meant(conversation, made)
    for clue in sorted(one for one in (trip, rider, plate, phone) if one):
        await exclusively(uow, f"incident:{clue}")
    return await store.open_incidents_about(
        uow.session, trip_id=trip, plate=plate, rider_id=rider, phone_hash=phone
    )


async def _still_open(uow: UnitOfWork, case: Case) -> Case | None:
    """The case under lock, None if somebody ended it meanwhile."""
    current = await locked(uow, case.id)
    return current if current.open else None


async def _ended(uow: UnitOfWork, conversation: Conversation, made: Report) -> Case | None:
    """The resolved or closed case that this report is about, locked: a repeat report never starts from nothing."""
    if matters.alone(made):
        return None
    found = await store.ended_on_same_matter(
        uow.session, kind=made.intent, conversation_id=conversation.id,
        trip_id=matters.trip_meant(conversation, made),
        by_driver=conversation.role == "driver",
    )  # fmt: skip
    return await locked(uow, found.id) if found is not None else None


async def open_case(uow: UnitOfWork, conversation: Conversation, made: Report) -> Reported:
    """Open a case of its own for the report, page, and owe the look for its trip. The conversation must be locked."""
    base = matters.heard(made)
    present = [*made.modifiers, *(["live_trip"] if conversation.trip_live else [])]
    grade, counted = grading.in_context(base, present)
    known = policy().intents.get(made.intent)
    plate, phone = matters.named(made)
    case = Case(
        id=new_id(), reference=await _free_reference(uow), kind=made.intent, grade=grade, base_grade=base,
        modifiers=counted, state="opened", title=made.title or "", evidence=dict(made.evidence),
        team=made.team or _team_for(made.intent, grade), source=made.source,
        conduct=made.of_conduct and conversation.role != "driver", reporter_role=conversation.role,
        rider_id=matters.rider_meant(conversation, made),
        driver_id=conversation.driver_id if conversation.role == "driver" else None,
        trip_id=matters.trip_meant(conversation, made),
        plate=plate, phone_hash=phone, reports=1, opened_at=now(), last_report_at=now(),
    )  # fmt: skip
    uow.session.add(case)
    await uow.session.flush()
    await _attach(uow, case, conversation, "report")
    await record(
        uow, "opened", who=f"software:{made.source}", case_id=case.id, conversation_id=conversation.id, key=made.key,
        grade=grade, base_grade=base, modifiers=counted, intent=made.intent, because=made.because,
        conduct=made.conduct, family=known.family if known else None, whose=matters.unusual(made),
    )  # fmt: skip
    if case.kind == "hold_appeal":
        await reviews.answered(uow, case, conversation)
    await derive_grade(uow, conversation)
    if grade != "S3":
        await page(uow, case, step=0)
        await promise_a_person(uow, case)
        await owe_decision(uow, case)
        await _owe_locating(uow, case, conversation, made)
    return Reported(case, True, True, True)


async def _owe_locating(
    uow: UnitOfWork, case: Case, conversation: Conversation, made: Report, *, again: bool = False
) -> None:
    """Owe a look for the trip; again: one for this report, because the reporter may be on another ride by now."""
    key = f"{case.id}:{conversation.id}" + (f":{made.key or new_id()}" if again else "")
    payload = {"case": case.id, "conversation": conversation.id, "whose": made.whose, **made.clues}
    await outbox.put(uow, LOCATE, key, payload)


def _team_for(intent: str, grade: Grade) -> str:
    return "liaison" if intent == "police_request" else team_of(grade)


async def _free_reference(uow: UnitOfWork) -> str:
    while True:
        reference = new_reference()
        taken = await uow.session.execute(select(Case.id).where(Case.reference == reference))
        if taken.first() is None:
            return reference


async def _attach(uow: UnitOfWork, case: Case, conversation: Conversation, relation: str) -> bool:
    """Tie a conversation to a case; returns whether it was new to it."""
    if await uow.session.get(CaseConversation, (case.id, conversation.id)) is not None:
        return False
    uow.session.add(
        CaseConversation(case_id=case.id, conversation_id=conversation.id, relation=relation, at=now())
    )
    await uow.session.flush()
    return True


async def _join(uow: UnitOfWork, conversation: Conversation, case: Case, made: Report) -> Reported:
    fresh = await _attach(uow, case, conversation, "repeat")
    again = fresh or (not made.again and now() - case.last_report_at > _SAME_REPORT)
    heard = worse(matters.heard(made), case.base_grade)  # type: ignore[arg-type]
    modifiers = sorted({*case.modifiers, *made.modifiers, *(["repeat"] if again else [])})
    grade, counted = grading.in_context(
        heard, [*modifiers, *(["live_trip"] if conversation.trip_live else [])]
    )
    case.reports += 1 if again else 0
    case.base_grade, case.modifiers = heard, sorted({*case.modifiers, *counted})
    case.conduct = case.conduct or (made.of_conduct and case.reporter_role != "driver")
    case.evidence = {**case.evidence, **made.evidence}
    case.last_report_at = case.last_report_at if made.again else now()
    if policy().grade_of(made.intent) < policy().grade_of(case.kind):
        case.kind = made.intent
    await record(
        uow, "joined", who=f"software:{made.source}", case_id=case.id, conversation_id=conversation.id, key=made.key,
        intent=made.intent, because=made.because, reports=case.reports, repeat=again, base_grade=matters.heard(made),
        modifiers=made.modifiers, conduct=made.conduct, whose=matters.unusual(made),
    )  # fmt: skip
    up = await raise_to(
        uow, case, grade, who=f"software:{made.source}", reason="; ".join(made.because or counted)
    )
    if made.intent == "stranded" and case.kind != "stranded" and await open_row(uow, PLAN, case.id) is None:
        # What was reported first gave the case its name; who has been put out on the road since waits for a car all the same.
        await owe_plan(uow, case)
    if not up and not fresh and cries_again(case, made):
        await cried_again(uow, case, conversation)
    elif again and not up:
        await report_again(uow, case)
    if fresh or (is_safety(matters.heard(made)) and matters.findable(case, conversation, made)):
        await _owe_locating(uow, case, conversation, made, again=not fresh)
    if matters.sure_of_ride(case, conversation, made):
        await holds.consider(uow, case, source=made.source)
    if case.kind == "hold_appeal":
        await reviews.answered(uow, case, conversation)
    await derive_grade(uow, conversation)
    if fresh and case.accepted_at is not None and case.grade != "S3":
        # Somebody has the case, but nobody has this reporter: they have a clock of their own until a person holds the chat.
        await schedule(uow, JOINED, conversation.id, now(), payload={"case": case.id})
    return Reported(case, False, up, fresh)


__all__ = ["LOCATE", "Report", "Reported", "open_case", "report"]
