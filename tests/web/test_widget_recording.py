"""The microphone is on only while the chat shows that it is; and what the desk cannot take is not sent to it."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.web.conftest import Opener
from tests.web.test_widget import ready
from tests.web.test_widget_files import choose

# Every track that the page was ever given; while `held` is set the browser's question stays open.
WATCHED = """() => {
window.tracks = []; window.held = null;
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
    await window.held;
    const stream = await real(wanted);
    window.tracks.push(...stream.getTracks());
    return stream;
};
}"""


@pytest.fixture
def floating(visit: Opener) -> Page:
    """A chat that can be closed, open and ready, with the microphone allowed."""
    page = visit(wait="input", permissions=["microphone"])
    ready(page)
    page.evaluate(WATCHED)
    page.evaluate(
        "document.querySelector('vigil-chat').remove();"
        "document.body.append(document.createElement('vigil-chat')); null"
    )
    page.get_by_test_id("launcher").click()
    ready(page)
    return page


def record(page: Page) -> None:
    page.get_by_test_id("more").click()
    page.get_by_test_id("attach-voice").click()


class TestClosing:
    def test_lets_the_microphone_go_and_sends_nothing_that_was_not_said_to_be_sent(
        self, floating: Page
    ) -> None:
        uploads: list[str] = []
        floating.on("request", lambda one: uploads.append(one.url) if "attachments" in one.url else None)
        record(floating)
        expect(floating.get_by_test_id("recording")).to_contain_text("0:01")
        floating.get_by_test_id("close").click()
        floating.wait_for_function("() => window.tracks.every((one) => one.readyState === 'ended')")
        assert floating.evaluate("window.tracks.length") == 1
        floating.get_by_test_id("launcher").click()
        expect(floating.get_by_test_id("voice-held")).to_contain_text("0:0")
        assert uploads == []
        floating.get_by_test_id("voice-send").click()
        expect(floating.get_by_test_id("voice-play")).to_be_visible(timeout=30_000)
        expect(floating.get_by_test_id("input")).to_be_visible()

    def test_what_was_held_can_be_thrown_away(self, floating: Page) -> None:
        record(floating)
        expect(floating.get_by_test_id("recording")).to_contain_text("0:01")
        floating.get_by_test_id("close").click()
        floating.get_by_test_id("launcher").click()
        floating.get_by_test_id("voice-cancel").click()
        expect(floating.get_by_test_id("input")).to_be_visible()
        expect(floating.get_by_test_id("voice-held")).to_have_count(0)

    @pytest.mark.parametrize("gone", ["close", "hide-button"])
    def test_while_the_browser_still_asks_starts_nothing_behind_it(self, floating: Page, gone: str) -> None:
        floating.evaluate("() => { window.held = new Promise((done) => { window.allow = done }) }")
        record(floating)
        floating.get_by_test_id(gone).click()
        expect(floating.get_by_test_id("more")).to_have_count(0)
        floating.evaluate("window.allow(null)")
        floating.wait_for_function(
            "() => window.tracks.length === 1 && window.tracks[0].readyState === 'ended'"
        )


def test_a_picture_of_a_kind_that_the_desk_does_not_take_is_made_into_one_it_does(visit: Opener) -> None:
    page = visit(wait="input")
    ready(page)
    picture = io.BytesIO()
    Image.new("RGB", (320, 200), "red").save(picture, "GIF")
    choose(page, picture.getvalue(), "seat.gif", "image/gif")
    page.get_by_test_id("photo-ready").wait_for()
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("photo")).to_be_visible(timeout=30_000)
