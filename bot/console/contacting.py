"""What an agent does through the platform for a reporter: a masked call, another car. Both are owed through the outbox."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.screen import trip_in_hand
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import Missing, Unprocessable
from bot.handoff import service as handoff
from bot.identity.schemas import Member
from bot.incidents import service as incidents
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
    """The trip that the screen shows: an open incident's own, else the conversation's. Raises Missing `no_trip`."""
    cases = await case_store.of_conversation(uow.session, conversation.id)
    found, _ = trip_in_hand(cases, conversation)
    if found is None:
        raise Missing("no_trip")
    return found


async def call(
    uow: UnitOfWork,
    conversation: Conversation,
    staff: Member,
    *,
    caller: str,
    callee: str,
    asked: bool,
    client_id: str | None = None,
) -> None:
    """Connect two people of the trip, or the desk and one of them, without showing a number to either.

    asked: the reporter wants it. client_id: the page's own; the same again is the same call. On an in-trip S0 nothing may ring
    in the car unless they do. Raises Unprocessable `call_would_ring` then, `call_not_now` in any other chat about a trip with
    an open S0, `call_same` for one and the same person, and what `trip_of` raises.
    """
    staff.must("call_masked")
    handoff.require_holder(conversation, staff)
    if caller == callee:
        raise Unprocessable("call_same")
    if conversation.quiet and not asked:
        raise Unprocessable("call_would_ring")
    await handoff.acting(uow, conversation)
    told = {"trip": await trip_of(uow, conversation), "from": caller, "to": callee, "name": staff.name}
    if refusal := await _refusal(uow.session, conversation.id, told["trip"], asked=asked):
        raise Unprocessable(refusal)
    payload = {**told, "conversation": conversation.id, "who": staff.who, "asked": asked}
    if await outbox.put(uow, CALL, key_of(conversation, client_id), payload):
        await record(
            uow, "call_asked", who=staff.who, conversation_id=conversation.id, reporter_asked=asked, **told
        )


def key_of(conversation: Conversation, client_id: str | None) -> str:
    """What an act is known by when its page, which had no answer, sends it again. A page of an earlier build gives no id."""
    return f"{conversation.id}:{client_id or new_id()}"


async def _refusal(session: AsyncSession, conversation_id: str, trip_id: str, *, asked: bool) -> str | None:
    """Why no phone of this trip may ring: an S0 on it is open, whichever chat has reported it. None: it may. The words of the
    refusal do not tell an agent outside the case that there is one."""
    reporting = await case_store.open_s0_on_trip(session, trip_id)
    if not reporting or (asked and conversation_id in reporting):
        return None
    return "call_would_ring" if conversation_id in reporting else "call_not_now"


async def new_car(
    uow: UnitOfWork,
    conversation: Conversation,
    staff: Member,
    reason_code: str,
    *,
    client_id: str | None = None,
) -> None:
    """Another driver for the same order, at no charge; the reporter is told once the platform has done it. The same client_id
    again is the same car."""
    staff.must("new_car")
    handoff.require_holder(conversation, staff)
    told = {"trip": await trip_of(uow, conversation), "reason_code": reason_code, "name": staff.name}
    payload = {**told, "conversation": conversation.id, "who": staff.who, "staff": staff.id}
    await handoff.acting(uow, conversation)
    if await outbox.put(uow, NEW_CAR, key_of(conversation, client_id), payload):
        await record(uow, "new_car_asked", who=staff.who, conversation_id=conversation.id, **told)


class Contacts:
    """The platform calls of these acts. What the platform refuses is written down and told to the agent, not tried again."""

    def __init__(self, database: Database, platform: PlatformClient) -> None:
        self._db, self._platform = database, platform

    def register(self) -> None:
        outbox.delivers(CALL, self.place_call, attempts=4, on_failure=self.call_lost)
        outbox.delivers(NEW_CAR, self.order_car, attempts=20)

    async def place_call(self, delivery: Delivery) -> None:
        told = delivery.payload
        async with self._db.reading() as session:
            refusal = await _refusal(session, told["conversation"], told["trip"], asked=told["asked"])
        if refusal is not None:
            # An S0 has been reported since it was asked for.
            await self._write(delivery, "call_failed", reason=refusal)
            return
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
                for case in await case_store.open_of_conversation(uow.session, conversation.id):
                    incidents.decided(await incidents.locked(uow, case.id))
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
