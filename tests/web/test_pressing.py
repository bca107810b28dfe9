"""A page that changes while a button is pressed: the press does what the button said."""

from __future__ import annotations

import uuid

from playwright.sync_api import WebSocket, expect

from tests.web.conftest import Opener, Running
from tests.web.test_console import WIDE, cry, row, sign_in
from tests.web.test_widget_afterwards import staff


class TestPressing:
    def test_a_button_pressed_while_the_bar_changes_does_what_it_said(
        self, visit: Opener, desk: Running
    ) -> None:
        _, reference = cry(visit)
        console = visit("/console", wait="sign-in-email", **WIDE)
        sign_in(console, desk)
        row(console, reference).click()
        console.get_by_test_id("emergency-call").hover()
        other = visit("/console", wait="sign-in-email", **WIDE)
        sign_in(other, desk)
        row(other, reference).click()
        other.get_by_test_id("accept").wait_for()
        with console.expect_response(lambda answer: "/api/console/conversations/" in answer.url):
            console.mouse.down()
            other.get_by_test_id("accept").click()
        expect(other.get_by_test_id("resolve")).to_be_visible()
        console.mouse.up()
        expect(console.get_by_test_id("decision-not_called")).to_be_visible()
        # Nothing stays behind: the bar is the one of a case that is accepted.
        console.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        expect(console.get_by_test_id("resolve")).to_be_visible()
        expect(console.get_by_test_id("accept")).to_have_count(0)


class TestWidget:
    def test_an_answer_pressed_while_a_message_comes_in_is_the_one_that_is_given(
        self, visit: Opener, desk: Running
    ) -> None:
        page = visit("/healthz")
        sockets: list[WebSocket] = []
        page.on("websocket", lambda socket: sockets.append(socket))  # noqa: PLW0108 - Playwright marks what it calls
        page.goto(desk.url)
        page.get_by_test_id("emergency-button").click()
        reference = page.get_by_test_id("incident-reference").inner_text()
        with staff(desk) as http:
            rows = http.get("/api/console/queue").json()["rows"]
            chat = next(one["conversation_id"] for one in rows if one["reference"] == reference)
            address = f"/api/console/conversations/{chat}"

            def act(name: str, body: dict[str, object]) -> int:
                screen = http.post(f"{address}/{name}", json=body).raise_for_status().json()
                return max(one["seq"] for one in screen["messages"])

            seen = act("accept", {})
            act("emergency-call", {"decision": "not_called", "reason": "she is safe at home"})
            act("resolve", {"code": "safe_confirmed", "reason": "picked up", "seen_seq": seen + 9})
            # The outcome brings two answers: to be contacted, and not to be.
            pressed = page.get_by_test_id("quick-reply").last
            said = pressed.inner_text()
            pressed.hover()
            seen = act("accept", {})
            page.get_by_text("has joined").last.wait_for()
            pressed.hover()
            page.mouse.down()
            with sockets[-1].expect_event("framereceived", lambda frame: "stays with you" in str(frame)):
                text = "My name is Li Na.\nI am still here,\nand this line\nstays with you."
                http.post(
                    f"{address}/reply",
                    json={"client_id": uuid.uuid4().hex, "text": text, "seen_seq": seen},
                ).raise_for_status()
            # What came has had its turn to be shown.
            page.evaluate(
                "() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))"
            )
            page.mouse.up()
        expect(page.locator("[data-author=reporter] .bubble").last).to_have_text(said)
        expect(page.get_by_text("stays with you")).to_be_visible()
