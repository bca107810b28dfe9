"""Resolving an S0 opens care with a named owner: what the platform does, who is contacted when, who is told what."""

from __future__ import annotations

from tests.care.conftest import LOCKED, Story, task
from tests.replays.driver import Stage, entry, names, refused


class TestOpening:
    async def test_charges_go_back_the_two_are_never_matched_and_the_victim_is_told_by_record(
        self, story: Story
    ) -> None:
        screen = await story.resolved()
        care = screen["care"][0]
        assert care["owner"] == story.safety.name and care["evidence_held"]
        assert {one["kind"]: one["state"] for one in care["tasks"] if one["kind"] != "contact"} == {
            "charges_reversed": "done", "never_matched": "done", "evidence_held": "done", "outcome_told": "done",
        }  # fmt: skip
        assert [one["day"] for one in care["tasks"] if one["kind"] == "contact"] == [1, 7, 30]
        world = story.stage.sandbox.world
        assert "d_wang" in world.riders["r_lin"].blocked_drivers
        charge = world.trips["t_hz_live"].charge
        assert (
            charge is not None
            and charge.paid
            and charge.refunded == charge.total
            and len(world.trips["t_hz_live"].refunds) == 1
        )
        told = (await story.victim.messages())[-1]
        assert (
            "已全部退回" in told["text"]
            and "不会再为您匹配" in told["text"]
            and "第 1、7、30 天" in told["text"]
        )
        assert [button["payload"] for button in told["buttons"]] == [
            "/vigil_care_contact",
            "/vigil_care_decline",
        ]
        assert entry(screen["timeline"], "refund_made")["details"]["amount"] == str(charge.total.amount)

    async def test_a_platform_that_fails_is_tried_on_once_and_nothing_is_claimed_before(
        self, story: Story
    ) -> None:
        sandbox = story.stage.sandbox
        await story.rides_on()
        sandbox.demo(
            "/faults", status=500, paths=["/trips/t_hz_live/refunds", "/riders/r_lin/blocked-drivers"]
        )
        await story.safety.does(story.conversation, "resolve", code="plan_completed", reason="she is home")
        care = await story.care()
        assert task(care, "charges_reversed")["state"] == task(care, "never_matched")["state"] == "failing"
        assert not any("退回" in one["text"] for one in await story.victim.messages())
        await story.stage.pass_time(minutes=4)
        await story.long_after(minutes=58)
        told = next(one for one in await story.victim.messages() if "处理结果" in one["text"])
        assert "退回" not in told["text"] and "匹配" not in told["text"]
        assert any("事后处理" in page for page in story.stage.rang())
        sandbox.demo("/faults")
        await story.stage.pass_time(minutes=3)
        care = await story.care()
        assert task(care, "charges_reversed")["state"] == task(care, "never_matched")["state"] == "done"
        assert len(sandbox.world.trips["t_hz_live"].refunds) == 1

    async def test_after_a_false_alarm_a_person_decides_about_money_and_matching(self, story: Story) -> None:
        care = (await story.resolved("false_alarm"))["care"][0]
        assert task(care, "charges_reversed")["state"] == task(care, "never_matched")["state"] == "proposed"
        assert story.stage.sandbox.world.trips["t_hz_live"].refunds == []
        wanted = task(care, "never_matched")["id"]
        await story.safety.does(story.conversation, f"care/{wanted}/carry-out")
        assert "d_wang" in story.stage.sandbox.world.riders["r_lin"].blocked_drivers
        unwanted = task(care, "charges_reversed")["id"]
        refused(await story.safety.tries(story.conversation, f"care/{unwanted}/decline", note=" "), 422)
        await story.safety.does(story.conversation, f"care/{unwanted}/decline", note="the ride went well")
        assert task(await story.care(), "charges_reversed")["state"] == "declined"

    async def test_an_outsourced_agent_sees_no_care(self, story: Story) -> None:
        await story.resolved()
        outsider = await story.stage.agent("outsourced")
        refused(await outsider.client.get(f"/api/console/conversations/{story.conversation}"), 403)
        wanted = task(await story.care(), "contact", 1)["id"]
        refused(await outsider.tries(story.conversation, f"care/{wanted}/done", note="x"), 403)


