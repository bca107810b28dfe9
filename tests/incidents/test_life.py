"""What decides, what calls people again, and what a case owes by its grade (docs/decisions/0020)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.care.models import CareCase
from bot.console import deciding
from bot.console import service as console
from bot.console.schemas import EmergencyCall, Escalation
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import Conflict, Unprocessable
from bot.handoff import service as handoff
from bot.incidents import clocks
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.models import Case, DispatchHold
from bot.kit.database import Database
from bot.kit.due import Due, fire_due, open_row
from bot.kit.now import MovableClock
from bot.paging.models import Page, PagedSubject
from tests.chat.conftest import Open, Say
from tests.incidents.conftest import CHEN, LI_NA, SAM, Settle

CRY = "he locked the doors and won't stop"
LOCKED = "司机把车门锁了不让我下车"


async def _case(database: Database, chat: Conversation) -> Case:
    async with database.reading() as session:
        return (await case_store.of_conversation(session, chat.id))[0]


async def _accept(database: Database, chat: Conversation) -> Case:
    async with database.unit_of_work() as uow:
        await handoff.accept(uow, await conversations.lock(uow, chat.id), LI_NA)
    return await _case(database, chat)


async def _filed(database: Database, open_chat: Open, intent: str, grade: str) -> Conversation:
    chat = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
    async with database.unit_of_work() as uow:
        made = incidents.Report(intent, grade, "nlu", because=["said so"])  # type: ignore[arg-type]
        await incidents.report(uow, await conversations.lock(uow, chat.id), made)
    return chat


async def _writes(database: Database, chat: Conversation, text: str, key: str) -> None:
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        await handoff.reply(uow, conversation, LI_NA, text=text, client_id=key, seen_seq=10**6)


async def _holds(database: Database) -> list[str]:
    async with database.reading() as session:
        return [one.asked_by for one in (await session.execute(select(DispatchHold))).scalars()]


async def _raised_pages(database: Database, case: Case) -> list[tuple[int, str]]:
    """(step, person) of the pages about the accepted case."""
    async with database.reading() as session:
        rows = (await session.execute(select(Page).where(Page.subject == f"raised:{case.id}"))).scalars()
        return [(one.step, one.person) for one in rows]


async def _called(database: Database, subject: str) -> PagedSubject | None:
    async with database.reading() as session:
        return await session.get(PagedSubject, subject)


async def _fire(database: Database) -> None:
    while await fire_due(database):
        continue


class TestDecided:
    async def test_hello_decides_nothing_and_the_driver_is_held_after_a_day_of_friendly_words(
        self, database: Database, open_chat: Open, clock: MovableClock, settle: Settle
    ) -> None:
        chat = await _filed(database, open_chat, "past_safety_complaint", "S2")
        async with database.unit_of_work() as uow:
            case = await incidents.locked(uow, (await case_store.of_conversation(uow.session, chat.id))[0].id)
            case.driver_id, case.conduct = "d_wang", True
        await _accept(database, chat)
        for hour in range(4):
            await _writes(database, chat, f"您好，我们会核实。{hour}", f"m{hour}")
            clock.move(7 * 3600 - 900)
            await _fire(database)
        case = await _case(database, chat)
        assert case.decided_at is None and case.state == "acting"
        assert await _holds(database) == ["software:clocks"]

    @pytest.mark.parametrize("act", ["plan", "lower", "emergency_call", "hold"])
    async def test_a_decision_stops_the_clock_of_who_is_stranded_and_a_word_does_not(
        self, database: Database, open_chat: Open, clock: MovableClock, act: str
    ) -> None:
        chat = await _filed(database, open_chat, "stranded", "S1")
        case = await _accept(database, chat)
        await _writes(database, chat, "您好，请您稍等。", "m1")
        assert (await _case(database, chat)).decided_at is None
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            (await incidents.locked(uow, case.id)).driver_id = "d_wang"
            if act == "plan":
                await deciding.plan(uow, conversation, LI_NA, "Her brother fetches her at 22:40")
            elif act == "lower":
                await incidents.lower_to(uow, await incidents.locked(uow, case.id), "S2", LI_NA, "in a café")
            elif act == "hold":
                await console.hold_driver(uow, conversation, LI_NA, "left her there")
            else:
                declined = EmergencyCall.model_validate({"decision": "not_called", "reason": "a lit station"})
                await deciding.emergency_call(uow, conversation, LI_NA, declined)
        assert (await _case(database, chat)).decided_at is not None
        clock.move(1201)
        await _fire(database)
        assert await _called(database, f"plan:{case.id}") is None

    async def test_words_alone_leave_the_plan_owed(
        self, database: Database, open_chat: Open, clock: MovableClock
    ) -> None:
        chat = await _filed(database, open_chat, "stranded", "S1")
        case = await _accept(database, chat)
        await _writes(database, chat, "您好，请您稍等。", "m1")
        clock.move(1201)
        await _fire(database)
        assert await _called(database, f"plan:{case.id}") is not None


class TestRaisedByAPerson:
    @pytest.mark.parametrize(
        ("intent", "conduct", "held"),
        [("past_safety_complaint", None, True), ("past_safety_complaint", False, False), ("driver_misconduct", None, True),
         ("discrimination", None, False), ("discrimination", True, True)],
    )  # fmt: skip
    async def test_stops_the_driver_where_it_is_about_the_driver(
        self, database: Database, open_chat: Open, intent: str, conduct: bool | None, held: bool
    ) -> None:
        chat = await _filed(database, open_chat, intent, "S2")
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            case = (await case_store.of_conversation(uow.session, chat.id))[0]
            case.driver_id = "d_wang"
            asked = Escalation(grade="S0", reason="he threatens her with a knife", conduct=conduct)
            await console.escalate(uow, conversation, SAM, asked)
        assert await _holds(database) == (["software:person"] if held else [])


async def _cried(database: Database, open_chat: Open, say: Say) -> tuple[Conversation, Case]:
    """An S0 by a passenger's own words, accepted."""
    chat = await open_chat("en")
    await say(chat, CRY)
    case = await _accept(database, chat)
    return chat, case


