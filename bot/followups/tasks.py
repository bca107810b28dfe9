"""What the desk asks the platform after an event or when an answer is overdue."""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import select

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.followups import service
from bot.followups.models import FollowUp, PlatformEvent
from bot.incidents import service as incidents
from bot.incidents.timeline import record
from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork
from bot.kit.due import Firing, handles
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.kit.outbox import Delivery
from bot.kit.worker import Worker
from bot.rides.answers import LostItem
from bot.rides.client import PlatformClient
from bot.rides.errors import NotFound, PlatformError
from bot.rides.schemas import Trip
from bot.rides.service import TripFacts, find_live_trip

# What a trip has become that matters to who waits for it; a driver who has only set off is nothing new.
_NEWS = ("driver_assigned", "waiting", "in_progress", "cancelled")
log = structlog.get_logger(__name__)


@handles(service.ANSWER_DUE)
async def on_answer_due(uow: UnitOfWork, firing: Firing) -> None:
    """Nobody has answered in time: look once more, then a person gets it (the look decides)."""
    followed = await uow.session.get(FollowUp, firing.subject)
    if followed is not None and followed.state == "open":
        await outbox.put(uow, service.LOOK, f"{followed.id}:due", {"follow_up": followed.id, "overdue": True})


class Followers:
    """The platform calls that following owes, carried out through the outbox."""

    def __init__(self, database: Database, platform: PlatformClient) -> None:
        self._db, self._platform = database, platform

    def register(self) -> None:
        outbox.delivers(service.FIND_TRIP, self.find_trip, attempts=4)
        outbox.delivers(service.LOOK, self.look, attempts=20, on_failure=self.not_seen)
        outbox.delivers(service.DELAYED, self.trip_news, attempts=6)
        outbox.delivers(service.RESTRICT, self.restrict, attempts=outbox.UNTIL_DONE)
        outbox.delivers(incidents.UNRESTRICT, self.unrestrict, attempts=outbox.UNTIL_DONE)

    async def find_trip(self, delivery: Delivery) -> None:
        async with self._db.reading() as session:
            conversation = await session.get_one(Conversation, delivery.payload["conversation"])
        facts = TripFacts(account_id=conversation.rider_id, driver_id=conversation.driver_id)
        match = await find_live_trip(self._platform, facts)
        trip = match.trip if match is not None else await self._over(conversation)
        if trip is None:
            return
        async with self._db.unit_of_work() as uow:
            current = await conversations.lock(uow, conversation.id)
            if trip.status.live or current.trip_id == trip.id:
                await service.know_trip(uow, current, trip)

    async def _over(self, conversation: Conversation) -> Trip | None:
        """The ride that was live when it was last looked at and is so no more; None when nothing has changed."""
        if not conversation.trip_live or conversation.trip_id is None:
            return None
        trip = await self._platform.trip(conversation.trip_id)
        return None if trip.status.live else trip

    async def look(self, delivery: Delivery) -> None:
        """What has become of a lost item: tell the passenger, or give it to a person."""
        async with self._db.reading() as session:
            followed = await session.get_one(FollowUp, delivery.payload["follow_up"])
        item = await self._platform.lost_item(followed.ref)
        trip = await self._platform.trip(followed.trip_id)
        evidence: dict[str, Any] = {
            "driver_answer": item.driver_answer.model_dump(mode="json") if item.driver_answer else None,
            "next_passenger_answer": (
                item.next_passenger_answer.model_dump(mode="json") if item.next_passenger_answer else None
            ),
            "trip_end": trip.driven[-1].model_dump(mode="json") if trip.driven else None,
            "destination": trip.destination.name,
            "next_trip_started_at": trip.next_trip_started_at.isoformat()
            if trip.next_trip_started_at
            else None,
        }
        driver = trip.driver.id if trip.driver else None
        overdue = bool(delivery.payload.get("overdue"))
        async with self._db.unit_of_work() as uow:
            conversation = await conversations.lock(uow, followed.conversation_id)
            current = await uow.session.get_one(FollowUp, followed.id)
            if service.proved(conversation):
                await _decide(uow, current, item, evidence, driver, overdue=overdue)
            else:
                await _decide_unproved(uow, current, item, evidence, driver, overdue=overdue)

    async def not_seen(self, uow: UnitOfWork, delivery: Delivery, error: str) -> None:
        """Overdue and the platform gives nothing: the person gets the case all the same, with what is known."""
        if delivery.payload.get("overdue") and delivery.attempt == 3:
            followed = await uow.session.get_one(FollowUp, delivery.payload["follow_up"])
            await service.give_to_person(
                uow, followed, why="silent", driver_id=None, evidence={"platform": error}
            )

    async def trip_news(self, delivery: Delivery) -> None:
        """A delay: the driver's app is asked to call, then the passenger is told, with the reason. A car, its arrival or its
        end: who waits for that trip is told."""
        told = delivery.payload
        trip = await self._platform.trip(told["trip"])
        asked = False
        async with self._db.reading() as session:
            proved = service.proved(await session.get_one(Conversation, told["conversation"]))
        delayed = told["type"] == "trip.delayed" and trip.status.live and trip.delay is not None and proved
        if delayed and trip.driver:
            request = await self._platform.ask_driver_to_call(
                trip.driver.id, trip.id, "passenger", key=delivery.id, reason_code="delay"
            )
            asked = request.result != "failed"
        async with self._db.unit_of_work() as uow:
            conversation = await conversations.lock(uow, told["conversation"])
            if conversation.trip_id == trip.id:
                await service.know_trip(uow, conversation, trip)
            if delayed:
                await self._tell_delay(uow, conversation, trip, asked)
            elif proved and (told["type"] != "trip.status" or told["data"].get("status") in _NEWS):
                await service.trip_moved(uow, conversation, trip)

    async def _tell_delay(self, uow: UnitOfWork, conversation: Conversation, trip: Trip, asked: bool) -> None:
        assert trip.delay is not None
        delay = trip.delay
        # The same delay may arrive as several events, or be read again after a restart: it is told once.
        key = f"delay:{conversation.id}:{trip.id}:{iso(delay.reported_at)}:{delay.minutes}"
        act, who = "driver_asked_to_call" if asked else "delay_told", "software:followup"
        if not await record(
            uow, act, who=who, conversation_id=conversation.id, key=key, minutes=delay.minutes
        ):
            return
        reason = trip.delay.reason or say(f"delay.{trip.delay.reason_code}", conversation.locale)
        name = "followup.delay.asked" if asked else "followup.delay"
        await service.tell(uow, conversation, name, minutes=trip.delay.minutes, reason=reason)

    async def restrict(self, delivery: Delivery) -> None:
        told = delivery.payload
        await self._platform.restrict("driver", told["driver"], "lost_item_denied", told["reference"])
        async with self._db.unit_of_work() as uow:
            await record(
                uow, "account_restricted", who="software:followup", case_id=told["case"], key=f"restricted:{told['case']}",
                driver_id=told["driver"],
            )  # fmt: skip

    async def unrestrict(self, delivery: Delivery) -> None:
        """The person has decided: the restriction of this case ends (another case's stays)."""
        told = delivery.payload
        try:
            await self._platform.unrestrict("driver", told["driver"], told["reference"])
        except NotFound:
            log.info("nothing to lift", case=told["case"])
        async with self._db.unit_of_work() as uow:
            key = f"unrestricted:{delivery.id}"
            await record(uow, "account_unrestricted", who="software:followup", case_id=told["case"], key=key)


