"""The desk over real HTTP: signed in, one case one screen, who may see and do what."""

from __future__ import annotations

from typing import Any

import httpx

from tests.console.conftest import Room

CRY = "he locked the doors and won't stop, call me on 13800138000"


async def _rows(page: httpx.AsyncClient) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await page.get("/api/console/queue")).json()["rows"]
    return rows


class TestWhoSees:
    async def test_an_outsourced_agent_sees_neither_the_s0_nor_its_screen(self, room: Room) -> None:
        await room.chat(CRY)
        safety, outsider = await room.staff("safety"), await room.staff("outsourced")
        found = (await _rows(safety))[0]
        assert found["grade"] == "S0" and "13800138000" in found["last_text"]
        assert await _rows(outsider) == []
        path = f"/api/console/conversations/{found['conversation_id']}"
        assert (await outsider.get(path)).status_code == 403
        assert (await outsider.post(f"{path}/accept", json={})).status_code == 403

    async def test_typed_phones_are_masked_for_those_who_may_not_see_them(self, room: Room) -> None:
        await room.chat("my receipt please, call me on 13800138000")
        safety, outsider = await room.staff("safety"), await room.staff("outsourced")
        conversation = (await _rows(safety))[0]["conversation_id"]
        for page, shown in ((safety, "13800138000"), (outsider, "138****8000")):
            screen = (await page.get(f"/api/console/conversations/{conversation}")).json()
            assert shown in screen["messages"][0]["text"]

    async def test_nobody_without_the_cookie_or_the_guard_header_gets_in(self, room: Room) -> None:
        async with httpx.AsyncClient(base_url=room.url, trust_env=False, timeout=60.0) as stranger:
            assert (await stranger.get("/api/console/queue")).status_code == 401
        page = await room.staff("safety")
        del page.headers["X-Vigil"]
        assert (await page.post("/api/console/conversations/x/accept", json={})).status_code == 403


class TestWork:
    async def test_accept_reply_record_the_call_resolve(self, room: Room) -> None:
        await room.chat(CRY)
        page = await room.staff("safety")
        conversation = (await _rows(page))[0]["conversation_id"]
        path = f"/api/console/conversations/{conversation}"
        screen = (await page.post(f"{path}/accept", json={})).json()
        assert screen["cases"][0]["state"] == "accepted" and "reply" in screen["allowed"]
        reply = {
            "client_id": "r1",
            "text": "The police are on their way",
            "seen_seq": screen["messages"][-1]["seq"],
        }
        refused = await page.post(f"{path}/reply", json=reply)
        assert refused.status_code == 422 and refused.json()["error"]["code"] == "claim_without_record"
        call: dict[str, Any] = {
            "decision": "called",
            "service": "police",
            "station": "Camden",
            "number": "CAD 123",
        }
        refused = await page.post(f"{path}/emergency-call", json=call)
        assert refused.json()["error"]["details"]["missing"] == ["officer"]
        call["not_given"] = ["officer"]
        screen = (await page.post(f"{path}/emergency-call", json=call)).json()
        assert any("informed at" in one["text"] for one in screen["messages"])
        reply["seen_seq"] = screen["messages"][-1]["seq"]
        sent = await page.post(f"{path}/reply", json=reply)
        assert sent.status_code == 200
        assert (await page.post(f"{path}/reply", json=reply)).json() == sent.json()
        assert (await page.post(f"{path}/return", json={"reason": "done"})).status_code == 422
        ended = await page.post(f"{path}/resolve", json={"code": "safe_confirmed", "reason": "she is home"})
        assert ended.json()["cases"][0]["state"] == "resolved"
        acts = [entry["act"] for entry in ended.json()["timeline"]]
        for act in ("opened", "paged", "accepted", "police_informed", "resolved", "handed_back"):
            assert act in acts, acts

    async def test_any_role_may_raise_to_s0(self, room: Room) -> None:
        await room.chat("my receipt please")
        outsider, safety = await room.staff("outsourced"), await room.staff("safety")
        conversation = (await _rows(outsider))[0]["conversation_id"]
        path = f"/api/console/conversations/{conversation}"
        answer = await outsider.post(f"{path}/escalate", json={"reason": "she writes that she is afraid"})
        assert answer.status_code == 200
        assert (await _rows(safety))[0]["grade"] == "S0"
        assert (await outsider.get(path)).status_code == 403
