"""Closed only by a named person with a reason; open again by anybody's word or a new report; every reporter is told."""

from __future__ import annotations

from tests.care.conftest import LOCKED, Story, task
from tests.replays.driver import Stage, entry, names, refused


class TestClosing:
    async def test_only_what_is_resolved_can_be_closed_and_only_by_those_who_may(self, story: Story) -> None:
        error = refused(await story.safety.tries(story.conversation, "close", reason="done"), 409)
        assert error["code"] == "nothing_resolved"
        await story.resolved()
        error = refused(await story.safety.tries(story.conversation, "close", reason="done"), 409)
        assert error["code"] == "care_owed"
        assert [one["day"] for one in error["details"]["owed"] if one["kind"] == "contact"] == [
            1.0,
            7.0,
            30.0,
        ]
        outsider = await story.stage.agent("outsourced")
        refused(await outsider.tries(story.conversation, "close", reason="done"), 403)

    async def test_silence_never_closes(self, story: Story) -> None:
        await story.resolved()
        for _ in range(4):
            await story.long_after(days=10)
        assert (await story.safety.case(story.conversation))["state"] == "resolved"

    async def test_a_routine_case_is_closed_without_care(self, stage: Stage) -> None:
        writer = await stage.reporter("en", rider="r_emma")
        await writer.says("my driver was rude to me")
        agent = await stage.agent("supervisor")
        conversation = (await agent.queue())[0]["conversation_id"]
        await agent.does(conversation, "escalate", reason="not clear yet")
        await agent.does(conversation, "accept")
        await agent.does(conversation, "lower", grade="S2", reason="rude words, nobody in danger")
        await agent.does(conversation, "resolve", code="explained", reason="apologised")
        closed = await agent.does(conversation, "close", reason="nothing more to do")
        assert closed["cases"][0]["state"] == "closed" and closed["care"] == []


class TestReopening:
    async def test_any_role_may_reopen_with_a_reason_and_the_team_is_paged_anew(self, story: Story) -> None:
        await story.resolved()
        await story.victim.presses("/vigil_care_decline")
        await story.safety.does(story.conversation, "close", reason="declined")
        trainer = await story.stage.agent("trainer")
        refused(await trainer.tries(story.conversation, "reopen", reason=""), 422)
        rung = len(story.stage.rang())
        await trainer.does(story.conversation, "reopen", reason="her father called the front desk")
        case = await story.safety.case(story.conversation)
        assert case["state"] == "paged" and case["accepted_by"] is None
        assert len(story.stage.rang()) > rung
        reopened = entry(await story.safety.acts(story.conversation), "reopened")
        assert reopened["details"]["name"] == trainer.name and reopened["details"]["before"] == "closed"
        assert any("已重新打开" in text for text in await story.victim.told())
        assert (await story.victim.state())["holder"] == "queue"
        error = refused(await trainer.tries(story.conversation, "reopen", reason="again"))
        assert error["code"] in ("nothing_ended", "not_allowed")

    async def test_a_new_report_in_the_same_chat_opens_the_same_case_again_and_pauses_its_care(
        self, story: Story
    ) -> None:
        await story.resolved()
        reference = await story.victim.reference()
        await story.long_after(hours=3)
        await story.victim.told()
        await story.victim.says("那个司机现在就在我家楼下砸门，救命")
        assert await story.victim.reference() == reference
        case = await story.safety.case(story.conversation)
        assert (case["grade"], case["state"], case["reports"]) == ("S0", "paged", 2)
        assert any("110" in text for text in await story.victim.told())
        assert (await story.care())["state"] == "paused"
        rung = len(story.stage.rang())
        await story.safety.does(story.conversation, "accept")
        await story.safety.does(
            story.conversation, "emergency-call", decision="not_called", reason="they are there"
        )
        await story.safety.does(
            story.conversation, "resolve", code="emergency_services_took_over", reason="police came"
        )
        care = await story.care()
        assert care["state"] == "open" and task(care, "contact", 1)["state"] == "waiting"
        assert task(care, "charges_reversed")["state"] == "done" and rung > 0

    async def test_a_friends_report_about_the_same_ride_opens_it_again(self, story: Story) -> None:
        await story.resolved()
        reference = await story.victim.reference()
        friend = await story.stage.reporter("zh")
        await friend.says("我朋友坐车后失联了，车牌浙AD8C61，电话关机")
        case = await story.safety.case(story.conversation)
        assert case["reference"] == reference and case["state"] == "paged" and case["reports"] == 2
        assert await friend.reference() == reference

    async def test_another_ride_is_another_matter(self, story: Story) -> None:
        await story.resolved()
        first = await story.victim.reference()
        await story.long_after(days=45)
        await story.victim.says(LOCKED)
        screen = await story.safety.screen(story.conversation)
        states = {one["reference"]: one["state"] for one in screen["cases"]}
        assert states[first] == "resolved" or len(states) == 1


class TestEveryReporterIsTold:
    async def test_acceptance_and_the_end_reach_a_third_party_and_say_nothing_of_the_ride(
        self, story: Story
    ) -> None:
        stage = story.stage
        friend = await stage.reporter("zh")
        await friend.says("我朋友坐车后失联了，车牌浙AD8C61，电话关机")
        assert await friend.reference() == await story.victim.reference()
        chief = await stage.agent("supervisor")
        first = "\n".join(await friend.told())
        assert "还没有人加入" in first and story.safety.name not in first, "a stranger, until a person looks"
        chats = [row["conversation_id"] for row in await story.safety.queue() if row["grade"] == "S0"]
        other = next(one for one in chats if one != story.conversation)
        await story.safety.does(other, "accept")
        seen = (await story.safety.screen(other))["messages"][-1]["seq"]
        await story.safety.does(other, "read", seq=seen)
        await friend.told()
        await chief.does(story.conversation, "accept", take_over=True)
        told = "\n".join(await friend.told())
        assert f"由{chief.name}接手" in told
        await story.rides_on()
        await chief.does(story.conversation, "resolve", code="safe_confirmed", reason="she is home")
        told += "\n".join(await friend.told())
        assert "已确认当事人安全" in told
        for secret in ("林", "王", "武林", "机场", "杭州", "行程", "司机"):
            assert secret not in told

    async def test_answering_one_reporter_is_not_answering_all(self, story: Story) -> None:
        stage = story.stage
        friend = await stage.reporter("en")
        await friend.says("my friend is missing after her ride, plate 浙A·D8C61, her phone is off")
        chats = [row["conversation_id"] for row in await story.safety.queue() if row["grade"] == "S0"]
        other = next(one for one in chats if one != story.conversation)
        await story.safety.does(other, "accept")
        for _ in range(3):
            await stage.pass_time(minutes=3)
            assert (await story.safety.writes(story.conversation, "我在看您的位置")).is_success
        silent = [
            one for one in await story.safety.acts(story.conversation)
            if one["act"] == "reminded" and one["details"].get("clock") == "silent"
        ]  # fmt: skip
        assert silent, names(await story.safety.acts(story.conversation))
