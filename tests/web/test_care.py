"""Aftercare on the console: what is owed after a case, done and declined from its card, and the list of all that is owed."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.web.conftest import Opener, Running
from tests.web.test_console import WIDE, cry, no_violation, row, sign_in


class TestCare:
    def test_the_owner_writes_down_a_contact_and_the_case_closes_only_when_nothing_is_owed(
        self, visit: Opener, desk: Running
    ) -> None:
        reporter, reference = cry(visit)
        console = visit("/console", wait="sign-in-email", **(WIDE | {"color_scheme": "dark"}))
        sign_in(console, desk)
        row(console, reference).click()
        console.get_by_test_id("accept").click()
        console.get_by_test_id("emergency-call").click()
        console.get_by_test_id("decision-not_called").click()
        console.get_by_test_id("reason").fill("she is safe at home")
        console.get_by_test_id("confirm").click()
        console.get_by_test_id("resolve").click()
        console.get_by_test_id("resolve-code").select_option("safe_confirmed")
        console.get_by_test_id("resolve-reason").fill("her father has picked her up")
        console.get_by_test_id("resolve-confirm").click()
        card = console.get_by_test_id("care-card")
        expect(card).to_contain_text("Owner: 李娜 Li Na (you)")
        expect(card).to_contain_text("held: nobody in this case can be erased")
        no_violation(console)
        console.get_by_test_id("close").click()
        console.get_by_test_id("reason").fill("all done")
        console.get_by_test_id("confirm").click()
        expect(console.get_by_role("dialog").get_by_role("alert")).to_contain_text("are still owed")
        console.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        card.get_by_role("button", name="Done: Contact after day 1", exact=True).click()
        console.get_by_test_id("care-note").fill("spoke with her, she is with her family")
        console.get_by_test_id("confirm").click()
        first = card.get_by_test_id("care-task").filter(has_text="Contact after day 1")
        expect(first).to_have_attribute("data-state", "done")
        expect(first).to_contain_text("she is with her family")
        # The outcome stands in her chat, with the tap that declines what is left.
        reporter.get_by_role("button", name="No further contact").click()
        expect(card).to_contain_text("complete")
        console.get_by_test_id("close").click()
        console.get_by_test_id("reason").fill("she wants no further contact")
        console.get_by_test_id("confirm").click()
        expect(console.get_by_test_id("reopen")).to_be_visible()
        expect(console.get_by_test_id("close")).to_have_count(0)

    def test_a_task_for_another_department_and_the_list_of_all_that_is_owed(
        self, visit: Opener, desk: Running
    ) -> None:
        _, reference = cry(visit)
        console = visit("/console", wait="sign-in-email", **WIDE)
        sign_in(console, desk)
        row(console, reference).click()
        console.get_by_test_id("accept").click()
        console.get_by_test_id("department-ask").click()
        console.get_by_test_id("department-what").fill("check the camera of the car park")
        console.get_by_test_id("department-owner").fill("Ms Zhao")
        console.get_by_test_id("confirm").click()
        expect(console.get_by_role("dialog").get_by_role("alert")).to_contain_text("Done by")
        console.get_by_test_id("department-due").fill("2099-01-01T12:00")
        console.get_by_test_id("confirm").click()
        expect(console.get_by_test_id("department-task")).to_contain_text("check the camera of the car park")
        console.goto(f"{desk.url}/console#/care")
        owed = console.get_by_test_id("owed").filter(has_text=reference)
        expect(owed).to_contain_text("Ms Zhao")
        no_violation(console)
        owed.get_by_role("button", name=f"Open {reference}").click()
        expect(console.get_by_test_id("case-reference").first).to_have_text(reference)
