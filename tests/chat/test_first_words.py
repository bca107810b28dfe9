"""A slip in a text file or in the policy must not lose a cry for help: the message, its case and its page stay, and a number is
said. `make check` and the start of the desk find the slip."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.chat import first_words
from bot.chat.receive import EMERGENCY
from bot.conversations.models import Conversation, Message
from bot.conversations.store import messages_after
from bot.incidents.models import Case
from bot.kit.database import Database
from bot.paging.models import PagedSubject
from bot.policy import policy
from bot.settings import settings
from tests.chat.conftest import Open, Say

Slip = Callable[[str, str], None]
SLIPS = [
    ("safety.nobody_yet:", "safety.nobody_yt:"),
    ("{number}", "{numbr}"),
    ("safety.reference:", "safety.referenc:"),
    ("emergency.police:", "emergency.polise:"),
]
SERVICES = {"default": ["polise"]}


@pytest.fixture
def slip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Slip:
    """Puts one mistake into a copy of the texts, and the desk on that copy: (what stands there, what a trainer wrote)."""

    def made(right: str, wrong: str) -> None:
        data = tmp_path / "data"
        shutil.copytree(settings().data / "texts", data / "texts")
        file = data / "texts" / "safety.yml"
        text = file.read_text("utf-8")
        assert right in text
        file.write_text(text.replace(right, wrong), "utf-8")
        changed = settings().model_copy(update={"data": data})
        monkeypatch.setattr("bot.kit.locale.settings", lambda: changed)

    return made


async def _said(database: Database, chat: Conversation) -> list[Message]:
    async with database.reading() as session:
        return list(await messages_after(session, chat.id, 0))


async def _count(database: Database, table: type) -> int:
    async with database.reading() as session:
        return int((await session.execute(select(func.count()).select_from(table))).scalar_one())


@pytest.mark.parametrize(("right", "wrong"), SLIPS)
async def test_a_cry_is_stored_filed_paged_and_answered(
    database: Database, open_chat: Open, say: Say, slip: Slip, right: str, wrong: str
) -> None:
    slip(right, wrong)
    chat = await open_chat("zh")
    receipt = await say(chat, "有人心脏病发作，没有呼吸了")
    state = receipt.body["conversation"]
    theirs, ours = await _said(database, chat)
    assert theirs.text == "有人心脏病发作，没有呼吸了"
    assert state["incident"]["reference"] in ours.text
    assert state["emergency"]["numbers"][0]["number"] in ours.text and ours.links
    assert state["emergency"]["numbers"][0]["number"] in ("110", "120")
    assert (await _count(database, Case), await _count(database, PagedSubject)) == (1, 1)


async def test_a_service_that_there_is_not_leaves_the_number_of_the_police(
    database: Database, open_chat: Open, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = policy().model_copy(update={"emergency_service": SERVICES})
    monkeypatch.setattr("bot.incidents.emergency.policy", lambda: rules)
    chat = await open_chat("zh")
    receipt = await say(chat, "有人心脏病发作，没有呼吸了")
    assert [one["number"] for one in receipt.body["conversation"]["emergency"]["numbers"]] == ["110"]
    assert "110" in (await _said(database, chat))[-1].text
    assert await _count(database, PagedSubject) == 1


async def test_the_button_too(database: Database, open_chat: Open, say: Say, slip: Slip) -> None:
    slip("{number}", "{numbr}")
    chat = await open_chat("zh")
    await say(chat, "紧急求助", payload=EMERGENCY)
    assert "110" in (await _said(database, chat))[-1].text


class TestCheck:
    def test_the_product_s_own_words_are_whole(self) -> None:
        first_words.check()

    @pytest.mark.parametrize(("right", "wrong"), SLIPS)
    def test_a_slip_is_named(self, slip: Slip, right: str, wrong: str) -> None:
        slip(right, wrong)
        with pytest.raises(ValueError, match=r"cannot be (said|listed): "):
            first_words.check()

    def test_a_service_that_there_is_not_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rules = policy().model_copy(update={"emergency_service": SERVICES})
        monkeypatch.setattr("bot.incidents.emergency.policy", lambda: rules)
        with pytest.raises(ValueError, match=r"numbers for .* cannot be listed: .*polise"):
            first_words.check()

    def test_words_without_the_number_are_named(self, slip: Slip) -> None:
        slip("请马上拨打 {number}，调度员会告诉您怎么做。", "请马上求助。")
        with pytest.raises(ValueError, match=r"for medical_emergency \(zh, nobody_yet\) leave out 120"):
            first_words.check()

    def test_words_for_an_intent_that_is_none_are_named(self, slip: Slip) -> None:
        slip("safety.first.accident:", "safety.first.accidnt:")
        with pytest.raises(ValueError, match=r"safety\.first\.accidnt belongs to no safety intent"):
            first_words.check()
