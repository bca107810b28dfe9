"""Promised updates: every reporter of a case is told how it stands, in their language, by record alone. Nothing of
position, identity or whether a trip exists is in these words (TAXONOMY: what is told to whom)."""

from __future__ import annotations

from typing import Any

from bot.conversations import service as conversations
from bot.conversations import store as conversation_store
from bot.conversations.models import Conversation
from bot.incidents import store
from bot.incidents.models import Case
from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork
from bot.kit.ids import new_id
from bot.kit.locale import say
from bot.kit.outbox import Delivery

NEWS = "reporters.tell"
# What tells that others have reported the same, or that somebody already has it.
_OF_OTHERS = frozenset({"accepted", "reopened"})


def hides_case(conversation: Conversation, case: Case) -> bool:
    """Whether this reporter sees of an open case only what they would see of a report that nobody has taken: they are known by
    nothing but their words (a plate is on every car), and no person has looked at them yet (docs/decisions/0020)."""
    looked_at = conversation.holder == "person" or conversation.last_staff_at is not None
    return case.open and conversation.identity == "none" and not looked_at


async def owe_news(uow: UnitOfWork, case: Case, news: str, **values: Any) -> None:
    """Owe every reporter of the case the sentence `told.<news>`; each is told in a transaction of their own, so that no
    act waits for another's conversation. values: what the sentence names; staff_id: whose own conversations are left
    out, because they say it themselves. A routine case has no reporters to update."""
    if case.grade in store.INCIDENT_GRADES and case.kind != "police_request":
        payload = {"case": case.id, "news": news, "values": values}
        await outbox.put(uow, NEWS, f"{case.id}:{news}:{new_id()}", payload)


class Teller:
    """Carries out what was put under NEWS."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def register(self) -> None:
        outbox.delivers(NEWS, self.tell, attempts=30)

    async def tell(self, delivery: Delivery) -> None:
        """One conversation after the other; one that was told before is passed over, so that trying again is safe."""
        told = delivery.payload
        async with self._db.reading() as session:
            case = await session.get_one(Case, told["case"])
            reporting = sorted(await store.conversations_of(session, case.id))
        for conversation_id in reporting:
            async with self._db.unit_of_work() as uow:
                await _tell(uow, conversation_id, case, told, key=f"told:{delivery.id}")


async def _tell(uow: UnitOfWork, conversation_id: str, case: Case, told: dict[str, Any], *, key: str) -> None:
    conversation = await conversations.lock(uow, conversation_id)
    values = dict(told["values"])
    already = values.pop("staff_id", None)
    if already is not None and conversation.holder_staff_id == already:
        return
    if told["news"] in _OF_OTHERS and hides_case(conversation, case):
        return
    if await conversation_store.by_client_id(uow.session, conversation.id, "system", key) is not None:
        return
    text = say(f"told.{told['news']}", conversation.locale, reference=case.reference, **values)
    await conversations.append(uow, conversation, author="system", text=text, client_id=key, kind="status")
