"""What goes out of the widget when photos are refused, tokens come late and several tabs are open, on a real desk."""

from __future__ import annotations

import uuid
from io import BytesIO

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from bot.identity.tokens import sign_app_token
from tests.attachments import samples
from tests.web.conftest import Opener, Running
from tests.web.test_widget import AT_ONCE_MS, DANGER, NOTHING_UNSENT, own, write
from tests.web.test_widget_afterwards import staff
from tests.web.test_widget_files import choose, shot

DOORS, SESSIONS, UPLOADS = "**/api/chat/**", "**/api/chat/sessions", "**/api/chat/attachments"


def ready(page: Page, owner: str = "anonymous") -> None:
    """The chat of `owner` (an identity's name) has a session, and nothing is on its way."""
    page.wait_for_function("owner => localStorage.getItem(`vigil:${owner}:session`) !== null", arg=owner)
    unsent = "owner => !Object.keys(localStorage).some(key => key.startsWith(`vigil:${owner}:out:`))"
    page.wait_for_function(unsent, arg=owner)


def token_comes(page: Page, token: str) -> None:
    page.evaluate("token => { document.querySelector('vigil-chat').token = token }", token)


def stored(page: Page, desk: Running, owner: str) -> list[str]:
    """What the desk has of the person, as it stands in the conversation that `owner`'s widget is in."""
    session = page.evaluate("owner => JSON.parse(localStorage.getItem(`vigil:${owner}:session`))", owner)
    answer = httpx.get(
        f"{desk.url}/api/chat/messages",
        headers={"Authorization": f"Bearer {session['token']}"},
        trust_env=False,
        timeout=60.0,
    )
    said = answer.raise_for_status().json()["messages"]
    return [one["text"] for one in said if one["author"] == "reporter" and one["text"] != "/vigil_start"]


def answer_from_desk(desk: Running, reference: str, words: str) -> int:
    """An agent accepts the case and answers. Returns how many conversations in the queue belong to it."""
    with staff(desk) as http:
        rows = http.get("/api/console/queue").json()["rows"]
        found = [one for one in rows if one["reference"] == reference]
        address = f"/api/console/conversations/{found[0]['conversation_id']}"
        screen = http.post(f"{address}/accept", json={}).raise_for_status().json()
        seen = max(one["seq"] for one in screen["messages"])
        body = {"client_id": uuid.uuid4().hex, "text": words, "seen_seq": seen}
        http.post(f"{address}/reply", json=body).raise_for_status()
    return len(found)


def gif() -> bytes:
    """A picture that every browser shows and the desk does not take."""
    target = BytesIO()
    Image.new("RGB", (64, 64), "navy").save(target, "GIF")
    return target.getvalue()


class TestWordsBesideAPhoto:
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_are_heard_before_the_photo_has_gone_out(self, visit: Opener, language: str) -> None:
        page = visit(wait="input", locale={"en": "en-GB", "zh": "zh-CN"}[language])
        ready(page)
        held: list[Route] = []
        page.route(UPLOADS, lambda one: held.append(one))  # noqa: PLW0108 - a built-in has no room for what Playwright notes
        choose(page, samples.photo())
        page.get_by_test_id("photo-ready").wait_for()
        with page.expect_request(UPLOADS):
            write(page, DANGER[language])
            page.get_by_test_id("incident-reference").wait_for(timeout=AT_ONCE_MS)
        expect(page.locator("[data-state=sending]")).to_have_count(1)
        shot(page, f"caption-heard-{language}")
        held[0].continue_()
        expect(page.get_by_test_id("photo")).to_be_visible(timeout=30_000)
        assert own(page)[0] == DANGER[language]

    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_stay_heard_when_the_desk_refuses_the_photo_and_says_why(
        self, visit: Opener, language: str
    ) -> None:
        page = visit(wait="input", locale={"en": "en-GB", "zh": "zh-CN"}[language])
        ready(page)
        # A GIF by a JPEG's name: what the browser can show goes out as it is, and the desk looks into it.
        choose(page, gif(), "seat.jpg", "image/jpeg")
        page.get_by_test_id("photo-ready").wait_for()
        write(page, DANGER[language])
        page.get_by_test_id("incident-reference").wait_for(timeout=AT_ONCE_MS)
        refused = page.locator("[data-state=failed]")
        expect(refused).to_contain_text(
            {"en": "JPEG, PNG and WebP", "zh": "JPEG、PNG、WebP"}[language], timeout=30_000
        )
        shot(page, f"photo-refused-{language}")
        expect(page.locator("[data-state=sent],[data-state=seen]")).to_have_count(1)
        assert own(page)[0] == DANGER[language]


