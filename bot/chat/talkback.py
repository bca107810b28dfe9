"""What the assistant is told besides turns: what people said while they held the conversation, and to forget somebody."""

from __future__ import annotations

from sqlalchemy import delete, select

from bot.care import service as care
from bot.chat.assistant import Assistant
from bot.chat.models import InternalAnswer, Listening, Turn
from bot.conversations import service as conversations
from bot.conversations import store
from bot.conversations.models import Conversation
from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork
from bot.kit.now import iso
from bot.kit.outbox import Delivery

HAND_BACK = "assistant.hand_back"


class TalkBack:
    """Carries out what was put under HAND_BACK and FORGET; tried on while Rasa is away (to forget: until it is done)."""

    def __init__(self, database: Database, assistant: Assistant) -> None:
        self._db, self._assistant = database, assistant

    def register(self) -> None:
        outbox.delivers(HAND_BACK, self.deliver, attempts=30)
        outbox.delivers(care.FORGET, self.forget, attempts=outbox.UNTIL_DONE)

    async def deliver(self, delivery: Delivery) -> None:
        await self._hand_back(delivery.payload["conversation"])

    async def catch_up(self, conversation_id: str, before: int) -> None:
        """Hand back at once what still waits to be, without the message numbered `before` that the assistant is about to
        hear: a form that was open before people came must not hear it first, nor be closed under a newer one. Raises
        AssistantFailed."""
        async with self._db.reading() as session:
            waiting = await outbox.owed(session, HAND_BACK, conversation_id)
        if not waiting:
            return
        await self._hand_back(conversation_id, before)
        async with self._db.unit_of_work() as uow:
            await outbox.made_elsewhere(uow, waiting)

    async def _hand_back(self, conversation_id: str, before: int | None = None) -> None:
        async with self._db.reading() as session:
            conversation = await session.get_one(Conversation, conversation_id)
            newest = await store.newest_messages(session, conversation_id)
        messages = [one for one in newest if before is None or one.seq < before]
        last_own = max((one.seq for one in messages if one.author == "assistant"), default=0)
        said = [
            {"author": one.author if one.author != "system" else "staff", "text": one.text, "at": iso(one.at)}
            for one in messages
            if one.seq > last_own
        ]
        await self._assistant.hand_back(conversation_id, said, conversation.locale)

    async def forget(self, delivery: Delivery) -> None:
        """Erase what the assistant keeps of a conversation: its tracker, its log of events, its answers."""
        await self._assistant.forget(delivery.payload["conversation"])


@conversations.on_erasing
async def erase_heard(uow: UnitOfWork, conversation: Conversation) -> None:
    """What was heard in the words of somebody who is erased, and what was answered to them, is not kept."""
    heard = select(Listening).where(Listening.conversation_id == conversation.id)
    for one in (await uow.session.execute(heard)).scalars():
        one.because, one.entities = [], []
    turns = select(Turn).where(Turn.conversation_id == conversation.id)
    for turn in (await uow.session.execute(turns)).scalars():
        turn.parse = turn.receipt = None
    mine = InternalAnswer.key.startswith(f"{conversation.id}|", autoescape=True)
    await uow.session.execute(
        delete(InternalAnswer).where(mine), execution_options={"synchronize_session": False}
    )
