"""Search: what finds what, who sees it, and what is written down about it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import NotAllowed, Unprocessable
from bot.handoff import service as handoff
from bot.identity import store as accounts
from bot.identity.models import AuditEntry
from bot.identity.schemas import Member, Subject
from bot.incidents import store as case_store
from bot.incidents.models import Case
from bot.kit.database import Database
from bot.kit.now import MovableClock, now
from bot.search import service
from bot.search.schemas import Results, Wanted
from bot.search.table import as_csv, harmless
from tests.chat.conftest import Open, Say, open_chat, say
from tests.incidents.conftest import LI_NA, OUTSIDER, SAM

__all__ = ["open_chat", "say"]
TRAINER = Member("m-train", "t@example.com", "Trainer", ("trainer",), True)
LIAISON = Member("m-liaison", "l@example.com", "Liaison", ("police_liaison",), True)
PHONE = "138 0013 8000"
DANGER = f"he locked the doors and won't stop, call me on {PHONE}, plate 浙A·D8C61"


async def _find(database: Database, staff: Member, q: str, **more: object) -> Results:
    return await service.search(database, staff, Wanted(q, **more))  # type: ignore[arg-type]


async def _ids(database: Database, staff: Member, q: str, **more: object) -> list[str]:
    return [row.conversation_id for row in (await _find(database, staff, q, **more)).rows]


async def _case(database: Database, chat: Conversation) -> Case:
    async with database.reading() as session:
        return (await case_store.of_conversation(session, chat.id))[0]


async def _audit(database: Database) -> list[AuditEntry]:
    async with database.reading() as session:
        return list(await accounts.audit_of(session, Subject.parse("any:search")))


async def _set(database: Database, chat: Conversation, **values: str) -> None:
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        for name, value in values.items():
            setattr(conversation, name, value)


class TestFinds:
    async def test_words_in_both_languages_whatever_their_capitals(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        lost, umbrella = await open_chat(), await open_chat("zh")
        await say(lost, "I left my blue Suitcase in the boot")
        await say(umbrella, "我的雨伞落在车上了")
        assert await _ids(database, SAM, "SUITCASE boot") == [lost.id]
        assert await _ids(database, SAM, "雨伞") == [umbrella.id]
        assert await _ids(database, SAM, "suitcase 雨伞") == []
        row = (await _find(database, SAM, "ｓｕｉｔｃａｓｅ")).rows[0]
        assert row.found_in == ["message"] and "Suitcase" in row.excerpt

    @pytest.mark.parametrize(
        ("q", "hits"), [("50%", 1), ("%", 1), ("_", 0), ("\\", 0), ("5_%", 0), ("'; --", 0)]
    )
    async def test_wildcards_are_letters_like_any_other(
        self, database: Database, open_chat: Open, say: Say, q: str, hits: int
    ) -> None:
        await say(await open_chat(), "the fare was 50% higher")
        await say(await open_chat(), "the fare was 500 higher")
        assert (await _find(database, LI_NA, q)).total == hits

    async def test_a_reference_a_plate_and_a_phones_end_in_any_spelling(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, DANGER)
        await _set(database, chat, callback_phone="+86 139-1111-2222")
        await say(await open_chat(), "left my umbrella in the car")
        case = await _case(database, chat)
        async with database.unit_of_work() as uow:
            (await uow.session.get_one(Case, case.id)).plate = "浙AD8C61"
        for q, why in (
            (case.reference.lower(), "reference"), ("浙a d8c61", "plate"), ("AD8C6I".replace("I", "1"), "plate"),
            ("2222", "phone"), ("139 1111 2222", "phone"), ("8000", "message"),
        ):  # fmt: skip
            found = await _find(database, LI_NA, q)
            assert [row.conversation_id for row in found.rows] == [chat.id], q
            assert why in found.rows[0].found_in, q

    async def test_a_note_of_a_colleague(self, database: Database, open_chat: Open, say: Say) -> None:
        chat = await open_chat()
        await say(chat, "left my umbrella in the car")
        async with database.unit_of_work() as uow:
            await handoff.note(
                uow, await conversations.lock(uow, chat.id), SAM, "ask the driver about Pelikan"
            )
        assert (await _find(database, SAM, "pelikan")).rows[0].found_in == ["note"]

    async def test_twenty_a_page_the_newest_words_first(
        self, database: Database, clock: MovableClock, open_chat: Open, say: Say
    ) -> None:
        said = []
        for _ in range(23):
            chat = await open_chat()
            clock.move(60)
            await say(chat, "how do I get an invoice")
            said.append(chat.id)
        first, second = await _find(database, SAM, "invoice"), await _find(database, SAM, "invoice", page=2)
        assert (first.total, first.pages, len(first.rows), len(second.rows)) == (23, 2, 20, 3)
        assert [row.conversation_id for row in (*first.rows, *second.rows)] == said[::-1]

    async def test_grade_state_and_day_narrow_it(self, database: Database, open_chat: Open, say: Say) -> None:
        grave, routine = await open_chat(), await open_chat()
        await say(grave, DANGER)
        await say(routine, "the driver locked the doors of the app, I mean the login, call support")
        assert set(await _ids(database, LI_NA, "locked the doors", grade="S0")) >= {grave.id}
        assert grave.id not in await _ids(database, LI_NA, "locked the doors", grade="S3")
        assert grave.id in await _ids(database, LI_NA, "locked the doors", state="open")
        assert grave.id not in await _ids(database, LI_NA, "locked the doors", state="resolved")
        today = now().date()
        far = {"first": today - timedelta(days=1), "last": today + timedelta(days=1)}
        assert grave.id in await _ids(database, LI_NA, "locked the doors", **far)
        past = {"first": today - timedelta(days=9), "last": today - timedelta(days=3)}
        assert await _ids(database, LI_NA, "locked the doors", **past) == []


class TestWhoSees:
    @pytest.mark.parametrize("staff", [SAM, OUTSIDER, LIAISON], ids=["agent", "outsourced", "liaison"])
    async def test_an_s0_is_found_by_nobody_who_may_not_accept_it_even_after_it_ended(
        self, database: Database, open_chat: Open, say: Say, staff: Member
    ) -> None:
        chat = await open_chat()
        await say(chat, DANGER)
        reference = (await _case(database, chat)).reference
        for q in ("locked", reference, "浙AD8C61"):
            assert await _ids(database, staff, q) == []
        async with database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, chat.id)
            await handoff.accept(uow, conversation, LI_NA)
            await handoff.resolve(uow, conversation, LI_NA, "safe_confirmed", "she is home")
        assert await _ids(database, staff, "locked") == []
        assert await _ids(database, LI_NA, "locked") == [chat.id]

    async def test_a_phone_is_neither_shown_nor_guessed_digit_by_digit(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, f"left my umbrella, my number is {PHONE}")
        await _set(database, chat, callback_phone="13911112222", person_name="李雷")
        for q in ("0013", "0013 8", "13800", "2222", "13911112222", PHONE):
            assert await _ids(database, OUTSIDER, q) == [], q
        row = (await _find(database, OUTSIDER, "umbrella")).rows[0]
        assert row.phone == "139****2222" and row.person == "李*" and "0013" not in row.excerpt
        full = (await _find(database, LI_NA, "0013")).rows[0]
        assert full.phone == "13911112222" and full.person == "李雷" and PHONE in full.excerpt
        assert not (await _find(database, OUTSIDER, "umbrella")).phones

    async def test_a_trainer_may_not_search(self, database: Database) -> None:
        with pytest.raises(NotAllowed):
            await _find(database, TRAINER, "umbrella")


class TestWrittenDown:
    async def test_every_search_names_who_and_what_was_shown_but_not_the_words(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat()
        await say(chat, f"left my umbrella, my number is {PHONE}")
        await _find(database, LI_NA, "13800138000")
        await _find(database, LI_NA, "umbrella")
        await service.everything(database, LI_NA, Wanted("umbrella"))
        entries = [one for one in await _audit(database) if one.act != "granted"]
        assert [one.act for one in entries] == ["searched", "searched", "search_exported"]
        assert entries[0].details["like_phone"] and entries[0].details["shown"] == []
        assert all(one.who == LI_NA.who for one in entries)
        assert entries[1].details["shown"] == entries[2].details["shown"] == [chat.id]
        assert "umbrella" not in str([one.details for one in entries])
        assert "13800138000" not in str([one.details for one in entries])


class TestRefuses:
    @pytest.mark.parametrize(
        ("q", "code"),
        [
            ("", "search_empty"),
            ("  \t", "search_empty"),
            ("\x00\ud800", "search_empty"),
            ("x" * 5000, "search_too_long"),
        ],
    )
    async def test_what_cannot_be_looked_for(self, database: Database, q: str, code: str) -> None:
        with pytest.raises(Unprocessable) as refused:
            await _find(database, SAM, q)
        assert refused.value.code == code
        assert await _audit(database) == []

    async def test_days_the_wrong_way_round(self, database: Database) -> None:
        today = now().date()
        with pytest.raises(Unprocessable) as refused:
            await _find(database, SAM, "x", first=today, last=today - timedelta(days=1))
        assert refused.value.code == "search_days"


class TestTable:
    async def test_a_cell_is_never_a_formula(self, database: Database, open_chat: Open, say: Say) -> None:
        chat = await open_chat("zh")
        await say(chat, '=HYPERLINK("http://example.com","雨伞")')
        await _set(database, chat, callback_phone="+8613911112222")
        text = as_csv(await service.everything(database, LI_NA, Wanted("雨伞")), "zh")
        assert text.startswith("\ufeff编号,")
        row = next(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
        assert row["原文"] == '\'=HYPERLINK("http://example.com","雨伞")'
        assert row["电话"] == "'+8613911112222"
        assert row["会话"] == chat.id

    @pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠"])
    def test_each_sign_is_guarded(self, sign: str) -> None:
        assert harmless(f"{sign}1") == f"'{sign}1"
        assert harmless(f"1{sign}") == f"1{sign}"

    async def test_more_than_a_table_holds_is_said_and_not_cut_off(
        self, database: Database, open_chat: Open, say: Say, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(3):
            await say(await open_chat(), "left my umbrella")
        monkeypatch.setattr(service, "MOST_EXPORTED", 2)
        with pytest.raises(Unprocessable) as refused:
            await service.everything(database, LI_NA, Wanted("umbrella"))
        assert refused.value.values == {"total": 3, "limit": 2}
