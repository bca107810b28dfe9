"""The report's doors over real HTTP: who may see it, its table, whispers, and the link in a digest."""

from __future__ import annotations

import csv
import io

import httpx
import pytest

from bot.kit.now import now
from bot.reports.links import token_for
from bot.reports.models import Digest
from tests.console.conftest import CRY, Room


async def the_conversation(page: httpx.AsyncClient) -> str:
    rows = (await page.get("/api/console/queue")).json()["rows"]
    conversation: str = rows[0]["conversation_id"]
    return conversation


class TestReport:
    async def test_supervisors_read_it_and_others_are_told_who_may(self, room: Room) -> None:
        await room.chat(CRY)
        supervisor, agent = await room.staff("supervisor"), await room.staff("agent")
        found = (await supervisor.get("/api/console/report")).json()
        assert len(found["days"]) == 7 and found["grades"][0]["accept"]["count"] == 1
        assert found["grades"][0]["accept"]["waiting"] == 1
        refused = await agent.get("/api/console/report")
        assert refused.status_code == 403 and "supervisor" in refused.json()["error"]["message"]
        async with httpx.AsyncClient(base_url=room.url, trust_env=False, timeout=60.0) as stranger:
            assert (await stranger.get("/api/console/report")).status_code == 401

    async def test_a_wrong_period_is_refused_in_words(self, room: Room) -> None:
        supervisor = await room.staff("supervisor")
        for query, word in (
            ("from=2026-03-05&to=2026-03-01", "after"),
            ("from=2020-01-01&to=2026-03-01", "92 days"),
        ):
            answer = await supervisor.get(f"/api/console/report?{query}")
            assert answer.status_code == 422 and word in answer.json()["error"]["message"]
        answer = await supervisor.get("/api/console/report?from=yesterday")
        assert answer.status_code == 422 and "from" in answer.json()["error"]["message"]

    @pytest.mark.parametrize(("lang", "word"), [("en", "Time to accept"), ("zh", "接手用时")])
    async def test_the_table_opens_in_a_spreadsheet(self, room: Room, lang: str, word: str) -> None:
        await room.chat(CRY)
        supervisor = await room.staff("supervisor")
        answer = await supervisor.get(f"/api/console/report.csv?lang={lang}")
        assert "attachment" in answer.headers["content-disposition"] and answer.text.startswith("\ufeff")
        rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
        assert {len(row) for row in rows} == {5} and [word, "S0"] in [row[:2] for row in rows]


class TestWhisper:
    async def test_the_holder_is_told_and_staff_see_a_note(self, room: Room) -> None:
        await room.chat(CRY)
        supervisor, safety = await room.staff("supervisor"), await room.staff("safety")
        path = f"/api/console/conversations/{await the_conversation(safety)}"
        unheld = await supervisor.post(f"{path}/whisper", json={"text": "who is near?"})
        assert unheld.json() == {"to": None, "kind": "whisper"}
        await safety.post(f"{path}/accept", json={})
        told = await supervisor.post(f"{path}/whisper", json={"text": "Ask for the plate."})
        assert told.status_code == 200 and "Li Na" in told.json()["to"]
        mine = (await safety.get("/api/console/mentions")).json()["mentions"]
        assert [(one["kind"], one["text"]) for one in mine] == [("whisper", "Ask for the plate.")]
        screen = (await safety.get(path)).json()
        assert "Ask for the plate." in screen["notes"][-1]["text"]
        assert all("plate" not in one["text"] for one in screen["messages"])

    async def test_only_supervisors_whisper_and_not_to_themselves(self, room: Room) -> None:
        await room.chat(CRY)
        supervisor, safety = await room.staff("supervisor"), await room.staff("safety")
        path = f"/api/console/conversations/{await the_conversation(safety)}"
        assert (await safety.post(f"{path}/whisper", json={"text": "psst"})).status_code == 403
        await supervisor.post(f"{path}/accept", json={})
        assert (await supervisor.post(f"{path}/whisper", json={"text": "psst"})).status_code == 422
        assert (
            await supervisor.post("/api/console/conversations/none/whisper", json={"text": "x"})
        ).status_code == 404


class TestLink:
    async def test_opening_changes_nothing_using_it_acknowledges_once(self, room: Room) -> None:
        breach = {
            "case_id": None,
            "reference": "VG-7KD-M42",
            "kind": "accident",
            "clock": "accept",
            "name": "Li Na",
        }
        async with room.desk.database.unit_of_work() as uow:
            uow.session.add(
                Digest(
                    id="d" * 32, since=now(), until=now(), made_at=now(), name="Grace Lin", locale="zh", s0=[breach],
                    title="-", body="-", sent_at=now(), error=None, reminders=0, acknowledged_at=None, acknowledged_by=None,
                )
            )  # fmt: skip
        supervisor = await room.staff("supervisor")
        link = f"/digest/ack/{token_for('d' * 32)}"
        async with httpx.AsyncClient(base_url=room.url, trust_env=False, timeout=60.0) as phone:
            for _ in range(2):
                page = await phone.get(link)
                assert page.status_code == 200 and "VG-7KD-M42" in page.text and "接手超时" in page.text
            assert len((await supervisor.get("/api/console/digests")).json()["open"]) == 1
            assert (await phone.post(link)).status_code == 200
            assert (await phone.post(link)).status_code == 410
            forged = await phone.post(link[:-2] + "xx")
            assert forged.status_code == 403 and "not ours" in forged.text
        assert (await supervisor.get("/api/console/digests")).json()["open"] == []
