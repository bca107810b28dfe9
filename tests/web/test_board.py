"""What a supervisor notices: the board, the rota and the accounts, on a desk and on a phone, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Opener, Running
from tests.web.test_console import AT_ONCE_MS, WIDE, cry, no_violation, row, sign_in

PHONE = {"viewport": {"width": 390, "height": 780}}
CHEN = "chen.jing@vigil.example"


def supervisor(visit: Opener, desk: Running, page: str, wait: str, **options: object) -> Page:
    """A supervisor's browser on one of the pages."""
    console = visit("/console", wait="sign-in-email", **options)
    sign_in(console, desk, CHEN)
    console.goto(f"{desk.url}/console#/{page}")
    console.get_by_test_id(wait).first.wait_for()
    return console


def speak_chinese(page: Page) -> None:
    page.locator("button[lang=zh-CN]").click()


class TestBoard:
    @pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")])
    def test_the_wall_is_live_and_the_figures_stand_under_it(
        self, visit: Opener, desk: Running, size: dict[str, object], scheme: str
    ) -> None:
        _, reference = cry(visit)
        board = supervisor(visit, desk, "board", "board-plots", color_scheme=scheme, **size)
        line = board.get_by_test_id("board-row").filter(has_text=reference)
        expect(line).to_be_visible()
        expect(line.locator("vg-clock")).not_to_be_empty()
        expect(board.get_by_test_id("times-accept")).to_contain_text("90% within 15 s")
        expect(board.locator("vg-plot canvas")).to_have_count(4)
        expect(board.get_by_test_id("no-executive")).to_contain_text("VIGIL_EXECUTIVE_URL")
        assert board.evaluate("document.documentElement.scrollWidth <= innerWidth")
        no_violation(board)
        _, another = cry(visit)
        board.get_by_test_id("board-row").filter(has_text=another).wait_for(timeout=AT_ONCE_MS)
        speak_chinese(board)
        expect(board.get_by_test_id("times-accept")).to_contain_text("90% 在 15 秒 内")
        no_violation(board)

    def test_the_figures_behind_a_plot_are_a_table(self, visit: Opener, desk: Running) -> None:
        cry(visit)
        board = supervisor(visit, desk, "board", "board-plots", **WIDE)
        plot = board.locator("vg-plot").first
        plot.locator("summary").click()
        expect(plot.locator("tbody tr")).to_have_count(7)
        board.get_by_test_id("board-period").select_option("30")
        expect(plot.locator("tbody tr")).to_have_count(30)
        with board.expect_download() as got:
            board.get_by_test_id("board-csv").click()
        assert got.value.suggested_filename.startswith("vigil-report-")

    def test_listen_in_whisper_and_take_over_from_a_row(self, visit: Opener, desk: Running) -> None:
        reporter, reference = cry(visit)
        agent = visit("/console", wait="sign-in-email", **WIDE)
        sign_in(agent, desk)
        row(agent, reference).click()
        agent.get_by_test_id("accept").click()
        expect(agent.get_by_test_id("resolve")).to_be_visible()
        board = supervisor(visit, desk, "board", "board-wall", **WIDE)
        line = board.get_by_test_id("board-row").filter(has_text=reference)
        line.get_by_test_id("whisper").click()
        no_violation(board)
        board.get_by_test_id("whisper-text").fill("Ask for the colour of the car.")
        board.get_by_test_id("confirm").click()
        agent.get_by_test_id("mention").filter(has_text="Ask for the colour").wait_for(timeout=AT_ONCE_MS)
        expect(reporter.get_by_text("Ask for the colour of the car.")).to_have_count(0)
        line.get_by_test_id("listen").click()
        expect(board.get_by_test_id("case-reference").first).to_have_text(reference)
        expect(board.get_by_test_id("note-entry")).to_contain_text("Ask for the colour")
        board.go_back()
        line.get_by_test_id("take-over").click()
        expect(board.locator("vg-board dialog")).to_contain_text("Li Na")
        board.get_by_test_id("confirm").click()
        expect(board.get_by_test_id("resolve")).to_be_visible()
        expect(agent.get_by_test_id("resolve")).to_have_count(0)

    def test_an_agent_is_not_offered_it(self, visit: Opener, desk: Running) -> None:
        console = visit("/console", wait="sign-in-email", **WIDE)
        sign_in(console, desk, "sam.wong@vigil.example")
        for page in ("board", "rota", "accounts"):
            expect(console.get_by_test_id(f"page-{page}")).to_have_count(0)


