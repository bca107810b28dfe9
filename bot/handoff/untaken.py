"""A routine conversation that waits and that nobody takes: the supervisors who are on call are told, and again, until somebody
does. It may fit nobody who is there: a language that no agent speaks, a skill or a tier that no seat has."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, and_, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff.hours import opens_at
from bot.handoff.offers import for_the_tiers
from bot.incidents import store as case_store
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.due import Due, Firing, cancel, handles, open_row, schedule
from bot.kit.locale import say
from bot.kit.now import now
from bot.paging import service as paging
from bot.policy import policy

UNTAKEN = "handoff.untaken"


def _subject(conversation_id: str) -> str:
    # Not the conversation itself: this clock is the supervisors', and must not move it within the agents' queue.
    return f"untaken:{conversation_id}"


def _limit() -> timedelta:
    return timedelta(seconds=policy().routing.untaken_s)


def _waits() -> ColumnElement[bool]:
    """Waits for whoever takes it; the rest is paged by clocks of its own."""
    return and_(Conversation.holder == "queue", for_the_tiers())


async def unowed(session: AsyncSession) -> list[str]:
    """Conversations that wait and have no such clock yet, however they came to the queue."""
    key = literal(f"{UNTAKEN}|{_subject('')}", String) + Conversation.id
    query = select(Conversation.id).where(_waits(), ~exists().where(Due.open_key == key))
    return list((await session.execute(query.order_by(Conversation.id))).scalars())


async def owe(uow: UnitOfWork, conversation_id: str) -> None:
    """Begin the clock, counted from when they came to the queue; not while people for S2 and S3 are away."""
    conversation = await conversations.lock(uow, conversation_id)
    if await open_row(uow, UNTAKEN, _subject(conversation_id)) is None:
        await _schedule(uow, conversation, conversation.holder_since + _limit())


async def nobody_fits(uow: UnitOfWork, conversation: Conversation) -> None:
    """It was just handed to a team in which no seat has room for it: the supervisors are told at once."""
    await record(
        uow, "no_seat", who="software:routing", conversation_id=conversation.id, team=conversation.team
    )
    await _schedule(uow, conversation, now(), no_seat=True)


async def _schedule(
    uow: UnitOfWork, conversation: Conversation, due: datetime, *, step: int = 0, no_seat: bool = False
) -> None:
    due = max(due, opens_at(now()) or due)
    await schedule(uow, UNTAKEN, _subject(conversation.id), due, step=step, payload={"no_seat": no_seat})


async def taken(uow: UnitOfWork, conversation: Conversation) -> None:
    """Somebody has it now: nobody is told any more."""
    await cancel(uow, _subject(conversation.id), UNTAKEN)
    await paging.stop(uow, _subject(conversation.id))


@handles(UNTAKEN)
async def on_untaken(uow: UnitOfWork, firing: Firing) -> None:
    """Nobody has taken it in time. The longest waiting one pages, with how many wait so long; each of the others is a notice at
    the desk: an evening with too few people must not bury an S0 under pages. An S2 whose case pages people by its own clocks
    only goes on counting."""
    conversation = await conversations.lock(uow, firing.subject.partition(":")[2])
    waits = select(Conversation.id).where(_waits(), Conversation.id == conversation.id)
    if (await uow.session.execute(waits)).first() is None:
        await paging.stop(uow, firing.subject)
        return
    step = firing.step
    cases = await case_store.open_of_conversation(uow.session, conversation.id)
    no_seat = bool(firing.payload.get("no_seat"))
    if no_seat or all(case.grade == "S3" for case in cases):
        await _tell(uow, conversation, step, aloud=no_seat)
        step += 1
    await _schedule(uow, conversation, now() + _limit(), step=step)


async def _tell(uow: UnitOfWork, conversation: Conversation, step: int, *, aloud: bool) -> None:
    await record(
        uow,
        "untaken",
        who="software:routing",
        conversation_id=conversation.id,
        team=conversation.team,
        step=step,
    )
    # An S2 that waits longer calls people by itself, and must not keep the others quiet.
    routine = or_(Conversation.grade.is_(None), Conversation.grade == "S3")
    late = and_(_waits(), routine, Conversation.holder_since <= now() - _limit())
    first, count = (
        await uow.session.execute(select(func.min(Conversation.holder_since), func.count()).where(late))
    ).one()
    if aloud or first is None or conversation.holder_since <= first:
        headline = {locale: say("handover.untaken", locale, count=max(1, count)) for locale in ("zh", "en")}
        await paging.page(
            uow, subject=_subject(conversation.id), reference=conversation.id[-6:].upper(), team="supervisor", grade="S2",
            step=step, headline=headline, widen=False, everyone=False,
        )  # fmt: skip
    await paging.announce(
        uow, subject=_subject(conversation.id), team="supervisor", conversation_id=conversation.id
    )
