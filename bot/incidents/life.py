"""The steps of a case after it is opened: paged, accepted, acting; how it ends is in ending.py. One way for each, each a
timeline entry. Software raises; only a named person lowers, resolves or closes, with a reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import select

from bot.conversations.models import Conversation
from bot.errors import Conflict, Missing, Unprocessable
from bot.identity.schemas import Member
from bot.incidents import clocks, holds, keeping, store
from bot.incidents.models import Case, CaseLink
from bot.incidents.telling import owe_news
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.due import cancel, open_row
from bot.kit.locale import say
from bot.kit.now import now
from bot.paging import service as paging
from bot.policy import GRADES, Grade, is_safety, policy, worse


async def report_again(uow: UnitOfWork, case: Case) -> None:
    """A repeat report that did not raise the grade: nobody has it yet, so page anew as wide as it has got by now, and what is
    owed next comes when it would have come (many who report must not keep it from widening); somebody has, so tell them."""
    if case.grade == "S3" or case.accepted_at is not None:
        uow.emit("case.changed", case_id=case.id)
        return
    owed = await open_row(uow, clocks.PAGE, case.id)
    if owed is None:
        await page(uow, case, step=0)
    else:
        await _call(uow, case, step=max(0, owed.step - 1))


async def insist(uow: UnitOfWork, case: Case, staff: Member, reason: str) -> None:
    """A person raises what cannot go higher: written down, and whoever should have come is called, the supervisor too when
    somebody has accepted it already."""
    await record(uow, "insisted", who=staff.who, case_id=case.id, name=staff.name, reason=reason)
    if case.accepted_at is None:
        await report_again(uow, case)
    else:
        await call_holder(uow, case)


async def call_holder(uow: UnitOfWork, case: Case, *, step: int = 0) -> None:
    """An accepted case has become graver, its reporter cries again, or somebody insists: whoever has accepted, its team and the
    supervisor are called, and the desk sounds; from step 1 on everyone on call is. The clocks after acceptance go on."""
    await paging.page(
        uow, subject=f"{clocks.RAISED}:{case.id}", reference=case.reference, team=case.team, grade=case.grade, step=step,
        headline={locale: say(f"intent.{case.kind}", locale) for locale in ("zh", "en")}, widen=True, everyone=step > 0,
        also=case.accepted_by,
    )  # fmt: skip
    uow.emit("case.raised", case_id=case.id, grade=case.grade)


async def close_joined(uow: UnitOfWork, case: Case) -> None:
    """The case lives on in another: its own clocks and pages stop, the other's go on."""
    await clocks.stop_all(uow, case)


ReachedSafety = Callable[[UnitOfWork, Case], Awaitable[None]]
_on_safety: list[ReachedSafety] = []


def on_reaching_safety(listener: ReachedSafety) -> ReachedSafety:
    """Register who brings people and words to a case that rises from S2/S3 into S0/S1, or opens again as one (chat: hand-over,
    first words)."""
    if listener not in _on_safety:
        _on_safety.append(listener)
    return listener


async def reach_safety(uow: UnitOfWork, case: Case) -> None:
    """The case is an S0/S1 from now on, or again: people and words for each of its conversations."""
    for listener in _on_safety:
        await listener(uow, case)


async def lapse(uow: UnitOfWork, case: Case, *, who: str, reason: str) -> None:
    """Nobody has the case any more, or whoever had it may not keep it: it is as if nobody had accepted, and paged anew."""
    if case.accepted_at is None:
        return
    await record(uow, "acceptance_lapsed", who=who, case_id=case.id, name=case.accepted_name, reason=reason)
    case.accepted_by = case.accepted_name = case.accepted_at = None
    case.state = "opened"
    await clocks.stop_all(uow, case)
    if case.grade != "S3":
        await page(uow, case, step=0)


