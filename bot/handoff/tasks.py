"""An agent who is not there any more. A due row per member who holds something and has no open page; coming back closes it,
and when it fires, whoever waits for a first or a next answer goes back to the queue with everything said.

It is a row and not a timer, so a restart forgets nobody: a desk that starts finds holders without an open page and owes
the same row for them; agents whose pages come back close it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff import service as handoff
from bot.handoff.models import Assignment
from bot.kit.database import Database, UnitOfWork
from bot.kit.due import Due, Firing, cancel, handles, schedule
from bot.kit.locale import say
from bot.kit.now import now
from bot.kit.worker import Worker
from bot.policy import is_safety, policy

ABSENT = "handoff.absent"
# How often holders without an open page are looked for: a conversation may be accepted by a page whose socket never opened.
_LOOK_S = 15.0
# A row that fires this long after its time means that the desk itself was not there: nobody could have come back to it.
_DESK_WAS_AWAY = timedelta(seconds=10)


def _allowed() -> timedelta:
    return timedelta(seconds=policy().clocks.agent_absent_s)


class Attendance(Worker):
    """Which members have a page open at this process, by its sockets. Another process's pages count there: each process
    moves the open rows of its own people, so that none fires while any page of theirs is open anywhere."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, _LOOK_S)
        self._here: dict[str, str] = {}

    async def came(self, sid: str, staff_id: str) -> None:
        """A page of theirs has connected: nothing is owed any more."""
        self._here[sid] = staff_id
        async with self.database.unit_of_work() as uow:
            await cancel(uow, staff_id, ABSENT)

    async def went(self, sid: str) -> None:
        """A page has gone; if it was the last one here, the minute begins now."""
        staff_id = self._here.pop(sid, None)
        if staff_id is None or staff_id in self._here.values():
            return
        async with self.database.unit_of_work() as uow:
            if staff_id in await _holders(uow.session):
                await schedule(uow, ABSENT, staff_id, now() + _allowed())

    async def step(self) -> None:
        """Owe the row for every holder without a page; keep it away from those who have one here."""
        async with self.database.reading() as session:
            owed = await _owed(session)
            here = set(self._here.values())
            wanted = [one for one in await _holders(session) if (one in owed) == (one in here)]
        if not wanted:
            return
        async with self.database.unit_of_work() as uow:
            for staff_id in wanted:
                await schedule(uow, ABSENT, staff_id, now() + _allowed())


async def _owed(session: AsyncSession) -> set[str]:
    query = select(Due.subject).where(Due.kind == ABSENT, Due.done.is_(False))
    return set((await session.execute(query)).scalars())


async def _holders(session: AsyncSession) -> Sequence[str]:
    query = select(Conversation.holder_staff_id).where(
        Conversation.holder == "person", Conversation.holder_staff_id.is_not(None)
    )
    found = (await session.execute(query.distinct())).scalars()
    return sorted(staff_id for staff_id in found if staff_id is not None)


@handles(ABSENT)
async def on_absent(uow: UnitOfWork, firing: Firing) -> None:
    """They have not come back. What they have answered stays theirs; S0/S1 does not, answered or not: its acceptance
    lapses and it is paged anew (docs/decisions/0007)."""
    if firing.step == 0 and now() - firing.due > _DESK_WAS_AWAY:
        await schedule(uow, ABSENT, firing.subject, now() + _allowed(), step=1)
        return
    held = select(Conversation.id).where(
        Conversation.holder == "person", Conversation.holder_staff_id == firing.subject
    )
    for conversation_id in (await uow.session.execute(held.order_by(Conversation.id))).scalars().all():
        conversation = await conversations.lock(uow, conversation_id)
        if conversation.holder_staff_id != firing.subject:
            continue
        grave = is_safety(conversation.grade)  # type: ignore[arg-type]
        if grave or unanswered(conversation):
            await _back_to_queue(uow, conversation)


def unanswered(conversation: Conversation) -> bool:
    """Whether the reporter waits for a person: no word from one since it was accepted, or since they last wrote."""
    spoke = conversation.last_staff_at
    if spoke is None or spoke < conversation.holder_since:
        return True
    return conversation.last_reporter_at is not None and spoke < conversation.last_reporter_at


async def _back_to_queue(uow: UnitOfWork, conversation: Conversation) -> None:
    """They keep the place that their waiting has earned, and are told in their language."""
    name, since = conversation.holder_name, await _waiting_since(uow, conversation)
    await handoff.release(uow, conversation, because="offline")
    conversation.holder_since = since
    text = say("handoff.agent_gone", conversation.locale, name=name)
    await conversations.append(uow, conversation, author="system", text=text, kind="status")


async def _waiting_since(uow: UnitOfWork, conversation: Conversation) -> datetime:
    """Since when they wait: their last words if somebody had answered before, else when they first came to the queue."""
    spoke, wrote = conversation.last_staff_at, conversation.last_reporter_at
    if spoke is not None and spoke >= conversation.holder_since:
        return wrote if wrote is not None and wrote > spoke else now()
    query = (
        select(Assignment)
        .where(Assignment.conversation_id == conversation.id, Assignment.until.is_(None))
        .order_by(Assignment.since.desc())
        .limit(1)
    )
    assignment = (await uow.session.execute(query)).scalars().first()
    if assignment is None:
        return conversation.holder_since
    return assignment.since - timedelta(seconds=assignment.waited_s)
