"""What the assistant is told when it gets a conversation back: the newest words, however long the conversation has become."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from aiohttp import web

from bot.chat.assistant import Assistant
from bot.chat.talkback import TalkBack
from bot.conversations import service as conversations
from bot.kit.database import Database
from bot.kit.outbox import Delivery
from tests.chat.conftest import Open


async def test_the_last_words_of_a_long_conversation_are_told(
    database: Database, open_chat: Open, ports: Callable[[], int]
) -> None:
    told: list[dict[str, Any]] = []

    async def hand_back(request: web.Request) -> web.Response:
        told.append(await request.json())
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/webhooks/vigil/handback", hand_back)
    runner = web.AppRunner(app)
    await runner.setup()
    port = ports()
    await web.TCPSite(runner, "127.0.0.1", port).start()

    chat = await open_chat()
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        for number in range(520):
            await conversations.append(uow, conversation, author="reporter", text=f"line {number}")
        await conversations.append(uow, conversation, author="assistant", text="an answer")
        await conversations.append(uow, conversation, author="reporter", text="the newest words")
    async with httpx.AsyncClient(trust_env=False) as client:
        assistant = Assistant(client, f"http://127.0.0.1:{port}", "s", 5)
        await TalkBack(database, assistant).deliver(Delivery("d", "k", {"conversation": chat.id}, 1))
    await runner.cleanup()
    assert [one["text"] for one in told[0]["said"]] == ["the newest words"]
