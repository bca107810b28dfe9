"""A task of another department has an owner, a clock, and an end with a note."""

from __future__ import annotations

from datetime import timedelta

from bot.kit.now import iso
from tests.care.conftest import Story
from tests.replays.driver import entry, names, refused


class TestDepartments:
    async def test_overdue_it_calls_the_supervisor_and_done_it_keeps_the_note(self, story: Story) -> None:
        due = story.stage.clock.at + timedelta(hours=4)
        asked = {
            "department": "legal",
            "what": "answer the family's lawyer",
            "owner": "Ms Zhao",
            "due_at": iso(due),
        }
        screen = await story.safety.does(story.conversation, "departments", **asked)
        task = screen["departments"]["tasks"][0]
        assert (task["owner"], task["state"], task["what"]) == (
            "Ms Zhao",
            "open",
            "answer the family's lawyer",
        )
        await story.rides_on()
        await story.safety.does(story.conversation, "resolve", code="plan_completed", reason="home")
        await story.long_after(hours=5)
        assert any("其他部门的任务已超时" in page for page in story.stage.rang())
        assert (await story.safety.screen(story.conversation))["departments"]["tasks"][0]["overdue"]
        path = f"departments/{task['id']}/done"
        refused(await story.safety.tries(story.conversation, path, note=" "), 422)
        screen = await story.safety.does(story.conversation, path, note="answered by letter")
        assert screen["departments"]["tasks"][0]["note"] == "answered by letter"
        assert {"department_asked", "department_done"} <= set(names(screen["timeline"]))
        refused(await story.safety.tries(story.conversation, path, note="again"), 409)
        rung = len(story.stage.rang())
        await story.long_after(hours=30)
        assert not any("其他部门" in page for page in story.stage.rang()[rung:])

    async def test_an_owner_with_an_account_is_known_by_name(self, story: Story) -> None:
        chief = await story.stage.agent("supervisor")
        due = iso(story.stage.clock.at + timedelta(days=1))
        asked = {"department": "product", "what": "fix the map", "owner": chief.email.upper(), "due_at": due}
        screen = await story.safety.does(story.conversation, "departments", **asked)
        assert screen["departments"]["tasks"][0]["owner"] == chief.name
        assert entry(screen["timeline"], "department_asked")["details"]["owner"] == chief.name

    async def test_what_is_missing_or_wrong_is_named_and_nothing_is_written(self, story: Story) -> None:
        soon = iso(story.stage.clock.at + timedelta(hours=1))
        good = {"department": "finance", "what": "waive the fare", "owner": "Mr Xu", "due_at": soon}
        past = iso(story.stage.clock.at - timedelta(hours=1))
        for wrong, code in (
            ({"department": "kitchen"}, "unknown_department"), ({"what": " "}, "task_empty"),
            ({"owner": ""}, "owner_needed"), ({"due_at": past}, "promise_in_past"),
        ):  # fmt: skip
            error = refused(
                await story.safety.tries(story.conversation, "departments", **(good | wrong)), 422
            )
            assert error["code"] == code
        assert (await story.safety.screen(story.conversation))["departments"]["tasks"] == []
