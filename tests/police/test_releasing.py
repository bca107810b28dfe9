"""From the call-back to the data pack: who may, how many it takes, and what is written down."""

from __future__ import annotations

import hashlib
import io
import json

import pytest
from pypdf import PdfReader
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from bot.identity.models import AuditEntry
from bot.incidents.models import Case
from bot.kit.database import Event
from bot.paging import acknowledging
from bot.police import clocks
from tests.police.conftest import Station, code_of, paged_subjects, ready


class TestCallBack:
    async def test_only_a_listed_number_proves_anything(self, station: Station) -> None:
        officer = await station.file()
        liaison = await station.staff("police_liaison")
        theirs = await officer.confirmed(liaison, number="+86 137 0000 0077")
        assert (theirs.status_code, code_of(theirs)) == (422, "police_number_theirs")
        unlisted = await officer.confirmed(liaison, number="0571 8728 0000", source="a web page")
        assert (unlisted.status_code, code_of(unlisted)) == (422, "police_number_unlisted")
        nobody = await officer.confirmed(liaison, answered_by="")
        assert code_of(nobody) == "police_answered_by"
        untied = await officer.confirmed(liaison, reference_confirmed=False)
        assert code_of(untied) == "police_reference_unconfirmed"
        assert officer.reference in untied.json()["error"]["message"]
        assert (await officer.status())["state"] == "received"
        assert (await officer.confirmed(liaison, number="0571-110".replace("-", ""))).status_code == 200
        assert (await officer.status())["state"] == "verified"
        assert (await officer.status())["accepted_by"] == "吴磊 Wu Lei"
        entry = next(
            one for one in await station.entries(officer.reference) if one["act"] == "police_checked"
        )
        assert entry["who"].startswith("staff:")
        assert entry["details"]["answered_by"] == "Control room, Officer Shen"
        assert entry["details"]["number"] == "0571110" and entry["details"]["name"] == "吴磊 Wu Lei"

    async def test_a_recorded_call_can_be_neither_changed_nor_taken_out(self, station: Station) -> None:
        officer = await station.file()
        await officer.confirmed(await station.staff("police_liaison"))
        for statement in ("UPDATE police_checks SET outcome = 'no_answer'", "DELETE FROM police_checks"):
            with pytest.raises(DBAPIError, match="append-only"):
                async with station.desk.database.unit_of_work() as uow:
                    await uow.session.execute(text(statement))

    async def test_an_unconfirmed_officer_gets_nothing_and_may_be_checked_again(
        self, station: Station
    ) -> None:
        officer = await station.file(danger=True)
        await officer.located()
        supervisor = await station.staff("supervisor")
        path = await officer.path()
        assert code_of(await supervisor.post(f"{path}/release")) == "police_not_verified"
        assert code_of(await supervisor.get(f"{path}/preview")) == "police_not_verified"
        await officer.confirmed(supervisor, outcome="not_known")
        assert (await officer.status())["state"] == "not_verified"
        assert code_of(await supervisor.post(f"{path}/release")) == "police_not_verified"
        await officer.confirmed(supervisor, outcome="no_answer")
        assert "got no answer" in (await officer.status())["says"][1]
        assert (await officer.confirmed(supervisor)).status_code == 200
        assert (await supervisor.post(f"{path}/release")).status_code == 200

    async def test_another_officer_or_another_ride_after_the_call_is_checked_and_found_anew(
        self, station: Station
    ) -> None:
        officer, liaison, path = await ready(station)
        assert code_of(await liaison.post(f"{path}/release")) == ""
        await liaison.post(f"{path}/facts", json={"officer": "Somebody Else"})
        assert (await station.request(officer.reference)).verified_at is None
        supervisor = await station.staff("supervisor")
        assert code_of(await supervisor.post(f"{path}/release")) == "police_not_verified"
        await officer.confirmed(liaison)
        shown = (await liaison.post(f"{path}/facts", json={"plate": "浙A·0000X"})).json()
        assert not shown["trip_found"]
        assert code_of(await supervisor.post(f"{path}/release")) == "police_no_trip"


