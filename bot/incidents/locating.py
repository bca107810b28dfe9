"""Finding the trip of a case, and what follows from it: joining, earlier complaints, the grade in context, the hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from bot.conversations.models import Conversation
from bot.identity.schemas import Member
from bot.incidents import grading, holds, service, store
from bot.incidents.cities import area_code_of
from bot.incidents.joining import join_into as join_into
from bot.incidents.joining import join_same_matter, link_same_driver
from bot.incidents.matters import Whose, named_trip
from bot.incidents.models import Case
from bot.incidents.replacing import may_replace, replace_trip
from bot.incidents.splitting import on_another_ride, reports_of, sources_of, split_off, tells_of_both
from bot.incidents.timeline import record
from bot.kit import outbox
from bot.kit.database import UnitOfWork
from bot.kit.now import now
from bot.rides.plates import normalise_plate
from bot.rides.schemas import TripStatus
from bot.rides.service import TripCard, TripFacts, TripMatch

_POINTS = 300
# matched_by of a trip that a named person has chosen.
BY_PERSON = "person"
_PHONES = ("phone", "other_phone")


@dataclass(frozen=True)
class Found:
    """A trip card with how it was found. plate_differs: the reporter named another plate than the trip's. whose: whose ride the
    words are about."""

    card: TripCard
    matched_by: str
    others: int
    plate_differs: bool
    whose: Whose = "own"

    @property
    def named(self) -> bool:
        """Whether words or a person named it, so that it is not guessed from an account."""
        return self.matched_by in ("order", "phone", "plate", BY_PERSON)


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
        going_on = await _on_another_ride(uow, case, conversation, found)
        if going_on is None:
            return case
        case = going_on
    changed = case.trip_id != found.card.trip.id
    fresh = case.trip_id is None
    _take(case, found)
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


async def _on_another_ride(
    uow: UnitOfWork, case: Case, conversation: Conversation, found: Found
) -> Case | None:
    """The case that goes on with the trip: the same, its guess given up, or one that the report has on its own. None when the
    case stays what it is about."""
    trip = found.card.trip
    if found.whose == "another" and await tells_of_both(uow.session, case, conversation):
        return await split_off(uow, case, conversation, trip, whose="another")
    if found.named and await may_replace(uow, case, conversation, trip, found.whose):
        await replace_trip(uow, case)
        return case
    return await split_off(uow, case, conversation, trip)


async def attach_by_person(
    uow: UnitOfWork, case: Case, conversation: Conversation, card: TripCard, staff: Member, reason: str
) -> Case:
    """A named person says which ride the case is about, whatever was found before. Returns the case that goes on."""
    if on_another_ride(case, card.trip):
        await replace_trip(uow, case, staff=staff)
    await record(
        uow, "trip_attached", who=staff.who, case_id=case.id, conversation_id=conversation.id, name=staff.name,
        trip=card.trip.id, reason=reason,
    )  # fmt: skip
    return await attach(uow, case, conversation, Found(card, BY_PERSON, 0, False))


def _take(case: Case, found: Found) -> None:
    """The case has the trip's car and driver; a trip without a driver yet has none. Who was reported before the platform sent
    another driver stays the one it is about, until the passenger sits in the other's car."""
    trip = found.card.trip
    driver = trip.driver.id if trip.driver else None
    named = found.named or (case.trip_id == trip.id and case.trip is not None and named_trip(case))
    if case.trip_id != trip.id and case.reporter_role != "driver":
        case.driver_id = driver
    elif case.driver_id is None or (driver and trip.status is TripStatus.IN_PROGRESS):
        case.driver_id = driver
    case.trip, case.trip_id = {**snapshot(found.card), "named": named}, trip.id
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
    kept = ("country", "city_name", "area_code", "requested_at", "finished_at")
    return {key: trip.get(key) for key in kept}


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


def facts_of(conversation: Conversation, case: Case, clues: Mapping[str, str]) -> TripFacts:
    """What is known for finding the trip. clues: what the words name (licence_plate, phone, other_phone, reporter_phone,
    order_number) and whose ride they are about. For somebody else's ride the reporter's own account, phone and trip tell
    nothing, but a ride that they booked for another may be the one."""
    whose = clues.get("whose", "own")
    named = [clues[one] for one in _PHONES if one in clues]
    if whose != "another":
        own = (clues.get("reporter_phone"), conversation.callback_phone)
        named.extend(one for one in own if one and not named)
    mine = conversation.trip_id if whose == "own" or not conversation.trip_live else None
    kept = case.trip_id if whose == "own" or named_trip(case) or not _names(clues) else None
    return TripFacts(
        trip_id=(mine if whose != "another" else None) or kept, account_id=conversation.rider_id,
        driver_id=conversation.driver_id if whose == "own" else None, order_no=clues.get("order_number"),
        phone=named[0] if named else None, other_phones=tuple(named[1:]), plate=clues.get("licence_plate"),
        rides={"another": "for_others", "earlier": "over"}.get(whose, "any"),  # type: ignore[arg-type]
        named_first=_names(clues) and case.kind != "driver_vehicle_mismatch",
    )  # fmt: skip


def found_by(match: TripMatch, card: TripCard, clues: Mapping[str, str]) -> Found:
    """What was found. A phone that nobody has named is the reporter's own: as good as their account."""
    guessed = match.matched_by == "phone" and not any(one in clues for one in _PHONES)
    by = "account" if guessed else match.matched_by
    whose = cast(Whose, clues.get("whose", "own"))
    return Found(card, by, match.others, "plate" in match.differs, whose)


def _names(clues: Mapping[str, str]) -> bool:
    return any(one in clues for one in ("order_number", "licence_plate", *_PHONES))


async def look_again(
    uow: UnitOfWork, conversation: Conversation, clues: dict[str, str], *, somebody_else: bool
) -> None:
    """A plate, phone or order number in words that report nothing by themselves finds the trip of an incident that has none, or
    only a guessed one. somebody_else: the words say that it is not the reporter's own ride; where they have reported somebody
    else's in a case of its own, they are about that one."""
    if not _names(clues):
        return
    told = [
        (case, await reports_of(uow.session, case, conversation))
        for case in await store.open_of_conversation(uow.session, conversation.id)
    ]
    theirs = [case.id for case, made in told if somebody_else and made and made[-1].whose == "another"]
    for case, made in told:
        if case.grade not in store.INCIDENT_GRADES or (case.trip_id is not None and named_trip(case)):
            continue
        if theirs and case.id not in theirs:
            continue
        whose: Whose = "another" if somebody_else else made[-1].whose if made else "own"
        if case.trip_id is not None and whose == "own" and (case.trip is None or case.trip["live"]):
            continue
        key = f"{case.id}:{conversation.id}:{whose}:{sorted(clues.items())}"
        payload = {"case": case.id, "conversation": conversation.id, "whose": whose, **clues}
        await outbox.put(uow, service.LOCATE, key, payload)
