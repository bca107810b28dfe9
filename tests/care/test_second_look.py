"""A case that is opened again and then found to be nothing: what the first ending owed is owed still, with its clocks."""

from __future__ import annotations

from typing import Any

from tests.care.conftest import Story, task


async def _opened_again_for_nothing(story: Story) -> dict[str, Any]:
    """Resolved as it happened; opened again, lowered, and ended as explained."""
    await story.resolved()
    safety, conversation = story.safety, story.conversation
    await safety.does(conversation, "reopen", reason="her sister called")
    await safety.does(conversation, "accept")
    seen = (await safety.screen(conversation))["messages"][-1]["seq"]
    await safety.does(
        conversation, "lower", grade="S2", reason="only a question about the bill", seen_seq=seen
    )
    await safety.does(conversation, "resolve", code="explained", reason="the bill is explained")
    return await story.care()


class TestSecondLook:
    async def test_the_contacts_are_still_owed_and_their_clocks_run(self, story: Story) -> None:
        care = await _opened_again_for_nothing(story)
        assert (care["state"], task(care, "contact", 1.0)["state"]) == ("open", "waiting")
        await story.long_after(days=1, minutes=1)
        owed = (await story.safety.client.get("/api/console/care")).json()
        assert any(one["kind"] == "contact" and one["overdue"] for one in owed["care"])
        acts = await story.safety.acts(story.conversation)
        assert any(one["act"] == "reminded" and one["details"].get("clock") == "care.contact" for one in acts)


class TestReminder:
    async def test_the_reminder_before_a_contact_is_due_is_no_clock_that_ran_out(self, story: Story) -> None:
        await story.resolved()
        supervisor = await story.stage.agent("supervisor")
        await story.long_after(hours=23)
        found = (await supervisor.client.get("/api/console/report")).json()
        assert [one["kind"] for one in found["breaches"] if one["kind"].startswith("care")] == []
        await story.long_after(hours=2)
        found = (await supervisor.client.get("/api/console/report")).json()
        (late,) = [one for one in found["breaches"] if one["kind"].startswith("care")]
        assert late["name"] == (await story.care())["owner"]
