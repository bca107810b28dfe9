"""What a person with the widget notices."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.web.conftest import Opener, Running

DANGER = {"en": "he locked the doors and won't let me out", "zh": "司机把车门锁了不让我下车"}
# The clock itself (2 s) is measured by itself; here a busy machine must not fail what is right.
AT_ONCE_MS = 12_000
NOTHING_UNSENT = "[data-state=kept],[data-state=sending]"


def write(page: Page, text: str) -> None:
    page.get_by_test_id("input").fill(text)
    page.get_by_test_id("send").click()


def own(page: Page) -> list[str]:
    bubbles = page.locator("[data-testid=message][data-author=reporter] .bubble")
    return bubbles.all_inner_texts()


def ready(page: Page) -> None:
    """The chat has a session: the desk's first words are there."""
    page.locator("[data-testid=message]:not([data-author=reporter])").first.wait_for()


def no_violation(page: Page) -> None:
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    assert found.response["violations"] == []


class TestDanger:
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_danger_shows_number_reference_and_truth(self, visit: Opener, language: str) -> None:
        page = visit(wait="input", locale={"en": "en-GB", "zh": "zh-CN"}[language])
        ready(page)
        write(page, DANGER[language])
        page.get_by_test_id("incident-reference").wait_for(timeout=AT_ONCE_MS)
        expect(page.get_by_test_id("emergency-number")).to_have_attribute("href", re.compile(r"^tel:\d+$"))
        truth = {"en": "nobody has joined yet", "zh": "还没有人加入"}[language]
        expect(page.get_by_test_id("joined-truth")).to_contain_text(truth)

    def test_one_tap_calls_for_help_and_sends_the_allowed_position(self, visit: Opener) -> None:
        there = {"latitude": 30.27415, "longitude": 120.15515}
        page = visit(wait="emergency-button", permissions=["geolocation"], geolocation=there)
        page.get_by_test_id("emergency-button").click()
        page.get_by_test_id("incident-reference").wait_for(timeout=AT_ONCE_MS)
        expect(page.get_by_test_id("emergency-number")).to_have_attribute("href", "tel:110")

    def test_without_network_the_number_is_shown_and_the_call_goes_out_later(self, visit: Opener) -> None:
        page = visit(wait="input", timezone_id="Asia/Hong_Kong")
        ready(page)
        page.context.set_offline(True)
        page.get_by_test_id("emergency-button").click()
        expect(page.get_by_test_id("emergency-number")).to_be_visible()
        page.get_by_test_id("offline").wait_for()
        expect(page.get_by_test_id("incident-banner")).to_contain_text("not sent yet")
        page.context.set_offline(False)
        page.get_by_test_id("incident-reference").wait_for()

    def test_nothing_sounds_and_the_title_stays(self, visit: Opener) -> None:
        page = visit(wait="input")
        page.evaluate(
            "window.told = [];"
            "for (const name of ['AudioContext', 'Audio', 'Notification']) window[name] = function () { told.push(name) };"
            "navigator.vibrate = () => told.push('vibrate'); null"
        )
        title = page.title()
        ready(page)
        page.get_by_test_id("emergency-button").click()
        page.get_by_test_id("incident-reference").wait_for()
        assert page.evaluate("told") == []
        assert page.title() == title


