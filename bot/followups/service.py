"""Following a lost item or a trip at the platform: the passenger is told unasked, and a person gets the case when the
driver denies or stays silent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import or_, select

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.followups.models import FollowUp, PlatformEvent
from bot.handoff import service as handoff
from bot.incidents import service as incidents
from bot.incidents.cities import area_code_of
from bot.incidents.models import Case
from bot.kit import outbox
from bot.kit.database import UnitOfWork
from bot.kit.due import cancel, schedule
from bot.kit.ids import new_id
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.policy import is_safety
from bot.rides.schemas import Event, Trip, TripStatus

FIND_TRIP, LOOK, DELAYED = "followup.find_trip", "followup.look", "followup.delayed"
ANSWER_DUE = "followup.answer"
RESTRICT = "dispatch.restrict"
_DAY = timedelta(days=1)
_LOOK_S = 60
# Why a person gets a lost item.
Why = Literal["denied", "silent", "next_passenger", "found"]


async def find_trip(uow: UnitOfWork, conversation: Conversation, *, said: str | None = None) -> None:
    """Owe a look for the live trip of somebody known: clocks, silence and the number to call depend on it.

    said: the id of what they have just written. A chat lives longer than a ride: while no live ride is known each message looks
    again, while one is known they look once a minute whether it still is.
    """
    if not (conversation.rider_id or conversation.driver_id):
        return
    watched = conversation.watched_since is not None or is_safety(conversation.grade)  # type: ignore[arg-type]
    if said is not None and conversation.holder == "person" and conversation.trip_id and not watched:
        return  # a person works on that trip, and reads everything: it must not change under their hands
    key = f"{conversation.id}:{conversation.identity}:{conversation.rider_id}"
    if said is not None:
        key = f"{conversation.id}:{int(now().timestamp()) // _LOOK_S if conversation.trip_live else said}"
    await outbox.put(uow, FIND_TRIP, key, {"conversation": conversation.id})


OnLive = Callable[[UnitOfWork, Conversation, Trip], Awaitable[None]]
_on_live: list[OnLive] = []


def on_live(listener: OnLive) -> OnLive:
    """Register what must be thought over when a ride turns out to be live (check-ins, what came without words)."""
    if listener not in _on_live:
        _on_live.append(listener)
    return listener


async def know_trip(uow: UnitOfWork, conversation: Conversation, trip: Trip) -> None:
    """Keep which trip the conversation is about, whether it is live, and where, for the emergency number."""
    names = trip.city_name.model_dump()
    place = {
        "country": trip.country, "city_name": names, "area_code": area_code_of(trip.city),
        "requested_at": iso(trip.requested_at), "finished_at": iso(trip.finished_at),
    }  # fmt: skip
    known = conversation.location or {}
    before = (conversation.trip_id, conversation.trip_live, known.get("trip_place"))
    if before == (trip.id, trip.status.live, place):
        return
    conversation.trip_id, conversation.trip_live = trip.id, trip.status.live
    conversation.location = {**known, "trip_place": place}
    conversations.changed(uow, conversation)
    if trip.status.live and before[:2] != (trip.id, True):
        for listener in _on_live:
            await listener(uow, conversation, trip)


async def follow(
    uow: UnitOfWork,
    conversation: Conversation,
    *,
    kind: str,
    ref: str,
    trip_id: str,
    answer_due_s: float | None,
    item: str | None,
    essential: bool,
) -> FollowUp:
    """Follow a platform object for this conversation; with `answer_due_s` a person gets it when nobody has answered by then.
    Asked for again: the same one; its `due_at` stands only while that timer runs."""
    query = select(FollowUp).where(
        FollowUp.conversation_id == conversation.id, FollowUp.kind == kind, FollowUp.ref == ref
    )
    known = (await uow.session.execute(query)).scalar_one_or_none()
    if known is not None:
        if known.state != "open":
            await _asked_again(uow, conversation, known)
        return known
    due_at = now() + timedelta(seconds=answer_due_s) if answer_due_s is not None else None
    followed = FollowUp(
        id=new_id(), conversation_id=conversation.id, kind=kind, ref=ref, trip_id=trip_id, item=item,
        essential=essential, state="open", created_at=now(), due_at=due_at,
    )  # fmt: skip
    uow.session.add(followed)
    conversation.trip_id = conversation.trip_id or trip_id
    await uow.session.flush()
    if due_at is not None:
        await schedule(uow, ANSWER_DUE, followed.id, due_at)
    return followed


async def _asked_again(uow: UnitOfWork, conversation: Conversation, followed: FollowUp) -> None:
    """No timer runs any more, so no time may be named; a person who has it learns that it was asked for again."""
    followed.due_at = None
    if followed.case_id is None:
        return
    case = await _report(uow, conversation, followed, why="asked again", evidence={}, again=False)
    values = {"item": followed.item or "-", "reference": case.reference}
    await tell(uow, conversation, "followup.lost_item.person.again", **values)


async def take_in(uow: UnitOfWork, event: Event) -> bool:
    """An event of the platform: owe what follows from it. Returns False for one that was taken in before."""
    if await uow.session.get(PlatformEvent, event.id) is not None:
        return False
    uow.session.add(PlatformEvent(id=event.id, type=event.type, at=event.at, taken_at=now()))
    if event.lost_item_id is not None and event.type.startswith("lost_item."):
        query = select(FollowUp).where(
            FollowUp.kind == "lost_item", FollowUp.ref == event.lost_item_id, FollowUp.state != "closed"
        )
        for followed in (await uow.session.execute(query)).scalars():
            await outbox.put(uow, LOOK, f"{followed.id}:{event.id}", {"follow_up": followed.id})
    elif event.trip_id is not None and event.type in ("trip.delayed", "trip.status", "trip.redispatched"):
        for conversation in await _about_trip(uow, event.trip_id):
            payload = {
                "conversation": conversation.id,
                "trip": event.trip_id,
                "type": event.type,
                "data": event.data,
            }
            await outbox.put(uow, DELAYED, f"{conversation.id}:{event.id}", payload)
    return True


async def _about_trip(uow: UnitOfWork, trip_id: str) -> list[Conversation]:
    """Conversations of the passengers of a trip that are a day old at most; drivers and third parties are not told."""
    followed = select(FollowUp.conversation_id).where(FollowUp.trip_id == trip_id, FollowUp.state != "closed")
    query = select(Conversation).where(
        or_(Conversation.trip_id == trip_id, Conversation.id.in_(followed)),
        Conversation.role == "rider", Conversation.created_at > now() - _DAY,
    )  # fmt: skip
    return list((await uow.session.execute(query)).scalars())


def proved(conversation: Conversation) -> bool:
    """Whether it is sure that the person is who they say: a stranger, too, may know the plate and the place of a ride, and must
    not learn where its passenger will be, nor what the driver says."""
    return conversation.identity in ("token", "code")


async def tell(uow: UnitOfWork, conversation: Conversation, key: str, **values: Any) -> None:
    """Say something unasked, in the conversation's language."""
    author = "assistant" if conversation.holder == "assistant" else "system"
    text = say(key, conversation.locale, **values)
    await conversations.append(uow, conversation, author=author, text=text, kind="status")  # type: ignore[arg-type]


