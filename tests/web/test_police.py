"""What an officer meets at /police, and what the liaison meets on the desk, in a real browser."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.web.conftest import Opener, Running
from tests.web.test_console import WIDE, no_violation, sign_in

LIAISON, SUPERVISOR = "wu.lei@vigil.example", "chen.jing@vigil.example"


def fill(page: Page, **more: str) -> None:
    """The form with what must be there; more: by test id."""
    page.get_by_test_id("city").wait_for()
    told = {
        "unit": "Camden Borough CID",
        "officer": "DC Jo Ward",
        "badge": "EK 201",
        "phone": "+44 7700 900555",
    } | more
    for name, value in told.items():
        page.get_by_test_id(name).fill(value)
    page.get_by_test_id("city").select_option("london")


def file(visit: Opener, **more: str) -> tuple[Page, str]:
    """An officer files; their page and the reference."""
    page = visit("/police", wait="send")
    fill(page, **more)
    page.get_by_test_id("send").click()
    return page, page.get_by_test_id("request-reference").inner_text()


def confirm(console: Page, reference: str) -> None:
    """Record that the listed number was called and the station confirmed."""
    card = console.get_by_test_id("police-card").filter(has_text=reference)
    card.get_by_test_id("police-outcome-confirmed").check()
    card.get_by_test_id("police-in-answered_by").fill("Control room, Sgt Hall")
    card.get_by_test_id("police-tie").check()
    card.get_by_test_id("police-record").click()
    expect(card.get_by_test_id("police-state")).to_have_text("Officer confirmed")


def open_page(visit: Opener, desk: Running, email: str, reference: str) -> Page:
    """Somebody's page of police requests with this one chosen."""
    console = visit("/console", wait="sign-in-email", **WIDE)
    sign_in(console, desk, email)
    console.get_by_test_id("page-police").click()
    console.get_by_test_id("police-row").filter(has_text=reference).click()
    expect(console.get_by_test_id("police-reference")).to_have_text(reference)
    return console


class TestTheOfficersPage:
    def test_it_says_in_both_languages_what_is_missing_and_keeps_what_was_typed(self, visit: Opener) -> None:
        page = visit("/police", wait="send")
        no_violation(page)
        page.get_by_test_id("unit").fill("Camden Borough CID")
        page.get_by_test_id("send").click()
        expect(page.get_by_test_id("problem")).to_have_text(
            "Please fill in: Your name, Call-back phone, City of your unit"
        )
        expect(page.get_by_test_id("officer")).to_be_focused()
        page.get_by_test_id("language").click()
        page.get_by_test_id("send").click()
        expect(page.get_by_test_id("problem")).to_have_text("请填写：姓名、回拨电话、单位所在城市")
        no_violation(page)
        page.reload()
        expect(page.get_by_test_id("unit")).to_have_value("Camden Borough CID")

    def test_a_wrong_reference_is_told_and_the_form_stays(self, visit: Opener) -> None:
        page = visit("/police", wait="send")
        fill(page, plate="BD70 WRN", reference="VP-AAA-AAA")
        page.get_by_test_id("send").click()
        expect(page.get_by_test_id("problem")).to_contain_text("leave it empty and send")
        expect(page.get_by_test_id("reference")).to_be_focused()
        page.get_by_test_id("reference").fill("")
        page.get_by_test_id("send").click()
        expect(page.get_by_test_id("state")).to_contain_text("Received")

    def test_an_unreachable_desk_loses_nothing(self, visit: Opener) -> None:
        page = visit("/police", wait="send")
        fill(page, plate="LV21 KHT", note="driver left with the victim's bag")
        page.context.set_offline(True)
        page.get_by_test_id("send").click()
        expect(page.get_by_test_id("problem")).to_contain_text("Nothing you wrote is lost")
        page.context.set_offline(False)
        page.get_by_test_id("send").click()
        expect(page.get_by_test_id("request-reference")).to_have_text(re.compile(r"VP-\w{3}-\w{3}"))

    def test_the_request_page_survives_a_reload_and_opens_nothing_with_another_secret(
        self, visit: Opener
    ) -> None:
        page, reference = file(visit, plate="GF22 XPL")
        no_violation(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.reload()
        expect(page.get_by_test_id("request-reference")).to_have_text(reference)
        expect(page.get_by_test_id("clock")).to_contain_text("Answer owed in")
        page.goto(page.url.split("#")[0] + "#s=" + "x" * 43)
        expect(page.get_by_test_id("request-problem")).to_contain_text("opens no request")
        expect(page.get_by_test_id("request-reference")).to_have_count(0)


class TestTheRelease:
    def test_two_people_release_and_the_officer_downloads(self, visit: Opener, desk: Running) -> None:
        officer, reference = file(visit, plate="BD70 WRN")
        liaison = open_page(visit, desk, LIAISON, reference)
        expect(liaison.get_by_test_id("police-trip")).to_contain_text("found", timeout=15_000)
        no_violation(liaison)
        expect(liaison.get_by_test_id("police-listed").first).to_have_text("+44 20 7230 1212")
        expect(liaison.get_by_test_id("police-why-not")).to_contain_text("listed number first")
        confirm(liaison, reference)
        expect(officer.get_by_test_id("state")).to_contain_text("You are confirmed", timeout=15_000)
        liaison.get_by_test_id("police-preview").click()
        expect(liaison.get_by_test_id("police-pack")).to_contain_text("Gareth Hughes")
        liaison.get_by_test_id("police-do-release").click()
        expect(liaison.get_by_test_id("police-state")).to_have_text("Waits for a second person")
        expect(liaison.get_by_test_id("police-do-release")).to_have_count(0)
        supervisor = open_page(visit, desk, SUPERVISOR, reference)
        no_violation(supervisor)
        supervisor.get_by_test_id("police-do-release").click()
        expect(supervisor.get_by_test_id("police-state")).to_have_text("Released")
        button = officer.get_by_test_id("get-pdf")
        button.wait_for(timeout=15_000)
        no_violation(officer)
        with officer.expect_download() as waiting:
            button.click()
        assert waiting.value.suggested_filename == f"{reference}.pdf"
        assert waiting.value.path().read_bytes().startswith(b"%PDF")

    def test_the_card_stands_in_the_case_and_a_refusal_names_the_regulator(
        self, visit: Opener, desk: Running
    ) -> None:
        officer, reference = file(visit, plate="LV21 KHT", officer="DS Ann Cole", badge="EK 77")
        console = visit("/console", wait="sign-in-email", **WIDE)
        sign_in(console, desk, SUPERVISOR)
        console.get_by_test_id("queue-row").filter(has_text="DS Ann Cole").first.click()
        card = console.get_by_test_id("police-card").filter(has_text=reference)
        card.get_by_test_id("police-refuse").click()
        card.get_by_test_id("police-reason").fill("The document names another company.")
        no_violation(console)
        card.get_by_test_id("police-confirm").click()
        expect(card.get_by_test_id("police-state")).to_have_text("Refused")
        expect(officer.get_by_test_id("refusal")).to_contain_text("Transport for London", timeout=15_000)
        expect(officer.get_by_test_id("refusal")).to_contain_text("another company")
