"""What agents notice of promises, and supervisors of offers: clocks on the case, drafts over a reload, the live board."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from playwright.sync_api import Page, Route, expect

from tests.web.conftest import Opener, Running
from tests.web.test_board import speak_chinese, supervisor
from tests.web.test_console import AT_ONCE_MS, WIDE, no_violation
from tests.web.test_macros import AGENT, ask, hold
from tests.web.test_routing import console_of


def promise_in_ten(console: Page) -> None:
    """Ten minutes are chosen with a half-written answer."""
    console.get_by_test_id("reply-input").fill("I am looking into it")
    console.get_by_test_id("promise").select_option("10")


def a_quarter_of_an_hour_late(route: Route) -> None:
    """What the desk would show if the answer had not come."""
    answer = route.fetch()
    screen = answer.json()
    for one in screen["promises"]:
        due = datetime.fromisoformat(one["due_at"]) - timedelta(minutes=15)
        one.update(due_at=due.isoformat(), broken=True)
    route.fulfill(response=answer, json=screen)


class TestPromised:
    def test_a_half_written_promise_outlives_a_reload_and_then_runs_on_the_case_screen(
        self, visit: Opener, desk: Running
    ) -> None:
        ask(visit, "the accordion is out of tune, I want a person")
        console = hold(visit, desk, "accordion")
        promise_in_ten(console)
        console.reload()
        console.get_by_test_id("queue-row").filter(has_text="accordion").click()
        expect(console.get_by_test_id("reply-input")).to_have_value("I am looking into it")
        expect(console.get_by_test_id("promise")).to_have_value("10")
        console.get_by_test_id("reply-send").click()
        promised = console.get_by_test_id("promised")
        expect(promised).to_contain_text(re.compile(r"given by .+(10:00|9:\d\d) left", re.DOTALL))
        expect(promised).to_have_attribute("data-broken", "false")
        no_violation(console)

    def test_a_broken_promise_is_plainly_broken_in_both_languages(self, visit: Opener, desk: Running) -> None:
        ask(visit, "the oboe is out of tune, I want a person")
        console = hold(visit, desk, "oboe")
        console.route(re.compile(r"/api/console/conversations/[^/]+$"), a_quarter_of_an_hour_late)
        promise_in_ten(console)
        console.get_by_test_id("reply-send").click()
        promised = console.get_by_test_id("promised")
        expect(promised).to_have_attribute("data-broken", "true")
        expect(promised).to_contain_text(re.compile(r"Broken (5:0|4:5)\d ago, still owed"))
        no_violation(console)
        speak_chinese(console)
        expect(promised).to_contain_text(re.compile(r"承诺的时间.+已失约 5:\d\d，仍未兑现", re.DOTALL))

    def test_the_timeline_of_a_chinese_page_is_chinese(self, visit: Opener, desk: Running) -> None:
        ask(visit, "the bagpipe is missing, I want a person")
        console = hold(visit, desk, "bagpipe")
        promise_in_ten(console)
        console.get_by_test_id("reply-send").click()
        expect(console.get_by_test_id("promised")).to_be_visible()
        speak_chinese(console)
        made = console.locator("[data-testid=timeline-entry][data-act=promise_made]")
        expect(made).to_contain_text("时间：")
        for entry in console.get_by_test_id("timeline-entry").all():
            words = entry.inner_text().replace("Sam Wong", "")
            assert not re.search(r"[a-z]{3,}", words), words


class TestBoard:
    def test_who_is_offered_what_and_who_is_there_is_live_on_the_board(
        self, visit: Opener, desk: Running
    ) -> None:
        sam = console_of(visit, desk, AGENT, **WIDE)
        board = supervisor(visit, desk, "board", "board-routing", **WIDE)
        seat = board.get_by_test_id("board-seat").filter(has_text="Sam Wong")
        expect(seat).to_contain_text("here", timeout=AT_ONCE_MS)
        expect(seat).to_contain_text("L2 senior support")
        ask(visit, "a question about my cymbal for a person")
        offer = board.get_by_test_id("board-offer").first
        expect(offer).to_contain_text("Sam Wong", timeout=AT_ONCE_MS)
        expect(offer.locator("vg-clock")).not_to_be_empty()
        no_violation(board)
        assert board.evaluate("document.documentElement.scrollWidth <= innerWidth")
        sam.get_by_test_id("taking").click()
        expect(board.get_by_test_id("board-offer")).to_have_count(0, timeout=30_000)
        expect(seat).to_contain_text("takes none")
        speak_chinese(board)
        expect(seat).to_contain_text("L2 资深客服")
        expect(seat).to_contain_text("不接")
