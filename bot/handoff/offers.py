"""A waiting S2 or S3 is offered to one agent at a time: who is there, can do it and has room. An offer is not an acceptance:
the conversation stays in the queue, its clocks go on, anybody may take it, and the reporter is told a name only once a person
has accepted. Whoever lets it go by loses it to the next. S0/S1 and watched conversations are never offered: they are paged
and open to all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff import seats
from bot.handoff.choosing import choose, need_of
from bot.handoff.models import Offer
from bot.handoff.seats import Place
from bot.identity.schemas import Member
from bot.incidents import store as case_store
from bot.incidents.models import Case, CaseConversation
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork, exclusively
from bot.kit.due import Firing, cancel, handles, schedule
from bot.kit.ids import new_id
from bot.kit.now import now
from bot.policy import GRADES, is_safety, policy

OFFER = "handoff.offer"
# An S2 that waits for a person while the assistant goes on talking.
_UNACCEPTED = ("opened", "paged")


@dataclass(frozen=True)
class Chosen:
    """This conversation for this person. holder_version: as it was when they were chosen."""

    conversation_id: str
    holder_version: int
    place: Place


def is_open(conversation: Conversation) -> bool:
    """Whether it may be offered to one person: nothing grave, and nobody holds it."""
    return _routine(conversation) and conversation.holder != "person"


def _routine(conversation: Conversation) -> bool:
    return not is_safety(conversation.grade) and conversation.watched_since is None  # type: ignore[arg-type]


async def plan(session: AsyncSession) -> list[Chosen]:
    """Who is to be offered what now: the longest waiting first, S2 before S3, each to the least loaded who can do it. It reads
    only: the transactions that carry it out stay short, so that a cry for help waits for none of this."""
    waiting = await _waiting(session)
    if not waiting:
        return []
    places = [one for one in await seats.places(session) if one.there and one.taking]
    load, taken = await _loads(session)
    free = {one.member.id: one for one in places if one.member.id not in taken}
    if not any(load[key] < one.capacity for key, one in free.items()):
        return []
    kinds = await case_store.of_conversations(session, [one.id for one in waiting])
    since = {one.id: _since(one, kinds.get(one.id, [])) for one in waiting}
    missed = await _missed(session, list(since))
    graver_once = await case_store.had_safety(session, list(since))
    made = []
    for one in sorted(waiting, key=lambda one: (GRADES.index(one.grade or "S3"), since[one.id], one.id)):
        need = need_of(one.locale, one.team, one.grade, [case.kind for case in kinds.get(one.id, [])])
        if one.id in graver_once:
            need = replace(need, in_house=True)
        chosen = choose(list(free.values()), need, load=load, missed=missed[one.id])
        if chosen is not None:
            made.append(Chosen(one.id, one.holder_version, chosen))
            load[chosen.member.id] += 1
            free[chosen.member.id] = replace(chosen, offered_at=now())
    return made


def _since(conversation: Conversation, cases: list[Case]) -> datetime:
    if conversation.holder == "queue":
        return conversation.holder_since
    return min(
        (case.opened_at for case in cases if case.accepted_at is None), default=conversation.holder_since
    )


def for_the_tiers() -> ColumnElement[bool]:
    """Conversations that the tiers of support take: nothing grave, and nothing that stands with a team that has a pager."""
    return and_(
        Conversation.watched_since.is_(None),
        or_(Conversation.grade.is_(None), Conversation.grade.in_(("S2", "S3"))),
        or_(Conversation.team.is_(None), Conversation.team.in_(policy().routing.tiers)),
    )


async def _waiting(session: AsyncSession) -> list[Conversation]:
    unaccepted = exists().where(
        CaseConversation.conversation_id == Conversation.id, CaseConversation.case_id == Case.id,
        Case.state.in_(_UNACCEPTED), Case.grade == "S2",
    )  # fmt: skip
    offered = exists().where(Offer.open_key == Conversation.id)
    query = select(Conversation).where(
        ~offered,
        for_the_tiers(),
        or_(
            Conversation.holder == "queue",
            and_(Conversation.holder == "assistant", Conversation.grade == "S2", unaccepted),
        ),
    )
    return list((await session.execute(query)).scalars())


async def _loads(session: AsyncSession) -> tuple[Counter[str], set[str]]:
    """How many each member holds or is offered, and who holds an S0/S1: they are left alone with it."""
    grave = or_(Conversation.grade.in_(("S0", "S1")), Conversation.watched_since.is_not(None))
    held = select(Conversation.holder_staff_id, func.count(), func.count().filter(grave))
    query = held.where(Conversation.holder == "person").group_by(Conversation.holder_staff_id)
    load: Counter[str] = Counter()
    taken: set[str] = set()
    for staff_id, count, of_them_grave in (await session.execute(query)).all():
        load[staff_id or ""] = count
        if of_them_grave:
            taken.add(staff_id or "")
    load.update((await session.execute(select(Offer.staff_id).where(Offer.open_key.is_not(None)))).scalars())
    return load, taken


async def loads(session: AsyncSession) -> Counter[str]:
    """How many conversations each member holds or is offered; 0 for whoever has none."""
    return (await _loads(session))[0]


async def _missed(session: AsyncSession, conversation_ids: list[str]) -> defaultdict[str, dict[str, int]]:
    """How often each member has let each of these conversations go by."""
    query = select(Offer.conversation_id, Offer.staff_id, func.count()).where(
        Offer.conversation_id.in_(conversation_ids), Offer.ended_because == "missed"
    )
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    grouped = query.group_by(Offer.conversation_id, Offer.staff_id)
    for conversation_id, staff_id, count in (await session.execute(grouped)).all():
        found[conversation_id][staff_id] = count
    return found


async def make(uow: UnitOfWork, chosen: Chosen) -> bool:
    """Offer the conversation to the person, if both are still free for it; returns whether it is. One worker at a time does
    this, so nobody gets more than they can hold and nothing is offered twice."""
    await exclusively(uow, OFFER)
    conversation, member = await conversations.lock(uow, chosen.conversation_id), chosen.place.member
    offered = await _open(uow.session, conversation)
    if not is_open(conversation) or conversation.holder_version != chosen.holder_version or offered:
        return False
    place = await seats.place(uow.session, member.id)
    load, taken = await _loads(uow.session)
    if not (place.there and place.taking and load[member.id] < place.capacity) or member.id in taken:
        return False
    until = now() + timedelta(seconds=policy().routing.take_s)
    made = Offer(
        id=new_id(), conversation_id=conversation.id, staff_id=member.id, name=member.name, at=now(), until=until,
        holder_version=conversation.holder_version, open_key=conversation.id,
    )  # fmt: skip
    uow.session.add(made)
    (await seats.locked(uow, member.id)).offered_at = now()
    await schedule(uow, OFFER, conversation.id, until, payload={"offer": made.id})
    await record(uow, "offered", who="software:routing", conversation_id=conversation.id, agent=member.name)
    uow.emit("notice", staff_id=member.id, conversation_id=conversation.id, kind="offer")
    conversations.changed(uow, conversation)
    return True


async def _open(session: AsyncSession, conversation: Conversation) -> Offer | None:
    query = select(Offer).where(Offer.open_key == conversation.id)
    return (await session.execute(query)).scalar_one_or_none()


async def open_offers(session: AsyncSession) -> dict[str, Offer]:
    """What is offered now, by conversation."""
    query = select(Offer).where(Offer.open_key.is_not(None))
    return {one.conversation_id: one for one in (await session.execute(query)).scalars()}


async def stale(session: AsyncSession) -> list[str]:
    """Conversations whose offer no longer holds: raised, taken, or the person is gone or takes no new ones."""
    offers = await open_offers(session)
    if not offers:
        return []
    found = await session.execute(select(Conversation).where(Conversation.id.in_(list(offers))))
    places = {one.member.id: one for one in await seats.places(session)}
    return [one.id for one in found.scalars() if not _holds(offers[one.id], one, places)]


def _holds(offer: Offer, conversation: Conversation, places: dict[str, Place]) -> bool:
    if not is_open(conversation) or conversation.holder_version != offer.holder_version:
        return False
    there = places.get(offer.staff_id)
    return there is not None and there.there and there.taking


async def end_stale(uow: UnitOfWork, conversation_id: str) -> None:
    """End the offer of this conversation if it does not hold any more."""
    conversation = await conversations.lock(uow, conversation_id)
    offer = await _open(uow.session, conversation)
    if offer is None:
        return
    places = {one.member.id: one for one in await seats.places(uow.session)}
    if not _holds(offer, conversation, places):
        await _end(uow, conversation, offer, "void")


async def taken(uow: UnitOfWork, conversation: Conversation, staff: Member) -> bool:
    """A person has accepted the conversation: an open offer ends. Returns whether it was offered to them."""
    offer = await _open(uow.session, conversation)
    if offer is None:
        return False
    theirs = offer.staff_id == staff.id
    await _end(uow, conversation, offer, "taken" if theirs else "void")
    if theirs:
        (await seats.locked(uow, staff.id)).missed = 0
    return theirs


async def _end(uow: UnitOfWork, conversation: Conversation, offer: Offer, because: str) -> None:
    offer.open_key, offer.ended_at, offer.ended_because = None, now(), because
    await uow.session.flush()
    await cancel(uow, conversation.id, OFFER)
    conversations.changed(uow, conversation)


@handles(OFFER)
async def on_missed(uow: UnitOfWork, firing: Firing) -> None:
    """Nobody has accepted in time: it goes to the next. Whoever misses several in a row gets no new ones until they say so."""
    conversation = await conversations.lock(uow, firing.subject)
    offer = await uow.session.get(Offer, firing.payload["offer"], populate_existing=True)
    if offer is None or offer.open_key is None:
        return
    await _end(uow, conversation, offer, "missed")
    await record(
        uow, "offer_missed", who="software:routing", conversation_id=conversation.id, agent=offer.name
    )
    seat = await seats.locked(uow, offer.staff_id)
    seat.missed += 1
    if seat.missed >= policy().routing.missed_limit:
        seat.taking = False
        uow.emit("seat.changed", staff_id=offer.staff_id)
