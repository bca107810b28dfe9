"""What happens when a request's clock fires, and the look for its trip. Each looks again before it acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.conversations import service as conversations
from bot.errors import Conflict
from bot.identity.schemas import Member
from bot.incidents import locating
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.models import Case
from bot.incidents.splitting import on_another_ride
from bot.incidents.timeline import record
from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork
from bot.kit.due import Firing, handles
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.kit.outbox import Delivery
from bot.paging import service as paging
from bot.police import checking, clocks, filing, matter, releasing, splitting, store
from bot.police.models import PoliceRequest
from bot.police.schemas import Facts
from bot.rides.client import PlatformClient, TripFilter
from bot.rides.errors import PlatformRefused
from bot.rides.plates import normalise_plate
from bot.rides.schemas import Trip
from bot.rides.service import TripFacts, find_recent_trip, get_trip_card

log = structlog.get_logger(__name__)
_LATELY = timedelta(days=30)
_AROUND = timedelta(hours=12)
_LONGEST_RIDE = timedelta(hours=6)


@handles(clocks.WARN)
async def on_warn(uow: UnitOfWork, firing: Firing) -> None:
    """Eight minutes and no answer: whoever checks the identity and management are paged before the clock runs out."""
    case = await incidents.locked(uow, firing.subject)
    late = [
        one for one in await store.unanswered(uow.session, case.id)
        if one.warned_at is None and clocks.warn_due(one) <= now()
    ]  # fmt: skip
    for request in late:
        request.warned_at = now()
        await _ran_out(uow, case, request, "police_warned")
    if late:
        await _page(uow, case, clocks.warned_subject(case.id), "liaison", "police.page.warning", 0)
        await releasing.changed(uow, late[0])
    else:
        await clocks.run(uow, case.id)


@handles(clocks.ANSWER)
async def on_answer(uow: UnitOfWork, firing: Firing) -> None:
    """Ten minutes and no answer: the promise is broken, written down, and management is paged until there is one."""
    case = await incidents.locked(uow, firing.subject)
    late = [
        one for one in await store.unanswered(uow.session, case.id)
        if one.breached_at is None and one.due_at <= now()
    ]  # fmt: skip
    for request in late:
        request.breached_at = now()
        await _ran_out(uow, case, request, "police_breached")
    if late:
        await _page(uow, case, clocks.breached_subject(case.id), "supervisor", "police.page.breach", 0)
        await clocks.page_again(uow, case.id, 1)
        await releasing.changed(uow, late[0])
    else:
        await clocks.run(uow, case.id)


@handles(clocks.AGAIN)
async def on_again(uow: UnitOfWork, firing: Firing) -> None:
    """Still no answer after the breach."""
    case = await incidents.locked(uow, firing.subject)
    if any(one.breached_at is not None for one in await store.unanswered(uow.session, case.id)):
        await _page(
            uow, case, clocks.breached_subject(case.id), "supervisor", "police.page.breach", firing.step
        )
        await clocks.page_again(uow, case.id, firing.step + 1)


async def _ran_out(uow: UnitOfWork, case: Case, request: PoliceRequest, act: str) -> None:
    await record(
        uow, act, who="software:clocks", case_id=case.id, conversation_id=request.conversation_id,
        reference=request.reference, state=request.state, due=iso(request.due_at),
    )  # fmt: skip


async def _page(uow: UnitOfWork, case: Case, subject: str, team: str, key: str, step: int) -> None:
    await paging.page(
        uow, subject=subject, reference=case.reference, team=team, grade=case.grade, step=step,
        headline={locale: say(key, locale) for locale in ("zh", "en")}, widen=True, everyone=False,
    )  # fmt: skip
    uow.emit("reminder", case_id=case.id, clock="police", staff_id=case.accepted_by)


@incidents.on_resolved
async def must_be_answered(uow: UnitOfWork, case: Case, staff: Member) -> None:
    """A case cannot end while an officer's form waits for its answer: it is released, or refused by a supervisor."""
    waiting = [
        one for one in await store.of_cases(uow.session, [case.id])
        if one.channel == "form" and one.state in store.UNANSWERED
    ]  # fmt: skip
    if waiting:
        raise Conflict("police_unanswered", reference=waiting[0].reference)
    await clocks.run(uow, case.id)


