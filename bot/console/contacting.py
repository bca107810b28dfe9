"""What an agent does through the platform for a reporter: a masked call, another car. Both are owed through the outbox."""

from __future__ import annotations

from typing import Any

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import Missing, Unprocessable
from bot.handoff import service as handoff
from bot.identity.schemas import Member
from bot.incidents import store as case_store
from bot.incidents.timeline import record
from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork
from bot.kit.ids import new_id
from bot.kit.locale import say
from bot.kit.outbox import Delivery
from bot.macros import service as macros
from bot.rides.client import PlatformClient
from bot.rides.errors import PlatformRefused
from bot.rides.schemas import Trip

CALL, NEW_CAR = "staff.call", "staff.new_car"


async def trip_of(uow: UnitOfWork, conversation: Conversation) -> str:
    """The trip that the conversation or its gravest case is about. Raises Missing `no_trip`."""
    cases = await case_store.of_conversation(uow.session, conversation.id)
    found = conversation.trip_id or next((case.trip_id for case in cases if case.trip_id), None)
    if found is None:
        raise Missing("no_trip")
    return found


async def call(
    uow: UnitOfWork, conversation: Conversation, staff: Member, *, caller: str, callee: str, asked: bool
) -> None:
    """Connect two people of the trip, or the desk and one of them, without showing a number to either.

    asked: the reporter wants it. On an in-trip S0 nothing may ring in the car unless they do. Raises Unprocessable
    `call_would_ring` then, `call_same` for one and the same person, and what `trip_of` raises.
    """
    staff.must("call_masked")
    handoff.require_holder(conversation, staff)
    if caller == callee:
        raise Unprocessable("call_same")
    if conversation.quiet and not asked:
        raise Unprocessable("call_would_ring")
    told = {"trip": await trip_of(uow, conversation), "from": caller, "to": callee, "name": staff.name}
    await record(
        uow, "call_asked", who=staff.who, conversation_id=conversation.id, reporter_asked=asked, **told
    )
    payload = {**told, "conversation": conversation.id, "who": staff.who}
    await outbox.put(uow, CALL, f"{conversation.id}:{new_id()}", payload)


async def new_car(uow: UnitOfWork, conversation: Conversation, staff: Member, reason_code: str) -> None:
    """Another driver for the same order, at no charge; the reporter is told once the platform has done it."""
    staff.must("new_car")
    handoff.require_holder(conversation, staff)
    told = {"trip": await trip_of(uow, conversation), "reason_code": reason_code, "name": staff.name}
    await record(uow, "new_car_asked", who=staff.who, conversation_id=conversation.id, **told)
    payload = {**told, "conversation": conversation.id, "who": staff.who, "staff": staff.id}
    await outbox.put(uow, NEW_CAR, f"{conversation.id}:{new_id()}", payload)


class Contacts:
    """The platform calls of these acts. What the platform refuses is written down and told to the agent, not tried again."""

    def __init__(self, database: Database, platform: PlatformClient) -> None:
        self._db, self._platform = database, platform

    def register(self) -> None:
        outbox.delivers(CALL, self.place_call, attempts=4, on_failure=self.call_lost)
        outbox.delivers(NEW_CAR, self.order_car, attempts=20)

    async def place_call(self, delivery: Delivery) -> None:
        told = delivery.payload
        try:
            made = await self._platform.call(told["trip"], told["from"], told["to"], key=delivery.id)
        except PlatformRefused as refused:
            await self._write(delivery, "call_failed", reason=refused.message)
            return
        act = "call_failed" if made.result == "number_failed" else "call_placed"
        await self._write(delivery, act, result=made.result)

    async def call_lost(self, uow: UnitOfWork, delivery: Delivery, error: str) -> None:
        """The platform does not answer: after the last try the agent must know that nobody's phone rang."""
        if delivery.attempt >= 4:
            await _record(uow, delivery, "call_failed", reason=error)

    async def order_car(self, delivery: Delivery) -> None:
        told = delivery.payload
        try:
            trip = await self._platform.redispatch(told["trip"], told["reason_code"], key=delivery.id)
        except PlatformRefused as refused:
            await self._write(delivery, "new_car_refused", reason=refused.message)
            return
        async with self._db.unit_of_work() as uow:
            conversation = await conversations.lock(uow, told["conversation"])
            driver = trip.driver.name if trip.driver else None
            plate = trip.vehicle.plate if trip.vehicle else None
            if await _record(uow, delivery, "new_car", status=trip.status, driver=driver, plate=plate):
                await _tell(uow, conversation, trip)

    async def _write(self, delivery: Delivery, act: str, **details: Any) -> None:
        async with self._db.unit_of_work() as uow:
            await _record(uow, delivery, act, **details)


async def _record(uow: UnitOfWork, delivery: Delivery, act: str, **details: Any) -> bool:
    """The outcome in the timeline, once; whoever looks at the conversation sees it at once."""
    told = delivery.payload
    kept = {name: value for name, value in told.items() if name in ("from", "to", "name")}
    conversation = await conversations.lock(uow, told["conversation"])
    fresh = await record(
        uow,
        act,
        who=told["who"],
        conversation_id=conversation.id,
        key=f"{act}:{delivery.id}",
        **kept,
        **details,
    )
    conversations.changed(uow, conversation)
    return fresh


async def _tell(uow: UnitOfWork, conversation: Conversation, trip: Trip) -> None:
    """Whose own trip it is learns the new driver; to all others not even the trip is spoken of."""
    if not macros.own_trip(conversation) or conversation.trip_id != trip.id:
        return
    if trip.driver and trip.vehicle:
        values = {"driver": trip.driver.name, "plate": trip.vehicle.plate}
        text = say("new_car.ordered", conversation.locale, **values)
    else:
        text = say("new_car.searching", conversation.locale)
    await conversations.append(uow, conversation, author="system", text=text, kind="status")
