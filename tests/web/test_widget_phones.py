"""The widget on phones of 2020 (Chrome 80, iOS 14): the script they can read, without what their browsers do not have."""

from __future__ import annotations

import re
import subprocess

import pytest
from playwright.sync_api import Page, Route, expect

from tests.attachments import samples
from tests.web.conftest import ROOT, Opener
from tests.web.test_widget import DANGER, NOTHING_UNSENT, own, ready, write
from tests.web.test_widget_files import choose, shot
from tools.pages import node_folder

# What came after those browsers and a script may lean on without noticing.
NEWER = """
for (const [owner, ...names] of [
  [AbortSignal, "timeout", "any"],
  [Array.prototype, "at", "findLast", "findLastIndex", "toSorted", "toReversed", "toSpliced", "with"],
  [String.prototype, "at", "replaceAll", "isWellFormed"],
  [Object, "hasOwn", "groupBy"],
  [Promise, "any", "withResolvers", "try"],
  [Navigator.prototype, "locks", "permissions", "userAgentData"],
  [Crypto.prototype, "randomUUID"],
  [Document.prototype, "adoptedStyleSheets"],
  [ShadowRoot.prototype, "adoptedStyleSheets"],
  [CSSStyleSheet.prototype, "replace", "replaceSync"],
  [Element.prototype, "replaceChildren", "checkVisibility"],
  [window, "structuredClone", "createImageBitmap", "WeakRef", "FinalizationRegistry"],
]) for (const name of names) if (!delete owner[name]) throw new Error(`${name} stays`);
"""
# The same for styles: a browser cannot be made to forget a unit, so the units are made ones that it never knew.
STYLES = [(r"\binset(-inline|-block)?:", "unknown:"), (r"\b(100)dvh", r"\1xvh"), (r"\b(\d+)cqh", r"\1xqh")]


def on_old_phone(visit: Opener, **options: object) -> Page:
    page = visit("/healthz", **options)
    page.context.add_init_script(NEWER)

    def older(route: Route) -> None:
        answer = route.fetch()
        script = answer.text()
        for newer, unknown in STYLES:
            script = re.sub(newer, unknown, script)
        route.fulfill(response=answer, body=script)

    page.route("**/widget.js*", older)
    page.goto(page.url.replace("/healthz", "/"))
    return page


class TestScript:
    def test_is_within_its_size_and_in_a_language_that_those_phones_read(self) -> None:
        web = ROOT / "bot" / "web"
        done = subprocess.run(
            [node_folder() / "node", "size.js"],
            check=False,
            cwd=web,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr


class TestOldPhone:
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_a_cry_and_words_are_heard_and_answered(self, visit: Opener, language: str) -> None:
        page = on_old_phone(visit, locale={"en": "en-GB", "zh": "zh-CN"}[language])
        page.get_by_test_id("emergency-button").click()
        page.get_by_test_id("incident-reference").wait_for()
        write(page, DANGER[language])
        expect(page.locator(NOTHING_UNSENT)).to_have_count(0)
        expect(page.locator("[data-author=assistant],[data-author=system]").first).to_be_visible()
        shot(page, f"old-phone-{language}")
        said = own(page)
        assert len(said) == 2 and DANGER[language] in said
        page.reload()
        page.get_by_test_id("incident-reference").wait_for()
        expect(page.locator("[data-author=reporter] .bubble")).to_have_count(2)

    def test_a_photo_goes_out(self, visit: Opener) -> None:
        page = on_old_phone(visit)
        ready(page)
        choose(page, samples.photo(1200, 900))
        page.get_by_test_id("photo-ready").wait_for()
        page.get_by_test_id("send").click()
        expect(page.get_by_test_id("photo")).to_be_visible(timeout=30_000)
        choose(page, b"no picture at all")
        expect(page.get_by_test_id("attach-problem")).to_be_visible()

    def test_the_launcher_stands_in_its_corner_and_the_chat_fills_the_screen(self, visit: Opener) -> None:
        page = on_old_phone(visit)
        page.evaluate(
            "document.querySelector('vigil-chat').remove();"
            "document.body.append(document.createElement('vigil-chat')); null"
        )
        corner = page.get_by_test_id("launcher").bounding_box()
        assert corner is not None
        assert corner["x"] + corner["width"] == pytest.approx(390 - 16, abs=1)
        assert corner["y"] + corner["height"] == pytest.approx(780 - 16, abs=1)
        page.get_by_test_id("launcher").click()
        panel = page.get_by_test_id("panel")
        panel.wait_for()
        assert panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 780}
