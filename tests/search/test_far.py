"""What nobody asks for in earnest is answered in words, not with an error of ours."""

from __future__ import annotations

import httpx
import pytest

from tests.search.test_doors import page

__all__ = ["page"]
URL = "/api/console/search"


@pytest.mark.parametrize(
    ("days", "total"),
    [
        ({"to": "9999-12-31"}, 1),
        ({"from": "0001-01-01"}, 1),
        ({"from": "9999-12-31"}, 0),
        ({"to": "0001-01-01"}, 0),
    ],
)
async def test_days_beyond_all_that_is_kept(
    page: httpx.AsyncClient, days: dict[str, str], total: int
) -> None:
    answer = await page.get(URL, params={"q": "umbrella", **days})
    assert (answer.status_code, answer.json()["total"]) == (200, total)


async def test_signs_that_stand_for_sentences(page: httpx.AsyncClient) -> None:
    answer = await page.get(URL, params={"q": "\ufdfa" * 200})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "search_too_long")
    for most in ("\ufdfa" * 11, "ａ " * 100, "a " * 100):
        assert (await page.get(URL, params={"q": most})).status_code == 200


async def test_a_sequence_number_that_no_chat_reaches(page: httpx.AsyncClient) -> None:
    session = (await page.post("/api/chat/sessions", json={"locale": "en"})).json()
    header = {"Authorization": f"Bearer {session['token']}"}
    for after, status in ((10**30, 422), (2**31, 422), (2**31 - 1, 200)):
        answer = await page.get("/api/chat/messages", params={"after": str(after)}, headers=header)
        assert answer.status_code == status
