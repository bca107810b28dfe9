"""A desk whose widget stands on the company's site: its own pages keep their sockets."""

from __future__ import annotations

from pathlib import Path

import pytest
import socketio
from socketio.exceptions import ConnectionError as Refused

from tests.served import served_desk

COMPANY = "https://www.company.example"


async def _opens(url: str, origin: str) -> bool:
    client = socketio.AsyncClient(reconnection=False)
    try:
        await client.connect(
            url, namespaces=["/"], headers={"Origin": origin}, transports=["websocket"], wait_timeout=20
        )
    except Refused:
        return False
    await client.disconnect()
    return True


@pytest.mark.parametrize("allowed", ["", COMPANY])
async def test_the_desks_own_pages_and_those_that_are_named_open_a_socket(
    database_url: str, tmp_path: Path, allowed: str
) -> None:
    async with served_desk(database_url, tmp_path, allowed_origins=allowed) as (_, url):
        assert await _opens(url, url)
        assert await _opens(url, COMPANY) == (allowed == COMPANY)
        assert not await _opens(url, "https://evil.example")
