"""Photos, voice notes and positions, as a person with the widget sends them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.attachments import samples
from tests.web.conftest import Opener, Running
from tests.web.test_widget import no_violation, ready, write

HERE = {"latitude": 30.27415, "longitude": 120.15515}
SHOTS = os.environ.get("VIGIL_TEST_SCREENSHOTS")


def shot(page: Page, name: str) -> None:
    """A picture of the page, where somebody wants to look at it."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def choose(page: Page, content: bytes, name: str = "seat.jpg", kind: str = "image/jpeg") -> None:
    page.get_by_test_id("photo-input").set_input_files({"name": name, "mimeType": kind, "buffer": content})


class TestPhoto:
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_is_previewed_sent_with_words_and_there_after_a_reload(
        self, visit: Opener, language: str
    ) -> None:
        page = visit(wait="input", locale={"en": "en-GB", "zh": "zh-CN"}[language])
        ready(page)
        page.get_by_test_id("more").click()
        expect(page.get_by_test_id("attach-photo")).to_be_visible()
        shot(page, f"choices-{language}")
        choose(page, samples.photo(1200, 900))
        expect(page.get_by_test_id("photo-ready")).to_be_visible()
        page.get_by_test_id("input").fill("the seat was torn")
        shot(page, f"photo-ready-{language}")
        no_violation(page)
        page.get_by_test_id("send").click()
        expect(page.get_by_test_id("photo")).to_be_visible(timeout=30_000)
        expect(page.get_by_test_id("photo-ready")).to_have_count(0)
        shot(page, f"photo-sent-{language}")
        page.reload()
        expect(page.get_by_test_id("photo")).to_be_visible(timeout=30_000)
        expect(page.get_by_text("the seat was torn", exact=True)).to_have_count(1)
        no_violation(page)

    def test_fifty_megabytes_are_refused_in_words_before_anything_is_sent(self, visit: Opener) -> None:
        page = visit(wait="input")
        ready(page)
        uploads: list[str] = []
        page.on("request", lambda one: uploads.append(one.url) if "attachments" in one.url else None)
        page.get_by_test_id("input").fill("look at this")
        page.evaluate(
            """() => {
                const input = document.querySelector("vigil-chat").shadowRoot.querySelector("input[type=file]");
                const held = new DataTransfer();
                held.items.add(new File([new Uint8Array(50 * 1024 * 1024)], "huge.jpg", { type: "image/jpeg" }));
                input.files = held.files;
                input.dispatchEvent(new Event("change"));
            }"""
        )
        expect(page.get_by_test_id("attach-problem")).to_contain_text("too large")
        expect(page.get_by_test_id("input")).to_have_value("look at this")
        assert uploads == []

    def test_a_renamed_executable_is_refused_in_words(self, visit: Opener) -> None:
        page = visit(wait="input")
        choose(page, samples.EXECUTABLE, "holiday.jpg")
        expect(page.get_by_test_id("attach-problem")).to_contain_text("no photo")

    def test_one_taken_without_network_goes_out_later_even_after_a_reload(
        self, visit: Opener, desk: Running
    ) -> None:
        page = visit(wait="input")
        ready(page)
        desk.stop()
        try:
            choose(page, samples.photo())
            page.get_by_test_id("photo-ready").wait_for()
            page.get_by_test_id("send").click()
            page.get_by_test_id("offline").wait_for()
            write(page, "words do not wait for it")
        finally:
            desk.start()
        page.reload()
        expect(page.get_by_test_id("photo")).to_be_visible(timeout=60_000)
        expect(page.locator("[data-state=kept],[data-state=sending]")).to_have_count(0, timeout=30_000)

    def test_the_desk_shows_it_to_who_may_see_the_chat(self, visit: Opener, desk: Running) -> None:
        page = visit(wait="input")
        ready(page)
        choose(page, samples.photo())
        page.get_by_test_id("photo-ready").wait_for()
        page.get_by_test_id("input").fill("he locked the doors and won't let me out")
        page.get_by_test_id("send").click()
        page.get_by_test_id("incident-reference").wait_for(timeout=30_000)
        reference = page.get_by_test_id("incident-reference").inner_text()
        staff = visit("/console", wait="sign-in-email", viewport={"width": 1440, "height": 900})
        staff.get_by_test_id("sign-in-email").fill("li.na@vigil.example")
        staff.get_by_test_id("sign-in-password").fill(desk.password("li.na@vigil.example"))
        staff.get_by_test_id("sign-in-submit").click()
        staff.get_by_test_id("queue-row").filter(has_text=reference).click()
        picture = staff.locator("[data-testid=attachment-photo] img")
        expect(picture).to_be_visible(timeout=20_000)
        expect(picture).to_have_js_property("naturalWidth", 320, timeout=30_000)
        shot(staff, "console-photo")


