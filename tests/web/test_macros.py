"""What an agent notices of macros, suggestions, what is shown before sending, mentions; and the macros' page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Opener, Running
from tests.web.test_console import WIDE, cry, no_violation, row, sign_in

AGENT, SENIOR = "sam.wong@vigil.example", "chen.jing@vigil.example"


def ask(visit: Opener, text: str) -> Page:
    """A passenger with a routine question."""
    reporter = visit(wait="input")
    reporter.locator("[data-testid=message][data-author=system]").first.wait_for()
    reporter.get_by_test_id("input").fill(text)
    reporter.keyboard.press("Enter")
    return reporter


def hold(visit: Opener, desk: Running, text: str, email: str = AGENT) -> Page:
    """The console of an agent who has just accepted what is found by `text`."""
    console = visit("/console", wait="sign-in-email", **WIDE)
    sign_in(console, desk, email)
    row(console, text).click()
    console.get_by_test_id("accept").click()
    expect(console.get_by_test_id("palette-open")).to_be_visible()
    return console


class TestPalette:
    def test_two_keys_and_a_word_insert_a_macro_and_what_is_missing_is_not_sent(
        self, visit: Opener, desk: Running
    ) -> None:
        reporter = ask(visit, "my kite is in the car, who looks for it?")
        console = hold(visit, desk, "kite")
        field = console.get_by_test_id("reply-input")
        field.focus()
        console.keyboard.type(";")
        expect(console.get_by_test_id("palette-search")).to_be_focused()
        expect(console.get_by_test_id("macro-option").first).to_be_visible()
        no_violation(console)
        console.keyboard.type("lost found")
        expect(console.locator("[data-testid=macro-option][aria-selected=true]")).to_have_attribute(
            "data-macro", "lost-item-found"
        )
        console.keyboard.press("Enter")
        expect(field).to_be_focused()
        expect(field).to_have_value(re.compile(r"^Good news: \{item\} was found"))
        console.keyboard.press("Enter")
        expect(console.get_by_test_id("concern")).to_contain_text("{item}")
        no_violation(console)
        expect(console.get_by_test_id("concerns-send")).to_have_count(0)
        console.get_by_test_id("concerns-back").click()
        expect(field).to_be_focused()
        field.fill("Good news: your kite was found in the car.")
        console.keyboard.press("Enter")
        reporter.get_by_text("Good news: your kite was found in the car.").wait_for()

    def test_a_semicolon_in_a_sentence_is_a_semicolon_and_a_macro_brings_its_promise(
        self, visit: Opener, desk: Running
    ) -> None:
        ask(visit, "the lantern is broken, look at it")
        console = hold(visit, desk, "lantern")
        field = console.get_by_test_id("reply-input")
        field.focus()
        console.keyboard.type("one; two")
        expect(field).to_have_value("one; two")
        expect(console.get_by_test_id("palette")).to_have_count(0)
        field.fill("")
        console.keyboard.press("Escape")
        console.keyboard.press("m")
        console.keyboard.type("i am looking")
        expect(console.locator("[data-testid=macro-option][aria-selected=true]")).to_have_attribute(
            "data-macro", "looking"
        )
        console.keyboard.press("Enter")
        expect(console.get_by_test_id("promise")).to_have_value("10")
        console.get_by_test_id("reply-send").click()
        expect(field).to_have_value("")
        expect(console.locator("[data-testid=timeline-entry][data-act=promise_made]")).to_have_count(1)


class TestBeforeSending:
    def test_a_named_time_gets_its_clock_in_the_same_window(self, visit: Opener, desk: Running) -> None:
        reporter = ask(visit, "where is my trumpet")
        console = hold(visit, desk, "trumpet")
        console.get_by_test_id("reply-input").fill("Please be patient, I write within two hours.")
        console.keyboard.press("Enter")
        expect(console.get_by_test_id("concern")).to_have_count(2)
        expect(console.get_by_test_id("concerns-promise")).to_have_value("120")
        console.get_by_test_id("concerns-send").click()
        reporter.get_by_text("I write within two hours.").wait_for()
        expect(console.locator("[data-testid=timeline-entry][data-act=promise_made]")).to_have_count(1)
        expect(console.locator("[data-testid=timeline-entry][data-act=sent_despite]")).to_have_count(1)

    def test_in_an_s0_sending_anyway_takes_a_reason(self, visit: Opener, desk: Running) -> None:
        reporter, reference = cry(visit)
        console = hold(visit, desk, reference, "li.na@vigil.example")
        field = console.get_by_test_id("reply-input")
        field.fill("Please calm down")
        console.keyboard.press("Enter")
        expect(console.get_by_test_id("concern")).to_have_count(1)
        expect(console.get_by_test_id("concerns-send")).to_have_count(0)
        console.keyboard.press("Escape")
        expect(field).to_have_value("Please calm down")
        field.fill("I write to you shortly.")
        console.keyboard.press("Enter")
        console.get_by_test_id("concerns-send").click()
        expect(console.locator("dialog.concerns [role=alert]")).not_to_be_empty()
        console.get_by_test_id("concerns-why").fill("She asked me to be brief.")
        console.get_by_test_id("concerns-send").click()
        reporter.get_by_text("I write to you shortly.").wait_for()
        expect(console.locator("dialog.concerns")).to_have_count(0)


class TestSuggestions:
    def test_an_answer_to_a_similar_question_is_one_key_away(self, visit: Opener, desk: Running) -> None:
        ask(visit, "I left my accordion in the car")
        first = hold(visit, desk, "accordion")
        first.get_by_test_id("reply-input").fill(
            "The driver looks for it after this ride, and you read it here."
        )
        first.keyboard.press("Enter")
        expect(first.get_by_test_id("reply-input")).to_have_value("")
        first.get_by_test_id("return").click()
        first.get_by_test_id("confirm").click()
        expect(first.get_by_test_id("palette-open")).to_have_count(0)
        first.context.close()
        ask(visit, "my accordion was left in the car you sent")
        console = hold(visit, desk, "you sent")
        expect(console.get_by_test_id("suggestion")).to_have_count(1)
        no_violation(console)
        console.get_by_test_id("reply-input").focus()
        console.keyboard.press("Alt+1")
        expect(console.get_by_test_id("reply-input")).to_have_value(
            "The driver looks for it after this ride, and you read it here."
        )


class TestColleagues:
    def test_a_mention_reaches_the_colleague_at_once_and_stays_until_they_look(
        self, visit: Opener, desk: Running
    ) -> None:
        ask(visit, "about the violin in the boot")
        senior = visit("/console", wait="sign-in-email", **WIDE)
        sign_in(senior, desk, SENIOR)
        console = hold(visit, desk, "violin")
        console.keyboard.press("Escape")
        console.keyboard.press("n")
        console.get_by_test_id("note-text").fill("@chen")
        console.get_by_test_id("mention-add").click()
        expect(console.get_by_test_id("note-text")).to_have_value(re.compile("Chen Jing"))
        console.get_by_test_id("note-text").press_sequentially("may I refund this?")
        no_violation(console)
        console.get_by_test_id("confirm").click()
        mention = senior.get_by_test_id("mention").filter(has_text="may I refund this?")
        mention.wait_for()
        no_violation(senior)
        mention.get_by_test_id("mention-open").click()
        expect(senior.locator("#log")).to_contain_text("may I refund this?")
        expect(mention).to_have_count(0)

    def test_a_note_outlives_an_ended_sign_in(self, visit: Opener, desk: Running) -> None:
        ask(visit, "about the bassoon in the boot")
        console = hold(visit, desk, "bassoon")
        console.keyboard.press("Escape")
        console.keyboard.press("n")
        console.get_by_test_id("note-text").fill("x" * 4500)
        console.get_by_test_id("confirm").click()
        expect(console.locator("dialog.ask [role=alert]")).to_contain_text("4500")
        console.get_by_test_id("note-text").fill("half a note")
        console.context.clear_cookies()
        # Whichever comes first brings it to light: this, or the page's own next look at the desk.
        console.locator("dialog.ask form").evaluate("form => form.requestSubmit()")
        console.locator("dialog.gate").wait_for()
        sign_in(console, desk, AGENT)
        expect(console.get_by_test_id("note-text")).to_have_value("half a note")
        console.get_by_test_id("confirm").click()
        expect(console.get_by_test_id("note-entry")).to_contain_text("half a note")

    def test_every_act_of_the_bar_stands_on_the_shortcut_sheet(self, visit: Opener, desk: Running) -> None:
        ask(visit, "about the oboe in the boot")
        console = hold(visit, desk, "oboe")
        keys = console.locator(".acts [aria-keyshortcuts]").evaluate_all(
            "buttons => buttons.map(one => one.getAttribute('aria-keyshortcuts'))"
        )
        assert len(keys) >= 7
        console.keyboard.press("Escape")
        console.keyboard.press("?")
        shown = console.locator("dialog.sheet kbd").all_inner_texts()
        assert set(keys) <= set(" ".join(shown).split())
        no_violation(console)


class TestPage:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_a_senior_changes_a_macro_and_a_wrong_variable_is_named(
        self, visit: Opener, desk: Running, scheme: str
    ) -> None:
        console = visit("/console#/macros", wait="sign-in-email", color_scheme=scheme, **WIDE)
        console.get_by_test_id("sign-in-email").fill(SENIOR)
        console.get_by_test_id("sign-in-password").fill(desk.password(SENIOR))
        console.get_by_test_id("sign-in-submit").click()
        console.get_by_test_id("macro-search").fill("praise")
        console.locator("[data-macro=praise]").click()
        text = console.get_by_test_id("macro-text-en")
        text.fill(f"Thank you {{nobody}}. I pass it on, {scheme}.")
        console.get_by_test_id("macro-save").click()
        expect(console.get_by_test_id("macro-problem")).to_contain_text("{nobody}")
        expect(console.get_by_test_id("macro-problem")).to_contain_text("{reporter}")
        no_violation(console)
        text.fill(f"Thank you. I pass it on, {scheme}.")
        # What is not saved outlives a reload.
        console.reload()
        expect(console.get_by_test_id("macro-text-en")).to_have_value(f"Thank you. I pass it on, {scheme}.")
        console.get_by_test_id("macro-preview").click()
        expect(console.get_by_test_id("macro-preview-text")).to_contain_text("I pass it on")
        console.get_by_test_id("macro-why").fill("shorter")
        console.get_by_test_id("macro-save").click()
        expect(console.get_by_test_id("macro-discard")).to_have_count(0)
        console.get_by_test_id("macro-history").locator("summary").click()
        expect(console.get_by_test_id("macro-version").first).to_contain_text("shorter")
        expect(console.get_by_test_id("macro-version").last).to_contain_text("came with the product")
        no_violation(console)

    def test_an_agent_reads_but_does_not_change_and_it_fits_a_phone(
        self, visit: Opener, desk: Running
    ) -> None:
        console = visit("/console", wait="sign-in-email")
        sign_in(console, desk, AGENT)
        console.evaluate("location.hash = '#/macros'")
        console.locator("[data-macro=hello]").click()
        expect(console.get_by_test_id("macro-text-en")).to_have_attribute("readonly", "")
        expect(console.get_by_test_id("macro-save")).to_have_count(0)
        assert console.evaluate("document.documentElement.scrollWidth <= innerWidth")
        no_violation(console)
