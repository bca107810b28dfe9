"""Finding the trip of a case, and what follows from it: joining, earlier complaints, the grade in context, the hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.conversations.models import Conversation
from bot.incidents import grading, holds, service, store
from bot.incidents.cities import area_code_of
from bot.incidents.joining import join_into as join_into
from bot.incidents.joining import join_same_matter, link_same_driver
from bot.incidents.models import Case
from bot.incidents.splitting import on_another_ride, sources_of, split_off
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.now import now
from bot.rides.plates import normalise_plate
from bot.rides.schemas import TripStatus
from bot.rides.service import TripCard, TripFacts

_POINTS = 300


@dataclass(frozen=True)
class Found:
    """A trip card with how it was found. plate_differs: the reporter named another plate than the trip's."""

    card: TripCard
    matched_by: str
    others: int
    plate_differs: bool


def snapshot(card: TripCard) -> dict[str, Any]:
    """The trip as plain data, kept with the case so that it can be seen with the platform down. Positions in degrees,
    newest last, at most 300."""
    trip = card.trip.model_dump(mode="json")
    trip["driven"] = trip["driven"][-_POINTS:]
    trip["driver"] = card.driver.model_dump(mode="json") if card.driver else trip["driver"]
    trip["rider"] = card.rider.model_dump(mode="json") if card.rider else None
    trip["live"] = card.trip.status.live
    trip["area_code"] = area_code_of(card.trip.city)
    trip["seen_at"] = now().isoformat()
    trip["booked_by_other"] = card.booked_by_other
    return trip


async def attach(uow: UnitOfWork, case: Case, conversation: Conversation, found: Found) -> Case:
    """Tie the trip to the case. Returns the case that goes on: the one that the report has on its own when the case is about an
    earlier ride, an older open one on the same trip, if any."""
    if on_another_ride(case, found.card.trip):
        own = await split_off(uow, case, conversation, found.card.trip)
        if own is None:
            return case
        case = own
    changed = case.trip_id != found.card.trip.id
    fresh = case.trip_id is None
    _take(case, found.card)
    if _is_theirs(conversation, found.card):
        conversation.trip_id, conversation.trip_live = found.card.trip.id, found.card.trip.status.live
        conversation.location = {**(conversation.location or {}), "trip_place": _place(case.trip or {})}
    if changed:
        await record(
            uow, "trip_found", who="software:locating", case_id=case.id, conversation_id=conversation.id,
            trip=case.trip_id, matched_by=found.matched_by, others=found.others, plate_differs=found.plate_differs,
        )  # fmt: skip
    await uow.session.flush()
    joined = await join_same_matter(uow, case)
    if joined is case and fresh and (ended := await _ended_on_trip(uow, case)) is not None:
        joined = await join_into(uow, case, ended)
    case = joined
    await in_context(uow, case, found.card)
    await link_same_driver(uow, case)
    if found.plate_differs:
        case.evidence = {**case.evidence, "plate_differs": True}
    for source in sorted(await sources_of(uow, case)):
        await holds.consider(uow, case, source=source)
    uow.emit("conversation.changed", conversation_id=conversation.id)
    return case


def _take(case: Case, card: TripCard) -> None:
    """The case has the trip's car and driver; a trip without a driver yet has none. Who was reported before the platform sent
    another driver stays the one it is about, until the passenger sits in the other's car."""
    trip = card.trip
    driver = trip.driver.id if trip.driver else None
    if case.trip_id != trip.id and case.reporter_role != "driver":
        case.driver_id = driver
    elif case.driver_id is None or (driver and trip.status is TripStatus.IN_PROGRESS):
        case.driver_id = driver
    case.trip, case.trip_id = snapshot(card), trip.id
    case.plate = normalise_plate(trip.vehicle.plate) if trip.vehicle else case.plate
    case.rider_id = case.rider_id or trip.rider_id


def _is_theirs(conversation: Conversation, card: TripCard) -> bool:
    """Whether the trip is this person's own, proved by more than their words: others must not learn that it exists."""
    if conversation.identity == "none":
        return False
    trip = card.trip
    people = {trip.rider_id, trip.booker_id, trip.driver.id if trip.driver else None}
    known = {conversation.rider_id, conversation.driver_id} - {None}
    return bool(known & people) or (not known and conversation.trip_id == trip.id)


def _place(trip: dict[str, Any]) -> dict[str, Any]:
    return {"country": trip["country"], "city_name": trip["city_name"], "area_code": trip["area_code"]}


async def _ended_on_trip(uow: UnitOfWork, case: Case) -> Case | None:
    """The resolved or closed incident on the trip that was just found, open again: the report is about that one."""
    if case.grade not in store.INCIDENT_GRADES or case.kind == "police_request":
        return None
    ended = await store.ended_on_same_matter(
        uow.session,
        kind=case.kind,
        conversation_id=None,
        trip_id=case.trip_id,
        by_driver=case.reporter_role == "driver",
    )
    if ended is None:
        return None
    ended = await service.locked(uow, ended.id)
    await service.reopen(uow, ended, who="software:locating", reason="reported again")
    return ended


async def in_context(uow: UnitOfWork, case: Case, card: TripCard) -> None:
    """Raise by what the trip tells: live, night at the vehicle, a minor, an earlier complaint about the same driver."""
    present = set(case.modifiers)
    if card.trip.status.live:
        present.add("live_trip")
    if grading.is_night(now(), card.trip.timezone):
        present.add("night")
    if card.rider is not None and card.rider.is_minor:
        present.add("vulnerable")
    for earlier in await store.earlier_complaints(uow.session, case):
        await service.link(uow, case, earlier, "earlier_complaint")
        if store.recent(earlier):
            present.add("earlier_complaint")
    grade, counted = grading.in_context(case.base_grade, present)  # type: ignore[arg-type]
    case.modifiers = sorted({*case.modifiers, *counted})
    await service.raise_to(uow, case, grade, who="software:context", reason=", ".join(counted))


def facts_of(conversation: Conversation, case: Case, clues: dict[str, str]) -> TripFacts:
    """What is known for finding the trip; clues are entities from the words (licence_plate, phone, order_number)."""
    return TripFacts(
        trip_id=conversation.trip_id or case.trip_id, account_id=conversation.rider_id,
        driver_id=conversation.driver_id, order_no=clues.get("order_number"),
        phone=clues.get("phone") or conversation.callback_phone, plate=clues.get("licence_plate"),
    )  # fmt: skip
