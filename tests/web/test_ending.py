"""Ending over new words: what the reporter writes while the question stands open is shown first."""

from __future__ import annotations

import json

from playwright.sync_api import Route, expect

from tests.web.conftest import Opener, Running
from tests.web.test_console import WIDE, cry, row, sign_in


def test_a_resolution_that_overlooks_a_new_message_shows_it_and_keeps_what_was_typed(
    visit: Opener, desk: Running
) -> None:
    reporter, reference = cry(visit)
    console = visit("/console", wait="sign-in-email", **WIDE)
    sign_in(console, desk)
    row(console, reference).click()
    console.get_by_test_id("accept").click()
    expect(console.get_by_test_id("resolve")).to_be_visible()
    console.get_by_test_id("resolve").click()
    console.get_by_test_id("resolve-code").select_option("safe_confirmed")
    console.get_by_test_id("resolve-reason").fill("The passenger is at home.")
    reporter.get_by_test_id("input").fill("no, he came back with a knife")
    reporter.keyboard.press("Enter")
    console.locator("#log").get_by_text("he came back with a knife").wait_for(state="attached")
    console.get_by_test_id("resolve-confirm").click()
    told = console.locator("dialog.ask [role=alert]")
    expect(told).to_contain_text("no, he came back with a knife")
    expect(told).to_contain_text("Not done")
    expect(console.get_by_test_id("resolve-reason")).to_have_value("The passenger is at home.")
    console.get_by_test_id("resolve-confirm").click()
    expect(reporter.get_by_test_id("joined-truth")).to_contain_text("closed")


def test_a_resolution_that_another_reporters_words_hold_up_shows_them_and_ends_nothing_else(
    visit: Opener, desk: Running
) -> None:
    (_, mine), (_, theirs) = cry(visit), cry(visit)
    console = visit("/console", wait="sign-in-email", **WIDE)
    sign_in(console, desk)
    unread = row(console, theirs).get_attribute("data-conversation")
    row(console, mine).click()
    console.get_by_test_id("accept").click()
    console.get_by_test_id("resolve").click()
    tried: list[str] = []

    def others_wait(route: Route) -> None:
        tried.append(route.request.url)
        error = {
            "code": "others_wait",
            "message": "Another has written.",
            "details": {"conversations": [unread]},
        }
        route.fulfill(status=409, content_type="application/json", body=json.dumps({"error": error}))

    console.route("**/conversations/*/resolve", others_wait)
    console.get_by_test_id("resolve-code").select_option("safe_confirmed")
    console.get_by_test_id("resolve-reason").fill("The passenger is at home.")
    console.get_by_test_id("resolve-confirm").click()
    expect(console.get_by_test_id("case-reference").first).to_have_text(theirs)
    # No question stays open over a conversation that it was not asked of.
    expect(console.locator("dialog.ask")).to_have_count(0)
    expect(console.get_by_test_id("toast")).to_contain_text("Another has written.")
    assert len(tried) == 1 and str(unread) not in tried[0]
