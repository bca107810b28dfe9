"""Lost and found: reports, answers, returns."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bot.rides.answers import LostItem, LostItemAnswer, ReturnArrangement
from bot.rides.schemas import Money, Wire
from sandbox.api.common import W, acts_router, resolve
from sandbox.bodies import FoundItemReport, LostItemReport, Return
from sandbox.errors import Refusal
from sandbox.trips import TripRecord
from sandbox.world import World

router = acts_router("lost-items")
QUESTION = (
    "乘客说把东西落在车上了：{item}。请找一找，再回答。 "
    "A passenger left something in your car: {item}. Please look and answer."
)
NEXT_QUESTION = (
    "上一位乘客把东西落在车上了：{item}。您看到了吗？ "
    "The passenger before you left something: {item}. Did you see it?"
)


class LostItems(Wire):
    lost_items: list[LostItem]


@router.get("/trips/{trip_id}/lost-items")
async def list_lost_items(world: W, trip_id: str) -> LostItems:
    world.trip(trip_id)
    found = [item for item in world.lost_items.values() if item.trip_id == trip_id]
    return LostItems(lost_items=found[::-1])


@router.post("/trips/{trip_id}/lost-items", status_code=201)
async def report_lost_item(world: W, trip_id: str, body: LostItemReport) -> LostItem:
    trip = world.trip(trip_id)
    if trip.started_at is None or trip.driver is None:
        raise Refusal(409, "trip_not_begun", "Nobody sat in the car on this trip.")
    item = LostItem(
        id=world.new_id("li"),
        trip_id=trip.id,
        category=body.category,
        item=body.item,
        description=body.description,
        reference=body.reference,
        reported_by="passenger",
        reported_at=world.now,
        status="asked",
        driver_asked_at=world.now,
        driver_answer=None,
        next_passenger_asked_at=world.now if trip.next_trip_started_at else None,
        next_passenger_answer=None,
        return_arrangement=None,
    )
    world.lost_items[item.id] = item
    _ask(world, item, trip)
    return item


@router.post("/trips/{trip_id}/found-items", status_code=201)
async def report_found_item(world: W, trip_id: str, body: FoundItemReport) -> LostItem:
    trip = world.trip(trip_id)
    if trip.started_at is None:
        raise Refusal(409, "trip_not_begun", "Nobody sat in the car on this trip.")
    waiting = [
        each for each in world.lost_items.values() if each.trip_id == trip_id and not each.driver_answer
    ]
    answer = LostItemAnswer(found=True, note=body.note, at=world.now)
    if waiting:
        return driver_answers(world, waiting[-1].id, answer)
    item = LostItem(
        id=world.new_id("li"),
        trip_id=trip.id,
        category=body.category,
        item=body.item,
        description=None,
        reported_by="driver",
        reported_at=world.now,
        status="found",
        driver_asked_at=None,
        driver_answer=answer,
        next_passenger_asked_at=None,
        next_passenger_answer=None,
        return_arrangement=None,
    )
    world.lost_items[item.id] = item
    _tell(world, "lost_item.driver_answered", item)
    return item


@router.get("/lost-items/{lost_item_id}")
async def get_lost_item(world: W, lost_item_id: str) -> LostItem:
    return world.lost_item(lost_item_id)


@router.post("/lost-items/{lost_item_id}/reminders")
async def remind(world: W, lost_item_id: str) -> LostItem:
    item = world.lost_item(lost_item_id)
    _ask(world, item, world.trip(item.trip_id))
    return item


@router.post("/lost-items/{lost_item_id}/return")
async def arrange_return(world: W, lost_item_id: str, body: Return) -> LostItem:
    item = world.lost_item(lost_item_id)
    if item.status in ("asked", "denied"):
        raise Refusal(409, "not_found_yet", "Nobody has found the thing.")
    if body.method != "service_point" and body.place is None:
        raise Refusal(422, "place_missing", "Where to, for meeting or courier?")
    trip = world.trip(item.trip_id)
    arrangement = ReturnArrangement(
        method=body.method,
        place=resolve(body.place, trip.city_code) if body.place else trip.city.places[0],
        at=body.at,
        fee=Money(amount=Decimal("0.00"), currency=trip.city.tariff.currency),
    )
    changed = _change(world, item, status="return_arranged", return_arrangement=arrangement)
    _tell(world, "lost_item.return_arranged", changed)
    return changed


def driver_answers(world: World, lost_item_id: str, answer: LostItemAnswer) -> LostItem:
    """The driver has it, or not; a later answer replaces an earlier one."""
    item = _change(world, world.lost_item(lost_item_id), driver_answer=answer)
    item = _change(world, item, status=_status(item))
    _tell(world, "lost_item.driver_answered", item)
    return item


def next_passenger_answers(world: World, lost_item_id: str, answer: LostItemAnswer) -> LostItem:
    item = world.lost_item(lost_item_id)
    if item.next_passenger_asked_at is None:
        raise Refusal(409, "nobody_asked", "There was no next passenger.")
    item = _change(world, item, next_passenger_answer=answer)
    item = _change(world, item, status=_status(item))
    _tell(world, "lost_item.next_passenger_answered", item)
    return item


def _status(item: LostItem) -> str:
    """found if anybody has it, denied if all who were asked say no, else asked; an arranged return stays."""
    if item.return_arrangement:
        return item.status
    asked = [item.driver_answer] if item.driver_asked_at or item.driver_answer else []
    asked += [item.next_passenger_answer] if item.next_passenger_asked_at else []
    if any(answer and answer.found for answer in asked):
        return "found"
    return "asked" if any(answer is None for answer in asked) else "denied"


def _ask(world: World, item: LostItem, trip: TripRecord) -> None:
    """Push the question to those who have yet to answer."""
    if item.driver_answer is None and trip.driver:
        world.note("push", trip.driver.id, QUESTION.format(item=item.item), item.id)
    if item.next_passenger_asked_at and item.next_passenger_answer is None:
        world.note("push", "next_passenger", NEXT_QUESTION.format(item=item.item), item.id)


def _change(world: World, item: LostItem, **fields: Any) -> LostItem:
    changed = item.model_copy(update=fields)
    world.lost_items[item.id] = changed
    return changed


def _tell(world: World, kind: str, item: LostItem) -> None:
    world.emit(kind, item.model_dump(mode="json"), trip=item.trip_id, lost_item=item.id)