class TestCriesAgain:
    async def test_a_cry_after_acceptance_calls_whoever_has_it_at_once_and_everyone_if_they_are_silent(
        self, database: Database, open_chat: Open, say: Say, clock: MovableClock
    ) -> None:
        chat, case = await _cried(database, open_chat, say)
        assert await _raised_pages(database, case) == []
        clock.move(5)
        await say(chat, "he is hitting me, please help me now")
        called = await _called(database, f"raised:{case.id}")
        assert called is not None and (called.last_step, called.everyone) == (0, False)
        rung = len(await _raised_pages(database, case))
        await say(chat, "help me, he has a knife")
        assert len(await _raised_pages(database, case)) == rung, "several cries at once are one call"
        for step in (1, 2):
            clock.move(30)
            await _fire(database)
            called = await _called(database, f"raised:{case.id}")
            assert called is not None and (called.last_step, called.everyone) == (step, True)

    async def test_an_answer_to_the_one_who_cried_ends_it_and_the_next_cry_calls_anew(
        self, database: Database, open_chat: Open, say: Say, clock: MovableClock
    ) -> None:
        chat, case = await _cried(database, open_chat, say)
        clock.move(5)
        await say(chat, "he is hitting me, please help me now")
        await _writes(database, chat, "I am with you.", "m1")
        called = await _called(database, f"raised:{case.id}")
        assert called is not None and called.stopped_at is not None
        clock.move(60)
        await _fire(database)
        called = await _called(database, f"raised:{case.id}")
        assert called is not None and called.stopped_at is not None
        await say(chat, "he is hitting me again, help")
        called = await _called(database, f"raised:{case.id}")
        assert called is not None and called.stopped_at is None


