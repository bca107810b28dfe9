"""Suggested replies: from routine cases that are over, to routine alone, and nothing of anybody in them."""

from __future__ import annotations

import httpx
from sqlalchemy import update

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from tests.macros.conftest import CRY, Room, done, reply

ANSWER = (
    "Hello Ada, your blue umbrella is with the driver Zhang Wei, plate AB12 CDE. Shall he bring it to you?"
)


async def ended(room: Room, page: httpx.AsyncClient, said: str, answer: str) -> str:
    """A routine conversation from question to end."""
    chat, _ = await room.chat(said)
    await done(page, chat, "accept")
    sent = await reply(page, chat, answer)
    assert sent.status_code == 200, sent.text
    await done(page, chat, "return", reason="done")
    return chat


async def suggested(page: httpx.AsyncClient, chat: str) -> list[str]:
    found = (await page.get(f"/api/console/conversations/{chat}/suggestions")).json()["suggestions"]
    return [one["text"] for one in found]


class TestSuggestions:
    async def test_a_similar_question_brings_the_answer_without_the_people(self, room: Room) -> None:
        page = await room.staff("agent")
        before = await ended(room, page, "I left my umbrella in your car", ANSWER)
        chat, _ = await room.chat("my umbrella was left in the car")
        found = await suggested(page, chat)
        assert len(found) == 1 and "your blue umbrella is with the driver" in found[0]
        for secret in ("Ada", "Zhang", "Wei", "AB12"):
            assert secret not in found[0]
        await done(page, chat, "accept")
        assert (await reply(page, chat, found[0])).json()["error"]["code"] == "blank_left"
        # Erased at once, in every process: what is kept in memory is not given any more.
        async with room.desk.database.unit_of_work() as uow:
            await conversations.erase(uow, await conversations.lock(uow, before))
        assert await suggested(page, chat) == []

    async def test_never_in_an_s0_and_never_from_one(self, room: Room) -> None:
        page, li = await room.staff("agent"), await room.staff("safety")
        await ended(
            room,
            page,
            "I left my umbrella in your car",
            "The driver looks for it after this ride.",
        )
        grave, _ = await room.chat(CRY)
        assert await suggested(li, grave) == []
        await done(li, grave, "accept")
        words = "I am reading what you write about the locked doors of the car."
        assert (await reply(li, grave, words)).status_code == 200
        await done(li, grave, "lower", grade="S3", reason="a joke among friends")
        await done(li, grave, "resolve", code="false_alarm", reason="a joke among friends")
        chat, _ = await room.chat("I left my umbrella in your car, what about its doors")
        found = await suggested(page, chat)
        assert found and all("locked doors" not in one for one in found)

    async def test_a_case_that_turns_grave_takes_its_words_back(self, room: Room) -> None:
        page = await room.staff("agent")
        before = await ended(
            room,
            page,
            "I left my umbrella in your car",
            "The driver looks for it after this ride.",
        )
        chat, _ = await room.chat("my umbrella was left in the car")
        assert len(await suggested(page, chat)) == 1
        async with room.desk.database.unit_of_work() as uow:
            await uow.session.execute(
                update(Conversation).where(Conversation.id == before).values(grade="S2")
            )
        assert await suggested(page, chat) == []

    async def test_at_most_three_and_none_that_says_something_was_done(self, room: Room) -> None:
        page = await room.staff("agent")
        for answer in (
            "Please write its colour and where you sat.", "The driver is asked after this ride ends.",
            "You can follow the search in the app.", "It may also be in the lost property office.",
        ):  # fmt: skip
            await ended(room, page, "I left my umbrella in the car", answer)
        chat, _ = await room.chat("I left my umbrella in the car")
        assert len(await suggested(page, chat)) == 3