class TripFinder:
    """Finds the trip that an officer means, through the outbox."""

    def __init__(self, database: Database, platform: PlatformClient) -> None:
        self._db, self._platform = database, platform

    def register(self) -> None:
        outbox.delivers(filing.LOCATE, self.locate, attempts=outbox.UNTIL_DONE)

    async def locate(self, delivery: Delivery) -> None:
        """Find it by all that was told. Raises when the platform does not answer, to be tried again."""
        async with self._db.reading() as session:
            request = await session.get_one(PoliceRequest, delivery.payload["request"])
            facts = await store.facts_of(session, request)
        if request.state not in store.UNANSWERED:
            return
        found = await self._find(facts)
        if found is None:
            async with self._db.unit_of_work() as uow:
                await checking.found_nothing(uow, request.id, f"police-none:{delivery.id}")
            return
        async with self._db.unit_of_work() as uow:
            await _attach(uow, request.id, facts, found)

    async def _find(self, facts: Facts) -> locating.Found | None:
        told = TripFacts(
            order_no=facts.order or None, phone=facts.person_phone or None, plate=facts.plate or None
        )
        if told == TripFacts():
            return None
        if facts.happened_at is not None:
            trip, by, others = await self._at(told, facts.happened_at)
        else:
            match = await find_recent_trip(self._platform, told, now(), _LATELY)
            trip, by, others = (match.trip, match.matched_by, match.others) if match else (None, "", 0)
        if trip is None:
            return None
        card = await get_trip_card(self._platform, trip.id, now())
        differs = matter.another_car(facts, trip.vehicle.plate if trip.vehicle else "")
        return locating.Found(card, by, others, differs)

    async def _at(self, told: TripFacts, at: datetime) -> tuple[Trip | None, str, int]:
        """The trip nearest to a time, the strongest fact first; how it was found; how many others were near."""
        since = at - _AROUND
        for name, wanted in (
            ("order", TripFilter(order=told.order_no)), ("phone", TripFilter(phone=told.phone)),
            ("plate", TripFilter(plate=normalise_plate(told.plate or "") or None)),
        ):  # fmt: skip
            if wanted == TripFilter():
                continue
            try:
                page = await self._platform.find_trips(replace(wanted, since=since, limit=50))
            except PlatformRefused:
                continue
            near = [one for one in page.trips if _away(one, at) <= _AROUND]
            if near:
                return min(near, key=lambda one: _away(one, at)), name, len(near) - 1
        return None, "", 0


def _away(trip: Trip, at: datetime) -> timedelta:
    """How far a time lies outside a trip; nothing while it ran."""
    begins = trip.started_at or trip.requested_at
    ends = trip.finished_at or max(begins, min(now(), begins + _LONGEST_RIDE))
    return max(begins - at, at - ends, timedelta(0))


async def _attach(uow: UnitOfWork, request_id: str, facts: Facts, found: locating.Found) -> None:
    """Tie the trip to the case, and the case to what else is open about the trip: another officer's request is joined, an
    incident is linked. facts: what it was found by; for what was corrected meanwhile another look is owed."""
    request = await releasing.locked(uow, request_id)
    conversation = await conversations.lock(uow, request.conversation_id)
    case = await incidents.locked(uow, request.case_id)
    if not case.open or request.state not in store.UNANSWERED:
        return
    if matter.sought(await store.facts_of(uow.session, request)) != matter.sought(facts):
        return
    if on_another_ride(case, found.card.trip):
        case = await splitting.own_trip(uow, request, case)
    case = await locating.attach(uow, case, conversation, found)
    older = await store.on_trip(uow.session, case.trip_id, case.id) if case.trip_id is not None else None
    if older is not None and older.opened_at <= case.opened_at:
        joined = await locating.join_into(uow, case, older)
        await splitting.move(uow, await store.of_cases(uow.session, [case.id]), joined.id)
        await clocks.run(uow, case.id)
        case = joined
    incident = await case_store.open_incident_about(
        uow.session,
        trip_id=case.trip_id,
        driver_id=None,
        plate=None,
        rider_id=None,
        phone_hash=None,
        but=case.id,
    )
    if incident is not None:
        await incidents.link(uow, case, incident, "police")
    await releasing.changed(uow, request)
