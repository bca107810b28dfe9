"""A conversation longer than a page: its newest words are shown, and it can be answered."""

from __future__ import annotations

from bot.conversations import service as conversations
from bot.conversations import store
from tests.console.conftest import Room, act, done, reply

_PAGE = 500


async def test_the_newest_cry_of_a_long_conversation_is_shown_and_answered(room: Room) -> None:
    chat, header = await room.chat("my receipt please")
    async with room.desk.database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat)
        for number in range(_PAGE + 20):
            await conversations.append(uow, conversation, author="reporter", text=f"line {number}")
    await room.write(header, "he has a knife, help me")
    page = await room.staff("safety")
    screen = await done(page, chat, "accept")
    words = [one["text"] for one in screen["messages"]]
    assert len(words) == _PAGE and "he has a knife, help me" in words
    seqs = [one["seq"] for one in screen["messages"]]
    assert seqs == list(range(seqs[0], seqs[0] + _PAGE))
    answered = await act(
        page, chat, "reply", client_id="r1", text="I am here and read what you write.", seen_seq=seqs[-1]
    )
    assert answered.status_code == 200, answered.text
    assert (await reply(page, chat, "Is he beside you?")).status_code == 200
    async with room.desk.database.reading() as session:
        whole = await store.every_message(session, chat)
        assert [one.seq for one in whole] == list(range(1, whole[-1].seq + 1))
        newest = await store.newest_messages(session, chat)
        assert [one.seq for one in newest] == [one.seq for one in whole][-_PAGE:]
