"""Waiting for a person, and what may follow a routine chat, as the person with the widget sees it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from playwright.sync_api import expect

from tests.web.conftest import Opener, Running
from tests.web.test_widget import DANGER, no_violation, ready, write
from tests.web.test_widget_files import shot

AGENT = "li.na@vigil.example"


@contextmanager
def staff(desk: Running) -> Iterator[httpx.Client]:
    """A signed-in agent, without a page."""
    client = httpx.Client(base_url=desk.url, headers={"X-Vigil": "1"}, timeout=30, trust_env=False)
    client.post(
        "/api/staff/sign-in", json={"email": AGENT, "password": desk.password(AGENT)}
    ).raise_for_status()
    yield client
    client.close()


def answer_and_hand_back(desk: Running, said: str) -> None:
    """An agent takes the chat in which `said` was said, answers, and hands it back."""
    with staff(desk) as http:
        rows = http.get("/api/console/queue").json()["rows"]
        chat = next(one["conversation_id"] for one in rows if one["last_text"] == said)
        address = f"/api/console/conversations/{chat}"
        screen = http.post(f"{address}/accept", json={}).raise_for_status().json()
        seen = max(one["seq"] for one in screen["messages"])
        body = {"client_id": uuid.uuid4().hex, "text": "Here it is.", "seen_seq": seen}
        http.post(f"{address}/reply", json=body).raise_for_status()
        http.post(f"{address}/return", json={"reason": "done"}).raise_for_status()


class TestRating:
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_is_offered_quietly_after_a_routine_chat_and_given_once(
        self, visit: Opener, desk: Running, language: str
    ) -> None:
        page = visit(wait="input", locale={"en": "en-GB", "zh": "zh-CN"}[language])
        ready(page)
        said = {"en": "where is my receipt 4711", "zh": "我的发票 4711 在哪里"}[language]
        write(page, said)
        expect(page.locator("[data-state=sent],[data-state=seen]")).to_have_count(1, timeout=20_000)
        expect(page.get_by_test_id("after-rating")).to_have_count(0)
        answer_and_hand_back(desk, said)
        page.get_by_test_id("after-rating").click(timeout=30_000)
        expect(page.get_by_test_id("rating-send")).to_be_disabled()
        page.get_by_test_id("rating").get_by_role("radio").nth(3).check(force=True)
        page.get_by_test_id("rating").locator("textarea").fill("quick")
        shot(page, f"rating-{language}")
        no_violation(page)
        page.get_by_test_id("rating-send").click()
        expect(page.get_by_test_id("after-told")).to_contain_text({"en": "stored", "zh": "已保存"}[language])
        expect(page.get_by_test_id("after-rating")).to_have_count(0)
        page.reload()
        ready(page)
        expect(page.get_by_test_id("after-rating")).to_have_count(0)

    def test_is_never_there_after_danger(self, visit: Opener, desk: Running) -> None:
        page = visit(wait="input")
        ready(page)
        write(page, DANGER["en"])
        page.get_by_test_id("incident-reference").wait_for(timeout=30_000)
        expect(page.get_by_test_id("queue-place")).to_have_count(0)
        expect(page.locator(".after")).to_have_count(0)


class TestWaiting:
    def test_the_place_in_line_is_told_and_moves_up_by_itself(self, visit: Opener, desk: Running) -> None:
        first, second = visit(wait="input"), visit(wait="input")
        ready(first)
        write(first, "the first in line 1")
        ready(second)
        write(second, "the second in line 2")
        place = second.get_by_test_id("queue-place")
        expect(place).to_contain_text("in line, waiting since", timeout=20_000)
        before = place.inner_text()
        answer_and_hand_back(desk, "the first in line 1")
        expect(place).not_to_have_text(before, timeout=30_000)


class TestComplaint:
    def test_what_is_written_next_is_filed_and_its_case_shown(self, visit: Opener) -> None:
        page = visit(wait="complaint-button")
        ready(page)
        page.get_by_test_id("complaint-button").click()
        expect(page.get_by_text("Please tell us what happened")).to_be_visible(timeout=20_000)
        write(page, "the driver smoked and shouted all the way")
        expect(page.get_by_test_id("incident-reference")).to_contain_text("VG-", timeout=20_000)
        expect(page.get_by_test_id("emergency-number")).to_have_count(0)
        shot(page, "complaint")
        no_violation(page)
