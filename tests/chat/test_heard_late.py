"""The NLU comes back after an outage and hears what was said meanwhile: what people have ended stays ended, and words that were
reported once are no second report; what nobody has looked at opens and raises as ever."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.chat.hearing import take_in
from bot.chat.listeners import Decision, Heard
from bot.chat.models import CheckIn, Listening, Turn
from bot.console import service as console
from bot.conversations import service as conversations
from bot.conversations.models import Conversation, Message
from bot.handoff import service as handoff
from bot.identity.schemas import Member
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.models import Case, TimelineEntry
from bot.kit.database import Database
from bot.kit.due import fire_due
from bot.kit.now import MovableClock
from bot.paging import service as paging
from bot.policy import Grade
from tests.chat.conftest import Open, Say

CRY = "he locked the doors and won't stop"
# Danger that sentinel has no words for: only the NLU hears it.
QUIET = "the rear seat smells of chloroform and my eyes are closing"
LI = Member("m-lina", "lina@example.com", "Li Na", ("safety",), True)
BOSS = Member("m-boss", "boss@example.com", "Boss", ("supervisor",), True)


class Desk:
    """What was paged, and the acts of this test."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        self.database, self.clock, self.rang = database, clock, list[str]()

    async def hear(
        self, chat: Conversation, *, grade: Grade = "S0", decision: Decision | None = "handover", nth: int = 0
    ) -> None:
        """The `nth` message is heard; decision None: the NLU does not answer."""
        async with self.database.unit_of_work() as uow:
            turns = select(Turn).where(Turn.conversation_id == chat.id).order_by(Turn.seq)
            turn = (await uow.session.execute(turns)).scalars().all()[nth]
            message = await uow.session.get_one(Message, turn.message_id)
            heard = (
                Heard("nlu", decision, 0.99, "dangerous_driving", grade, ["p=.99"], parse={"x": 1})
                if decision
                else None
            )
            await take_in(uow, turn.id, message, heard)

    async def take(self, chat: Conversation) -> None:
        async with self.database.unit_of_work() as uow:
            await handoff.accept(uow, await conversations.lock(uow, chat.id), LI)

    async def resolve(self, chat: Conversation) -> None:
        async with self.database.unit_of_work() as uow:
            locked = await conversations.lock(uow, chat.id)
            await handoff.resolve(uow, locked, LI, "safe_confirmed", "the police are with her", seen_seq=99)

    async def lower(self, chat: Conversation) -> None:
        async with self.database.unit_of_work() as uow:
            locked = await conversations.lock(uow, chat.id)
            await console.lower(uow, locked, BOSS, "S3", "it is about a lost bag", seen_seq=99)

    async def case(self, chat: Conversation) -> Case | None:
        async with self.database.reading() as session:
            return next(iter(await case_store.of_conversation(session, chat.id)), None)

    async def look(self, chat: Conversation) -> tuple[Conversation, int]:
        """The conversation, and how much was said in it."""
        async with self.database.reading() as session:
            said = select(Message).where(Message.conversation_id == chat.id)
            return await session.get_one(Conversation, chat.id), len((await session.execute(said)).all())

    async def written(self, chat: Conversation) -> list[str]:
        """How often a late hearing stands in the timeline, and that the listening was kept."""
        async with self.database.reading() as session:
            kept = select(Listening.message_id).where(
                Listening.conversation_id == chat.id, Listening.listener == "nlu"
            )
            assert (await session.execute(kept)).first() is not None
            entries = select(TimelineEntry.act).where(
                TimelineEntry.conversation_id == chat.id, TimelineEntry.act == "heard_late"
            )
            return list((await session.execute(entries)).scalars())


