"""What the tests of following share: a reported item, the platform's news, and what the passenger was told."""

from __future__ import annotations

from bot.conversations import service as conversations
from bot.conversations import store
from bot.conversations.models import Conversation
from bot.followups import service as followups
from bot.followups.models import FollowUp
from bot.followups.tasks import EventPoller
from bot.kit.database import Database
from bot.rides.client import PlatformClient
from tests.chat.conftest import Open


async def follow_item(database: Database, chat: Conversation, ref: str) -> FollowUp:
    """Follow the phone of Chen's last trip for this conversation, for half an hour."""
    async with database.unit_of_work() as uow:
        conversation = await conversations.lock(uow, chat.id)
        return await followups.follow(
            uow, conversation, kind="lost_item", ref=ref, trip_id="t_hz_phone", answer_due_s=1800, item="手机",
            essential=True,
        )  # fmt: skip


async def reported(
    database: Database, platform: PlatformClient, open_chat: Open, identity: str = "token"
) -> tuple[Conversation, str]:
    """A phone lost by Chen on the trip that has just ended, reported to the platform and followed."""
    whose = {"rider_id": "r_chen"} if identity == "token" else {}
    chat = await open_chat("zh", role="rider", identity=identity, **whose)
    item = await platform.report_lost_item("t_hz_phone", "phone", "手机", key=chat.id)
    await follow_item(database, chat, item.id)
    return chat, item.id


async def poll(database: Database, platform: PlatformClient) -> None:
    """Take in what the platform has to tell, as the desk does when a webhook was missed."""
    await EventPoller(database, platform, 60).step()


async def told(database: Database, chat: Conversation) -> list[str]:
    async with database.reading() as session:
        return [one.text for one in await store.messages_after(session, chat.id, 0)]
