"""Every promise has its own timer: one made later neither moves nor covers an earlier one."""

from __future__ import annotations

from datetime import timedelta

from tests.replays.driver import Stage, names, ok


async def test_a_second_promise_leaves_the_first_ones_timer_alone(stage: Stage) -> None:
    friend = await stage.reporter("en")
    await friend.says("my umbrella is in the car, please give me a person")
    agent = await stage.agent("supervisor")
    conversation = (await agent.queue())[0]["conversation_id"]
    await agent.does(conversation, "accept")
    begun = stage.clock.at
    await agent.does(conversation, "promise", minutes=15)
    await stage.pass_time(minutes=5)
    screen = await agent.does(conversation, "promise", minutes=60)
    due = [one["due_at"] for one in screen["promises"]]
    assert [f"{begun + timedelta(minutes=after):%H:%M}" for after in (15, 65)] == [at[11:16] for at in due]

    await stage.pass_time(minutes=11)
    assert names(await agent.acts(conversation)).count("promise_broken") == 1, (
        "a quarter of an hour has passed"
    )
    screen = await agent.screen(conversation)
    assert [(one["due_at"], one["broken"]) for one in screen["promises"]] == [(due[0], True), (due[1], False)]

    await stage.pass_time(minutes=30)
    ok(await agent.writes(conversation, "I have asked the driver to look on the back seat"))
    await stage.pass_time(minutes=20)
    acts = names(await agent.acts(conversation))
    assert acts.count("promise_broken") == 1 and acts.count("promise_kept") == 1
    assert (await agent.screen(conversation))["promises"] == []
