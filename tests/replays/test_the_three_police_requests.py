"""Impossible 7, and the press case of the police who asked three times and got the data after 92 minutes: a request asked for
again joins the first, a refusal pages a supervisor, and no identity check outlives the clock."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from tests.replays.driver import Agent, Stage, ok, refused

FORM: dict[str, Any] = {
    "city": "hangzhou", "unit": "萧山区分局", "officer": "周正", "badge": "HZ-10234", "phone": "13700000077",
    "needs": ["trip", "driver", "vehicle", "positions"], "plate": "浙A·D8C61",
}  # fmt: skip
CONFIRMED = {
    "number": "0571 110", "answered_by": "值班室 沈", "outcome": "confirmed", "reference_confirmed": True,
}  # fmt: skip


class Officer:
    """Somebody who fills in the page /police, without an account."""

    def __init__(self, client: httpx.AsyncClient, told: dict[str, Any]) -> None:
        self.client, self.told, self.reference = client, told, str(told["reference"])

    async def status(self) -> dict[str, Any]:
        return ok(await self.client.get("/api/police/status"))  # type: ignore[no-any-return]


async def _asks(stage: Stage, **more: Any) -> Officer:
    client = stage.door()
    body = FORM | {"client_id": uuid.uuid4().hex} | more
    told = ok(await client.post("/api/police/requests", json=body))
    client.headers["Authorization"] = f"Bearer {told['token']}"
    await stage.settle()
    return Officer(client, told)


async def _at_the_desk(staff: Agent, officer: Officer) -> str:
    """Where staff finds this officer's request."""
    rows = ok(await staff.client.get("/api/console/police/requests"))["requests"]
    found = next(row for row in rows if row["reference"] == officer.reference)
    return f"/api/console/police/requests/{found['id']}"


async def _does(stage: Stage, staff: Agent, path: str, **body: Any) -> httpx.Response:
    answer = await staff.client.post(path, json=body)
    await stage.settle()
    return answer


async def test_the_second_and_third_request_join_the_first_and_one_release_answers_the_matter(
    stage: Stage,
) -> None:
    await stage.has_pager("police_liaison")
    first = await _asks(stage)
    assert len(stage.rang("police_liaison")) == 1, "the liaison's pager rings for the first"
    await stage.pass_time(minutes=2)
    second = await _asks(stage, officer="李强", phone="13700000078", plate="浙a d8c61")
    await stage.pass_time(minutes=2)
    third = await _asks(stage, unit="杭州市局指挥中心", officer="王敏", phone="13700000079")

    liaison = await stage.agent("police_liaison")
    rows = {
        row["reference"]: row
        for row in ok(await liaison.client.get("/api/console/police/requests"))["requests"]
    }
    assert [rows[one.reference]["number"] for one in (first, second, third)] == [1, 2, 3], (
        "one matter, three requests"
    )
    assert first.reference not in str(await second.status()), "no officer learns of another"

    supervisor = await stage.agent("supervisor")
    path = await _at_the_desk(liaison, first)
    ok(await _does(stage, liaison, f"{path}/check", **CONFIRMED))
    assert ok(await _does(stage, liaison, f"{path}/release"))["state"] == "proposed"
    assert refused(await _does(stage, liaison, f"{path}/release"), 409)["code"] == "police_second_person"
    released = ok(await _does(stage, supervisor, f"{path}/release"))
    assert released["state"] == "released"
    status = await first.status()
    assert status["state"] == "released" and status["breached_at"] is None, (
        "answered 4 minutes after it was asked"
    )


async def test_with_a_person_in_danger_one_click_of_one_person_is_enough(stage: Stage) -> None:
    officer = await _asks(stage, danger=True)
    assert stage.rang(), "the safety team rings at the same moment"
    liaison = await stage.agent("police_liaison")
    path = await _at_the_desk(liaison, officer)
    ok(await _does(stage, liaison, f"{path}/check", **CONFIRMED))
    assert ok(await _does(stage, liaison, f"{path}/release"))["state"] == "released"
    link = ok(await officer.client.post("/api/police/links", json={"format": "json"}))["link"]
    pack = (await officer.client.post("/api/police/packs", json={"link": link})).text
    assert "王建国" in pack and "浙A" in pack and officer.reference in pack


async def test_an_unfinished_identity_check_does_not_outlive_the_clock(stage: Stage) -> None:
    await stage.has_pager("supervisor")
    officer = await _asks(stage)
    liaison = await stage.agent("police_liaison")
    path = await _at_the_desk(liaison, officer)
    ok(
        await _does(
            stage,
            liaison,
            f"{path}/check",
            **CONFIRMED | {"outcome": "no_answer", "reference_confirmed": False},
        )
    )
    before = len(stage.rang("supervisor"))
    await stage.pass_time(minutes=8)
    warned = len(stage.rang("supervisor"))
    assert warned > before, "management is paged before the ten minutes run out"
    assert (await officer.status())["breached_at"] is None
    await stage.pass_time(minutes=2)
    assert len(stage.rang("supervisor")) > warned and (await officer.status())["breached_at"] is not None
    rings = len(stage.rang("supervisor"))
    await stage.pass_time(minutes=6)
    assert len(stage.rang("supervisor")) > rings, "and it rings on until somebody answers"


async def test_a_refusal_pages_a_supervisor_who_alone_refuses_and_names_the_regulator(stage: Stage) -> None:
    await stage.has_pager("supervisor")
    officer = await _asks(stage)
    liaison, supervisor = await stage.agent("police_liaison"), await stage.agent("supervisor")
    path = await _at_the_desk(liaison, officer)
    before = len(stage.rang("supervisor"))
    ok(await _does(stage, liaison, f"{path}/refuse", reason="该分局查无此警号"))
    assert (await officer.status())["state"] == "received", "the liaison alone refuses nothing"
    assert len(stage.rang("supervisor")) > before
    assert (
        refused(await _does(stage, supervisor, f"{path}/refuse", reason=" "), 422)["code"] == "reason_needed"
    )
    ok(await _does(stage, supervisor, f"{path}/refuse", reason="该分局查无此警号"))
    status = await officer.status()
    assert status["state"] == "refused" and status["refusal"]["regulator"].strip()
