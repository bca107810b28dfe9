"""Many who report do not keep a case from widening; what becomes graver calls somebody; what opens again is decided anew; and
the newest word about a driver is the one that stands at the platform."""

from __future__ import annotations

from sqlalchemy import select

from bot.chat.listeners import Heard
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff import service as handoff
from bot.incidents import clocks, holds
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.models import Case, DispatchHold
from bot.incidents.timeline import holds_act, read
from bot.kit.database import Database
from bot.kit.due import fire_due, open_row
from bot.kit.now import MovableClock
from bot.kit.outbox import deliver_waiting
from bot.paging.models import PagedSubject
from bot.rides.client import PlatformClient
from sandbox.testing import RunningSandbox
from tests.chat.conftest import Open, Say
from tests.incidents.conftest import CHEN, LI_NA, SAM, Settle

CRY = "he locked the doors and won't stop"
LOCKED = "司机把车门锁了不让我下车"


async def case_of(database: Database, chat: Conversation) -> Case:
    async with database.reading() as session:
        return (await case_store.of_conversation(session, chat.id))[0]


async def paged(database: Database, subject: str) -> PagedSubject | None:
    async with database.reading() as session:
        return await session.get(PagedSubject, subject)


async def accepted(database: Database, chat: Conversation) -> None:
    async with database.unit_of_work() as uow:
        await handoff.accept(uow, await conversations.lock(uow, chat.id), LI_NA)


class TestManyReport:
    async def test_a_new_reporter_every_half_minute_does_not_stop_the_widening(
        self, database: Database, open_chat: Open, say: Say, clock: MovableClock
    ) -> None:
        first = await open_chat("en", role="rider", identity="token", rider_id="r_olivia")
        await say(first, CRY)
        case = await case_of(database, first)
        for _ in range(4):
            for _ in range(3):
                clock.move(10)
                await fire_due(database)
            clock.move(1)
            await say(await open_chat("en", role="rider", identity="token", rider_id="r_olivia"), CRY)
            called = await paged(database, case.id)
            assert called is not None and called.last_at == clock.at, "each of them rings anew"
        assert called.widen and called.everyone and called.last_step >= 3

    async def test_whoever_else_waits_when_one_is_accepted_has_a_clock_of_their_own(
        self, database: Database, open_chat: Open, say: Say, clock: MovableClock
    ) -> None:
        first = await open_chat("en", role="rider", identity="token", rider_id="r_olivia")
        other = await open_chat("en", role="rider", identity="token", rider_id="r_olivia")
        await say(first, CRY)
        await say(other, CRY)
        await accepted(database, first)
        await fire_due(database)
        assert await paged(database, f"joined:{first.id}") is None
        called = await paged(database, f"joined:{other.id}")
        assert called is not None and called.last_step == 0
        clock.move(20)
        await fire_due(database)
        called = await paged(database, f"joined:{other.id}")
        assert called is not None and called.last_step == 1, "until a person holds that chat"