async def raise_to(
    uow: UnitOfWork, case: Case, grade: Grade, *, who: str, reason: str, known: Grade | None = None
) -> bool:
    """Raise to `grade` if that is graver; never lowers. Pages again at once. Returns whether it went up. known: as how grave
    whoever has it accepted it, where that was another case that turned out to be the same matter."""
    if worse(grade, case.grade) == case.grade:  # type: ignore[arg-type]
        return False
    before, case.grade = case.grade, grade
    if is_safety(grade) and case.team in ("senior", "support"):
        case.team = "safety"
    await record(uow, "raised", who=who, case_id=case.id, before=before, after=grade, reason=reason)
    await derive_all(uow, case)
    if grade == "S0" and (case.emergency_call or {}).get("decision") == "not_called":
        # That was decided about something milder.
        case.emergency_call = None
    if case.open and before == "S3":
        await clocks.owe_decision(uow, case)
    reached = is_safety(grade) and not is_safety(before)  # type: ignore[arg-type]
    if case.open and reached and case.accepted_at is not None and not is_safety(known):
        # It was accepted as something else, perhaps by somebody who may not have this: safety is paged as for a new one.
        await lapse(uow, case, who=who, reason=reason)
    elif case.open and case.accepted_at is None:
        await page(uow, case, step=0)
    elif case.open:
        await clocks.owe_after_acceptance(uow, case)
        if known != grade:
            await call_holder(uow, case)
    if case.open and reached:
        await reach_safety(uow, case)
    return True


async def lower_to(uow: UnitOfWork, case: Case, grade: Grade, staff: Member, reason: str) -> None:
    """A named person lowers the grade, with a reason that is kept. Raises Unprocessable without a reason or if not lower."""
    if not reason.strip():
        raise Unprocessable("reason_needed")
    if GRADES.index(grade) <= GRADES.index(case.grade):
        raise Unprocessable("not_lower")
    before, case.grade, case.base_grade = case.grade, grade, grade
    await record(
        uow,
        "lowered",
        who=staff.who,
        case_id=case.id,
        before=before,
        after=grade,
        reason=reason,
        name=staff.name,
    )
    decided(case)
    if case.open:
        await clocks.owe_by_lowered_grade(uow, case)
    await derive_all(uow, case)


async def page(uow: UnitOfWork, case: Case, *, step: int) -> None:
    """Page the case's team, record it, and owe the next page. Step 0 is the first; the last named step widens."""
    await _call(uow, case, step=step)
    clock = policy().clocks.of(case.grade)  # type: ignore[arg-type]
    since = 0.0 if step == 0 else clocks.page_delay(clock, step) or clock.page_again_s[-1]
    await clocks.owe_next_page(uow, case, step + 1, since_s=since)


async def _call(uow: UnitOfWork, case: Case, *, step: int) -> None:
    """Page the case's team as wide as `step` says, and record it."""
    clock = policy().clocks.of(case.grade)  # type: ignore[arg-type]
    everyone = case.grade == "S0" and step > len(clock.page_again_s)
    widen = step >= len(clock.page_again_s) > 0
    paged = await paging.page(
        uow, subject=case.id, reference=case.reference, team=case.team, grade=case.grade, step=step,
        headline={locale: say(f"intent.{case.kind}", locale) for locale in ("zh", "en")},
        widen=widen, everyone=everyone,
    )  # fmt: skip
    if case.state == "opened":
        case.state, case.paged_at = "paged", now()
    await record(
        uow, "paged", who="software:paging", case_id=case.id, step=step, people=paged, everyone=everyone
    )
    uow.emit("alarm", case_id=case.id, reference=case.reference, grade=case.grade, team=case.team, step=step)


async def accept(uow: UnitOfWork, case: Case, staff: Member, *, take_over: bool = False) -> bool:
    """A named person takes the case: paging stops, the clocks after acceptance start. Returns False if it was theirs, or a
    colleague's (who keeps it unless it is taken over on purpose; this person then helps)."""
    if not case.open:
        raise Conflict("case_closed", reference=case.reference)
    if case.accepted_by == staff.id:
        return False
    again = case.accepted_at is not None
    if again and not take_over:
        await record(uow, "helps", who=staff.who, case_id=case.id, name=staff.name, holder=case.accepted_name)
        return False
    case.accepted_by, case.accepted_name, case.accepted_at, case.state = (
        staff.id,
        staff.name,
        now(),
        "accepted",
    )
    await record(uow, "taken_over" if again else "accepted", who=staff.who, case_id=case.id, name=staff.name)
    await paging.stop(uow, case.id)
    await cancel(uow, case.id, clocks.SILENT)
    await clocks.owe_after_acceptance(uow, case)
    await clocks.owe_other_reporters(uow, case)
    await holds.accepted(uow, case)
    await owe_news(uow, case, "accepted", name=staff.name, staff_id=staff.id)
    await changed_all(uow, case)
    return True


