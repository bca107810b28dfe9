"""The search over HTTP: signed in or not, in words of the reader's language."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.identity import service as identity
from tests.served import served_desk


@pytest.fixture
async def page(database_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A supervisor's or safety member's page, signed in."""
    async with served_desk(database_url, tmp_path) as (desk, url):
        async with desk.database.unit_of_work() as uow:
            made = await identity.ensure_demo_staff(uow)
        email, password, _ = next(one for one in made if "safety" in one[2])
        async with httpx.AsyncClient(
            base_url=url, trust_env=False, timeout=60.0, headers={"X-Vigil": "1"}
        ) as client:
            session = (await client.post("/api/chat/sessions", json={"locale": "en"})).json()
            (await client.post(
                "/api/chat/messages", json={"client_id": "m1", "text": "I left my umbrella"},
                headers={"Authorization": f"Bearer {session['token']}"},
            )).raise_for_status()  # fmt: skip
            body = {"email": email, "password": password}
            (await client.post("/api/staff/sign-in", json=body)).raise_for_status()
            yield client


async def test_the_doors_find_export_and_refuse_in_words(page: httpx.AsyncClient) -> None:
    found = (await page.get("/api/console/search", params={"q": "umbrella"})).json()
    assert found["total"] == 1 and found["rows"][0]["found_in"] == ["message"]
    table = await page.get("/api/console/search.csv", params={"q": "umbrella", "lang": "zh"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in table.headers["content-disposition"] and "umbrella" in table.text
    for locale, words in (
        ("zh", "搜索内容有 5000 个字符，最多 200 个"),
        ("en", "has 5000 characters; the most is 200"),
    ):
        refused = await page.get(
            "/api/console/search", params={"q": "x" * 5000}, headers={"Accept-Language": locale}
        )
        assert refused.status_code == 422 and words in refused.json()["error"]["message"]
    wrong = await page.get("/api/console/search", params={"q": "x", "from": "yesterday", "grade": "S9"})
    assert wrong.status_code == 422 and set(wrong.json()["error"]["details"]["fields"]) == {"from", "grade"}
    page.cookies.clear()
    assert (await page.get("/api/console/search", params={"q": "x"})).status_code == 401
