"""A claim is a record, and some things are never said: each rule's own examples, and the timeline behind it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.console import claims, phrases
from bot.console.service import PROMISE
from bot.conversations.models import Conversation
from bot.incidents.timeline import record
from bot.kit.data import read_yaml
from bot.kit.database import Database
from bot.kit.due import schedule
from bot.kit.now import iso, now
from bot.settings import settings
from tests.chat.conftest import Open, open_chat

__all__ = ["open_chat"]
RULES = [*claims.rules().claims, *phrases.phrases()]
MATCH = [(rule, text) for rule in RULES for text in rule.match]
NO_MATCH = [(rule, text) for rule in RULES for text in rule.no_match]


FOLDER = settings().data / "safety" / "claims"
# Of each claim, in each language: what must and what must not be found, together.
_LEAST = 60


@pytest.mark.parametrize(("rule", "text"), MATCH, ids=[text for _, text in MATCH])
def test_finds_its_examples(rule: claims.Rule, text: str) -> None:
    assert rule.found(text)


@pytest.mark.parametrize(("rule", "text"), NO_MATCH, ids=[text for _, text in NO_MATCH])
def test_leaves_its_counterexamples(rule: claims.Rule, text: str) -> None:
    assert rule.found(text) is None


@pytest.mark.parametrize("claim", claims.rules().claims, ids=lambda claim: claim.name)
def test_both_languages_of_a_claim_are_proved_by_many_phrasings(claim: claims.Claim) -> None:
    written = read_yaml(FOLDER / f"{claim.name}.yml")
    for language in ("en", "zh"):
        phrasings = {*written["match"][language], *written["no_match"][language]}
        assert len(phrasings) >= _LEAST, language
        assert len(written["no_match"][language]) >= 20, language


# What agents say all day: none of it claims anything.
ORDINARY = [
    "您好，我是陈静，我在看您的情况。", "Thank you, I have read all of it.", "请问您现在在哪里？",
    "Can you see the plate of the car?",
    "我已经联系了司机，他说包在后座。",
    "I called the driver and he found your bag.", "The driver is waiting at the south gate.",
    "请您到有灯有人的地方。", "您的编号是VG-123，有新的情况写在这里就行。", "I am sorry that this happened to you.",
    "费用里包含高速费10元。",
    "我查到订单已经取消。", "If you can, move to a lit place with people.", "请保存好聊天记录和照片。",
    "您可以随时拨打110。",
    "It is your right to call the police, and I support it.", "我把您的话转给司机了。", "your driver is 5 minutes away",
    "车还有三分钟到",
    "The invoice has been sent to your e-mail.", "发票已经发到您的邮箱。", "您的新手机号已经换好了",
    "I've changed the destination for you.",
    "已经帮您改了目的地",
    "What did the police officer tell you?", "警察跟您说了什么？", "I stay with you in this chat.",
    "司机说他在门口等您。",
]  # fmt: skip


@pytest.mark.parametrize("text", ORDINARY)
def test_what_is_said_all_day_claims_nothing(text: str) -> None:
    assert [claim.name for claim in claims.rules().claims if claim.found(text)] == []


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        ("如果您害怕就别出声，我们已经报警了", True),
        ("如果您害怕，我们会报警", False),
        ("您现在安全吗？我们已经报警了。", True),
        ("我们已经报警了，您现在安全吗？", True),
        ("我们已经报警了吗？", False),
        ("If he hurts you shout, we have already called the police", True),
        ("If the line drops, the police are informed", False),
        ("Have you called the police, and are they there?", False),
        ("We've called the police. Are you alone?", True),
        ("We called the police, ok?", True),
    ],
)
def test_a_condition_or_a_question_excuses_its_own_words_only(text: str, claimed: bool) -> None:
    rule = next(claim for claim in claims.rules().claims if claim.name == "police_informed")
    assert (rule.found(text) is not None) is claimed


class TestClaim:
    async def _unheld(
        self, database: Database, chat: Conversation, text: str, *, promise_at: datetime | None = None
    ) -> list[str]:
        async with database.reading() as session:
            found = await claims.unrecorded(session, chat.id, text, promise_at=promise_at)
        return [claim.name for claim, _ in found]

    async def test_police_informed_goes_out_only_once_the_call_is_recorded(
        self, database: Database, open_chat: Open
    ) -> None:
        chat = await open_chat()
        assert await self._unheld(database, chat, "We have called the police") == ["police_informed"]
        async with database.unit_of_work() as uow:
            await record(uow, "police_informed", who="staff:x", conversation_id=chat.id)
        assert await self._unheld(database, chat, "We have called the police") == []

    @pytest.mark.parametrize(
        ("service", "said", "claim"),
        [
            ("traffic", "我们已经叫了救护车", "ambulance_called"),
            ("ambulance", "The fire brigade is on its way", "fire_service_called"),
            ("fire", "交警已经在路上了", "traffic_police_called"),
            ("traffic", "我们已经报警了", "police_informed"),
        ],
    )
    async def test_a_call_to_one_service_is_not_a_call_to_another(
        self, database: Database, open_chat: Open, service: str, said: str, claim: str
    ) -> None:
        chat = await open_chat()
        async with database.unit_of_work() as uow:
            await record(uow, "emergency_called", who="staff:x", conversation_id=chat.id, service=service)
        assert await self._unheld(database, chat, said) == [claim]

    @pytest.mark.parametrize(
        ("service", "said"),
        [("ambulance", "An ambulance is on its way"), ("fire", "消防车在路上"), ("traffic", "已经通知交警")],
    )
    async def test_the_call_to_its_service_bears_a_claim(
        self, database: Database, open_chat: Open, service: str, said: str
    ) -> None:
        chat = await open_chat()
        async with database.unit_of_work() as uow:
            await record(uow, "emergency_called", who="staff:x", conversation_id=chat.id, service="crisis")
            await record(uow, "emergency_called", who="staff:x", conversation_id=chat.id, service=service)
        assert await self._unheld(database, chat, said) == []

    @pytest.mark.parametrize("lifted", ["hold_released", "driver_released"])
    async def test_a_driver_who_was_let_go_is_stopped_no_more(
        self, database: Database, open_chat: Open, lifted: str
    ) -> None:
        chat = await open_chat()

        async def happens(act: str) -> list[str]:
            async with database.unit_of_work() as uow:
                await record(uow, act, who="staff:x", conversation_id=chat.id)
            return await self._unheld(database, chat, "司机已经停止接单了")

        assert await happens("driver_stopped") == []
        assert await happens(lifted) == ["driver_stopped"]
        assert await happens("driver_stopped") == [], "held anew"


class TestNamedTime:
    async def _unheld(self, database: Database, chat: Conversation, text: str, at: datetime | None) -> bool:
        async with database.reading() as session:
            return bool(await claims.unrecorded(session, chat.id, text, promise_at=at))

    @pytest.mark.parametrize(
        ("text", "minutes", "held"),
        [
            ("一小时内给您回复", None, False),
            ("一小时内给您回复", 60, True),
            ("一小时内给您回复", 15, True),
            ("我会持续跟进，5分钟内给您回复", 7 * 1440, False),
            ("I'll call you in fifteen minutes", 30, False),
            ("I'll call you in fifteen minutes", 15, True),
            ("马上给您回电话", 60, False),
            ("We'll update you shortly", 30, True),
        ],
    )
    async def test_the_time_set_with_the_words_comes_no_later_than_they_say(
        self, database: Database, open_chat: Open, text: str, minutes: int | None, held: bool
    ) -> None:
        chat = await open_chat()
        at = now() + timedelta(minutes=minutes) if minutes is not None else None
        assert await self._unheld(database, chat, text, at) is not held

    @pytest.mark.parametrize(("text", "held"), [("10分钟内给您回电", False), ("I will write within the hour", True),
                                                ("within 24 hours", False), ("稍后回复您", False)])  # fmt: skip
    async def test_a_timer_covers_the_time_it_was_set_for_and_no_other(
        self, database: Database, open_chat: Open, text: str, held: bool
    ) -> None:
        chat = await open_chat()
        async with database.unit_of_work() as uow:
            due = now() + timedelta(minutes=50)
            await schedule(uow, PROMISE, chat.id, due, payload={"set": iso(now())}, key="one")
        assert await self._unheld(database, chat, text, None) is not held
