"""What a caller may leave out, or send that says nothing: a tap needs no words, an accuracy without end is none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.app import Desk
from bot.conversations.models import Conversation
from tests.served import served_desk


@pytest.fixture
async def served(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Desk, str]]:
    async with served_desk(database_url, tmp_path) as desk:
        yield desk


@pytest.mark.parametrize("words", ["", '"text": null, '], ids=["left out", "null"])
async def test_the_emergency_tap_needs_no_words_and_a_position_no_accuracy(
    served: tuple[Desk, str], words: str
) -> None:
    desk, url = served
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
        opened = (await http.post("/api/chat/sessions", json={"locale": "en"})).json()
        head = {"Authorization": f"Bearer {opened['token']}", "Content-Type": "application/json"}
        place = '"location": {"lat": 30.27, "lng": 120.15, "accuracy_m": 1e999}'
        body = f'{{"client_id": "a", {words}"payload": "/vigil_emergency", {place}}}'
        answer = await http.post("/api/chat/messages", content=body, headers=head)
    assert answer.status_code == 202
    assert answer.json()["conversation"]["grade"] == "S0"
    async with desk.database.reading() as session:
        kept = (await session.execute(select(Conversation.location))).scalars().one()
    assert kept is not None and kept["lat"] == 30.27 and "accuracy_m" not in kept