class TestTokenAfterTheCry:
    def test_the_cry_goes_along_once_with_its_answer(self, visit: Opener, desk: Running) -> None:
        page = visit("/healthz")
        nobody: list[Route] = []
        page.route(
            SESSIONS,
            lambda one: nobody.append(one) if "authorization" not in one.request.headers else one.continue_(),
        )
        page.goto(desk.url)
        page.get_by_test_id("emergency-button").click()
        write(page, DANGER["en"])
        rider = f"late-{uuid.uuid4().hex[:8]}"
        token_comes(page, sign_app_token(rider, "rider"))
        page.get_by_test_id("incident-reference").wait_for(timeout=AT_ONCE_MS)
        expect(page.get_by_test_id("emergency-number")).to_be_visible()
        expect(page.locator(NOTHING_UNSENT)).to_have_count(0, timeout=AT_ONCE_MS)
        # The session of nobody in particular comes after all: nothing more goes out in it.
        with page.expect_response(SESSIONS):
            nobody[0].continue_()
        reference = page.get_by_test_id("incident-reference").inner_text()
        assert answer_from_desk(desk, reference, "I am with you.") == 1
        expect(page.get_by_text("I am with you.", exact=True)).to_be_visible(timeout=AT_ONCE_MS)
        shot(page, "token-after-cry")
        assert sorted(stored(page, desk, f"rider.{rider}")) == sorted(own(page))
        assert len(own(page)) == 2
        assert stored(page, desk, "anonymous") == []

    def test_a_cry_that_was_heard_stays_on_the_screen_and_is_answered_there(
        self, visit: Opener, desk: Running
    ) -> None:
        page = visit(wait="input")
        ready(page)
        page.get_by_test_id("emergency-button").click()
        page.get_by_test_id("incident-reference").wait_for(timeout=AT_ONCE_MS)
        reference = page.get_by_test_id("incident-reference").inner_text()
        rider = f"late-{uuid.uuid4().hex[:8]}"
        token_comes(page, sign_app_token(rider, "rider"))
        write(page, "please hurry")
        expect(page.get_by_text("please hurry", exact=True)).to_be_visible()
        expect(page.locator(NOTHING_UNSENT)).to_have_count(0, timeout=AT_ONCE_MS)
        expect(page.get_by_test_id("incident-reference")).to_have_text(reference, timeout=AT_ONCE_MS)
        assert answer_from_desk(desk, reference, "I am here.") == 1
        expect(page.get_by_text("I am here.", exact=True)).to_be_visible(timeout=AT_ONCE_MS)
        assert stored(page, desk, f"rider.{rider}") == own(page)

    def test_what_one_person_wrote_never_goes_out_as_another(self, visit: Opener, desk: Running) -> None:
        page = visit(wait="input")
        first, second = (f"rider-{uuid.uuid4().hex[:8]}" for _ in range(2))
        token_comes(page, sign_app_token(first, "rider"))
        ready(page, f"rider.{first}")
        page.context.set_offline(True)
        write(page, "my bag is blue")
        token_comes(page, sign_app_token(second, "rider"))
        expect(page.get_by_text("my bag is blue")).to_have_count(0)
        page.context.set_offline(False)
        for owner in (first, second):
            ready(page, f"rider.{owner}")
        assert stored(page, desk, f"rider.{first}") == ["my bag is blue"]
        assert stored(page, desk, f"rider.{second}") == []


def astray(page: Page) -> None:
    """What stands before the desk answers in its place, as while it is being replaced."""
    page.route(
        DOORS, lambda one: one.fulfill(status=404, content_type="text/plain", body="404 page not found\n")
    )


class TestProxyInTheDesksPlace:
    def test_an_emergency_press_is_kept_and_heard_once_the_desk_is_back(self, visit: Opener) -> None:
        page = visit("/healthz")
        astray(page)
        with page.expect_response(SESSIONS):
            page.goto(page.url.replace("/healthz", "/"))
            page.get_by_test_id("emergency-button").click()
        page.get_by_test_id("offline").wait_for()
        expect(page.locator("[data-state=kept]")).to_have_count(1)
        expect(page.locator("[data-state=failed]")).to_have_count(0)
        expect(page.get_by_test_id("emergency-number")).to_be_visible()
        shot(page, "proxy-kept")
        page.unroute(DOORS)
        page.get_by_test_id("incident-reference").wait_for(timeout=30_000)
        expect(page.locator(NOTHING_UNSENT)).to_have_count(0)

    def test_the_chat_and_its_case_outlive_a_desk_that_is_being_replaced(
        self, visit: Opener, desk: Running
    ) -> None:
        page = visit(wait="input")
        write(page, DANGER["en"])
        page.get_by_test_id("incident-reference").wait_for(timeout=AT_ONCE_MS)
        session = "JSON.parse(localStorage.getItem('vigil:anonymous:session')).token"
        before, reference = page.evaluate(session), page.get_by_test_id("incident-reference").inner_text()
        astray(page)
        desk.stop()
        try:
            write(page, "please hurry")
            page.get_by_test_id("offline").wait_for()
        finally:
            desk.start()
        page.unroute(DOORS)
        expect(page.locator(NOTHING_UNSENT)).to_have_count(0, timeout=30_000)
        page.reload()
        expect(page.get_by_test_id("incident-reference")).to_have_text(reference, timeout=AT_ONCE_MS)
        assert page.evaluate(session) == before
        assert own(page) == [DANGER["en"], "please hurry"]


class TestKept:
    def test_what_is_typed_and_not_sent_is_there_after_a_reload(self, visit: Opener) -> None:
        page = visit(wait="input")
        ready(page)
        page.get_by_test_id("input").fill("half a sen")
        page.reload()
        expect(page.get_by_test_id("input")).to_have_value("half a sen")
        write(page, "half a sentence")
        page.reload()
        ready(page)
        expect(page.get_by_test_id("input")).to_have_value("")

    def test_several_tabs_do_not_send_twice(self, visit: Opener, desk: Running) -> None:
        first = visit(wait="input")
        ready(first)
        second = first.context.new_page()
        second.goto(first.url)
        ready(second)
        first.context.set_offline(True)
        write(first, "from the first")
        write(second, "from the second")
        first.get_by_test_id("offline").wait_for()
        first.context.set_offline(False)
        for page in (first, second):
            expect(page.locator(NOTHING_UNSENT)).to_have_count(0, timeout=30_000)
            page.reload()
            expect(page.locator("[data-author=reporter] .bubble")).to_have_count(2)
        assert sorted(stored(first, desk, "anonymous")) == ["from the first", "from the second"]
