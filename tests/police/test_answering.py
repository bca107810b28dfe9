"""An answer is owed within ten minutes: refusals are a supervisor's, and the clock pages management."""

from __future__ import annotations

from bot.police import clocks
from tests.police.conftest import LISTED, Station, code_of, paged_subjects, ready


class TestRefusal:
    async def test_a_liaison_asks_a_supervisor_who_is_paged_and_only_they_refuse(
        self, station: Station
    ) -> None:
        officer = await station.file()
        liaison = await station.staff("police_liaison")
        path = await officer.path()
        asked = await liaison.post(f"{path}/refuse", json={"reason": "no such case at that station"})
        assert asked.json()["state"] == "received" and asked.json()["refusal_asked_at"]
        request = await station.request(officer.reference)
        paged = (await paged_subjects(station))[clocks.refusal_subject(request.id)]
        assert paged.team == "supervisor" and paged.stopped_at is None
        supervisor = await station.staff("supervisor")
        assert code_of(await supervisor.post(f"{path}/refuse", json={"reason": " "})) == "reason_needed"
        refused = await supervisor.post(
            f"{path}/refuse", json={"reason": "The document names another company."}
        )
        assert refused.json()["state"] == "refused"
        status = await officer.status()
        assert status["refusal"]["reason"] == "The document names another company."
        assert "12328" in status["refusal"]["regulator"]
        said = (await officer.page.get("/api/chat/messages?after=0")).json()["messages"]
        assert any("12328" in one["text"] for one in said)
        assert code_of(await supervisor.post(f"{path}/release")) == "police_answered"
        assert (await paged_subjects(station))[clocks.refusal_subject(request.id)].stopped_at is not None

    async def test_a_case_cannot_end_while_its_officer_waits(self, station: Station) -> None:
        officer = await station.file()
        supervisor = await station.staff("supervisor")
        request = await station.request(officer.reference)
        chat = f"/api/console/conversations/{request.conversation_id}"
        assert (await supervisor.post(f"{chat}/accept", json={})).status_code == 200
        ending = {"code": "explained", "reason": "enough"}
        assert code_of(await supervisor.post(f"{chat}/resolve", json=ending)) == "police_unanswered"
        await supervisor.post(f"{await officer.path()}/refuse", json={"reason": "not in our city"})
        assert (await supervisor.post(f"{chat}/resolve", json=ending)).status_code == 200
        assert (await officer.status())["state"] == "refused"


class TestClock:
    async def test_an_unfinished_check_pages_management_before_and_after_the_ten_minutes(
        self, station: Station
    ) -> None:
        officer = await station.file()
        request = await station.request(officer.reference)
        liaison = await station.staff("police_liaison")
        await officer.confirmed(liaison, outcome="no_answer", number=LISTED)
        await station.fire(479)
        assert clocks.warned_subject(request.case_id) not in await paged_subjects(station)
        await station.fire(2)
        warned = (await paged_subjects(station))[clocks.warned_subject(request.case_id)]
        assert warned.team == "liaison" and warned.widen
        assert "police_breached" not in await station.acts(officer.reference)
        await station.fire(120)
        assert (await officer.status())["breached_at"] is not None
        assert (
            "not kept" in (await officer.status())["says"][-1]
            or "have not kept" in (await officer.status())["says"][-1]
        )
        breached = (await paged_subjects(station))[clocks.breached_subject(request.case_id)]
        assert breached.team == "supervisor" and breached.last_step == 0
        await station.fire(121)
        assert (await paged_subjects(station))[clocks.breached_subject(request.case_id)].last_step == 1
        acts = await station.acts(officer.reference)
        assert acts.count("police_warned") == 1 and acts.count("police_breached") == 1

    async def test_an_answer_in_time_warns_nobody(self, station: Station) -> None:
        officer, liaison, path = await ready(station, danger=True)
        await liaison.post(f"{path}/release")
        await station.fire(900)
        acts = await station.acts(officer.reference)
        assert "police_warned" not in acts and "police_breached" not in acts

    async def test_an_answer_after_the_breach_stops_the_pages(self, station: Station) -> None:
        officer, liaison, path = await ready(station, danger=True)
        await station.fire(601)
        await liaison.post(f"{path}/release")
        request = await station.request(officer.reference)
        for subject in (clocks.warned_subject(request.case_id), clocks.breached_subject(request.case_id)):
            assert (await paged_subjects(station))[subject].stopped_at is not None
        await station.fire(300)
        assert (await paged_subjects(station))[clocks.breached_subject(request.case_id)].last_step == 0