async def _decide(
    uow: UnitOfWork,
    followed: FollowUp,
    item: LostItem,
    evidence: dict[str, Any],
    driver: str | None,
    *,
    overdue: bool,
) -> None:
    """What the passenger is told and whether a person gets it, by what the platform knows of the item now."""
    arranged, answer, opened = item.return_arrangement, item.driver_answer, None
    if arranged is not None:
        place = arranged.place.name if arranged.place else "-"
        at = arranged.at.strftime("%m-%d %H:%M") if arranged.at else "-"
        await service.answered(uow, followed, f"lost_item.return.{arranged.method}", place=place, at=at)
        return
    if answer is not None and answer.found:
        await service.answered(uow, followed, "lost_item.found", note=answer.note or "")
        return
    if answer is not None:
        opened = await service.give_to_person(
            uow, followed, why="denied", driver_id=driver, evidence=evidence
        )
    elif overdue:
        opened = await service.give_to_person(
            uow, followed, why="silent", driver_id=driver, evidence=evidence
        )
    if opened is not None or item.next_passenger_answer is None or not item.next_passenger_answer.found:
        return  # a case that was just opened holds the next passenger's answer
    if followed.case_id is None:
        await service.answered(uow, followed, "lost_item.next_passenger")
    else:
        await service.give_to_person(uow, followed, why="next_passenger", driver_id=None, evidence=evidence)


async def _decide_unproved(
    uow: UnitOfWork,
    followed: FollowUp,
    item: LostItem,
    evidence: dict[str, Any],
    driver: str | None,
    *,
    overdue: bool,
) -> None:
    """Who is not sure to be the passenger hears whether it was found; a person finds out the rest on the phone."""
    answers = (item.driver_answer, item.next_passenger_answer)
    if item.return_arrangement is not None or any(one is not None and one.found for one in answers):
        await service.give_to_person(uow, followed, why="found", driver_id=None, evidence=evidence)
    elif item.driver_answer is not None:
        await service.give_to_person(uow, followed, why="denied", driver_id=driver, evidence=evidence)
    elif overdue:
        await service.give_to_person(uow, followed, why="silent", driver_id=driver, evidence=evidence)


class EventPoller(Worker):
    """Asks the platform for events that its webhook did not deliver."""

    def __init__(self, database: Database, platform: PlatformClient, every_s: float) -> None:
        super().__init__(database, every_s)
        self._platform = platform

    async def step(self) -> None:
        async with self.database.reading() as session:
            query = (
                select(PlatformEvent.id).order_by(PlatformEvent.at.desc(), PlatformEvent.id.desc()).limit(1)
            )
            after = (await session.execute(query)).scalar_one_or_none()
        try:
            missed = await self._platform.events(after)
        except PlatformError as problem:
            log.warning("events not read", error=str(problem), at=now().isoformat())
            return
        for event in missed.events:
            async with self.database.unit_of_work() as uow:
                await service.take_in(uow, event)