class TestContact:
    async def test_an_overdue_contact_pages_the_supervisor_daily_until_it_is_done_with_a_note(
        self, story: Story
    ) -> None:
        await story.resolved()
        await story.long_after(hours=22, minutes=5)
        assert entry(await story.safety.acts(story.conversation), "reminded")["details"]["step"] == 0
        before = len([page for page in story.stage.rang() if "事后联系" in page])
        assert before == 0
        await story.long_after(hours=2)
        assert len([page for page in story.stage.rang() if "事后联系" in page]) == 1
        await story.long_after(hours=24)
        assert len([page for page in story.stage.rang() if "事后联系" in page]) >= 2
        first = task(await story.care(), "contact", 1)
        assert first["overdue"]
        refused(await story.safety.tries(story.conversation, f"care/{first['id']}/done", note=""), 422)
        await story.safety.does(
            story.conversation, f"care/{first['id']}/done", note="called, she sleeps badly"
        )
        rung = len(story.stage.rang())
        await story.long_after(hours=30)
        assert len([page for page in story.stage.rang()[rung:] if "事后联系" in page]) == 0
        done = task(await story.care(), "contact", 1)
        assert (done["state"], done["note"], done["done_by"]) == (
            "done",
            "called, she sleeps badly",
            story.safety.name,
        )

    async def test_one_tap_declines_every_contact_and_the_case_can_then_be_closed(self, story: Story) -> None:
        await story.resolved()
        refused(await story.safety.tries(story.conversation, "close", reason="all done"), 409)
        await story.victim.presses("/vigil_care_decline")
        assert "不会再为这件事联系您" in (await story.victim.told())[-1]
        screen = await story.safety.screen(story.conversation)
        assert screen["care"][0]["state"] == "done"
        assert {one["state"] for one in screen["care"][0]["tasks"] if one["kind"] == "contact"} == {
            "declined"
        }
        assert entry(screen["timeline"], "care_declined")["who"] == "reporter"
        refused(await story.safety.tries(story.conversation, "close", reason=" "), 422)
        closed = await story.safety.does(story.conversation, "close", reason="care declined by her")
        assert closed["cases"][0]["state"] == "closed"
        assert entry(closed["timeline"], "closed")["details"]["name"] == story.safety.name
        rung = len(story.stage.rang())
        await story.long_after(days=31)
        assert not [page for page in story.stage.rang()[rung:] if "事后" in page]

    async def test_one_word_declines_when_it_was_just_offered_and_means_nothing_else_otherwise(
        self, story: Story
    ) -> None:
        await story.resolved()
        await story.victim.says("不用了。")
        assert task(await story.care(), "contact", 1)["state"] == "declined"

    async def test_a_tap_for_contact_brings_the_safety_team(self, story: Story) -> None:
        await story.resolved()
        state = await story.victim.presses("/vigil_care_contact")
        assert state["holder"] == "queue"
        assert "care_wanted" in names(await story.safety.acts(story.conversation))
        for _ in range(2):
            rung = len(story.stage.rang())
            await story.stage.pass_time(minutes=4)
            assert len(story.stage.rang()) > rung, "until one of them has the chat"

    async def test_the_owner_offers_it_in_the_chat_only_while_that_is_safe(self, story: Story) -> None:
        await story.resolved()
        first = task(await story.care(), "contact", 1)
        assert first["acts"][0] == "offer"
        await story.safety.does(story.conversation, f"care/{first['id']}/offer")
        offered = (await story.victim.messages())[-1]
        assert story.safety.name in offered["text"] and len(offered["buttons"]) == 2
        await story.victim.says("有人要杀我，救命")
        again = task(await story.care(), "contact", 1)
        assert "offer" not in again["acts"]
        refused(await story.safety.tries(story.conversation, f"care/{first['id']}/offer"), 409)

    async def test_somebody_else_takes_the_care_over_by_name(self, story: Story) -> None:
        await story.resolved()
        chief = await story.stage.agent("supervisor")
        first = task(await story.care(), "contact", 1)["id"]
        await chief.does(story.conversation, f"care/{first}/take")
        assert (await story.care())["owner"] == chief.name
        listed = (await chief.client.get("/api/console/care")).json()["care"]
        assert {one["owner"] for one in listed} == {chief.name} and listed[0][
            "conversation_id"
        ] == story.conversation


class TestEarlierComplainants:
    async def test_whoever_complained_before_learns_that_it_counted_and_nothing_of_the_other(
        self, stage: Stage
    ) -> None:
        earlier = await stage.reporter("en", rider="r_chen")
        await earlier.says("the driver touched me and threatened me with a knife on my ride")
        safety = await stage.agent("safety")
        before = (await safety.queue())[0]["conversation_id"]
        await safety.does(before, "accept")
        reference = await earlier.reference()
        await safety.does(before, "emergency-call", decision="not_called", reason="days ago, she is safe")
        await safety.does(before, "resolve", code="explained", reason="spoken with her, looked into")
        await stage.pass_time(minutes=5)
        await earlier.told()
        victim = await stage.reporter("zh", rider="r_next_zh")
        await victim.says(LOCKED)
        conversation = next(row["conversation_id"] for row in await safety.queue() if row["grade"] == "S0")
        screen = await safety.does(conversation, "accept")
        assert [link["relation"] for link in screen["cases"][0]["links"]] == ["earlier_complaint"]
        await safety.does(conversation, "emergency-call", decision="not_called", reason="she is out")
        stage.sandbox.demo("/trips/t_hz_next/status", status="finished")
        await stage.settle()
        await safety.does(conversation, "resolve", code="plan_completed", reason="she is home")
        told = "\n".join(await earlier.told())
        assert f"About your earlier report {reference}" in told and "gets no orders" in told
        for secret in (await victim.reference(), "何", "锁", "西湖", "t_hz_next"):
            assert secret not in told


class TestUnsafeChat:
    async def test_the_outcome_waits_while_the_victim_rides_and_is_told_once_it_is_safe(
        self, story: Story
    ) -> None:
        await story.safety.does(
            story.conversation, "resolve", code="plan_completed", reason="police ride behind them"
        )
        await story.long_after(minutes=20)
        assert task(await story.care(), "outcome_told")["state"] == "waiting"
        assert not any("处理结果" in one["text"] for one in await story.victim.messages())
        await story.rides_on()
        await story.stage.pass_time(minutes=125)
        assert sum("处理结果" in one["text"] for one in await story.victim.messages()) == 1
        assert task(await story.care(), "outcome_told")["state"] == "done"
