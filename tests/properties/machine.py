"""Incidents under any order of things: reports, acceptances, replies, raises, lowers, ends, crashes and time. Whatever the
order, no open incident is without a due clock or a named holder, nothing sinks without a name and a reason, nothing that was
acknowledged is missing, and no page goes out twice."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import event, select

import bot.app  # noqa: F401  (every handler of a due row is known from here on)
from bot.chat.receive import Incoming, receive
from bot.console import service as console
from bot.console.schemas import Escalation
from bot.conversations import service as conversations
from bot.conversations import store as conversation_store
from bot.conversations.models import Conversation
from bot.errors import VigilError
from bot.followups.tasks import Followers
from bot.handoff import service as handoff
from bot.identity.schemas import Member, Person
from bot.incidents import timeline
from bot.incidents.models import Case
from bot.incidents.tasks import PlatformCalls
from bot.kit.database import Database, UnitOfWork
from bot.kit.due import Due, fire_due
from bot.kit.now import MovableClock, use_clock
from bot.kit.outbox import deliver_waiting
from bot.paging.delivery import Pager
from bot.policy import GRADES
from bot.rides.client import PlatformClient
from tests.incidents.conftest import CHEN, LI_NA, OUTSIDER, SAM
from tests.paging.conftest import Hook
from tests.ports import free_port

WORDS = (
    "司机把车门锁了不让我下车", "he locked the doors and won't stop", "司机一直绕路，不按导航走", "我要开发票",
    "我朋友坐你们的车以后联系不上了，车牌浙A·D8C61", "my friend got into your car 浙A D8C61 and I cannot reach her",
)  # fmt: skip
PEOPLE = (
    Person(), Person(), Person(role="rider", identity="token", rider_id="r_lin"),
    Person(role="rider", identity="token", rider_id="r_olivia"),
    Person(role="driver", identity="token", driver_id="d_wang"),
)  # fmt: skip
STAFF = (LI_NA, SAM, OUTSIDER, CHEN)
BEGINS = datetime(2026, 3, 11, 6, 0, tzinfo=UTC)
Act = Callable[[UnitOfWork, Conversation, Member], Awaitable[Any]]


class Incidents(RuleBasedStateMachine):
    """One installation. Subclasses say where its database is; `hook` receives its pages over HTTP."""

    hook: Hook
    platform = f"http://127.0.0.1:{free_port()}"  # nobody is there: the platform is down throughout

    def fresh_url(self) -> str:
        raise NotImplementedError

    def drop(self) -> None:
        """Remove what `fresh_url` made."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = MovableClock(BEGINS)
        use_clock(self.clock)
        self.hook.got.clear()
        self.url = self.fresh_url()
        self.chats: list[str] = []
        self.acknowledged: dict[str, list[tuple[str, int, str]]] = {}
        self.grades: dict[str, str] = {}
        self.lowered: Counter[str] = Counter()
        self.crashes = 0
        self.numbers = itertools.count()
        self._born()

    def do(self, work: Awaitable[Any]) -> Any:
        async def whole() -> Any:
            return await work

        return self.runner.run(whole())

    def _born(self) -> None:
        """A process starts: new connections, handlers bound to them."""
        self.database = Database(self.url)
        self.client = PlatformClient(self.platform, "key")
        PlatformCalls(self.database, self.client).register()
        Followers(self.database, self.client).register()
        Pager(self.database, limit_s=60.0, slow_s=60.0).register()

    async def _died(self) -> None:
        await self.client.close()
        await self.database.close()

    def teardown(self) -> None:
        self.do(self._died())
        self.runner.close()
        self.drop()
        use_clock(None)

    # What people do.
    @rule(who=st.sampled_from(PEOPLE))
    @precondition(lambda self: len(self.chats) < 5)
    def somebody_opens_a_chat(self, who: Person) -> None:
        async def opened() -> str:
            async with self.database.unit_of_work() as uow:
                made = await conversations.open_conversation(
                    uow, door="widget", channel="test", locale="zh", person=who
                )
            return made.conversation.id

        self.chats.append(self.do(opened()))

    @rule(chat=st.integers(0, 4), words=st.sampled_from(WORDS), twice=st.booleans())
    @precondition(lambda self: self.chats)
    def they_write(self, chat: int, words: str, twice: bool) -> None:
        conversation, client_id = self.chats[chat % len(self.chats)], uuid.UUID(int=next(self.numbers)).hex
        for _ in range(1 + twice):
            receipt = self.do(receive(self.database, conversation, Incoming(client_id, words)))
        self.acknowledged.setdefault(conversation, []).append((client_id, receipt.body["seq"], words))

    def _act(self, chat: int, staff: Member, act: Act) -> None:
        async def acted() -> None:
            async with self.database.unit_of_work() as uow:
                await act(uow, await conversations.lock(uow, self.chats[chat % len(self.chats)]), staff)

        # What is refused in words must have written nothing: the invariants see to that.
        with contextlib.suppress(VigilError):
            self.do(acted())

    @rule(chat=st.integers(0, 4), staff=st.sampled_from(STAFF), take_over=st.booleans())
    @precondition(lambda self: self.chats)
    def staff_accepts(self, chat: int, staff: Member, take_over: bool) -> None:
        self._act(chat, staff, lambda uow, one, who: handoff.accept(uow, one, who, take_over=take_over))

    @rule(chat=st.integers(0, 4), staff=st.sampled_from(STAFF))
    @precondition(lambda self: self.chats)
    def staff_replies(self, chat: int, staff: Member) -> None:
        key = f"reply-{next(self.numbers)}"
        self._act(
            chat,
            staff,
            lambda uow, one, who: handoff.reply(uow, one, who, text="我在", client_id=key, seen_seq=10**6),
        )

    @rule(chat=st.integers(0, 4), staff=st.sampled_from(STAFF), grade=st.sampled_from(["S0", "S1", "S2"]))
    @precondition(lambda self: self.chats)
    def staff_raises(self, chat: int, staff: Member, grade: Any) -> None:
        asked = Escalation(grade=grade, reason="她说她害怕")
        self._act(chat, staff, lambda uow, one, who: console.escalate(uow, one, who, asked))

    @rule(chat=st.integers(0, 4), staff=st.sampled_from(STAFF), grade=st.sampled_from(["S1", "S2", "S3"]),
          reason=st.sampled_from(["", "  ", "与本人通话"]))  # fmt: skip
    @precondition(lambda self: self.chats)
    def staff_lowers(self, chat: int, staff: Member, grade: Any, reason: str) -> None:
        self._act(
            chat,
            staff,
            lambda uow, one, who: console.lower(uow, one, who, grade, reason, seen_seq=10**6),
        )

    @rule(chat=st.integers(0, 4), staff=st.sampled_from(STAFF), reason=st.sampled_from(["", "她已到家"]))
    @precondition(lambda self: self.chats)
    def staff_ends_it(self, chat: int, staff: Member, reason: str) -> None:
        self._act(chat, staff, lambda uow, one, who: handoff.resolve(uow, one, who, "safe_confirmed", reason))

    @rule(chat=st.integers(0, 4), staff=st.sampled_from(STAFF))
    @precondition(lambda self: self.chats)
    def staff_hands_back(self, chat: int, staff: Member) -> None:
        self._act(chat, staff, lambda uow, one, who: handoff.give_back(uow, one, who, "done"))

    @rule(chat=st.integers(0, 4))
    @precondition(lambda self: self.chats)
    def the_holder_goes_away(self, chat: int) -> None:
        self._act(chat, LI_NA, lambda uow, one, who: handoff.release(uow, one, because="offline"))

    # What happens of itself.
    @rule(seconds=st.sampled_from([1, 15, 21, 45, 125, 310, 1300, 4000]))
    def time_goes_on(self, seconds: int) -> None:
        self.clock.move(seconds)
        self.do(self._worked())

    async def _worked(self) -> None:
        for _ in range(20):
            if not await fire_due(self.database) + await deliver_waiting(self.database):
                return

    @rule(words=st.sampled_from(WORDS), working=st.booleans(), after=st.integers(0, 3))
    @precondition(lambda self: self.chats)
    def the_desk_dies_in_a_commit(self, words: str, working: bool, after: int) -> None:
        """The commit after the next `after` fails as in a crash, whether a message comes in or the clocks are at work; then
        another process takes over. What was not acknowledged is nobody's promise."""
        left = itertools.count(after, -1)

        def die(_connection: Any) -> None:
            if next(left) <= 0:
                raise OSError("killed")

        event.listen(self.database.engine.sync_engine, "commit", die)
        try:
            if working:
                self.clock.move(45)
                self.do(self._worked())
            else:
                incoming = Incoming(f"lost-{next(self.numbers)}", words)
                self.do(receive(self.database, self.chats[0], incoming))
                self.acknowledged.setdefault(self.chats[0], [])
        except OSError:
            self.crashes += 1
        self.do(self._died())
        self._born()

    # What holds whatever happened.
    @invariant()
    def no_open_incident_is_without_a_clock_or_a_named_holder(self) -> None:
        cases, owed, _ = self.do(self._read())
        for case in cases:
            if case.open and case.grade != "S3":
                assert case.accepted_name or case.id in owed, f"{case.reference} {case.grade} {case.state}"
                assert case.accepted_at is None or case.accepted_by, "accepted by nobody"

    @invariant()
    def nothing_sinks_or_ends_without_a_name_and_a_reason(self) -> None:
        cases, _, entries = self.do(self._read())
        for case in cases:
            mine = [one for one in entries if one["case_id"] == case.id]
            lowered = [one for one in mine if one["act"] == "lowered"]
            ended = [one for one in mine if one["act"] in ("resolved", "closed")]
            for one in (*lowered, *ended):
                assert (
                    one["who"].startswith("staff:")
                    and one["details"]["name"]
                    and one["details"]["reason"].strip()
                )
            before = self.grades.get(case.id, case.grade)
            if GRADES.index(case.grade) > GRADES.index(before):
                assert len(lowered) > self.lowered[case.id], (
                    f"{case.reference} sank from {before} to {case.grade}"
                )
            assert case.open or case.state == "joined" or ended, f"{case.reference} is {case.state} by nobody"
            self.grades[case.id], self.lowered[case.id] = case.grade, len(lowered)

    @invariant()
    def every_acknowledged_message_is_there_in_order(self) -> None:
        for conversation, told in self.acknowledged.items():
            kept = {
                one.client_id: one
                for one in self.do(self._messages(conversation))
                if one.author == "reporter"
            }
            assert [(kept[key].seq, kept[key].text) for key, _, _ in told] == [
                (seq, words) for _, seq, words in told
            ]
            assert [seq for _, seq, _ in told] == sorted({seq for _, seq, _ in told})

    @invariant()
    def no_page_goes_out_twice(self) -> None:
        links = Counter(
            (one["path"], word)
            for one in self.hook.got
            for word in one["message"].split()
            if "/page/ack/" in word
        )
        doubled = sum(count - 1 for count in links.values())
        # The two languages of one page carry the same link twice.
        assert all(count <= 2 * (1 + self.crashes) for count in links.values()), doubled

    async def _read(self) -> tuple[list[Case], set[str], list[dict[str, Any]]]:
        async with self.database.reading() as session:
            cases = list((await session.execute(select(Case))).scalars())
            owed = set((await session.execute(select(Due.subject).where(Due.done.is_(False)))).scalars())
            entries = await timeline.read(session, case_ids=[case.id for case in cases], conversation_id=None)
        return cases, owed, entries

    async def _messages(self, conversation: str) -> Any:
        async with self.database.reading() as session:
            return await conversation_store.messages_after(session, conversation, 0)