@pytest.fixture
def desk(database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made, page = Desk(database, clock), paging.page

    async def noted(*args: object, **about: object) -> object:
        made.rang.append(str(about["subject"]))
        return await page(*args, **about)  # type: ignore[arg-type]

    monkeypatch.setattr(paging, "page", noted)
    return made


class TestWhatPeopleHaveEnded:
    async def test_is_not_reopened_by_the_very_words_that_opened_it(
        self, desk: Desk, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, CRY)
        await desk.hear(chat, decision=None)
        await desk.take(chat)
        desk.clock.move(240)
        await desk.resolve(chat)
        before, said = await desk.look(chat)
        desk.rang.clear()
        desk.clock.move(7200)
        await desk.hear(chat)
        case, (after, heard) = await desk.case(chat), await desk.look(chat)
        assert case is not None and (case.state, case.reports) == ("resolved", 1)
        assert (after.holder, heard, desk.rang) == (before.holder, said, [])
        assert await desk.written(chat) == ["heard_late"]

    async def test_stays_lowered(self, desk: Desk, open_chat: Open, say: Say) -> None:
        chat = await open_chat()
        await say(chat, CRY)
        desk.clock.move(60)
        await desk.lower(chat)
        desk.rang.clear()
        desk.clock.move(600)
        await desk.hear(chat)
        case = await desk.case(chat)
        assert case is not None and case.grade == "S3" and desk.rang == []

    async def test_words_that_sentinel_passed_over_do_not_reopen_what_was_resolved_after_them(
        self, desk: Desk, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, CRY)
        await say(chat, QUIET)
        await desk.take(chat)
        desk.clock.move(240)
        await desk.resolve(chat)
        desk.rang.clear()
        await desk.hear(chat, nth=1)
        case = await desk.case(chat)
        assert case is not None and case.state == "resolved" and desk.rang == []
        assert await desk.written(chat) == ["heard_late"]

    async def test_a_cleared_watch_is_not_begun_again_while_the_nlu_stays_away(
        self, desk: Desk, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, "this feels wrong")
        await desk.hear(chat, decision="checkin", grade="S1")
        assert (await desk.look(chat))[0].watched_since is not None
        desk.clock.move(60)
        async with desk.database.unit_of_work() as uow:
            locked = await conversations.lock(uow, chat.id)
            await console.clear_watch(uow, locked, LI, "she is at home", seen_seq=99)
        desk.clock.move(300)
        await desk.hear(chat, decision="checkin", grade="S1")
        desk.clock.move(3600)
        await fire_due(desk.database)
        assert (await desk.look(chat))[0].watched_since is None and desk.rang == []
        async with desk.database.reading() as session:
            asked = select(CheckIn).where(CheckIn.conversation_id == chat.id)
            assert len((await session.execute(asked)).all()) == 1

    @pytest.mark.parametrize("cleared", [True, False])
    async def test_nor_by_an_nlu_that_is_back_within_seconds(
        self, desk: Desk, open_chat: Open, say: Say, cleared: bool
    ) -> None:
        """Sentinel's doubt had put these very words before whoever cleared it."""
        chat = await open_chat()
        await say(chat, "he is scaring me")
        await desk.hear(chat, decision=None)
        assert (await desk.look(chat))[0].watched_since is not None
        if cleared:
            desk.clock.move(12)
            async with desk.database.unit_of_work() as uow:
                locked = await conversations.lock(uow, chat.id)
                await console.clear_watch(uow, locked, LI, "she is at home", seen_seq=99)
        desk.clock.move(8)
        await desk.hear(chat, decision="checkin", grade="S1")
        assert ((await desk.look(chat))[0].watched_since is None) is cleared
        await desk.hear(chat)
        case = await desk.case(chat)
        assert case is not None and case.grade == "S0", "a hand-over is one all the same"


class TestTheSameWords:
    @pytest.mark.parametrize("seconds", [1, 200])
    async def test_are_no_repeat_however_late_they_are_heard(
        self, desk: Desk, open_chat: Open, say: Say, seconds: int
    ) -> None:
        chat = await open_chat()
        await say(chat, "the driver is texting while driving and ran a red light")
        first = await desk.case(chat)
        assert first is not None
        desk.clock.move(seconds)
        desk.rang.clear()
        await desk.hear(chat, grade=first.grade)  # type: ignore[arg-type]
        case = await desk.case(chat)
        assert case is not None and (case.reports, case.grade) == (1, first.grade)
        assert "repeat" not in case.modifiers and desk.rang == []

    async def test_do_not_hide_a_true_repeat_behind_them(self, desk: Desk, open_chat: Open, say: Say) -> None:
        chat = await open_chat()
        words = "the driver is texting while driving and ran a red light"
        await say(chat, words)
        desk.clock.move(100)
        await desk.hear(chat, grade="S1")
        desk.clock.move(30)
        await say(chat, words)
        case = await desk.case(chat)
        assert case is not None and case.reports == 2 and "repeat" in case.modifiers

    async def test_raise_when_they_turn_out_graver_and_nobody_has_the_case(
        self, desk: Desk, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, "the driver is texting while driving and ran a red light")
        desk.clock.move(200)
        desk.rang.clear()
        await desk.hear(chat, grade="S0")
        case = await desk.case(chat)
        assert case is not None and case.grade == "S0" and desk.rang == [case.id]

    async def test_ring_for_nobody_who_has_accepted_the_case_long_since(
        self, desk: Desk, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, "the driver is texting while driving and ran a red light")
        await desk.take(chat)
        desk.clock.move(600)
        desk.rang.clear()
        await desk.hear(chat, grade="S0")
        case = await desk.case(chat)
        assert case is not None and case.grade == "S1" and desk.rang == []


class TestWhatNobodyHasLookedAt:
    async def test_opens_and_pages_hours_late(self, desk: Desk, open_chat: Open, say: Say) -> None:
        chat = await open_chat()
        await say(chat, QUIET)
        await desk.hear(chat, decision=None)
        assert await desk.case(chat) is None
        desk.clock.move(7200)
        await desk.hear(chat)
        case = await desk.case(chat)
        assert case is not None and case.grade == "S0" and desk.rang == [case.id]

    async def test_reopens_what_was_resolved_before_it_was_said(
        self, desk: Desk, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, CRY)
        await desk.take(chat)
        desk.clock.move(240)
        await desk.resolve(chat)
        desk.clock.move(60)
        await say(chat, QUIET)
        desk.clock.move(600)
        desk.rang.clear()
        await desk.hear(chat, nth=1)
        case = await desk.case(chat)
        assert case is not None and case.state == "paged" and set(desk.rang) == {case.id}


class TestPutOnFile:
    @pytest.mark.parametrize("grade", ["S1", "S0"])
    async def test_closing_what_was_resolved_before_takes_no_new_cry_with_it(
        self, desk: Desk, open_chat: Open, say: Say, grade: Grade
    ) -> None:
        """Somebody works through ended cases while the NLU is away: nobody has read what was written since."""
        chat = await open_chat()
        async with desk.database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await incidents.report(uow, conversation, incidents.Report("driver_misconduct", "S2", "action"))
        await desk.take(chat)
        await desk.resolve(chat)
        desk.clock.move(3600)
        await say(chat, QUIET)
        desk.clock.move(20)
        ended = await desk.case(chat)
        assert ended is not None
        async with desk.database.unit_of_work() as uow:
            await incidents.close(uow, await incidents.locked(uow, ended.id), BOSS, "settled with him")
        desk.clock.move(20)
        desk.rang.clear()
        await desk.hear(chat, grade=grade)
        case = await desk.case(chat)
        assert case is not None and (case.grade, case.state) == (grade, "paged") and desk.rang == [case.id]
