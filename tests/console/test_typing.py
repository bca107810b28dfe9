"""Whom a reporter sees typing: whoever has their conversation, and nobody else."""

from __future__ import annotations

from typing import Any

import httpx
import socketio

from bot.kit.database import Event
from tests.console.conftest import CRY, Room, act, done, refused
from tests.served import until


def _listen(room: Room) -> list[dict[str, Any]]:
    """What the desk tells reporters' pages about staff who type."""
    seen: list[dict[str, Any]] = []

    async def on_event(event: Event) -> None:
        if event.topic == "staff.typing":
            seen.append(event.data)

    room.desk.database.subscribers.append(on_event)
    return seen


async def _page(room: Room, staff: httpx.AsyncClient, chat: str) -> tuple[Any, list[dict[str, Any]]]:
    """Their console with this conversation open; and what it hears of who looks at it."""
    viewers: list[dict[str, Any]] = []
    page = socketio.AsyncClient(reconnection=False)
    page.on("presence", viewers.append, namespace="/staff")
    cookie = "; ".join(f"{one.name}={one.value}" for one in staff.cookies.jar)
    await page.connect(
        room.url, namespaces=["/staff"], headers={"Cookie": cookie}, transports=["websocket"], wait_timeout=60
    )
    await page.emit("view", {"conversation_id": chat}, namespace="/staff")

    async def looks() -> bool:
        return bool(viewers)

    await until(looks)
    return page, viewers


class TestHolderAlone:
    async def test_nobody_types_to_a_reporter_whose_s0_they_may_not_have(self, room: Room) -> None:
        chat, _ = await room.chat(CRY)
        seen, mia, li = _listen(room), await room.staff("outsourced"), await room.staff("safety")
        refused(await act(mia, chat, "typing", on=True), 403, "not_allowed")
        refused(await act(li, chat, "typing", on=True), 409, "nobodys")
        assert seen == []
        await done(li, chat, "accept")
        assert (await act(li, chat, "typing", on=True)).status_code == 204
        assert [(one["conversation_id"], one["on"]) for one in seen] == [(chat, True)]
        assert "Li Na" in seen[0]["name"]

    async def test_a_colleague_who_looks_is_seen_typing_by_colleagues_only(self, room: Room) -> None:
        chat, _ = await room.chat("I want to talk to a human")
        seen, sam, boss = _listen(room), await room.staff("agent"), await room.staff("supervisor")
        await done(sam, chat, "accept")
        page, viewers = await _page(room, boss, chat)

        async def typing() -> bool:
            return any(one["typing"] for told in viewers for one in told["viewers"])

        await page.emit("typing", {"conversation_id": chat, "on": True}, namespace="/staff")
        await until(typing)
        await page.disconnect()
        holders, _ = await _page(room, sam, chat)
        await holders.emit("typing", {"conversation_id": chat, "on": True}, namespace="/staff")

        async def heard() -> bool:
            return bool(seen)

        await until(heard)
        await holders.disconnect()
        assert ["Sam Wong" in one["name"] for one in seen] == [True]