@conversations.on_erasing
async def erase_followed(uow: UnitOfWork, conversation: Conversation) -> None:
    """A person who is erased is followed no more, and what they had lost is not kept."""
    query = select(FollowUp).where(FollowUp.conversation_id == conversation.id)
    for followed in (await uow.session.execute(query)).scalars():
        followed.item, followed.state = None, "closed"
        await cancel(uow, followed.id, ANSWER_DUE)


async def answered(uow: UnitOfWork, followed: FollowUp, news: str, **values: Any) -> bool:
    """Tell the passenger once; returns whether this was news."""
    if followed.told == news:
        return False
    followed.told = news
    if news != "lost_item.next_passenger":
        followed.state = "answered"
        await cancel(uow, followed.id, ANSWER_DUE)
    conversation = await conversations.lock(uow, followed.conversation_id)
    await tell(uow, conversation, f"followup.{news}", item=followed.item or "-", **values)
    return True


async def trip_moved(uow: UnitOfWork, conversation: Conversation, trip: Trip) -> None:
    """Tell who waits for this trip, once each: which car comes, that it is there, that it does not come (unless they called it
    off themselves). With the ride itself the waiting is over. The conversation must be locked."""
    query = select(FollowUp).where(
        FollowUp.conversation_id == conversation.id, FollowUp.kind == "trip", FollowUp.ref == trip.id,
        FollowUp.state == "open",
    )  # fmt: skip
    followed = (await uow.session.execute(query)).scalar_one_or_none()
    if followed is None:
        return
    if not trip.status.live or trip.status == TripStatus.IN_PROGRESS:
        followed.state = "answered"
    key, news = _news_of(trip)
    if key is None or followed.told == news:
        return
    followed.told = news
    plate = trip.vehicle.plate if trip.vehicle else "-"
    driver, minutes = trip.driver.name if trip.driver else "-", trip.eta.minutes if trip.eta else None
    await tell(uow, conversation, f"followup.trip.{key}", driver=driver, plate=plate, minutes=minutes)


