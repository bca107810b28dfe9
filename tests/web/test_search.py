"""Search on the console: by keyboard, in both languages, on a desk and on a phone; what was typed is never lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web.conftest import Opener, Running
from tests.web.test_board import CHEN, PHONE, speak_chinese, supervisor
from tests.web.test_console import WIDE, cry, no_violation, sign_in


class TestSearch:
    @pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")])
    def test_a_reference_is_found_and_opened_with_the_keyboard_alone(
        self, visit: Opener, desk: Running, size: dict[str, object], scheme: str
    ) -> None:
        _, reference = cry(visit)
        page = supervisor(visit, desk, "search", "search-q", color_scheme=scheme, **size)
        expect(page.get_by_test_id("search-q")).to_be_focused()
        page.keyboard.type(reference.lower())
        page.keyboard.press("Enter")
        line = page.get_by_test_id("search-row").filter(has_text=reference)
        expect(line).to_contain_text("S0")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        no_violation(page)
        speak_chinese(page)
        expect(page.get_by_test_id("search-total")).to_have_text("找到 1 条")
        no_violation(page)
        page.get_by_test_id("search-open").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("accept").first).to_be_visible()

    def test_what_cannot_be_searched_is_said_and_what_was_typed_stays(
        self, visit: Opener, desk: Running
    ) -> None:
        page = supervisor(visit, desk, "search", "search-q", **WIDE)
        page.get_by_test_id("search-go").click()
        expect(page.get_by_test_id("search-problem")).to_contain_text("Type what to look for")
        page.get_by_test_id("search-q").fill("x" * 5000)
        page.get_by_test_id("search-go").click()
        expect(page.get_by_test_id("search-problem")).to_contain_text("has 5000 characters; the most is 200")
        expect(page.get_by_test_id("search-q")).to_have_value("x" * 5000)
        page.get_by_test_id("search-q").fill("no such words anywhere")
        page.get_by_test_id("search-go").click()
        expect(page.get_by_test_id("search-nothing")).to_contain_text("no such words anywhere")
        expect(page.get_by_test_id("search-problem")).to_have_text("")

    def test_what_was_found_leaves_as_a_table(self, visit: Opener, desk: Running) -> None:
        _, reference = cry(visit)
        page = visit("/console", wait="sign-in-email", **WIDE)
        sign_in(page, desk, CHEN)
        page.goto(f"{desk.url}/console#/search")
        page.get_by_test_id("search-q").fill(reference)
        page.get_by_test_id("search-q").press("Enter")
        with page.expect_download() as got:
            page.get_by_test_id("search-csv").click()
        assert got.value.suggested_filename == "vigil-search.csv"
        assert reference in got.value.path().read_text("utf-8-sig")
