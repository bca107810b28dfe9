"""What an agent at the console notices."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.attachments import samples
from tests.web.conftest import Opener, Running

# The clock itself (2 s) is measured by itself; here a busy machine must not fail what is right.
AT_ONCE_MS = 12_000
WIDE = {"viewport": {"width": 1280, "height": 800}}


def no_violation(page: Page) -> None:
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    assert found.response["violations"] == []


def sign_in(page: Page, desk: Running, email: str = "li.na@vigil.example") -> None:
    page.get_by_test_id("sign-in-email").fill(email)
    page.get_by_test_id("sign-in-password").fill(desk.password(email))
    page.get_by_test_id("sign-in-submit").click()
    page.get_by_test_id("filter").wait_for()


def cry(visit: Opener) -> tuple[Page, str]:
    """Somebody calls for help; their page and the case's reference."""
    reporter = visit(wait="emergency-button")
    reporter.get_by_test_id("emergency-button").click()
    return reporter, reporter.get_by_test_id("incident-reference").inner_text()


def row(console: Page, reference: str):  # type: ignore[no-untyped-def]
    return console.get_by_test_id("queue-row").filter(has_text=reference)


class TestSigningIn:
    def test_a_wrong_password_is_told_in_words(self, visit: Opener) -> None:
        page = visit("/console", wait="sign-in-email", **WIDE)
        page.get_by_test_id("sign-in-email").fill("li.na@vigil.example")
        page.get_by_test_id("sign-in-password").fill("not this one")
        page.get_by_test_id("sign-in-submit").click()
        expect(page.get_by_test_id("sign-in-problem")).not_to_be_empty()
        no_violation(page)

    def test_an_ended_sign_in_takes_nothing_that_was_typed(self, visit: Opener, desk: Running) -> None:
        reporter, reference = cry(visit)
        console = visit("/console", wait="sign-in-email", **WIDE)
        sign_in(console, desk)
        row(console, reference).click()
        console.get_by_test_id("accept").click()
        console.get_by_test_id("reply-input").fill("half a sentence")
        expect(console.get_by_test_id("reply-send")).to_be_enabled()
        console.context.clear_cookies()
        # Whatever makes the page ask the desk again brings it to light.
        reporter.get_by_test_id("input").fill("hello?")
        reporter.keyboard.press("Enter")
        console.locator("dialog.gate").wait_for()
        no_violation(console)
        sign_in(console, desk)
        expect(console.get_by_test_id("reply-input")).to_have_value("half a sentence")


class TestAlarm:
    def test_s0_rings_and_cannot_be_filtered_away_until_accepted(self, visit: Opener, desk: Running) -> None:
        console = visit("/console", wait="sign-in-email", **WIDE)
        sign_in(console, desk)
        reporter, reference = cry(visit)
        alarm = console.get_by_test_id("alarm").filter(has_text=reference)
        alarm.wait_for(timeout=AT_ONCE_MS)
        console.get_by_test_id("filter").fill("nothing like this")
        expect(row(console, reference)).to_be_visible()
        alarm.get_by_test_id("alarm-accept").click()
        expect(alarm).to_have_count(0)
        expect(reporter.get_by_test_id("joined-truth")).to_contain_text("has joined")


