"""Impossible 15: a page that fails silently. A second channel, a heartbeat, and the number on the reporter's screen."""

from __future__ import annotations

from tests.paging.conftest import Hook
from tests.replays.driver import Stage

CRY = "司机把车门锁了不让我下车"


async def test_the_first_channel_fails_and_the_second_rings_in_the_same_breath(
    stage: Stage, hook: Hook, second_hook: Hook
) -> None:
    hook.statuses = [500]
    passenger = await stage.reporter("zh")
    await passenger.says(CRY)
    assert stage.rang() == [] and len(stage.rang("second")) == 1
    assert (await passenger.reference()) in stage.rang("second")[0]


async def test_unanswered_both_ways_ring(stage: Stage) -> None:
    await (await stage.reporter("zh")).says(CRY)
    assert (len(stage.rang()), len(stage.rang("second"))) == (1, 0)
    await stage.pass_time(seconds=20)
    assert (len(stage.rang()), len(stage.rang("second"))) == (2, 1), "the repeat takes both ways"


async def test_with_every_channel_dead_the_desk_says_so_and_the_number_stays_on_the_screen(
    stage: Stage, hook: Hook, second_hook: Hook
) -> None:
    hook.statuses = second_hook.statuses = [500]
    await stage.starts()
    passenger = await stage.reporter("zh")
    await passenger.says(CRY)
    told = (await passenger.messages())[-1]
    assert "110" in told["text"].splitlines()[0] and told["links"][0]["href"] == "tel:110"
    assert (await passenger.state())["emergency"]["numbers"][0]["number"] == "110"
    await stage.pass_time(minutes=5)
    ready = await passenger.client.get("/readyz")
    pager = ready.json()["parts"]["pager"]
    assert ready.status_code == 503 and not pager["ok"] and "failed" in pager["says"], (
        "the heartbeat found it"
    )
    first = (await (await stage.agent("safety")).queue())[0]
    assert first["grade"] == "S0" and first["accepted_by"] is None, "the desk shows it all the same"

    hook.statuses = second_hook.statuses = [200]
    await stage.pass_time(minutes=2)
    assert [page for page in stage.rang() if first["reference"] in page], (
        "what was owed goes out when they are back"
    )


async def test_the_link_in_a_page_says_seen_and_accepts_nothing(stage: Stage) -> None:
    passenger = await stage.reporter("zh")
    await stage.has_pager("safety")
    await passenger.says(CRY)
    link = next(word for word in stage.rang("safety")[0].split() if "/page/ack/" in word).split("：")[-1]
    client = passenger.client
    assert (await client.get(link)).status_code == 200, "opening it changes nothing: mail programs open links"
    assert (await client.post(link)).status_code == 200
    assert (await client.post(link)).status_code == 410, "a second use is refused"
    assert (await client.post(link[:-3] + "abc")).status_code == 403, "a forged one too"
    assert (await passenger.state())["incident"]["accepted_by"] is None, "only the desk accepts"
    before = len(stage.rang())
    await stage.pass_time(seconds=20)
    assert len(stage.rang()) == before + 1, "seen is not accepted: it rings on"
