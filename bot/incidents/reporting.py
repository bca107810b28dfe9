"""From what was said to a case: a new one, or the open one on the same matter, raised."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.conversations.models import Conversation
from bot.incidents import grading, holds, reviews, store
from bot.incidents.clocks import JOINED, promise_a_person
from bot.incidents.ending import reopen
from bot.incidents.life import derive_grade, link, locked, page, raise_to, report_again
from bot.incidents.models import Case, CaseConversation
from bot.incidents.timeline import record
from bot.kit import outbox
from bot.kit.database import UnitOfWork, exclusively
from bot.kit.due import schedule
from bot.kit.ids import hashed, new_id, new_reference
from bot.kit.now import now
from bot.policy import Grade, is_safety, policy, worse
from bot.rides.phones import phone_candidates
from bot.rides.plates import normalise_plate

LOCATE = "incident.locate"
# A second report from the same conversation counts as a repeat contact only after this pause: one cry in three lines is one.
_SAME_REPORT = timedelta(seconds=120)


@dataclass(frozen=True)
class Report:
    """Something said or seen that makes a case. source: sentinel, button, nlu, check_in, silence, person, action.

    grade: as heard, before context. because: why, for the agent. modifiers: what raises (policy names). clues: a
    licence_plate, phone or order_number in the words; a plate or phone that an open case names joins it at once. into: the
    case that the caller has found it to be about; passed over if somebody has ended it. conduct: whether it tells of the
    driver's conduct, None for what the intent says (a photo that nobody has seen yet tells nothing of it).
    """

    intent: str
    grade: Grade | None
    source: str
    because: list[str] = field(default_factory=list)
    modifiers: list[str] = field(default_factory=list)
    title: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    team: str | None = None
    key: str | None = None
    clues: dict[str, str] = field(default_factory=dict)
    into: str | None = None
    conduct: bool | None = None

    @property
    def of_conduct(self) -> bool:
        return self.intent in policy().driver_conduct if self.conduct is None else self.conduct


@dataclass(frozen=True)
class Reported:
    """What became of a report: the case, whether it is new, was raised, and whether the conversation is new to it."""

    case: Case
    new: bool
    raised: bool
    fresh: bool = False


async def report(uow: UnitOfWork, conversation: Conversation, made: Report) -> Reported:
    """Open a case or join the open one on the same conversation, trip, driver, rider or phone, and raise it.

    The conversation must be locked. Paging and clocks are set in the same transaction.
    """
    own = await _own_case(uow, conversation, made)
    if own is None and made.into is not None:
        own = await _still_open(uow, await locked(uow, made.into))
    if own is not None:
        return await _join(uow, conversation, own, made)
    found = await _case_elsewhere(uow, conversation, made)
    if found is not None and not _is_counter(found, conversation):
        return await _join(uow, conversation, found, made)
    ended = await _ended(uow, conversation, made)
    if ended is not None:
        await reopen(uow, ended, who=f"software:{made.source}", reason="reported again")
        # Whoever reports it hears the number, the reference and the truth, as at the first time.
        return replace(await _join(uow, conversation, ended, made), new=True)
    opened = await _open(uow, conversation, made)
    if found is not None:
        await link(uow, opened.case, found, "counter")
    return opened


def _alone(made: Report) -> bool:
    """Reports that join nothing but their own: a routine matter, and a request of the police."""
    known = policy().intents.get(made.intent)
    return made.intent == "police_request" or (known is not None and known.family == "routine")


async def _own_case(uow: UnitOfWork, conversation: Conversation, made: Report) -> Case | None:
    """The open case that this conversation already reports, locked."""
    cases = await store.open_of_conversation(uow.session, conversation.id)
    if _alone(made):
        fitting = [case for case in cases if case.kind == made.intent]
    else:
        fitting = [
            case for case in cases if case.grade in store.INCIDENT_GRADES and case.kind != "police_request"
        ]
    return await _still_open(uow, fitting[0]) if fitting else None


async def _case_elsewhere(uow: UnitOfWork, conversation: Conversation, made: Report) -> Case | None:
    """The open incident of another conversation on the same trip or rider, locked."""
    if _alone(made):
        return None
    plate, phone = _named(made)
    for clue in sorted(one for one in (conversation.trip_id, conversation.rider_id, plate, phone) if one):
        await exclusively(uow, f"incident:{clue}")
    found = await store.open_incident_about(
        uow.session, trip_id=conversation.trip_id, driver_id=None, plate=plate,
        rider_id=conversation.rider_id, phone_hash=phone,
    )  # fmt: skip
    return await _still_open(uow, found) if found is not None else None


def _named(made: Report) -> tuple[str | None, str | None]:
    """The plate in its one form and the phone's hash, as far as the words name them. A police request names others' plates
    and joins nothing."""
    if _alone(made):
        return None, None
    phones = phone_candidates(made.clues.get("phone", ""))
    return normalise_plate(made.clues.get("licence_plate", "")) or None, hashed(phones[0]) if phones else None


async def _still_open(uow: UnitOfWork, case: Case) -> Case | None:
    """The case under lock, None if somebody ended it meanwhile."""
    current = await locked(uow, case.id)
    return current if current.open else None


async def _ended(uow: UnitOfWork, conversation: Conversation, made: Report) -> Case | None:
    """The resolved or closed case that this report is about, locked: a repeat report never starts from nothing."""
    if _alone(made):
        return None
    found = await store.ended_on_same_matter(
        uow.session, kind=made.intent, conversation_id=conversation.id, trip_id=conversation.trip_id,
        by_driver=conversation.role == "driver",
    )  # fmt: skip
    return await locked(uow, found.id) if found is not None else None


def _is_counter(found: Case, conversation: Conversation) -> bool:
    """The other party of the trip speaks: their report is its own, linked case, and joins nothing."""
    return (found.reporter_role == "driver") != (conversation.role == "driver")


async def _open(uow: UnitOfWork, conversation: Conversation, made: Report) -> Reported:
    base = grading.base_grade(made.intent, made.grade)
    present = [*made.modifiers, *(["live_trip"] if conversation.trip_live else [])]
    grade, counted = grading.in_context(base, present)
    known = policy().intents.get(made.intent)
    plate, phone = _named(made)
    case = Case(
        id=new_id(), reference=await _free_reference(uow), kind=made.intent, grade=grade, base_grade=base,
        modifiers=counted, state="opened", title=made.title or "", evidence=dict(made.evidence),
        team=made.team or _team_for(made.intent, grade), source=made.source,
        conduct=made.of_conduct, reporter_role=conversation.role, rider_id=conversation.rider_id,
        driver_id=conversation.driver_id if conversation.role == "driver" else None, trip_id=conversation.trip_id,
        plate=plate, phone_hash=phone, reports=1, opened_at=now(), last_report_at=now(),
    )  # fmt: skip
    uow.session.add(case)
    await uow.session.flush()
    await _attach(uow, case, conversation, "report")
    await record(
        uow, "opened", who=f"software:{made.source}", case_id=case.id, conversation_id=conversation.id, key=made.key,
        grade=grade, base_grade=base, modifiers=counted, intent=made.intent, because=made.because,
        family=known.family if known else None,
    )  # fmt: skip
    if case.kind == "hold_appeal":
        await reviews.answered(uow, case, conversation)
    await derive_grade(uow, conversation)
    if grade != "S3":
        await page(uow, case, step=0)
        await promise_a_person(uow, case)
        payload = {"case": case.id, "conversation": conversation.id, **made.clues}
        await outbox.put(uow, LOCATE, f"{case.id}:{conversation.id}", payload)
    return Reported(case, True, True, True)


def _team_for(intent: str, grade: Grade) -> str:
    if intent == "police_request":
        return "liaison"
    return "safety" if is_safety(grade) else "senior" if grade == "S2" else "support"


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
    again = fresh or now() - case.last_report_at > _SAME_REPORT
    heard = worse(grading.base_grade(made.intent, made.grade), case.base_grade)  # type: ignore[arg-type]
    modifiers = sorted({*case.modifiers, *made.modifiers, *(["repeat"] if again else [])})
    grade, counted = grading.in_context(
        heard, [*modifiers, *(["live_trip"] if conversation.trip_live else [])]
    )
    case.reports += 1 if again else 0
    case.base_grade, case.modifiers = heard, sorted({*case.modifiers, *counted})
    case.conduct = case.conduct or made.of_conduct
    case.evidence, case.last_report_at = {**case.evidence, **made.evidence}, now()
    if policy().grade_of(made.intent) < policy().grade_of(case.kind):
        case.kind = made.intent
    await record(
        uow, "joined", who=f"software:{made.source}", case_id=case.id, conversation_id=conversation.id, key=made.key,
        intent=made.intent, because=made.because, reports=case.reports, repeat=again,
    )  # fmt: skip
    up = await raise_to(
        uow, case, grade, who=f"software:{made.source}", reason="; ".join(made.because or counted)
    )
    if again and not up:
        await report_again(uow, case)
    if fresh:
        payload = {"case": case.id, "conversation": conversation.id, **made.clues}
        await outbox.put(uow, LOCATE, f"{case.id}:{conversation.id}", payload)
    await holds.consider(uow, case, source=made.source)
    if case.kind == "hold_appeal":
        await reviews.answered(uow, case, conversation)
    await derive_grade(uow, conversation)
    if fresh and case.accepted_at is not None and case.grade != "S3":
        # Somebody has the case, but nobody has this reporter: they have a clock of their own until a person holds the chat.
        await schedule(uow, JOINED, conversation.id, now(), payload={"case": case.id})
    return Reported(case, False, up, fresh)