class TestCase:
    def test_keys_take_a_case_from_queue_to_resolution(self, visit: Opener, desk: Running) -> None:
        console = visit("/console", wait="sign-in-email", **WIDE)
        sign_in(console, desk)
        reporter, reference = cry(visit)
        row(console, reference).click()
        expect(console.get_by_test_id("case-reference").first).to_have_text(reference)
        console.keyboard.press("a")
        expect(console.get_by_test_id("reply-input")).to_be_focused()
        console.keyboard.type("I am Li Na. Can you write?")
        expect(console.get_by_test_id("reply-send")).to_be_enabled()
        console.keyboard.press("Enter")
        reporter.get_by_text("I am Li Na. Can you write?").wait_for()
        expect(console.get_by_test_id("reply-input")).to_have_value("")
        console.keyboard.press("Escape")
        console.keyboard.press("n")
        console.get_by_test_id("note-text").fill("Speaks freely.")
        console.get_by_test_id("confirm").click()
        expect(console.get_by_test_id("note-entry")).to_contain_text("Speaks freely.")
        expect(console.locator("dialog.ask")).to_have_count(0)
        console.keyboard.press("x")
        console.get_by_test_id("station").fill("City control room")
        console.get_by_test_id("officer").fill("Operator 12")
        console.get_by_test_id("confirm").click()
        expect(console.get_by_role("dialog").get_by_role("alert")).to_contain_text("the report number")
        console.get_by_test_id("number").fill("not given")
        console.get_by_test_id("confirm").click()
        expect(console.get_by_test_id("case-emergency-call").first).to_contain_text("City control room")
        expect(console.locator("dialog.ask")).to_have_count(0)
        no_violation(console)
        console.keyboard.press("z")
        console.get_by_test_id("resolve-confirm").click()
        expect(console.locator("dialog.ask [role=alert]")).not_to_be_empty()
        console.get_by_test_id("resolve-code").select_option("safe_confirmed")
        console.get_by_test_id("resolve-reason").fill("The passenger is at home.")
        console.get_by_test_id("resolve-confirm").click()
        expect(reporter.get_by_test_id("joined-truth")).to_contain_text("closed")

    def test_an_answer_that_overlooks_a_new_message_is_held_and_kept(
        self, visit: Opener, desk: Running
    ) -> None:
        reporter, reference = cry(visit)
        console = visit("/console", wait="sign-in-email", **WIDE)
        sign_in(console, desk)
        row(console, reference).click()
        console.get_by_test_id("accept").click()
        for number in range(30):
            reporter.get_by_test_id("input").fill(f"line {number}")
            reporter.keyboard.press("Enter")
        console.locator("#log").get_by_text("line 29", exact=True).wait_for()
        console.locator("#log").evaluate(
            "log => { log.scrollTop = 0; log.dispatchEvent(new Event('scroll')) }"
        )
        reporter.get_by_test_id("input").fill("wait, he stopped")
        reporter.keyboard.press("Enter")
        console.locator("#log").get_by_text("wait, he stopped").wait_for(state="attached")
        console.get_by_test_id("reply-input").fill("Where are you now?")
        console.get_by_test_id("reply-send").click()
        expect(console.get_by_test_id("reply-problem")).to_contain_text("New messages")
        expect(console.get_by_test_id("reply-input")).to_have_value("Where are you now?")
        expect(console.locator("#log").get_by_text("wait, he stopped")).to_be_in_viewport()
        console.get_by_test_id("reply-send").click()
        reporter.get_by_text("Where are you now?").wait_for()

    def test_the_second_agent_is_told_who_holds_it(self, visit: Opener, desk: Running) -> None:
        reporter = visit(wait="input")
        reporter.locator("[data-testid=message][data-author=system]").first.wait_for()
        reporter.get_by_test_id("input").fill("who takes the question of the umbrella?")
        reporter.keyboard.press("Enter")
        pages = []
        for email in ("li.na@vigil.example", "sam.wong@vigil.example"):
            console = visit("/console", wait="sign-in-email", **WIDE)
            sign_in(console, desk, email)
            row(console, "umbrella").click()
            console.get_by_test_id("accept").wait_for()
            pages.append(console)
        first, second = pages
        # The second page has not yet heard of it when its agent presses the key.
        second.context.set_offline(True)
        first.get_by_test_id("accept").click()
        expect(first.get_by_test_id("resolve")).to_be_visible()
        second.context.set_offline(False)
        second.keyboard.press("a")
        expect(second.get_by_test_id("toast")).to_contain_text("Li Na")
        expect(first.get_by_test_id("resolve")).to_be_visible()

    def test_a_supervisor_is_asked_before_taking_over(self, visit: Opener, desk: Running) -> None:
        _, reference = cry(visit)
        agent = visit("/console", wait="sign-in-email", **WIDE)
        sign_in(agent, desk)
        row(agent, reference).click()
        agent.get_by_test_id("accept").click()
        expect(agent.get_by_test_id("resolve")).to_be_visible()
        supervisor = visit("/console", wait="sign-in-email", **WIDE)
        sign_in(supervisor, desk, "chen.jing@vigil.example")
        row(supervisor, reference).click()
        supervisor.get_by_test_id("accept").click()
        expect(supervisor.locator("dialog.ask")).to_contain_text("Li Na")
        expect(agent.get_by_test_id("resolve")).to_be_visible()
        supervisor.get_by_test_id("confirm").click()
        expect(supervisor.get_by_test_id("resolve")).to_be_visible()
        expect(agent.get_by_test_id("resolve")).to_have_count(0)


class TestPhone:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_it_works_at_390_pixels(self, visit: Opener, desk: Running, scheme: str) -> None:
        _, reference = cry(visit)
        console = visit("/console", wait="sign-in-email", color_scheme=scheme)
        sign_in(console, desk)
        no_violation(console)
        row(console, reference).click()
        expect(console.get_by_test_id("accept")).to_be_visible()
        console.get_by_test_id("tab-case").click()
        expect(console.get_by_test_id("case-reference").first).to_have_text(reference)
        no_violation(console)
        assert console.evaluate("document.documentElement.scrollWidth <= innerWidth")


class TestPhoto:
    def test_what_was_said_after_it_is_in_sight_when_the_photo_has_come(
        self, visit: Opener, desk: Running
    ) -> None:
        reporter = visit(wait="input")
        reporter.locator("[data-testid=message][data-author=system]").first.wait_for()
        tall = {"name": "seat.jpg", "mimeType": "image/jpeg", "buffer": samples.photo(900, 1200)}
        reporter.get_by_test_id("photo-input").set_input_files(tall)  # type: ignore[arg-type]
        reporter.get_by_test_id("photo-ready").wait_for()
        reporter.get_by_test_id("send").click()
        reporter.get_by_test_id("photo").wait_for(timeout=30_000)
        reporter.get_by_test_id("input").fill("this was my parasol")
        reporter.keyboard.press("Enter")
        console = visit("/console", wait="sign-in-email", viewport={"width": 1280, "height": 560})
        sign_in(console, desk)
        # The photo comes after the words, as on a slow line.
        held: list[Route] = []
        console.route("**/api/console/attachments/*", lambda one: held.append(one))  # noqa: PLW0108  (it must take attributes)
        row(console, "parasol").click()
        expect(console.locator("#log").get_by_text("this was my parasol")).to_be_in_viewport()
        console.get_by_test_id("attachment-photo").scroll_into_view_if_needed()
        console.locator("#log").evaluate("log => { log.scrollTop = log.scrollHeight }")
        with console.expect_response("**/api/console/attachments/*"):
            for one in held:
                one.continue_()
        console.locator("[data-testid=attachment-photo] img").evaluate("photo => photo.decode()")
        expect(console.locator("#log").get_by_text("this was my parasol")).to_be_in_viewport()