def _news_of(trip: Trip) -> tuple[str | None, str]:
    """The text that tells what a waited-for trip has become, None for nothing to tell; and what makes it news."""
    status, driver = trip.status, trip.driver.id if trip.driver else None
    if status == TripStatus.CANCELLED:
        return (None if trip.cancelled_by == "rider" else "cancelled"), "cancelled"
    if driver is None:
        return None, ""
    if status == TripStatus.WAITING:
        return "waiting", f"waiting:{driver}"
    if status in (TripStatus.DRIVER_ASSIGNED, TripStatus.DRIVER_ARRIVING):
        near = trip.eta is not None and trip.eta.to == "pickup"
        return ("assigned.eta" if near else "assigned"), f"assigned:{driver}"
    return None, ""


async def give_to_person(
    uow: UnitOfWork, followed: FollowUp, *, why: Why, driver_id: str | None, evidence: dict[str, Any]
) -> str | None:
    """A case for a person with the evidence: the driver denies, or is silent; the next passenger has seen it; it is found, but
    nobody has proved whose it is. driver_id: whose account is restricted by policy until that person has decided.

    What is heard after the first case goes to it, or to a new one if that is over. Returns the case's reference, None if this
    was said before, or is no news to the person who has it.
    """
    if followed.told == f"person.{why}" or (followed.case_id is not None and why in ("denied", "silent")):
        return None
    conversation = await conversations.lock(uow, followed.conversation_id)
    facts = {**evidence, "trip": followed.trip_id, "lost_item": followed.ref}
    if driver_id is not None or followed.case_id is None:
        facts["restricted_driver"] = driver_id
    again = followed.case_id is not None
    case = await _report(uow, conversation, followed, why=why, evidence=facts, again=again)
    followed.state, followed.told = "expired" if why == "silent" else "answered", f"person.{why}"
    await cancel(uow, followed.id, ANSWER_DUE)
    if driver_id is not None:
        payload = {"driver": driver_id, "reference": case.reference, "case": case.id}
        await outbox.put(uow, RESTRICT, case.id, payload)
    values = {"item": followed.item or "-", "reference": case.reference}
    await tell(uow, conversation, f"followup.lost_item.person.{why}", **values)
    return case.reference


async def _report(
    uow: UnitOfWork,
    conversation: Conversation,
    followed: FollowUp,
    *,
    why: str,
    evidence: dict[str, Any],
    again: bool,
) -> Case:
    """Open the case of a lost item, or add to the open one; people get the conversation with a new one. again: this is what
    the platform told, not the passenger's own repeat."""
    made = incidents.Report(
        intent="lost_item", grade="S3", source="followup", because=[why],
        title=f"{followed.item or 'lost item'}: {why}", evidence=evidence, team="support", again=again,
    )  # fmt: skip
    reported = await incidents.report(uow, conversation, made)
    followed.case_id = reported.case.id
    if reported.new or not again:
        await handoff.to_people(
            uow, conversation, team="support", reason=f"lost item: {why}", who="software:followup"
        )
    return reported.case