async def carry_acceptance(uow: UnitOfWork, case: Case, to: Case, *, state: str) -> None:
    """Whoever has accepted `case` has `to` as well, since the same moment and in this state: its paging stops, and the clocks
    after acceptance start."""
    to.accepted_by, to.accepted_name, to.accepted_at, to.state = (
        case.accepted_by,
        case.accepted_name,
        case.accepted_at,
        state,
    )
    await record(
        uow, "accepted", who=f"staff:{case.accepted_by}", case_id=to.id, name=case.accepted_name,
        reference=case.reference,
    )  # fmt: skip
    await paging.stop(uow, to.id)
    await clocks.owe_after_acceptance(uow, to)


async def acted(
    uow: UnitOfWork,
    case: Case,
    staff: Member,
    act: str,
    *,
    key: str | None = None,
    spoken: bool = False,
    **details: Any,
) -> None:
    """A named person did something in the case: written down, and the case is `acting` from its first act. It decides nothing
    by itself (`decided`): a word to the reporter is no decision. spoken: it was that word, which answers nobody else's cry
    (`clocks.staff_spoke`)."""
    if case.state == "accepted":
        case.state = "acting"
    if not spoken:
        await cancel(uow, case.id, clocks.CRIED)
    if await open_row(uow, clocks.CRIED, case.id) is None:
        await paging.stop(uow, f"{clocks.RAISED}:{case.id}")
    await record(uow, act, who=staff.who, case_id=case.id, key=key, name=staff.name, **details)
    await changed_all(uow, case)


def decided(case: Case) -> None:
    """A named person has decided something about the case for the first time: whether emergency services are called, a plan, a
    car, a hold, a milder grade, how it ended (docs/decisions/0020). Replies, help and raising are none."""
    case.decided_at = case.decided_at or now()


async def link(uow: UnitOfWork, case: Case, other: Case, relation: str) -> bool:
    """Link two cases, both ways; returns whether the link is new."""
    if await uow.session.get(CaseLink, (case.id, other.id)) is not None:
        return False
    for one, two in ((case, other), (other, case)):
        uow.session.add(CaseLink(case_id=one.id, other_id=two.id, relation=relation, at=now()))
    await record(
        uow, "linked", who="software:joining", case_id=case.id, other=other.reference, relation=relation
    )
    return True


async def locked(uow: UnitOfWork, case_id: str) -> Case:
    """The case, locked; one that was joined into another gives that other. Raises Missing."""
    query = select(Case).where(Case.id == case_id).with_for_update().execution_options(populate_existing=True)
    case = (await uow.session.execute(query)).scalar_one_or_none()
    if case is None:
        raise Missing("no_case")
    return await locked(uow, case.joined_into) if case.joined_into else case


async def derive_grade(uow: UnitOfWork, conversation: Conversation) -> None:
    """A conversation's grade is the worst of its open cases; in-trip S0 makes it quiet on the reporter's device."""
    cases = await store.open_of_conversation(uow.session, conversation.id)
    before, conversation.grade = conversation.grade, cases[0].grade if cases else None
    conversation.quiet = conversation.grade == "S0"
    await keeping.graded(uow, conversation, before)
    uow.emit("conversation.changed", conversation_id=conversation.id)


async def derive_all(uow: UnitOfWork, case: Case) -> None:
    """Every conversation of the case gets the grade that its open cases give."""
    await uow.session.flush()
    for conversation_id in await store.conversations_of(uow.session, case.id):
        conversation = await uow.session.get(Conversation, conversation_id)
        if conversation is not None:
            await derive_grade(uow, conversation)


async def changed_all(uow: UnitOfWork, case: Case) -> None:
    """Everybody who looks at a conversation of the case is told that it has changed."""
    for conversation_id in await store.conversations_of(uow.session, case.id):
        uow.emit("conversation.changed", conversation_id=conversation_id)
