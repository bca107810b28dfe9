"""The three stories, in a real browser, in both languages: routine is settled, danger reaches a person at once, and with
Rasa stopped nothing changes for the passenger."""

from __future__ import annotations

import re
import time
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Stack, open_console, open_widget, say

# The first of them may train the assistant before it starts.
pytestmark = pytest.mark.timeout(900)

SHOTS = Path(__file__).resolve().parents[2] / "var" / "screenshots"
LIVE = {
    "zh": ("r_lin", "zh-CN", "司机把车门锁了不让我下车", "110"),
    "en": ("r_olivia", "en-GB", "he locked the doors and won't stop", "999"),
}
LOST = {
    "zh": ("r_chen", "zh-CN", "我的手机落在刚才那辆车上了", "手机", "找到"),
    "en": ("r_emma", "en-GB", "left my phone in the car", "phone", "found"),
}


def shot(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


@pytest.mark.parametrize("language", ["zh", "en"])
class TestRoutineIsSettled:
    def test_a_lost_phone_is_reported_and_the_answer_comes_unasked(
        self, browser: Browser, fresh: Stack, language: str
    ) -> None:
        person, locale, text, item, found = LOST[language]
        page = open_widget(browser, fresh, person, locale)
        say(page, text)
        answers = page.locator("[data-testid='message'][data-author='assistant']")
        expect(answers.filter(has_text=item).first).to_be_visible(timeout=15_000)
        shot(page, f"lost-phone-filed-{language}")
        items = httpx.get(f"{fresh.sandbox_url}/demo/state", trust_env=False, timeout=60.0).json()[
            "lost_items"
        ]
        asked = [one for one in items if one["category"] == "phone"]
        assert asked, "the platform holds no lost-item report"
        httpx.post(
            f"{fresh.sandbox_url}/demo/lost-items/{asked[0]['id']}/driver-answer",
            json={"found": True},
            trust_env=False,
            timeout=60.0,
        ).raise_for_status()
        news = page.locator("[data-testid='message']").filter(has_text=found)
        expect(news.last).to_be_visible(timeout=15_000)
        shot(page, f"lost-phone-found-{language}")


@pytest.mark.parametrize("language", ["zh", "en"])
class TestDangerReachesAPerson:
    def test_within_two_seconds_number_reference_and_truth_then_a_name(
        self, browser: Browser, fresh: Stack, language: str
    ) -> None:
        person, locale, text, number = LIVE[language]
        desk = open_console(browser, fresh, "safety", locale)
        page = open_widget(browser, fresh, person, locale)
        began = time.monotonic()
        say(page, text)
        banner = page.get_by_test_id("incident-banner")
        expect(banner).to_contain_text(number, timeout=2_000)
        expect(page.get_by_test_id("incident-reference")).to_contain_text("VG-", timeout=2_000)
        assert time.monotonic() - began < 2.0
        reference = re.search(r"VG-\w{3}-\w{3}", page.get_by_test_id("incident-reference").inner_text())
        assert reference is not None
        row = desk.locator("[data-testid='queue-row']").filter(has_text=reference.group(0))
        expect(row).to_be_visible(timeout=2_000)
        shot(page, f"danger-first-words-{language}")
        row.click()
        expect(desk.get_by_test_id("case-reference")).to_contain_text(reference.group(0))
        expect(desk.get_by_test_id("case-plate")).not_to_be_empty()
        expect(desk.get_by_test_id("case-position")).to_be_visible()
        shot(desk, f"danger-desk-before-{language}")
        desk.get_by_test_id("accept").first.click()
        expect(page.get_by_test_id("joined-truth")).to_contain_text("Li Na", timeout=5_000)
        desk.get_by_test_id("reply-input").fill("I am Li Na. What do you see out of the window?")
        desk.get_by_test_id("reply-send").click()
        staff = page.locator("[data-testid='message'][data-author='staff']")
        expect(staff.last).to_contain_text("out of the window", timeout=5_000)
        say(page, "where is my receipt")
        expect(desk.locator("[data-testid='message']").filter(has_text="where is my receipt")).to_be_visible()
        shot(page, f"danger-talking-{language}")
        shot(desk, f"danger-desk-talking-{language}")
        desk.get_by_test_id("resolve").click()
        _resolve(desk)
        after = page.locator("[data-testid='message'][data-author='assistant']").count()
        say(page, LOST[language][2])
        expect(page.locator("[data-testid='message'][data-author='assistant']")).not_to_have_count(
            after, timeout=15_000
        )
        shot(page, f"danger-handed-back-{language}")


def _resolve(desk: Page) -> None:
    code = desk.get_by_test_id("resolve-code")
    if code.evaluate("node => node.tagName") == "SELECT":
        code.select_option("safe_confirmed")
    else:
        desk.get_by_test_id("resolve-code-safe_confirmed").check()
    desk.get_by_test_id("resolve-reason").fill("spoke with her; she is out of the car and safe")
    desk.get_by_test_id("resolve-confirm").click()
    # The question stays until the desk has answered: what is written before that still belongs to the person who holds it.
    expect(desk.get_by_test_id("resolve-confirm")).to_have_count(0, timeout=10_000)


class TestRasaStopped:
    def test_nothing_changes_for_the_passenger_and_the_assistant_comes_back(
        self, browser: Browser, fresh: Stack
    ) -> None:
        fresh.stop("rasa")
        try:
            desk = open_console(browser, fresh, "safety", "zh-CN")
            page = open_widget(browser, fresh, "r_lin", "zh-CN")
            began = time.monotonic()
            say(page, LIVE["zh"][2])
            expect(page.get_by_test_id("incident-banner")).to_contain_text("110", timeout=2_000)
            assert time.monotonic() - began < 2.0
            expect(desk.locator("[data-testid='queue-row'][data-grade='S0']").first).to_be_visible(
                timeout=2_000
            )
            shot(page, "rasa-stopped-zh")
            routine = open_widget(browser, fresh, "r_emma", "en-GB")
            say(routine, "left my phone in the car")
            expect(routine.locator("[data-testid='message'][data-author='system']").last).to_contain_text(
                "in line for a person", timeout=10_000
            )
        finally:
            fresh.start("rasa")
            fresh.wait_until_ready()
