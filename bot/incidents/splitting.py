"""A cry is about the ride it comes from. A person whose earlier ride is still an open case, and who now reports from another
ride, has a case of its own there, linked with the first: the wrong car is never shown, the wrong driver never stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations.models import Conversation
from bot.incidents import store
from bot.incidents.life import carry_acceptance, derive_grade, link, raise_to
from bot.incidents.matters import SOMEBODY_ELSE, Report, Whose, of_own_ride, rides
from bot.incidents.matters import whose as whose_ride
from bot.incidents.models import Case, CaseConversation, TimelineEntry
from bot.incidents.reporting import open_case
from bot.kit.database import UnitOfWork
from bot.kit.vault import unseal_many
from bot.policy import GRADES, Grade
from bot.rides.schemas import TripDetail

_REPORTED = ("opened", "joined")


@dataclass(frozen=True)
class Made:
    """A report as the timeline holds it."""

    at: datetime
    source: str
    details: dict[str, Any]

    @property
    def grade(self) -> Grade:
        return cast(Grade, self.details.get("base_grade", "S0"))

    @property
    def modifiers(self) -> list[str]:
        return list(self.details.get("modifiers") or [])

    @property
    def counted(self) -> bool:
        """Whether the case counts it: the first report, and each repeat contact since."""
        return bool(self.details.get("repeat", True))

    @property
    def intent(self) -> str:
        return str(self.details.get("intent") or "passenger_in_danger")

    @property
    def whose(self) -> Whose:
        return cast(Whose, self.details.get("whose") or whose_ride(self.intent, ()))

    @property
    def of_own_ride(self) -> bool:
        return self.whose == "own" and of_own_ride(Report(self.intent, self.grade, self.source))


def on_another_ride(case: Case, trip: TripDetail) -> bool:
    """Whether the case was found to be about another ride than this trip."""
    return case.trip is not None and case.trip_id is not None and case.trip_id != trip.id


async def tells_of_both(session: AsyncSession, case: Case, conversation: Conversation) -> bool:
    """Whether this person has reported the ride that they are on, which the case is about, and somebody else's in the same case
    (nobody knew yet that there are two): no live ride is taken away from the cry that came from it."""
    if not rides(conversation) or not (case.trip or {}).get("live") or case.trip_id != conversation.trip_id:
        return False
    made = await reports_of(session, case, conversation)
    return any(one.of_own_ride for one in made) and any(one.whose == "another" for one in made)


async def split_off(
    uow: UnitOfWork, case: Case, conversation: Conversation, trip: TripDetail, *, whose: Whose = "own"
) -> Case | None:
    """The case of its own for what this conversation has reported since it rides on `trip`, or, whose being another's, for what
    it has reported of somebody else; None when it has reported no such thing, or does not ride itself: then the case stays what
    it is about."""
    if case.kind == "police_request" or not rides(conversation):
        return None
    made = await reports_of(uow.session, case, conversation)
    if whose == "own":
        since = [one for one in made if one.at >= trip.requested_at and one.of_own_ride]
    else:
        since = [one for one in made if one.whose == whose]
    if not since:
        return None
    worst = min(since, key=lambda one: GRADES.index(one.grade))
    details = worst.details
    report = Report(
        intent=worst.intent, grade=worst.grade, source=worst.source,
        because=list(details.get("because") or []),
        modifiers=[*worst.modifiers, *([SOMEBODY_ELSE] if whose == "another" else [])],
        conduct=details.get("conduct"),
        evidence={key: value for key, value in case.evidence.items() if key != "plate_differs"},
    )  # fmt: skip
    own = (await open_case(uow, conversation, report)).case
    own.trip_id = own.trip = None
    own.reports = take_off(case, since)
    await link(uow, own, case, "same_reporter")
    await _keep_holder(uow, own, case, conversation)
    if len(since) == len(made) and len(await store.conversations_of(uow.session, case.id)) > 1:
        # All that this conversation has said is about the other ride: it has no part in this case.
        await uow.session.delete(await uow.session.get_one(CaseConversation, (case.id, conversation.id)))
        await uow.session.flush()
        if await _raised_by_person(uow.session, case):
            # What a person has made grave no software makes milder, whichever of the two cases it was meant for.
            grade = cast(Grade, case.grade)
            await raise_to(
                uow, own, grade, who="software:locating", reason=f"part of {case.reference} until now"
            )
    await derive_grade(uow, conversation)
    return own


async def _raised_by_person(session: AsyncSession, case: Case) -> bool:
    query = select(TimelineEntry.id).where(
        TimelineEntry.case_id == case.id,
        TimelineEntry.act == "raised",
        TimelineEntry.who.startswith("staff:"),
    )
    return (await session.execute(query.limit(1))).first() is not None


def take_off(case: Case, made: Sequence[Made]) -> int:
    """These reports are about another matter than the case: it counts them no more. Returns how many the other one has."""
    counted = sum(one.counted for one in made)
    case.reports = max(1, case.reports - counted)
    return max(1, counted)


async def reports_of(
    session: AsyncSession, case: Case, conversation: Conversation, *, joined: bool = False
) -> list[Made]:
    """What this conversation has reported to the case, the oldest first. joined: to those that were joined into it as well."""
    cases = await store.with_joined(session, [case.id]) if joined else [case.id]
    query = (
        select(TimelineEntry)
        .where(TimelineEntry.case_id.in_(cases), TimelineEntry.conversation_id == conversation.id)
        .where(TimelineEntry.act.in_(_REPORTED))
        .order_by(TimelineEntry.at, TimelineEntry.id)
    )
    rows = list((await session.execute(query)).scalars())
    opened = await unseal_many(session, [(row.subject, row.sealed) for row in rows])
    return [
        Made(row.at, row.who.removeprefix("software:"), details)
        for row, details in zip(rows, opened, strict=True)
    ]


async def _keep_holder(uow: UnitOfWork, own: Case, case: Case, conversation: Conversation) -> None:
    """Whoever has accepted the first case and talks with the reporter has this one too. A call to emergency services was
    about the other car: it is owed anew."""
    talks = conversation.holder == "person" and conversation.holder_staff_id == case.accepted_by
    if case.accepted_at is None or not talks:
        return
    await carry_acceptance(uow, case, own, state="accepted")


async def sources_of(uow: UnitOfWork, case: Case) -> set[str]:
    """What the reports of the case came from, since a person last let its driver drive again (software lifts a hold only where
    it was the wrong driver's)."""
    joined = select(Case.id).where(Case.joined_into == case.id)
    query = (
        select(TimelineEntry.act, TimelineEntry.who)
        .where((TimelineEntry.case_id == case.id) | TimelineEntry.case_id.in_(joined))
        .where(TimelineEntry.act.in_((*_REPORTED, "hold_released")))
        .order_by(TimelineEntry.at, TimelineEntry.id)
    )
    found = {case.source}
    for act, who in (await uow.session.execute(query)).all():
        if act != "hold_released":
            found.add(who.removeprefix("software:"))
        elif who.startswith("staff:"):
            found = set()
    return found
