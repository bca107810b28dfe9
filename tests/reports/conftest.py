"""A day at the desk, driven through the services that the doors use, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff import service as handoff
from bot.identity.models import StaffAccount
from bot.identity.schemas import Member, Person
from bot.incidents import service as incidents
from bot.incidents.models import Case
from bot.kit.database import Database
from bot.kit.now import MovableClock, now, use_clock
from bot.reports import service
from bot.reports.schemas import Report
from tests.console.conftest import room
from tests.paging.conftest import Mail, mail

__all__ = ["Mail", "mail", "room"]
ANN = Member("ann", "ann@vigil.example", "Ann", ("safety",), True)
SUE = Member("sue", "sue@vigil.example", "Sue", ("supervisor",), True)
# Noon in Shanghai on a Monday: no test depends on the hour it runs at.
DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[MovableClock]:
    made = MovableClock(NOON)
    use_clock(made)
    yield made
    use_clock(None)


async def reported(database: Database, first: date = DAY, last: date = DAY) -> Report:
    async with database.reading() as session:
        return await service.report(session, first, last, "en")


class Story:
    """What people do, one line each."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        self.database, self.clock = database, clock

    async def hire(self, *members: Member) -> None:
        async with self.database.unit_of_work() as uow:
            uow.session.add_all(
                StaffAccount(
                    id=one.id, email=one.email, name=one.name, password_hash="-", roles=list(one.roles), in_house=True,
                    locale="en", languages=["en"], demo=False, presence="online", created_at=now(),
                )
                for one in members
            )  # fmt: skip

    async def chat(self, rider: str | None = None, words: str = "hello") -> Conversation:
        async with self.database.unit_of_work() as uow:
            person = Person("rider", "token", rider_id=rider) if rider else Person()
            opened = await conversations.open_conversation(
                uow, door="widget", channel="test", locale="en", person=person
            )
        await self.write(opened.conversation, words)
        return opened.conversation

    async def write(self, chat: Conversation, words: str) -> None:
        async with self.database.unit_of_work() as uow:
            await conversations.append(
                uow, await conversations.lock(uow, chat.id), author="reporter", text=words
            )

    async def report(
        self, intent: str, grade: str, chat: Conversation | None = None
    ) -> tuple[Conversation, Case]:
        chat = chat or await self.chat()
        async with self.database.unit_of_work() as uow:
            current = await conversations.lock(uow, chat.id)
            made = incidents.Report(intent, grade, "sentinel")  # type: ignore[arg-type]
            case = (await incidents.report(uow, current, made)).case
            team = "safety" if grade in ("S0", "S1") else "senior"
            await handoff.to_people(uow, current, team=team, reason="test", who="software:test")
        return chat, case

    async def accept(self, chat: Conversation, by: Member = ANN) -> None:
        async with self.database.unit_of_work() as uow:
            await handoff.accept(uow, await conversations.lock(uow, chat.id), by)

    async def reply(self, chat: Conversation, words: str, by: Member = ANN) -> None:
        async with self.database.unit_of_work() as uow:
            current = await conversations.lock(uow, chat.id)
            await handoff.reply(uow, current, by, text=words, client_id=words, seen_seq=current.next_seq)

    async def ask_for_a_person(self, chat: Conversation) -> None:
        async with self.database.unit_of_work() as uow:
            current = await conversations.lock(uow, chat.id)
            await handoff.to_people(uow, current, team="support", reason="asked", who="software:test")


@pytest.fixture
async def story(database: Database, clock: MovableClock) -> Story:
    made = Story(database, clock)
    await made.hire(ANN, SUE)
    return made
