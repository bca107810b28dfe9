"""The widget on a company's pages: from page to page, in two tabs, where the storage is emptied, on short screens."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from bot.identity.tokens import sign_app_token
from tests.web.conftest import Opener, Running
from tests.web.test_widget import AT_ONCE_MS, DANGER, own, ready, write
from tests.web.test_widget_sending import DOORS, SESSIONS, stored, token_comes
from tests.web.test_widget_sending import ready as settled

HOST = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width,initial-scale=1">
<body><h1>Ride app</h1><script src="/widget.js" data-locale="en" data-token="{token}"></script></body></html>"""
FORBIDDEN = """for (const name of ['localStorage', 'sessionStorage'])
  Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError') } })"""
# How far a button reaches out of what the panel shows, in pixels; none is negative or 0.
CUT = """(name) => {
  const root = document.querySelector('vigil-chat').shadowRoot
  const panel = root.querySelector('.panel').getBoundingClientRect()
  const one = root.querySelector(`[data-testid=${name}]`).getBoundingClientRect()
  return Math.max(panel.top - one.top, one.bottom - panel.bottom, -panel.top, panel.bottom - innerHeight)
}"""


@pytest.fixture
def host(visit: Opener, desk: Running) -> Opener:
    """Opens a page of a company that has the widget's script in it; `token`: the person it has signed in."""

    def opened(*, token: str = "", init: str = "", **options: object) -> Page:
        page = visit("/healthz", **options)
        page.context.route(
            "**/host*",
            lambda one: one.fulfill(content_type="text/html", body=HOST.replace("{token}", token)),
        )
        if init:
            page.context.add_init_script(init)
        return go(page, desk)

    return opened


def go(page: Page, desk: Running) -> Page:
    page.goto(f"{desk.url}/host?{uuid.uuid4().hex}")
    page.get_by_test_id("emergency-button").wait_for()
    return page


def cut_off(page: Page) -> None:
    """The desk cannot be reached by anything of this browser; the pages of the company can."""
    page.context.route(DOORS, lambda one: one.abort())
    page.context.route("**/socket.io/**", lambda one: one.abort())


def back(page: Page) -> None:
    page.context.unroute(DOORS)
    page.context.unroute("**/socket.io/**")


def state(page: Page, desk: Running, owner: str) -> dict[str, object]:
    kept = page.evaluate("owner => JSON.parse(localStorage.getItem(`vigil:${owner}:session`))", owner)
    found: dict[str, object] = httpx.get(
        f"{desk.url}/api/chat/conversation",
        headers={"Authorization": f"Bearer {kept['token']}"},
        trust_env=False,
        timeout=60.0,
    ).json()
    return found


class TestNextPage:
    def test_a_kept_call_for_help_goes_out_without_anybody_opening_the_chat(
        self, host: Opener, desk: Running
    ) -> None:
        page = host()
        cut_off(page)
        page.get_by_test_id("emergency-button").click()
        page.get_by_test_id("offline").wait_for()
        go(page, desk)
        expect(page.get_by_test_id("not-sent")).to_be_visible()
        back(page)
        go(page, desk)
        settled(page)
        expect(page.get_by_test_id("not-sent")).to_have_count(0, timeout=AT_ONCE_MS)
        expect(page.get_by_test_id("panel")).to_have_count(0)
        assert state(page, desk, "anonymous")["grade"] == "S0"

    def test_what_was_read_on_the_page_before_is_not_new_and_what_comes_is(
        self, host: Opener, desk: Running
    ) -> None:
        page = host()
        page.get_by_test_id("launcher").click()
        ready(page)
        page.wait_for_function("JSON.parse(localStorage.getItem('vigil:anonymous:session')).read > 0")
        go(page, desk)
        kept = json.loads(page.evaluate("localStorage.getItem('vigil:anonymous:session')"))
        body = {"client_id": uuid.uuid4().hex, "text": DANGER["en"]}
        mine = {"Authorization": f"Bearer {kept['token']}"}
        with page.expect_request(DOORS):
            expect(page.locator(".dot")).to_have_count(0)
        httpx.post(f"{desk.url}/api/chat/messages", json=body, headers=mine, trust_env=False, timeout=60.0)
        expect(page.locator(".dot")).to_be_visible(timeout=30_000)

    def test_emergency_shows_the_number_where_the_chat_was_hidden_before(
        self, host: Opener, desk: Running
    ) -> None:
        page = host()
        page.get_by_test_id("launcher").click()
        page.get_by_test_id("hide-button").click()
        page.get_by_test_id("note").wait_for()
        go(page, desk)
        page.get_by_test_id("emergency-button").click()
        expect(page.get_by_test_id("emergency-number")).to_be_visible()
        expect(page.get_by_test_id("note")).to_have_count(0)


