"""Who listens over a socket now, across workers: a row each, renewed while the socket lives, so that a worker that dies takes
nobody's presence with it. Kept only where pushes are sent; nothing else asks."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.chat.models import Connected
from bot.conversations.models import Conversation
from bot.kit.database import Database
from bot.kit.ids import new_id
from bot.kit.now import now
from bot.kit.worker import Worker

_RENEW_S = 15.0
_LASTS = timedelta(seconds=40)


class Presence(Worker):
    """The sockets of this process. on: whether anybody asks."""

    def __init__(self, database: Database, *, on: bool) -> None:
        super().__init__(database, _RENEW_S)
        self._on, self._me = on, new_id()
        self._listening: dict[str, str] = {}

    async def came(self, sid: str, conversation_id: str) -> None:
        """A socket of the conversation was opened."""
        self._listening[sid] = conversation_id
        if self._on:
            row = Connected(conversation_id=conversation_id, worker=self._me, until=now() + _LASTS)
            async with self.database.unit_of_work() as uow:
                await uow.session.merge(row)

    async def went(self, sid: str) -> str | None:
        """It was closed; returns the conversation if that was its last one here."""
        conversation_id = self._listening.pop(sid, None)
        if conversation_id is None or conversation_id in self._listening.values():
            return None
        if self._on:
            gone = delete(Connected).where(
                Connected.conversation_id == conversation_id, Connected.worker == self._me
            )
            async with self.database.unit_of_work() as uow:
                await uow.session.execute(gone, execution_options={"synchronize_session": False})
        return conversation_id

    async def step(self) -> None:
        """Renew what lives here; what nobody has renewed is gone."""
        if not self._on:
            return
        async with self.database.unit_of_work() as uow:
            mine = update(Connected).where(Connected.worker == self._me).values(until=now() + _LASTS)
            await uow.session.execute(mine, execution_options={"synchronize_session": False})
            dead = delete(Connected).where(Connected.until < now() - _LASTS)
            await uow.session.execute(dead, execution_options={"synchronize_session": False})


async def listens(session: AsyncSession, conversation: Conversation) -> bool:
    """Whether this person has any page or app connected, in this conversation or another of theirs."""
    same = [Conversation.id == conversation.id]
    if conversation.rider_id:
        same.append(Conversation.rider_id == conversation.rider_id)
    if conversation.driver_id:
        same.append(Conversation.driver_id == conversation.driver_id)
    query = select(
        exists().where(Connected.conversation_id == Conversation.id, Connected.until > now(), or_(*same))
    )
    return bool((await session.execute(query)).scalar_one())