class TestLowered:
    async def test_an_accepted_s0_made_routine_calls_nobody_any_more(
        self, database: Database, open_chat: Open, say: Say, clock: MovableClock
    ) -> None:
        _, case = await _cried(database, open_chat, say)
        async with database.unit_of_work() as uow:
            await incidents.lower_to(uow, await incidents.locked(uow, case.id), "S3", LI_NA, "a joke")
            assert await open_row(uow, clocks.SILENT, case.id) is None
        clock.move(301)
        await _fire(database)
        assert await _called(database, f"silent:{case.id}") is None

    async def test_a_silence_clock_of_before_ends_by_itself(
        self, database: Database, open_chat: Open, say: Say, clock: MovableClock
    ) -> None:
        _, case = await _cried(database, open_chat, say)
        async with database.unit_of_work() as uow:
            (await incidents.locked(uow, case.id)).grade = "S3"
        clock.move(301)
        await _fire(database)
        async with database.reading() as session:
            left = await session.execute(select(Due).where(Due.kind == clocks.SILENT, Due.done.is_(False)))
            assert left.first() is None

    async def test_what_was_an_s0_is_followed_by_care_and_closes_only_after_it(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
        await say(chat, LOCKED)
        case = await _accept(database, chat)
        async with database.unit_of_work() as uow:
            one = await incidents.locked(uow, case.id)
            await incidents.lower_to(uow, one, "S2", LI_NA, "the police have her")
            await incidents.resolve(uow, one, LI_NA, "emergency_services_took_over", "police")
        async with database.reading() as session:
            assert (await session.execute(select(CareCase.case_id))).scalar_one() == case.id
        with pytest.raises(Conflict) as refused:
            async with database.unit_of_work() as uow:
                await incidents.close(uow, await incidents.locked(uow, case.id), CHEN, "done")
        assert refused.value.code == "care_owed"


class TestOpenAgain:
    async def test_every_reporter_goes_back_to_people_and_gets_a_clock_when_one_is_accepted(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        first = await open_chat("en", role="rider", identity="token", rider_id="r_olivia")
        other = await open_chat("en", role="rider", identity="token", rider_id="r_olivia")
        await say(first, CRY)
        await say(other, CRY)
        case = await _accept(database, first)
        await _accept(database, other)
        async with database.unit_of_work() as uow:
            await incidents.resolve(
                uow, await incidents.locked(uow, case.id), LI_NA, "safe_confirmed", "home"
            )
            for chat in (first, other):
                conversation = await conversations.lock(uow, chat.id)
                await handoff.give_back(uow, conversation, LI_NA, "home", seen_seq=10**6)
        await say(first, CRY)
        async with database.reading() as session:
            waiting = await session.get_one(Conversation, other.id)
            assert (waiting.holder, waiting.team, waiting.grade) == ("queue", "safety", "S0")
        await _accept(database, first)
        async with database.unit_of_work() as uow:
            assert await open_row(uow, clocks.JOINED, other.id) is not None


class TestEmergencyCall:
    async def test_what_is_missing_is_named_unless_it_is_said_that_nobody_gave_it(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat("en")
        await say(chat, CRY)
        await _accept(database, chat)
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            with pytest.raises(Unprocessable) as refused:
                call = EmergencyCall.model_validate(
                    {"decision": "called", "service": "police", "station": " "}
                )
                await deciding.emergency_call(uow, conversation, LI_NA, call)
            assert refused.value.code == "call_incomplete"
            assert refused.value.details == {"missing": ["station", "officer", "number"]}
            told = {"decision": "called", "service": "police", "station": "Camden", "officer": "not given"}
            call = EmergencyCall.model_validate(told | {"not_given": ["number"]})
            await deciding.emergency_call(uow, conversation, LI_NA, call)
        made = (await _case(database, chat)).emergency_call
        assert made is not None and (made["station"], made["officer"], made["number"]) == (
            "Camden",
            None,
            None,
        )
        assert made["not_given"] == ["number", "officer"]