class TestVoice:
    def test_is_recorded_sent_to_a_person_and_played_only_when_asked_for(self, visit: Opener) -> None:
        page = visit(wait="input", permissions=["microphone"])
        ready(page)
        page.get_by_test_id("more").click()
        page.get_by_test_id("attach-voice").click()
        expect(page.get_by_test_id("recording")).to_contain_text("0:02", timeout=20_000)
        shot(page, "voice-recording")
        no_violation(page)
        page.get_by_test_id("voice-send").click()
        play = page.get_by_test_id("voice-play")
        expect(play).to_contain_text("Play (0:", timeout=30_000)
        expect(page.get_by_test_id("queue-place")).to_contain_text("in line")
        expect(page.locator("audio")).to_have_count(0)
        shot(page, "voice-sent")
        play.click()
        sound = page.get_by_test_id("voice")
        expect(sound).to_be_visible()
        assert sound.evaluate("one => one.paused")
        assert (
            sound.evaluate(
                "one => new Promise(done => { one.onloadedmetadata = () => done(one.duration); one.load() })"
            )
            > 1
        )

    def test_a_microphone_that_is_refused_is_told_and_the_words_stay(self, visit: Opener) -> None:
        page = visit(wait="input")
        page.evaluate(
            "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('refused')) }"
        )
        page.get_by_test_id("input").fill("kept")
        page.get_by_test_id("more").click()
        page.get_by_test_id("attach-voice").click()
        expect(page.get_by_test_id("attach-problem")).to_contain_text("microphone")
        expect(page.get_by_test_id("input")).to_have_value("kept")

    def test_hiding_the_chat_sends_what_was_recorded_and_lets_the_microphone_go(self, visit: Opener) -> None:
        page = visit(wait="input", permissions=["microphone"])
        ready(page)
        page.get_by_test_id("more").click()
        page.get_by_test_id("attach-voice").click()
        expect(page.get_by_test_id("recording")).to_contain_text("0:01", timeout=20_000)
        page.get_by_test_id("hide-button").click()
        expect(page.get_by_test_id("note")).to_be_visible()
        page.get_by_test_id("note-title").dblclick()
        expect(page.get_by_test_id("voice-play")).to_be_visible(timeout=30_000)


class TestPosition:
    def test_is_shared_with_two_taps(self, visit: Opener) -> None:
        page = visit(wait="input", permissions=["geolocation"], geolocation=HERE)
        ready(page)
        page.get_by_test_id("more").click()
        page.get_by_test_id("attach-position").click()
        expect(page.get_by_text("[Position]")).to_be_visible(timeout=20_000)
        expect(page.locator("[data-author=reporter][data-state=sent]")).to_have_count(1)

    def test_one_that_is_not_known_is_told(self, visit: Opener) -> None:
        page = visit(wait="input", permissions=[])
        page.evaluate("() => { navigator.geolocation.getCurrentPosition = (_, no) => no({ code: 1 }) }")
        page.get_by_test_id("more").click()
        page.get_by_test_id("attach-position").click()
        expect(page.get_by_test_id("attach-problem")).to_contain_text("position is not known")


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_hangs_over_at_any_width(visit: Opener, width: int, scheme: str) -> None:
    page = visit(wait="input", viewport={"width": width, "height": 640}, color_scheme=scheme, locale="zh-CN")
    ready(page)
    page.get_by_test_id("more").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    form = "document.querySelector('vigil-chat').shadowRoot.querySelector('form')"
    inside = f"{form}.scrollWidth <= {form}.clientWidth + 1"
    assert page.evaluate(inside)
    shot(page, f"width-{width}-{scheme}")
