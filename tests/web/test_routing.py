"""What agents and supervisors notice of routing: offers, the note that goes with a conversation, seats, several at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Opener, Running
from tests.web.test_board import CHEN, PHONE, speak_chinese, supervisor
from tests.web.test_console import AT_ONCE_MS, WIDE, no_violation, row, sign_in
from tests.web.test_macros import AGENT, ask


def console_of(visit: Opener, desk: Running, email: str, **options: object) -> Page:
    console = visit("/console", wait="sign-in-email", **options)
    sign_in(console, desk, email)
    return console


class TestOffered:
    def test_what_waits_is_offered_with_a_clock_and_one_key_takes_it(
        self, visit: Opener, desk: Running
    ) -> None:
        sam = console_of(visit, desk, AGENT, **WIDE)
        taking = sam.get_by_test_id("taking")
        expect(taking).to_have_attribute("aria-pressed", "true")
        taking.click()
        expect(taking).to_have_attribute("aria-pressed", "false")
        ask(visit, "a question about my umbrella for a person")
        waiting = row(sam, "umbrella")
        expect(waiting).to_have_attribute("data-lane", "queue", timeout=AT_ONCE_MS)
        expect(waiting).not_to_contain_text("offered")
        taking.click()
        expect(waiting).to_have_attribute("data-lane", "mine", timeout=AT_ONCE_MS)
        expect(waiting).to_contain_text("offered to you")
        expect(waiting.locator("vg-clock")).to_be_visible()
        no_violation(sam)
        waiting.click()
        sam.get_by_test_id("accept").wait_for()
        sam.keyboard.press("a")
        expect(sam.get_by_test_id("palette-open")).to_be_visible()
        expect(row(sam, "umbrella")).not_to_contain_text("offered")


class TestNote:
    @pytest.mark.parametrize("size", [WIDE, PHONE])
    def test_the_receiver_reads_the_note_above_everything_until_they_answer(
        self, visit: Opener, desk: Running, size: dict[str, object]
    ) -> None:
        word = "scarf" if size is WIDE else "glove"
        reporter = ask(visit, f"where is my {word}, I want a person")
        sam = console_of(visit, desk, AGENT, **WIDE)
        row(sam, word).click()
        sam.get_by_test_id("accept").click()
        expect(sam.get_by_test_id("palette-open")).to_be_visible()
        sam.get_by_test_id("team").click()
        sam.locator("#ask-team").select_option("expert")
        sam.get_by_test_id("confirm").click()
        expect(sam.locator("dialog.ask [role=alert]")).to_contain_text("Fill in")
        sam.get_by_test_id("reason").fill(f"silk {word}, two drivers deny it")
        sam.get_by_test_id("confirm").click()
        told = reporter.locator("[data-testid=message][data-author=system]").last
        expect(told).to_contain_text("passed on to our specialists", timeout=AT_ONCE_MS)
        boss = console_of(visit, desk, CHEN, **size)
        row(boss, word).click()
        note = boss.get_by_test_id("warm-note")
        expect(note).to_contain_text(f"silk {word}, two drivers deny it")
        expect(note).to_contain_text("Sam Wong")
        assert boss.evaluate("document.documentElement.scrollWidth <= innerWidth")
        no_violation(boss)
        boss.get_by_test_id("accept").click()
        expect(boss.get_by_test_id("palette-open")).to_be_visible()
        expect(note).to_be_visible()
        boss.get_by_test_id("reply-input").fill(f"I am looking for the {word} myself.")
        boss.get_by_test_id("reply-send").click()
        expect(note).to_have_count(0, timeout=AT_ONCE_MS)


class TestSeats:
    @pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")])
    def test_a_supervisor_sets_skills_capacity_and_tier_and_sets_them_back(
        self, visit: Opener, desk: Running, size: dict[str, object], scheme: str
    ) -> None:
        page = supervisor(visit, desk, "accounts", "account", color_scheme=scheme, **size)
        sam = page.locator("[data-testid=account][data-email='sam.wong@vigil.example']")
        sam.get_by_test_id("account-seat").click()
        capacity = page.get_by_test_id("seat-capacity")
        expect(capacity).to_have_value("4")
        expect(page.get_by_test_id("skill-lost_item")).to_be_checked()
        for skill in ("zh", "en"):
            page.get_by_test_id(f"skill-{skill}").uncheck()
        capacity.fill("7")
        page.get_by_test_id("seat-save").click()
        expect(page.get_by_test_id("seat-problem")).to_contain_text("at least one language")
        expect(capacity).to_have_value("7")
        page.get_by_test_id("skill-en").check()
        no_violation(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_test_id("seat-save").click()
        expect(capacity).to_have_count(0)
        sam.get_by_test_id("account-seat").click()
        expect(capacity).to_have_value("7")
        expect(page.get_by_test_id("skill-zh")).not_to_be_checked()
        speak_chinese(page)
        page.get_by_test_id("seat-reset").click()
        expect(capacity).to_have_count(0)
        sam.get_by_test_id("account-seat").click()
        expect(capacity).to_have_value("4")


class TestSeveral:
    def test_selected_conversations_are_handed_to_a_tier_with_one_note(
        self, visit: Opener, desk: Running
    ) -> None:
        for n in (1, 2):
            ask(visit, f"marmalade {n}, please let a person look at it")
        page = console_of(visit, desk, CHEN, **WIDE)
        expect(page.locator("[data-lane=queue]").filter(has_text="marmalade")).to_have_count(
            2, timeout=AT_ONCE_MS
        )
        page.goto(f"{desk.url}/console#/search")
        page.get_by_test_id("search-q").fill("marmalade")
        page.get_by_test_id("search-q").press("Enter")
        rows = page.get_by_test_id("search-row")
        expect(rows).to_have_count(2)
        for n in (0, 1):
            rows.nth(n).get_by_test_id("search-choose").check()
        page.get_by_test_id("hand-note").fill("the jar broke in both cars")
        page.get_by_test_id("hand-go").click()
        expect(page.get_by_test_id("hand-problem")).to_contain_text("either one colleague or one team")
        expect(page.get_by_test_id("hand-note")).to_have_value("the jar broke in both cars")
        page.get_by_test_id("hand-to").select_option("team:senior")
        no_violation(page)
        page.get_by_test_id("hand-go").click()
        expect(page.get_by_test_id("search-outcome")).to_have_text([re.compile("Handed over")] * 2)
        rows.first.get_by_test_id("search-open").click()
        expect(page.get_by_test_id("warm-note")).to_contain_text("the jar broke in both cars")