class TestGraverAfterAcceptance:
    async def test_an_accepted_s1_that_becomes_s0_calls_and_forgets_the_milder_decision(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat("en")
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await incidents.report(uow, conversation, incidents.Report("stalking_after_ride", "S1", "person"))
            await handoff.accept(uow, conversation, LI_NA)
            case = (await case_store.of_conversation(uow.session, chat.id))[0]
            case.emergency_call = {"decision": "not_called", "reason": "nobody near"}
        await say(chat, CRY)
        case = await case_of(database, chat)
        assert case.grade == "S0" and case.accepted_at is not None and case.emergency_call is None
        assert await paged(database, f"raised:{case.id}") is not None
        async with database.unit_of_work() as uow:
            assert await open_row(uow, clocks.EMERGENCY_CALL, case.id) is not None

    async def test_it_puts_off_no_reminder_of_silence_that_runs(
        self, database: Database, open_chat: Open, clock: MovableClock
    ) -> None:
        chat = await open_chat()
        async with database.unit_of_work() as uow:
            made = incidents.Report("route_deviation", "S1", "nlu")
            await incidents.report(uow, await conversations.lock(uow, chat.id), made)
        await accepted(database, chat)
        case = await case_of(database, chat)
        clock.move(890)
        async with database.unit_of_work() as uow:
            current = await incidents.locked(uow, case.id)
            await incidents.raise_to(uow, current, "S0", who=LI_NA.who, reason="she has stopped answering")
            row = await open_row(uow, clocks.SILENT, case.id)
            assert row is not None and (row.due - clock.at).total_seconds() == 10

    async def test_raising_what_cannot_go_higher_is_written_down_and_calls(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat("en")
        await say(chat, CRY)
        await accepted(database, chat)
        case = await case_of(database, chat)
        async with database.unit_of_work() as uow:
            await incidents.insist(uow, await incidents.locked(uow, case.id), SAM, "nobody answers her")
        async with database.reading() as session:
            acts = await read(session, case_ids=[case.id], conversation_id=chat.id)
        entry = next(one for one in acts if one["act"] == "insisted")
        assert entry["who"] == SAM.who and entry["details"]["reason"] == "nobody answers her"
        assert await paged(database, f"raised:{case.id}") is not None


class TestOpenAgain:
    async def test_the_call_is_decided_anew_and_the_old_one_covers_no_new_claim(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat("en")
        await say(chat, CRY)
        await accepted(database, chat)
        case = await case_of(database, chat)
        acts = {"police_informed"}
        async with database.unit_of_work() as uow:
            one = await incidents.locked(uow, case.id)
            one.emergency_call = {"decision": "called"}
            await incidents.acted(uow, one, LI_NA, "police_informed")
            await incidents.resolve(uow, one, LI_NA, "safe_confirmed", "she is home")
            assert await holds_act(uow.session, acts, case_ids=[case.id], conversation_id=chat.id)
        async with database.unit_of_work() as uow:
            one = await incidents.locked(uow, case.id)
            await incidents.reopen(uow, one, who=CHEN.who, reason="he is back", name=CHEN.name)
            assert one.emergency_call is None and one.decided_at is None
            assert not await holds_act(uow.session, acts, case_ids=[case.id], conversation_id=chat.id)
            await incidents.accept(uow, one, LI_NA)
            assert await open_row(uow, clocks.EMERGENCY_CALL, case.id) is not None
            await incidents.acted(uow, one, LI_NA, "police_informed")
            assert await holds_act(uow.session, acts, case_ids=[case.id], conversation_id=chat.id)


class TestTheDriver:
    async def test_words_that_keep_coming_do_not_postpone_the_hold(
        self, database: Database, open_chat: Open, clock: MovableClock, settle: Settle
    ) -> None:
        chat = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
        heard = Heard("nlu", "handover", 0.9, "dangerous_driving", "S1", ["model"])
        for number in range(4):
            async with database.unit_of_work() as uow:
                made = incidents.Report(
                    heard.intent or "", "S1", "nlu", because=heard.because, key=f"report:{number}"
                )
                await incidents.report(uow, await conversations.lock(uow, chat.id), made)
            await settle()
            clock.move(25)
            await fire_due(database)
        async with database.reading() as session:
            assert (await session.execute(select(DispatchHold))).first() is not None

    async def test_a_release_that_comes_late_does_not_undo_a_newer_hold(
        self,
        database: Database,
        open_chat: Open,
        say: Say,
        clock: MovableClock,
        settle: Settle,
        platform: PlatformClient,
        sandbox: RunningSandbox,
    ) -> None:
        chat = await open_chat("zh", role="rider", identity="token", rider_id="r_lin")
        await say(chat, LOCKED)
        await settle()
        case = await case_of(database, chat)
        async with database.unit_of_work() as uow:
            await holds.release(uow, await incidents.locked(uow, case.id), CHEN, "misunderstanding")
        sandbox.demo("/faults", status=500)
        await deliver_waiting(database)
        async with database.unit_of_work() as uow:
            one = await incidents.locked(uow, case.id)
            await holds.request(uow, one, by="software:sentinel", reason="again")
        sandbox.demo("/faults")
        for _ in range(4):
            clock.move(3)
            await deliver_waiting(database)
        assert not (await platform.dispatch("d_wang")).on_dispatch
        async with database.reading() as session:
            states = {one.state for one in (await session.execute(select(DispatchHold))).scalars()}
        assert states == {"released", "held"}
