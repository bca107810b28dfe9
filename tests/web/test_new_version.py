"""A page left open while the desk is started again with newer pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import ROOT, Opener, Running
from tests.web.test_console import WIDE, cry, row, sign_in
from tests.web.test_widget import ready

# Both pages try their socket again after 8 s at the latest; a busy machine adds to that.
BACK_MS = 30_000
SOURCES = (("version.txt", "widget.js"), ("console/version.txt", "console/assets/*.js"))


class Served:
    """A desk with a folder of pages of its own."""

    def __init__(self, desk: Running, folder: Path) -> None:
        self._desk, self._folder = desk, folder

    def renew(self) -> None:
        """The desk goes away and comes back with pages of another build."""
        self._desk.stop()
        for told, pages in SOURCES:
            old = (self._folder / told).read_text()
            new = f"{int(old, 16) ^ 1:016x}"
            (self._folder / told).write_text(new)
            holding = [one for one in self._folder.glob(pages) if old in one.read_text()]
            assert holding, f"no page of {pages} knows its build"
            for file in holding:
                file.write_text(file.read_text().replace(old, new))
                if file.parent.name == "assets":
                    self._rename(file)
        self._desk.start()

    def _rename(self, file: Path) -> None:
        """What lies in assets/ is kept by browsers for as long as it has its name."""
        name = f"{file.stem}-new{file.suffix}"
        file.rename(file.with_name(name))
        for one in (self._folder / "console").rglob("*.*"):
            if one.suffix in {".js", ".html"}:
                one.write_text(one.read_text().replace(file.name, name))


@pytest.fixture(scope="module")
def served(desk: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("pages") / "dist"
    shutil.copytree(ROOT / "bot/web/dist", folder)
    desk.environment["VIGIL_WEB"] = str(folder)
    desk.stop()
    desk.start()
    yield Served(desk, folder)


def mark(page: Page) -> None:
    """A page that is loaded anew loses this."""
    page.evaluate("window.marked = true")


def marked(page: Page) -> bool:
    return page.evaluate("window.marked === true")  # type: ignore[no-any-return]


class TestWidget:
    @pytest.mark.parametrize(("language", "words"), [("en-GB", "new version"), ("zh-CN", "新版本")])
    def test_it_says_so_and_loads_at_one_press_with_what_was_typed(
        self, visit: Opener, served: Served, tmp_path: Path, language: str, words: str
    ) -> None:
        page = visit(wait="input", locale=language)
        ready(page)
        expect(page.get_by_test_id("new-version")).to_have_count(0)
        page.get_by_test_id("input").fill("half a sentence")
        picture = tmp_path / "picture.png"
        page.screenshot(path=picture)
        page.get_by_test_id("photo-input").set_input_files(picture)
        page.get_by_test_id("photo-ready").wait_for()
        mark(page)
        served.renew()
        expect(page.get_by_test_id("new-version")).to_contain_text(words, timeout=BACK_MS)
        assert marked(page), "it was loaded anew without being asked"
        with page.expect_event("load"):
            page.get_by_test_id("new-version-load").click()
        expect(page.get_by_test_id("input")).to_have_value("half a sentence")
        expect(page.get_by_test_id("photo-ready")).to_be_visible()
        ready(page)
        expect(page.get_by_test_id("new-version")).to_have_count(0)

    def test_what_was_sent_is_no_draft_any_more(self, visit: Opener) -> None:
        page = visit(wait="input")
        ready(page)
        page.get_by_test_id("input").fill("on its way")
        page.get_by_test_id("send").click()
        page.locator("[data-state=sent],[data-state=seen]").wait_for()
        page.reload()
        page.locator("[data-author=reporter]").wait_for()
        expect(page.get_by_test_id("input")).to_have_value("")

    def test_nothing_stands_in_the_way_while_danger_is_open(self, visit: Opener, served: Served) -> None:
        page = visit(wait="emergency-button", bypass_csp=True)
        page.get_by_test_id("emergency-button").click()
        page.get_by_test_id("incident-reference").wait_for()
        mark(page)
        served.renew()
        page.wait_for_function("document.querySelector('vigil-chat').chat.old", timeout=BACK_MS)
        page.evaluate("document.querySelector('vigil-chat').updateComplete")
        expect(page.get_by_test_id("emergency-number")).to_be_visible()
        expect(page.get_by_test_id("new-version")).to_have_count(0)
        assert marked(page)


class TestConsole:
    def test_the_answer_and_the_open_conversation_come_along(
        self, visit: Opener, desk: Running, served: Served
    ) -> None:
        _, reference = cry(visit)
        console = visit("/console", wait="sign-in-email", **WIDE)
        sign_in(console, desk)
        row(console, reference).click()
        console.get_by_test_id("accept").click()
        console.get_by_test_id("reply-input").fill("I am on my w")
        mark(console)
        served.renew()
        expect(console.get_by_test_id("new-version")).to_contain_text("new version", timeout=BACK_MS)
        console.get_by_test_id("reply-input").press_sequentially("ay")
        assert marked(console), "it was loaded anew while somebody wrote"
        with console.expect_event("load"):
            console.get_by_test_id("new-version-load").click()
        expect(console.get_by_test_id("reply-input")).to_have_value("I am on my way")
        expect(console.get_by_test_id("case-reference").first).to_have_text(reference)
        expect(console.get_by_test_id("new-version")).to_have_count(0)

    def test_a_form_that_is_not_saved_is_asked_about_first(
        self, visit: Opener, desk: Running, served: Served
    ) -> None:
        console = visit("/console#/accounts", wait="sign-in-email", **WIDE)
        console.get_by_test_id("sign-in-email").fill("chen.jing@vigil.example")
        console.get_by_test_id("sign-in-password").fill(desk.password("chen.jing@vigil.example"))
        console.get_by_test_id("sign-in-submit").click()
        console.get_by_test_id("account-add").click()
        console.get_by_test_id("account-name").fill("Somebody new")
        mark(console)
        served.renew()
        load = console.get_by_test_id("new-version-load")
        load.click(timeout=BACK_MS)
        expect(console.get_by_test_id("new-version")).to_contain_text("not saved")
        assert marked(console)
        expect(console.get_by_test_id("account-name")).to_have_value("Somebody new")
        with console.expect_event("load"):
            load.click()
        assert not marked(console)
