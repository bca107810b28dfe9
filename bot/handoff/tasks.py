"""Agents who come and go: what waits is offered to whoever is free, and an agent who is not there any more loses it.

A due row per member who holds something and has no open page; coming back closes it, whatever they ask of the desk meanwhile
puts it off (a network may let no WebSocket through), and when it fires, whoever waits for a first or a next answer goes back to
the queue with everything said. It is a row and not a timer, so a restart forgets nobody: a
desk that starts finds holders without an open page and owes the same row for them; agents whose pages come back close it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations.models import Conversation
from bot.handoff import offers, seats, untaken
from bot.handoff.leaving import on_account_changed as on_account_changed
from bot.handoff.waiting import back_to_queue, held_by, unanswered
from bot.identity.models import StaffAccount
from bot.incidents.keeping import is_grave
from bot.kit.database import Database, Event, UnitOfWork, again_on_conflict
from bot.kit.due import Due, Firing, cancel, handles, schedule
from bot.kit.now import now
from bot.kit.worker import Worker
from bot.policy import policy

ABSENT = "handoff.absent"
# How often holders without an open page are looked for: a conversation may be accepted by a page whose socket never opened.
_LOOK_S = 15.0
# How often what waits is looked at when nothing has changed here: another process's change wakes nobody in this one.
_OFFER_S = 5.0
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
            await seats.came(uow, staff_id)

    async def went(self, sid: str) -> None:
        """A page has gone; if it was the last one here, the minute begins now."""
        staff_id = self._here.pop(sid, None)
        if staff_id is None or staff_id in self._here.values():
            return
        async with self.database.unit_of_work() as uow:
            await seats.went(uow, staff_id)
            if staff_id in await _holders(uow.session):
                await schedule(uow, ABSENT, staff_id, now() + _allowed())

    async def step(self) -> None:
        """Owe the row for every holder without a page; keep it away from those who have one here."""
        async with self.database.reading() as session:
            owed = await _owed(session)
            here = set(self._here.values())
            wanted = [one for one in await _holders(session) if (one in owed) == (one in here)]
        if not wanted and not here:
            return
        async with self.database.unit_of_work() as uow:
            await seats.are_here(uow, here)
            for staff_id in wanted:
                await schedule(uow, ABSENT, staff_id, now() + _allowed())


class Assigner(Worker):
    """Offers what waits to whoever is free, takes back what no longer holds, and begins the clock of what nobody takes. Every
    process has one; they do not offer the same twice (`offers.make`)."""

    _TOPICS = frozenset(
        {"conversation.changed", "case.changed", "seat.changed", "staff.presence", "staff.changed"}
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database, _OFFER_S)
        database.subscribers.append(self._on_any)

    async def _on_any(self, event: Event) -> None:
        if event.topic in self._TOPICS:
            self.wake()

    async def step(self) -> None:
        async with self.database.reading() as session:
            stale = await offers.stale(session)
        for conversation_id in stale:
            await again_on_conflict(partial(self._end, conversation_id))
        async with self.database.reading() as session:
            planned = await offers.plan(session)
            uncounted = await untaken.unowed(session)
        for conversation_id in uncounted:
            await again_on_conflict(partial(self._count, conversation_id))
        for chosen in planned:
            await again_on_conflict(partial(self._offer, chosen))

    async def _offer(self, chosen: offers.Chosen) -> None:
        async with self.database.unit_of_work() as uow:
            await offers.make(uow, chosen)

    async def _count(self, conversation_id: str) -> None:
        async with self.database.unit_of_work() as uow:
            await untaken.owe(uow, conversation_id)

    async def _end(self, conversation_id: str) -> None:
        async with self.database.unit_of_work() as uow:
            await offers.end_stale(uow, conversation_id)


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
    """They have neither come back nor asked the desk anything. What they have answered stays theirs; S0/S1 does not, answered
    or not: its acceptance lapses and it is paged anew (docs/decisions/0007). Nor does what is watched: the safety team must
    look."""
    if firing.step == 0 and now() - firing.due > _DESK_WAS_AWAY:
        await schedule(uow, ABSENT, firing.subject, now() + _allowed(), step=1)
        return
    account = await uow.session.get(StaffAccount, firing.subject)
    if account is not None and account.last_seen_at is not None and now() < account.last_seen_at + _allowed():
        await schedule(uow, ABSENT, firing.subject, account.last_seen_at + _allowed(), step=firing.step)
        return
    async for conversation in held_by(uow, firing.subject):
        if is_grave(conversation) or unanswered(conversation):
            await back_to_queue(uow, conversation, because="offline", text="handoff.agent_gone")
