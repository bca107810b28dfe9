"""Who speaks in a chat that was opened before the app had a good token: over the public doors, then on the real sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.chat.service import name_person
from bot.conversations import store
from bot.conversations.models import Conversation
from bot.errors import Conflict
from bot.identity.tokens import sign_app_token
from bot.incidents.models import TimelineEntry
from bot.kit.database import Database
from tests.chat.conftest import Open
from tests.incidents.conftest import Settle, platform, sandbox, served_platform, settle
from tests.served import served_desk

__all__ = ["platform", "sandbox", "served_platform", "settle"]
LIN, BO = sign_app_token("r_lin", "rider", name="Lin"), sign_app_token("r_bo", "rider", name="Bo")


@pytest.fixture
async def http(database_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        served_desk(database_url, tmp_path) as (_, url),
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client,
    ):
        yield client


async def _opened(http: httpx.AsyncClient) -> dict[str, str]:
    """The header that opens a chat of nobody in particular."""
    made = (await http.post("/api/chat/sessions", json={"locale": "en"})).json()
    assert made["conversation"]["role"] == "unknown"
    return {"Authorization": f"Bearer {made['token']}", "Accept-Language": "en"}


async def _named(http: httpx.AsyncClient, mine: dict[str, str], token: Any) -> httpx.Response:
    return await http.post("/api/chat/person", json={"app_token": token}, headers=mine)


async def _role(http: httpx.AsyncClient, mine: dict[str, str]) -> str:
    role: str = (await http.get("/api/chat/conversation", headers=mine)).json()["role"]
    return role


class TestPersonDoor:
    async def test_a_token_that_comes_late_names_the_person(self, http: httpx.AsyncClient) -> None:
        mine = await _opened(http)
        answer = await _named(http, mine, LIN)
        assert (answer.status_code, answer.json()["role"]) == (200, "rider")
        assert await _role(http, mine) == "rider"
        assert (await _named(http, mine, LIN)).status_code == 200

    async def test_a_token_that_has_run_out_or_is_forged_names_nobody(self, http: httpx.AsyncClient) -> None:
        mine = await _opened(http)
        for token in (sign_app_token("r_lin", "rider", lasts=timedelta(minutes=-10)), LIN[:-4] + "AAAA"):
            answer = await _named(http, mine, token)
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "app_token_invalid")
        assert (await _named(http, mine, 7)).status_code == 422
        assert await _role(http, mine) == "unknown"

    async def test_an_invented_session_is_told_so_whatever_the_token(self, http: httpx.AsyncClient) -> None:
        answer = await _named(http, {"Authorization": "Bearer invented"}, LIN)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "session_unknown")

    async def test_nobody_takes_over_the_chat_of_another(self, http: httpx.AsyncClient) -> None:
        mine = await _opened(http)
        await _named(http, mine, LIN)
        answer = await _named(http, mine, BO)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "another_person")
        assert await _role(http, mine) == "rider"


async def _now(database: Database, chat: Conversation) -> Conversation:
    async with database.reading() as session:
        found = await store.get(session, chat.id)
    assert found is not None
    return found


class TestNaming:
    async def test_the_live_ride_is_found_and_the_naming_is_written_down_once(
        self, database: Database, open_chat: Open, settle: Settle
    ) -> None:
        chat = await open_chat("zh")
        for _ in range(2):
            await name_person(database, chat.id, LIN)
        await settle()
        known = await _now(database, chat)
        assert (known.identity, known.rider_id, known.person_name) == ("token", "r_lin", "Lin")
        assert (known.trip_id, known.trip_live) == ("t_hz_live", True)
        async with database.reading() as session:
            written = select(TimelineEntry).where(
                TimelineEntry.conversation_id == chat.id, TimelineEntry.act == "identified"
            )
            assert len((await session.execute(written)).scalars().all()) == 1

    async def test_what_a_code_proved_stays_with_its_rider(self, database: Database, open_chat: Open) -> None:
        chat = await open_chat("en", role="rider", identity="code", rider_id="r_lin")
        with pytest.raises(Conflict):
            await name_person(database, chat.id, BO)
        assert (await _now(database, chat)).rider_id == "r_lin"
        await name_person(database, chat.id, LIN)
        assert (await _now(database, chat)).identity == "token"
