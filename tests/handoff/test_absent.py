"""An agent who is not there any more loses nobody: whoever waits for an answer is back in the queue after a minute.

Users of other desks lost people here: conversations given to offline agents were never given to anybody else
(chatwoot#4158, #13516, #6889).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import socketio
from sqlalchemy import select

from bot.conversations import service as conversations
from bot.conversations import store as conversation_store
from bot.conversations.models import Conversation
from bot.handoff import service as handoff
from bot.handoff.models import Assignment
from bot.handoff.tasks import ABSENT, Attendance
from bot.identity import service as identity
from bot.identity.schemas import Member
from bot.incidents import store as case_store
from bot.incidents import timeline
from bot.incidents.models import Case
from bot.kit.database import Database
from bot.kit.due import Due, fire_due
from bot.kit.now import MovableClock, now
from tests.chat.conftest import Open, Say, open_chat, say
from tests.incidents.conftest import LI_NA, SAM
from tests.served import served_desk

__all__ = ["open_chat", "say"]
DANGER = "he locked the doors and won't stop"


async def _accept(database: Database, chat: Conversation, staff: Member) -> None:
    async with database.unit_of_work() as uow:
        await handoff.accept(uow, await conversations.lock(uow, chat.id), staff)


async def _answer(database: Database, chat: Conversation, staff: Member) -> None:
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        await handoff.reply(uow, conversation, staff, text="I am with you", client_id="a1", seen_seq=99)


async def _now(database: Database, chat: Conversation) -> Conversation:
    async with database.reading() as session:
        return await session.get_one(Conversation, chat.id)


async def _owed(database: Database, staff: Member) -> Due | None:
    async with database.reading() as session:
        query = select(Due).where(Due.open_key == f"{ABSENT}|{staff.id}")
        return (await session.execute(query)).scalar_one_or_none()


async def _fire(database: Database) -> None:
    while await fire_due(database):
        continue


class TestGone:
    async def test_an_unanswered_chat_is_back_in_the_queue_after_a_minute_with_everything(
        self, database: Database, clock: MovableClock, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, "left my phone in the car")
        attendance = Attendance(database)
        await attendance.came("s1", SAM.id)
        clock.move(30)
        await _accept(database, chat, SAM)
        await attendance.went("s1")
        clock.move(59)
        await _fire(database)
        assert (await _now(database, chat)).holder_staff_id == SAM.id
        clock.move(1)
        await _fire(database)
        found = await _now(database, chat)
        assert (found.holder, found.team, found.holder_staff_id) == ("queue", "support", None)
        async with database.reading() as session:
            messages = await conversation_store.messages_after(session, chat.id, 0)
            ended = (await session.execute(select(Assignment))).scalars().one()
            entries = await timeline.read(session, case_ids=[], conversation_id=chat.id)
        assert messages[0].text == "left my phone in the car"
        assert "Sam Wong" in messages[-1].text and messages[-1].author == "system"
        assert ended.ended_because == "offline" and ended.until == now()
        assert "released" in [entry["act"] for entry in entries]

    async def test_their_place_in_line_is_the_one_that_their_waiting_has_earned(
        self, database: Database, clock: MovableClock, open_chat: Open
    ) -> None:
        chat = await open_chat()
        began = chat.holder_since
        clock.move(200)
        await _accept(database, chat, SAM)
        attendance = Attendance(database)
        await attendance.step()
        clock.move(61)
        await _fire(database)
        found = await _now(database, chat)
        assert found.holder == "queue"
        assert abs((found.holder_since - began).total_seconds()) < 1

    async def test_what_has_been_answered_stays_until_the_reporter_writes_again(
        self, database: Database, clock: MovableClock, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, "left my phone in the car")
        await _accept(database, chat, SAM)
        clock.move(5)
        await _answer(database, chat, SAM)
        attendance = Attendance(database)
        await attendance.step()
        clock.move(61)
        await _fire(database)
        assert (await _now(database, chat)).holder_staff_id == SAM.id
        await say(chat, "are you still there?")
        wrote = now()
        await attendance.step()
        clock.move(61)
        await _fire(database)
        found = await _now(database, chat)
        assert (found.holder, found.holder_since) == ("queue", wrote)


class TestBack:
    async def test_coming_back_within_the_minute_keeps_everything(
        self, database: Database, clock: MovableClock, open_chat: Open
    ) -> None:
        chat = await open_chat()
        attendance = Attendance(database)
        await attendance.came("s1", SAM.id)
        await _accept(database, chat, SAM)
        await attendance.went("s1")
        clock.move(40)
        await attendance.came("s2", SAM.id)
        assert await _owed(database, SAM) is None
        clock.move(90)
        await attendance.step()
        await _fire(database)
        assert (await _now(database, chat)).holder_staff_id == SAM.id

    async def test_one_page_closed_while_another_is_open_owes_nothing(
        self, database: Database, clock: MovableClock, open_chat: Open
    ) -> None:
        chat = await open_chat()
        attendance = Attendance(database)
        await attendance.came("s1", SAM.id)
        await attendance.came("s2", SAM.id)
        await _accept(database, chat, SAM)
        await attendance.went("s1")
        assert await _owed(database, SAM) is None

    async def test_a_page_at_another_process_keeps_the_row_from_firing(
        self, database: Database, clock: MovableClock, open_chat: Open
    ) -> None:
        chat = await open_chat()
        here, elsewhere = Attendance(database), Attendance(database)
        await elsewhere.came("s1", SAM.id)
        await _accept(database, chat, SAM)
        for _ in range(10):
            await here.step()
            await elsewhere.step()
            clock.move(15)
            await _fire(database)
        assert (await _now(database, chat)).holder_staff_id == SAM.id


class TestRestart:
    async def test_who_never_comes_back_after_a_restart_is_released_by_the_same_row(
        self, database: Database, clock: MovableClock, open_chat: Open
    ) -> None:
        chat = await open_chat()
        before = Attendance(database)
        await before.came("s1", SAM.id)
        await _accept(database, chat, SAM)
        # The process died with the page open: nobody said good-bye. The next one knows only what is stored.
        after = Attendance(database)
        await after.step()
        clock.move(61)
        await _fire(database)
        assert (await _now(database, chat)).holder == "queue"

    async def test_a_desk_that_was_away_itself_gives_its_agents_a_minute_to_come_back(
        self, database: Database, clock: MovableClock, open_chat: Open
    ) -> None:
        chat = await open_chat()
        await _accept(database, chat, SAM)
        await Attendance(database).step()
        clock.move(100)
        await _fire(database)
        assert (await _now(database, chat)).holder_staff_id == SAM.id
        clock.move(61)
        await _fire(database)
        assert (await _now(database, chat)).holder == "queue"


class TestSafety:
    @pytest.mark.parametrize("answered", [False, True])
    async def test_an_accepted_s0_lapses_and_pages_anew_even_when_it_was_answered(
        self, database: Database, clock: MovableClock, open_chat: Open, say: Say, answered: bool
    ) -> None:
        chat = await open_chat()
        await say(chat, DANGER)
        attendance = Attendance(database)
        await attendance.came("s1", LI_NA.id)
        await _accept(database, chat, LI_NA)
        if answered:
            clock.move(1)
            await _answer(database, chat, LI_NA)
        await attendance.went("s1")
        clock.move(60)
        await _fire(database)
        found = await _now(database, chat)
        async with database.reading() as session:
            case: Case = (await case_store.of_conversation(session, chat.id))[0]
            owed = await session.execute(select(Due).where(Due.open_key == f"incident.page|{case.id}"))
            acts = [entry["act"] for entry in await timeline.read(
                session, case_ids=[case.id], conversation_id=chat.id)]  # fmt: skip
        assert (found.holder, found.team, found.grade) == ("queue", "safety", "S0")
        assert case.accepted_at is None and case.state == "paged"
        assert owed.scalar_one_or_none() is not None
        assert "acceptance_lapsed" in acts


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Any, str, str, str]]:
    async with served_desk(database_url, tmp_path) as (desk, url):
        async with desk.database.unit_of_work() as uow:
            made = await identity.ensure_demo_staff(uow)
        email, password, _ = next(one for one in made if "agent" in one[2] and "partner" not in one[0])
        yield desk, url, email, password


async def test_closing_the_last_page_owes_the_row_and_opening_one_closes_it(
    desk: tuple[Any, str, str, str],
) -> None:
    running, url, email, password = desk
    async with httpx.AsyncClient(
        base_url=url, trust_env=False, timeout=60.0, headers={"X-Vigil": "1"}
    ) as page:
        signed = await page.post("/api/staff/sign-in", json={"email": email, "password": password})
        me = (await page.get("/api/staff/me")).json()
        session = (await page.post("/api/chat/sessions", json={"locale": "en"})).json()
        (await page.post(
            "/api/chat/messages", json={"client_id": "m1", "text": "I left my umbrella"},
            headers={"Authorization": f"Bearer {session['token']}"},
        )).raise_for_status()  # fmt: skip
        member = Member(me["id"], me["email"], me["name"], tuple(me["roles"]), me["in_house"])
        row = (await page.get("/api/console/queue")).json()["rows"][0]
        (await page.post(f"/api/console/conversations/{row['conversation_id']}/accept")).raise_for_status()
        cookie = f"vigil_staff={signed.cookies['vigil_staff']}"

        async def open_page() -> socketio.AsyncClient:
            client = socketio.AsyncClient(reconnection=False)
            await client.connect(url, headers={"Cookie": cookie}, namespaces=["/staff"])
            return client

        async def until(owed: bool) -> None:
            async with asyncio.timeout(30):
                while (await _owed(running.database, member) is not None) != owed:
                    await asyncio.sleep(0.05)

        first = await open_page()
        await until(False)
        await first.disconnect()
        await until(True)
        second = await open_page()
        await until(False)
        await second.disconnect()