class TestTwoTabs:
    def test_a_slow_tab_does_not_take_the_case_from_the_other(self, host: Opener, desk: Running) -> None:
        first = host()
        held: list[Route] = []
        first.route(SESSIONS, lambda one: held.append(one))  # noqa: PLW0108 - a built-in has no room for what Playwright notes
        with first.expect_request(SESSIONS):
            first.get_by_test_id("launcher").click()
        second = go(first.context.new_page(), desk)
        second.get_by_test_id("emergency-button").click()
        second.get_by_test_id("incident-reference").wait_for(timeout=AT_ONCE_MS)
        reference = second.get_by_test_id("incident-reference").inner_text()
        with first.expect_response(SESSIONS):
            held[0].continue_()
        expect(first.get_by_test_id("incident-reference")).to_have_text(reference, timeout=AT_ONCE_MS)
        expect(second.get_by_test_id("incident-reference")).to_have_text(reference)
        go(second, desk).get_by_test_id("launcher").click()
        expect(second.get_by_test_id("incident-reference")).to_have_text(reference, timeout=AT_ONCE_MS)

    def test_a_case_that_is_open_is_put_back_where_the_next_page_finds_it(
        self, host: Opener, desk: Running
    ) -> None:
        page = host()
        page.get_by_test_id("emergency-button").click()
        page.get_by_test_id("incident-reference").wait_for(timeout=AT_ONCE_MS)
        reference = page.get_by_test_id("incident-reference").inner_text()
        other = httpx.post(f"{desk.url}/api/chat/sessions", json={}, trust_env=False, timeout=60.0).json()
        tab = page.context.new_page()
        tab.goto(f"{desk.url}/healthz")
        kept = json.dumps({"token": other["token"], "session_id": other["session_id"]})
        tab.evaluate("kept => localStorage.setItem('vigil:anonymous:session', kept)", kept)
        page.wait_for_function("kept => localStorage.getItem('vigil:anonymous:session') !== kept", arg=kept)
        expect(page.get_by_test_id("incident-reference")).to_have_text(reference)
        go(tab, desk).get_by_test_id("launcher").click()
        expect(tab.get_by_test_id("incident-reference")).to_have_text(reference, timeout=AT_ONCE_MS)


class TestNaming:
    def test_a_rider_whose_token_had_run_out_is_known_once_the_app_renews_it(
        self, host: Opener, desk: Running
    ) -> None:
        rider = f"late-{uuid.uuid4().hex[:8]}"
        page = host(token=sign_app_token(rider, "rider", lasts=timedelta(minutes=-10)))
        page.get_by_test_id("launcher").click()
        settled(page, f"rider.{rider}")
        assert state(page, desk, f"rider.{rider}")["role"] == "unknown"
        with page.expect_response(lambda one: one.url.endswith("/api/chat/person") and one.ok):
            token_comes(page, sign_app_token(rider, "rider"))
        assert state(page, desk, f"rider.{rider}")["role"] == "rider"

    def test_a_cry_from_before_the_app_named_its_person_becomes_theirs(
        self, host: Opener, desk: Running
    ) -> None:
        rider, page = f"late-{uuid.uuid4().hex[:8]}", host()
        page.get_by_test_id("emergency-button").click()
        page.get_by_test_id("incident-reference").wait_for(timeout=AT_ONCE_MS)
        with page.expect_response(lambda one: one.url.endswith("/api/chat/person") and one.ok):
            token_comes(page, sign_app_token(rider, "rider"))
        found = state(page, desk, f"rider.{rider}")
        assert (found["role"], found["grade"]) == ("rider", "S0")


def without_network(host: Opener) -> Page:
    """A page whose chat is open and has its session, and then the network goes."""
    page = host()
    page.get_by_test_id("launcher").click()
    ready(page)
    settled(page)
    cut_off(page)
    return page


