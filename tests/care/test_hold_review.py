"""A hold is reviewed by a named person; then the driver learns why, never who, and not while anyone is in the car; the
driver's answer reaches those who review, and by itself changes nothing."""

from __future__ import annotations

from tests.care.conftest import Story
from tests.replays.driver import entry, names, refused


def _told(story: Story) -> list[str]:
    """What reached the driver's app."""
    return [one.text for one in story.stage.sandbox.world.outbox if one.to == "d_wang" and one.kind == "push"]


class TestReview:
    async def test_the_driver_is_told_why_never_who_and_only_once_the_car_is_empty(
        self, story: Story
    ) -> None:
        body = {"keep": True, "why": "conduct", "reason": "her account is consistent"}
        screen = await story.safety.does(story.conversation, "review", **body)
        assert entry(screen["timeline"], "hold_reviewed")["details"]["decision"] == "kept"
        await story.stage.pass_time(minutes=6)
        assert _told(story) == []
        await story.resolved()
        assert _told(story) == []
        await story.stage.pass_time(minutes=6)
        told = _told(story)
        assert len(told) == 1 and "对待乘客的行为" in told[0] and "司机端客服" in told[0]
        for secret in ("林", "锁", await story.victim.reference(), "萧山"):
            assert secret not in told[0]
        assert (
            entry(await story.safety.acts(story.conversation), "driver_told")["details"]["why"] == "conduct"
        )

    async def test_a_review_stops_the_clock_and_without_one_the_supervisor_is_paged(
        self, story: Story
    ) -> None:
        await story.resolved()
        await story.stage.pass_time(hours=2, minutes=5)
        assert any("停派已超过两小时未复核" in page for page in story.stage.rang())
        body = {"keep": True, "why": "conduct", "reason": "kept until the hearing"}
        await story.safety.does(story.conversation, "review", **body)
        rung = len(story.stage.rang())
        await story.long_after(hours=5)
        assert not any("停派" in page for page in story.stage.rang()[rung:])
        assert not (await story.stage.desk.platform.dispatch("d_wang")).on_dispatch

    async def test_lifting_it_is_a_review_too_and_needs_a_reason(self, story: Story) -> None:
        await story.resolved()
        refused(await story.safety.tries(story.conversation, "release", reason=""), 422)
        await story.safety.does(
            story.conversation, "release", reason="the camera shows that she was mistaken"
        )
        assert (await story.stage.desk.platform.dispatch("d_wang")).on_dispatch
        assert any("恢复为您派单" in text for text in _told(story))

    async def test_what_the_driver_learns_is_chosen_from_the_policy(self, story: Story) -> None:
        body = {"keep": True, "why": "because Lin complained", "reason": "x"}
        refused(await story.safety.tries(story.conversation, "review", **body), 422)
        outsider = await story.stage.agent("outsourced")
        refused(await outsider.tries(story.conversation, "review", **(body | {"why": "conduct"})), 403)


class TestDriversAnswer:
    async def test_it_reaches_the_held_case_starts_the_review_clock_and_closes_nothing(
        self, story: Story
    ) -> None:
        await story.resolved()
        body = {"keep": True, "why": "conduct", "reason": "kept for now"}
        await story.safety.does(story.conversation, "review", **body)
        driver = await story.stage.reporter("zh", driver="d_wang")
        await _appeals(story, driver)
        acts = await story.safety.acts(story.conversation)
        assert "门锁坏了" in entry(acts, "driver_answered")["details"]["words"]
        screen = await story.safety.screen(story.conversation)
        assert screen["cases"][0]["state"] == "resolved" and screen["cases"][0]["hold"]["state"] == "held"
        assert "appeal" in [link["relation"] for link in screen["cases"][0]["links"]]
        assert "released" not in names(acts)
        await story.stage.pass_time(hours=2, minutes=5)
        assert any("停派已超过两小时未复核" in page for page in story.stage.rang())
        heard = "\n".join(await driver.told())
        for secret in ("林", await story.victim.reference()):
            assert secret not in heard

    async def test_an_answer_before_the_review_is_due_puts_nothing_off(self, story: Story) -> None:
        await story.resolved()
        await story.stage.pass_time(minutes=100)
        driver = await story.stage.reporter("zh", driver="d_wang")
        await _appeals(story, driver)
        await story.stage.pass_time(minutes=25)
        assert any("停派已超过两小时未复核" in page for page in story.stage.rang())
        screen = await story.safety.screen(story.conversation)
        assert "appeal" in [link["relation"] for link in screen["cases"][0]["links"]]


async def _appeals(story: Story, driver: object) -> None:
    """What the assistant's action does when a driver asks why there are no orders, at the same internal door."""
    import httpx

    desk = story.stage.desk
    async with desk.database.reading() as session:
        from sqlalchemy import select

        from bot.conversations.models import Conversation

        query = select(Conversation.id).where(Conversation.driver_id == "d_wang")
        conversation = (await session.execute(query)).scalar_one()
    transport = httpx.ASGITransport(app=desk.internal)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk", trust_env=False) as client:
        body = {
            "message_id": "m1", "action": "action_hold_appeal", "kind": "hold_appeal", "title": "为什么没有单",
            "grade": "S3", "evidence": {"driver_id": "d_wang", "words": "门锁坏了，我没有锁她"},
        }  # fmt: skip
        headers = {"X-Vigil-Secret": desk.settings.internal_secret}
        answer = await client.post(
            f"/internal/conversations/{conversation}/cases", json=body, headers=headers
        )
        assert answer.status_code == 200, answer.text
    await story.stage.settle()