class TestRota:
    @pytest.mark.parametrize("size", [WIDE, PHONE])
    def test_a_gap_is_refused_in_words_and_what_was_typed_stays(
        self, visit: Opener, desk: Running, size: dict[str, object]
    ) -> None:
        rota = supervisor(visit, desk, "rota", "rota-team", **size)
        safety = rota.locator("[data-team=safety]")
        expect(safety).to_contain_text("Li Na")
        safety.get_by_label("To", exact=True).first.fill("20:00")
        safety.get_by_label("To", exact=True).first.press("Tab")
        rota.get_by_test_id("rota-save").click()
        expect(rota.get_by_test_id("rota-problem")).to_contain_text("nobody on call")
        expect(safety.get_by_label("To", exact=True).first).to_have_value("20:00")
        no_violation(rota)
        assert rota.evaluate("document.documentElement.scrollWidth <= innerWidth")
        speak_chinese(rota)
        expect(safety).to_contain_text("每周班次")

    def test_a_dated_change_is_made_and_taken_back_with_a_reason(self, visit: Opener, desk: Running) -> None:
        rota = supervisor(visit, desk, "rota", "rota-team", **WIDE)
        support = rota.locator("[data-team=support]")
        support.get_by_test_id("add-change").click()
        rota.get_by_test_id("rota-starts").fill("not a time")
        rota.get_by_test_id("rota-reason").fill("Sam is ill")
        rota.get_by_test_id("rota-off").select_option(label="王强 Sam Wong")
        rota.get_by_test_id("confirm").click()
        expect(rota.locator("vg-rota dialog [role=alert]")).to_contain_text("starts")
        expect(rota.get_by_test_id("rota-reason")).to_have_value("Sam is ill")
        rota.get_by_test_id("rota-starts").fill("2099-01-01 08:00")
        rota.get_by_test_id("rota-ends").fill("2099-01-01 12:00")
        rota.get_by_test_id("confirm").click()
        expect(rota.locator("vg-rota dialog")).to_have_count(0)
        soon = rota.evaluate(
            "(h) => { const d = new Date(Date.now() + h * 3600e3); return new Date(d - d.getTimezoneOffset() * 60000)"
            ".toISOString().slice(0, 16).replace('T', ' ') }", 30,
        )  # fmt: skip
        support.get_by_test_id("add-change").click()
        rota.get_by_test_id("rota-ends").fill(soon)
        rota.get_by_test_id("rota-off").select_option(label="王强 Sam Wong")
        rota.get_by_test_id("rota-reason").fill("Sam is ill")
        rota.get_by_test_id("confirm").click()
        change = support.get_by_test_id("change").filter(has_text="Sam is ill")
        expect(change).to_have_count(1)
        change.get_by_test_id("take-back").click()
        rota.get_by_test_id("rota-reason").fill("Sam is well again")
        rota.get_by_test_id("confirm").click()
        expect(change).to_have_count(0)


class TestAccounts:
    def test_an_account_from_its_one_time_password_to_its_end(self, visit: Opener, desk: Running) -> None:
        page = supervisor(visit, desk, "accounts", "accounts", **WIDE)
        page.get_by_test_id("account-add").click()
        page.get_by_test_id("account-name").fill("Ada Byron")
        page.get_by_test_id("account-email").fill("not an address")
        page.get_by_test_id("role-agent").check()
        page.get_by_test_id("account-save").click()
        expect(page.get_by_test_id("account-problem")).to_contain_text("not an e-mail address")
        expect(page.get_by_test_id("account-name")).to_have_value("Ada Byron")
        no_violation(page)
        page.get_by_test_id("account-email").fill("ada@vigil.example")
        page.get_by_test_id("account-save").click()
        password = page.get_by_test_id("one-time").locator("code").inner_text()
        no_violation(page)
        page.get_by_test_id("one-time-hide").click()
        expect(page.get_by_test_id("one-time")).to_have_count(0)
        ada = visit("/console", wait="sign-in-email", **WIDE)
        ada.get_by_test_id("sign-in-email").fill("ada@vigil.example")
        ada.get_by_test_id("sign-in-password").fill(password)
        ada.get_by_test_id("sign-in-submit").click()
        ada.get_by_test_id("filter").wait_for()
        line = page.locator("[data-email='ada@vigil.example']")
        line.get_by_test_id("account-disable").click()
        page.get_by_test_id("confirm").click()
        expect(line).to_contain_text("disabled")
        ada.locator("dialog.gate").wait_for(timeout=30_000)

    def test_the_last_manager_cannot_be_taken_away(self, visit: Opener, desk: Running) -> None:
        page = supervisor(visit, desk, "accounts", "accounts", **PHONE)
        line = page.locator(f"[data-email='{CHEN}']")
        line.get_by_test_id("account-disable").click()
        page.get_by_test_id("confirm").click()
        expect(page.locator("vg-accounts dialog [role=alert]")).to_contain_text("your own account")
        page.keyboard.press("Escape")
        line.get_by_test_id("account-roles").click()
        page.get_by_test_id("role-supervisor").uncheck()
        page.get_by_test_id("role-agent").check()
        page.get_by_test_id("account-save").click()
        expect(page.get_by_test_id("account-problem")).to_contain_text("Nobody would be left")
        no_violation(page)

    def test_contacts_that_cannot_be_read_are_refused_and_kept(self, visit: Opener, desk: Running) -> None:
        page = supervisor(visit, desk, "accounts", "accounts", **WIDE)
        line = page.locator("[data-email='wu.lei@vigil.example']")
        line.get_by_test_id("account-contacts").click()
        page.get_by_test_id("contact-addresses").fill("nonsense")
        page.get_by_test_id("contact-save").click()
        expect(page.get_by_test_id("contact-problem")).to_contain_text("cannot be read")
        expect(page.get_by_test_id("contact-addresses")).to_have_value("nonsense")
        page.get_by_test_id("contact-addresses").fill("json://127.0.0.1:1/nobody")
        page.get_by_test_id("contact-save").click()
        page.get_by_test_id("contact-test").click()
        expect(page.get_by_test_id("contact-tried")).to_contain_text("json: ✗", timeout=20_000)
        no_violation(page)