class TestKeptWords:
    def test_outlive_a_host_that_empties_the_storage_and_turns_the_page(
        self, host: Opener, desk: Running
    ) -> None:
        page = without_network(host)
        write(page, "he will not let me out at my stop")
        page.locator("[data-state=kept]").wait_for()
        page.evaluate("localStorage.clear()")
        go(page, desk)
        back(page)
        go(page, desk)
        settled(page)
        assert stored(page, desk, "anonymous") == ["he will not let me out at my stop"]

    def test_go_out_in_the_order_they_were_written_whatever_the_clock_does(
        self, host: Opener, desk: Running
    ) -> None:
        page = without_network(host)
        said = ["he took my phone", "he gave it back", "he took it again"]
        for text in said[:2]:
            write(page, text)
        page.evaluate("const now = Date.now; Date.now = () => now() - 3_600_000; null")
        write(page, said[2])
        expect(page.locator("[data-state=kept]")).to_have_count(3)
        assert own(page) == said
        back(page)
        settled(page)
        assert stored(page, desk, "anonymous") == said

    def test_where_the_browser_keeps_nothing_the_page_says_so_and_asks_before_it_is_left(
        self, host: Opener, desk: Running
    ) -> None:
        page = host(init=FORBIDDEN)
        cut_off(page)
        page.get_by_test_id("emergency-button").click()
        page.get_by_test_id("offline").wait_for()
        expect(page.get_by_test_id("incident-banner")).to_contain_text("Keep this page open")
        asked: list[str] = []

        def stay(dialog: Dialog) -> None:
            asked.append(dialog.type)
            dialog.dismiss()

        page.on("dialog", stay)
        page.evaluate("location.href = '/healthz'")
        expect(page.get_by_test_id("incident-banner")).to_be_visible()
        back(page)
        page.get_by_test_id("incident-reference").wait_for(timeout=30_000)
        assert asked == ["beforeunload"]


class TestShortScreens:
    def test_hide_close_and_the_call_for_help_stay_in_sight_while_writing(self, host: Opener) -> None:
        page = host(viewport={"width": 375, "height": 667})
        page.get_by_test_id("emergency-button").click()
        page.get_by_test_id("incident-reference").wait_for(timeout=AT_ONCE_MS)
        for width, height in [(640, 360), (667, 375), (568, 320), (375, 340), (320, 315), (320, 256)]:
            page.set_viewport_size({"width": width, "height": height})
            for text in ("x", "he has turned off the main road and does not answer me, please hurry " * 3):
                page.get_by_test_id("input").fill(text)
                page.get_by_test_id("input").press("End")
                page.get_by_test_id("input").press_sequentially(".")
                for name in (
                    "hide-button",
                    "close",
                    "emergency-button",
                    *(["input"] if height > 300 else []),
                ):
                    cut = page.evaluate(CUT, name)
                    assert cut <= 1, (width, height, len(text), name, cut)


class TestLargeLetters:
    @pytest.mark.parametrize("width", [320, 390])
    def test_the_way_in_every_number_and_the_messages_are_there_at_twice_the_size(
        self, host: Opener, width: int
    ) -> None:
        twice = (
            "addEventListener('DOMContentLoaded', () => { document.documentElement.style.fontSize = '200%' })"
        )
        page = host(init=twice, viewport={"width": width, "height": 780})
        way_in = page.get_by_test_id("emergency-button")
        expect(way_in).to_be_in_viewport(ratio=1)
        expect(page.get_by_test_id("launcher")).to_be_in_viewport(ratio=1)
        way_in.click()
        expect(page.get_by_test_id("emergency-number")).to_be_in_viewport(ratio=1, timeout=AT_ONCE_MS)
        reference = page.get_by_test_id("incident-reference")
        reference.wait_for(timeout=AT_ONCE_MS)
        log = page.locator(".log").bounding_box()
        assert log is not None and log["height"] >= 72
        expect(page.get_by_test_id("emergency-number")).to_be_in_viewport(ratio=1)
        for other in [*page.get_by_test_id("emergency-number-more").all(), reference]:
            other.scroll_into_view_if_needed()
            expect(other).to_be_in_viewport(ratio=1)
