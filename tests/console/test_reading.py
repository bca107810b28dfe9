"""Reading what was said, and raising or reopening without reading it: an outsourced agent sees no safety complaint, not an
ended one either, and stays able to raise it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.console.conftest import CRY, Room, act, done, refused


async def rows(page: httpx.AsyncClient) -> list[str]:
    found: list[dict[str, Any]] = (await page.get("/api/console/queue")).json()["rows"]
    return [one["conversation_id"] for one in found]


@pytest.fixture
async def ended(room: Room) -> tuple[str, dict[str, str]]:
    """A cry for help that a safety person has dealt with and ended; the chat is the assistant's again."""
    chat, header = await room.chat(CRY)
    safety = await room.staff("safety")
    await done(safety, chat, "accept")
    await done(safety, chat, "emergency-call", decision="not_called", reason="she is out of the car")
    await done(safety, chat, "resolve", code="safe_confirmed", reason="she is home")
    return chat, header


class TestAnEndedSafetyComplaint:
    async def test_an_outsourced_agent_reads_it_at_no_door(
        self, room: Room, ended: tuple[str, dict[str, str]]
    ) -> None:
        chat, header = ended
        await room.write(header, "and my receipt please")
        outsider = await room.staff("outsourced")
        path = f"/api/console/conversations/{chat}"
        for door in ("", "/macros", "/suggestions", "/colleagues"):
            refused(await outsider.get(f"{path}{door}"), 403, "not_allowed")
        for door, body in (
            ("accept", {}),
            ("open", {}),
            ("note", {"text": "seen"}),
            ("close", {"reason": "done"}),
        ):
            refused(await act(outsider, chat, door, **body), 403, "not_allowed")
        assert chat not in await rows(outsider)
        assert chat in await rows(await room.staff("agent"))

    async def test_in_house_agents_go_on_with_what_came_after_it(
        self, room: Room, ended: tuple[str, dict[str, str]]
    ) -> None:
        chat, header = ended
        await room.write(header, "and my receipt please")
        agent = await room.staff("agent")
        screen = await done(agent, chat, "accept")
        assert screen["state"]["holder"] == "person"
        assert any("receipt" in one["text"] for one in screen["messages"])

    @pytest.mark.parametrize(
        ("door", "answer"), [("reopen", {"reopened": True}), ("escalate", {"raised": True})]
    )
    async def test_without_reading_it_an_outsourced_agent_reopens_and_raises_it(
        self, room: Room, ended: tuple[str, dict[str, str]], door: str, answer: dict[str, bool]
    ) -> None:
        chat, _ = ended
        outsider, safety = await room.staff("outsourced"), await room.staff("safety")
        assert (
            await done(outsider, chat, door, reason="her father is on the phone: she is not home") == answer
        )
        screen = (await safety.get(f"/api/console/conversations/{chat}")).json()
        assert screen["state"]["grade"] == "S0" and screen["cases"][0]["state"] in ("opened", "paged")
        acts = [one["act"] for one in screen["timeline"]]
        assert "reopened" in acts[acts.index("resolved") :]

    async def test_one_that_was_lowered_by_name_is_none(self, room: Room) -> None:
        chat, _ = await room.chat(CRY)
        safety, outsider = await room.staff("safety"), await room.staff("outsourced")
        await done(safety, chat, "accept")
        await done(safety, chat, "lower", grade="S2", reason="she wrote a line of a film")
        await done(safety, chat, "resolve", code="explained", reason="nobody was in danger")
        assert (await outsider.get(f"/api/console/conversations/{chat}")).status_code == 200