class TestSending:
    def test_what_was_written_offline_arrives_once_and_in_order(self, visit: Opener) -> None:
        page = visit(wait="input")
        ready(page)
        page.context.set_offline(True)
        for text in ("one", "two", "three"):
            write(page, text)
        page.get_by_test_id("offline").wait_for()
        page.context.set_offline(False)
        expect(page.locator(NOTHING_UNSENT)).to_have_count(0, timeout=30_000)
        page.reload()
        expect(page.locator("[data-author=reporter] .bubble")).to_have_count(3)
        assert own(page) == ["one", "two", "three"]

    def test_an_unsent_message_survives_a_reload_and_a_desk_that_is_away(
        self, visit: Opener, desk: Running
    ) -> None:
        page = visit(wait="input")
        ready(page)
        desk.stop()
        try:
            write(page, "kept while the desk is away")
            page.get_by_test_id("offline").wait_for()
        finally:
            desk.start()
        page.reload()
        expect(page.locator(NOTHING_UNSENT)).to_have_count(0, timeout=30_000)
        assert own(page) == ["kept while the desk is away"]

    def test_a_session_that_the_desk_does_not_know_is_replaced_and_nothing_is_lost(
        self, visit: Opener
    ) -> None:
        page = visit(wait="input")
        ready(page)
        page.evaluate(
            "localStorage.setItem('vigil:anonymous:session', JSON.stringify({token: 'invented', session_id: 'invented'}))"
        )
        page.reload()
        write(page, "after the change")
        expect(
            page.locator("[data-state=sent],[data-state=seen]").filter(has_text="after the change")
        ).to_be_visible()

    def test_two_tabs_show_the_same(self, visit: Opener) -> None:
        first = visit(wait="input")
        ready(first)
        second = first.context.new_page()
        second.goto(first.url)
        ready(second)
        write(first, "from the first")
        expect(second.get_by_text("from the first", exact=True)).to_have_count(1)
        write(second, "from the second")
        expect(first.get_by_text("from the second", exact=True)).to_have_count(1)
        assert own(first) == own(second) == ["from the first", "from the second"]

    def test_too_long_is_told_before_it_is_sent_and_stays(self, visit: Opener) -> None:
        page = visit(wait="input")
        page.get_by_test_id("input").fill("车" * 4_001)
        expect(page.get_by_test_id("too-long")).to_contain_text("1 character")
        expect(page.get_by_test_id("send")).to_be_disabled()
        expect(page.get_by_test_id("input")).to_have_value("车" * 4_001)

    def test_markup_and_odd_characters_are_text_and_break_nothing(self, visit: Opener) -> None:
        page = visit(wait="input")
        text = "<img src=x onerror=alert(1)>\u202egnirts\u202c " + "A" * 300 + "🚕" * 1_500
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        write(page, text)
        expect(page.locator("[data-state=sent],[data-state=seen]")).to_have_count(1)
        assert own(page) == [text]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


class TestDiscretion:
    def test_hidden_at_one_tap_even_after_a_reload_and_back_at_two(self, visit: Opener) -> None:
        page = visit(wait="hide-button")
        page.get_by_test_id("hide-button").click()
        expect(page.get_by_test_id("note")).to_be_visible()
        expect(page.get_by_test_id("panel")).to_have_count(0)
        page.reload()
        page.get_by_test_id("note-title").dblclick()
        expect(page.get_by_test_id("panel")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("note")).to_be_visible()


class TestPlaces:
    def test_a_page_in_another_encoding_shows_the_launcher_in_chinese(
        self, visit: Opener, desk: Running
    ) -> None:
        page = visit(locale="zh-CN")
        markup = "<!doctype html><title>x</title><script src='/widget.js'></script>"
        page.route(
            "**/elsewhere", lambda route: route.fulfill(content_type="text/html; charset=gbk", body=markup)
        )
        page.goto(f"{desk.url}/elsewhere")
        expect(page.get_by_test_id("launcher")).to_have_text("帮助")
        expect(page.get_by_test_id("emergency-button")).to_have_text("紧急求助")
        page.get_by_test_id("launcher").click()
        expect(page.get_by_test_id("panel")).to_be_visible()
        page.get_by_test_id("close").click()
        expect(page.get_by_test_id("launcher")).to_be_focused()

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_no_barrier_is_found(self, visit: Opener, scheme: str) -> None:
        page = visit(wait="input", color_scheme=scheme)
        ready(page)
        no_violation(page)
        page.get_by_test_id("emergency-button").click()
        page.get_by_test_id("incident-reference").wait_for()
        no_violation(page)
        page.get_by_test_id("hide-button").click()
        no_violation(page)