class TestRelease:
    async def test_two_different_people_release_and_the_officer_fetches_it_once(
        self, station: Station
    ) -> None:
        officer, liaison, path = await ready(station)
        proposed = await liaison.post(f"{path}/release")
        assert proposed.json()["state"] == "proposed"
        assert (await officer.page.post("/api/police/links", json={"format": "pdf"})).status_code == 409
        again = await liaison.post(f"{path}/release")
        assert (again.status_code, code_of(again)) == (409, "police_second_person")
        supervisor = await station.staff("supervisor")
        released = (await supervisor.post(f"{path}/release")).json()
        assert released["state"] == "released"
        assert (
            released["release"]["proposed_by"] == "吴磊 Wu Lei"
            and released["release"]["released_by"] == "陈静 Chen Jing"
        )
        status = await officer.status()
        assert status["state"] == "released" and status["pack"]["open"] and status["due_at"] is None
        link = (await officer.page.post("/api/police/links", json={"format": "json"})).json()["link"]
        stranger = station.door()
        first = await stranger.post("/api/police/packs", json={"link": link})
        assert first.status_code == 200
        assert code_of(await stranger.post("/api/police/packs", json={"link": link})) == "police_link_used"
        assert (
            code_of(await stranger.post("/api/police/packs", json={"link": "y" * 43}))
            == "police_link_unknown"
        )
        acts = await station.acts(officer.reference)
        for act in ("police_proposed", "police_pack_released", "police_link_made", "police_pack_downloaded"):
            assert acts.count(act) == 1, act

    async def test_the_pack_is_whole_marked_and_its_reads_are_audited(self, station: Station) -> None:
        officer, _, path = await ready(station, danger=True)
        supervisor = await station.staff("supervisor")
        shown = (await supervisor.post(f"{path}/release")).json()
        pack = (await officer.fetch("json")).json()
        plain = json.dumps(pack, ensure_ascii=False, sort_keys=True)
        assert shown["release"]["sha256"] == hashlib.sha256(plain.encode()).hexdigest()
        assert pack["vehicle"]["plate"] == "浙A·D8C61" and pack["driver"]["phone"] == "+8619900000101"
        assert {one["role"] for one in pack["contacts"]} >= {"rider", "driver", "emergency"}
        assert pack["positions"]["driven"] and pack["route"]["planned"] and pack["missing"] == []
        mark = pack["watermark"]
        assert (mark["reference"], mark["unit"]) == (officer.reference, officer.body["unit"])
        assert mark["released_by"] == "陈静 Chen Jing" and mark["at"]
        file = await officer.fetch("pdf")
        assert (
            file.headers["content-type"] == "application/pdf"
            and officer.reference in file.headers["content-disposition"]
        )
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(file.content)).pages]
        for page in pages:
            for part in (officer.reference, officer.body["unit"], "陈静 Chen Jing", mark["at"]):
                assert part in page
        whole = "\n".join(pages)
        for part in (
            "王建国",
            "+8619900000001",
            "武林广场",
            "林建华",
            "浙A·D8C61",
            "Data pack for the police",
        ):
            assert part in whole
        async with station.desk.database.reading() as session:
            query = select(AuditEntry).where(
                AuditEntry.subject_kind == "trip", AuditEntry.subject_id == "t_hz_live"
            )
            audit = [
                one for one in (await session.execute(query)).scalars() if officer.reference in one.purpose
            ]
        assert audit and audit[0].details["acts"] == [
            "see_earlier_complaints",
            "see_position",
            "see_unmasked_phone",
        ]

    async def test_only_what_was_asked_for_is_in_it(self, station: Station) -> None:
        officer, liaison, path = await ready(station, danger=True, needs=["vehicle"])
        await liaison.post(f"{path}/release")
        pack = (await officer.fetch("json")).json()
        assert pack["sections"] == ["vehicle"]
        assert not {"driver", "contacts", "positions", "route", "trip"} & set(pack)

    async def test_one_person_is_enough_in_danger_and_a_named_person_may_say_so(
        self, station: Station
    ) -> None:
        officer, liaison, path = await ready(station)
        assert code_of(await liaison.post(f"{path}/danger", json={"reason": " "})) == "reason_needed"
        shown = (await liaison.post(f"{path}/danger", json={"reason": "a child is in the car"})).json()
        assert shown["alone"]
        request = await station.request(officer.reference)
        async with station.desk.database.reading() as session:
            assert (await session.get_one(Case, request.case_id)).grade == "S0"
        assert (await liaison.post(f"{path}/release")).json()["state"] == "released"
        assert clocks.safety_subject(request.case_id) in await paged_subjects(station)

    async def test_a_repeat_request_raises_but_never_makes_one_person_enough(self, station: Station) -> None:
        await station.file()
        _, liaison, path = await ready(station, officer="Lu Ming", badge="77")
        assert (await liaison.post(f"{path}/release")).json()["state"] == "proposed"

    async def test_a_proposal_may_be_withdrawn_with_a_reason(self, station: Station) -> None:
        officer, liaison, path = await ready(station)
        await liaison.post(f"{path}/release")
        assert code_of(await liaison.post(f"{path}/withdraw", json={"reason": ""})) == "reason_needed"
        assert (await liaison.post(f"{path}/withdraw", json={"reason": "wrong ride"})).json()[
            "state"
        ] == "verified"
        assert (await officer.status())["state"] == "verified"

    async def test_with_the_platform_away_the_last_seen_trip_goes_out_and_says_so(
        self, station: Station
    ) -> None:
        officer, liaison, path = await ready(station, danger=True)
        station.sandbox.demo("/faults", status=500)
        answer = await liaison.post(f"{path}/release")
        assert answer.status_code == 200, answer.text
        pack = (await officer.fetch("json")).json()
        assert pack["stale"] and {"live", "contacts"} <= set(pack["missing"])
        assert pack["vehicle"]["plate"] == "浙A·D8C61"
        assert "stale" not in pack["sections"] and (await officer.fetch("pdf")).status_code == 200

    async def test_links_expire_are_counted_and_staff_may_send_one_on(self, station: Station) -> None:
        officer, liaison, path = await ready(station, danger=True)
        await liaison.post(f"{path}/release")
        link = (await officer.page.post("/api/police/links", json={"format": "pdf"})).json()["link"]
        station.clock.move(901)
        assert (
            code_of(await officer.page.post("/api/police/packs", json={"link": link}))
            == "police_link_expired"
        )
        for _ in range(5):
            assert (await officer.page.post("/api/police/links", json={"format": "pdf"})).status_code == 201
        assert (
            code_of(await officer.page.post("/api/police/links", json={"format": "pdf"}))
            == "police_links_spent"
        )
        sent = (await liaison.post(f"{path}/link", json={"format": "pdf"})).json()["address"]
        secret = sent.partition("#pack=")[2]
        assert (await station.door().post("/api/police/packs", json={"link": secret})).content.startswith(
            b"%PDF"
        )
        station.clock.move(86400)
        assert (
            code_of(await officer.page.post("/api/police/links", json={"format": "pdf"}))
            == "police_pack_over"
        )

    async def test_a_link_that_never_was_is_refused_in_words_and_alarmed(
        self, station: Station, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(acknowledging, "_last_forged", None)
        heard: list[str] = []

        async def listen(event: Event) -> None:
            heard.append(event.topic)

        station.desk.database.subscribers.append(listen)
        answer = await station.door().post("/api/police/packs", json={"link": "A" * 43})
        assert (answer.status_code, code_of(answer)) == (404, "police_link_unknown")
        assert "page.forged" in heard
