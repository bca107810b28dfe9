"""An officer files a request: what is opened, who is paged, what joins, what is refused, and that nothing leaks."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import httpx
import pytest
from sqlalchemy import select

from bot.conversations import service as conversations
from bot.incidents.models import Case
from bot.paging.models import Page, PagedSubject
from bot.police import store
from bot.police.models import PoliceRequest
from bot.police.schemas import Facts
from tests.police.conftest import FORM, Station
from tests.served import until


async def _paged(station: Station) -> list[tuple[str, str, str]]:
    """(subject, team, person) of every page."""
    async with station.desk.database.reading() as session:
        rows = await session.execute(
            select(Page.subject, PagedSubject.team, Page.name).join(
                PagedSubject, PagedSubject.subject == Page.subject
            )
        )
        return [(row[0], row[1], row[2]) for row in rows]


async def _requests(station: Station) -> Sequence[PoliceRequest]:
    async with station.desk.database.reading() as session:
        return (await session.execute(select(PoliceRequest).order_by(PoliceRequest.filed_at))).scalars().all()


class TestFiling:
    async def test_it_opens_an_incident_pages_liaison_and_names_the_time_that_its_clock_holds(
        self, station: Station
    ) -> None:
        officer = await station.file()
        told = officer.told
        assert told["state"] == "received" and told["danger"] is False
        assert told["reference"].startswith("VP-") and told["accepted_by"] is None
        request = await station.request(officer.reference)
        assert (request.due_at - request.filed_at).total_seconds() == 600
        assert told["due_at"] is not None and "nobody has taken it yet" in told["says"][0]
        async with station.desk.database.reading() as session:
            case = await session.get_one(Case, request.case_id)
        assert (case.kind, case.grade, case.team) == ("police_request", "S1", "liaison")
        assert {(team, name) for _, team, name in await _paged(station)} == {("liaison", "吴磊 Wu Lei")}
        assert {"police_filed", "opened", "paged"} <= set(await station.acts(officer.reference))

    async def test_danger_pages_the_safety_team_at_the_same_moment(self, station: Station) -> None:
        officer = await station.file(danger=True)
        request = await station.request(officer.reference)
        async with station.desk.database.reading() as session:
            assert (await session.get_one(Case, request.case_id)).grade == "S0"
        teams = {team for _, team, _ in await _paged(station)}
        assert teams == {"liaison", "safety"}

    async def test_the_same_form_sent_again_is_the_same_request_with_a_new_secret(
        self, station: Station
    ) -> None:
        first = await station.file()
        again = await station.door().post("/api/police/requests", json=first.body)
        assert again.status_code == 200
        assert again.json()["reference"] == first.reference
        assert len(await _requests(station)) == 1
        fresh = station.door(Authorization=f"Bearer {again.json()['token']}")
        assert (await fresh.get("/api/police/status")).status_code == 200
        assert (await first.page.get("/api/police/status")).status_code == 401

    async def test_the_liaison_reads_it_in_the_queue_and_the_trip_is_found(self, station: Station) -> None:
        officer = await station.file()
        await officer.located()
        liaison = await station.staff("police_liaison")
        row = (await liaison.get("/api/console/queue")).json()["rows"][0]
        assert row["intent"] == "police_request"
        screen = (await liaison.get(f"/api/console/conversations/{row['conversation_id']}")).json()
        card = screen["police"][0]
        assert card["reference"] == officer.reference and card["trip_found"]
        assert card["facts"]["badge"] == "HZ-10234" and card["numbers"][0]["number"] == "0571 110"
        assert "check" in card["allowed"] and "release" not in card["allowed"]
        assert screen["trip"]["driver"]["plate"] == "浙A·D8C61"
        assert {clock["kind"] for clock in screen["cases"][0]["clocks"]} >= {"police.answer", "police.warn"}

    async def test_a_time_in_the_past_finds_the_ride_of_that_time(self, station: Station) -> None:
        before = await station.file(
            plate="浙A·7K392", happened_at=(station.clock.at.replace(microsecond=0)).isoformat()
        )
        await before.located("trip_not_found")
        ride = station.sandbox.world.trips["t_hz_detour"]
        assert ride.started_at is not None
        officer = await station.file(plate="浙A·7K392", happened_at=ride.started_at.isoformat())
        await officer.located()
        request = await station.request(officer.reference)
        async with station.desk.database.reading() as session:
            assert (await session.get_one(Case, request.case_id)).trip_id == "t_hz_detour"


class TestJoining:
    async def test_a_second_request_about_the_same_plate_joins_the_first(self, station: Station) -> None:
        first = await station.file()
        station.clock.move(60)
        second = await station.file(
            unit="Another Station", officer="Lu Ming", badge="77", plate="浙ａ d8c61", phone="13700000099"
        )
        one, two = await _requests(station)
        assert one.case_id == two.case_id and (one.number, two.number) == (1, 2)
        assert first.reference != second.reference
        async with station.desk.database.reading() as session:
            assert (await session.get_one(Case, one.case_id)).reports == 2
        # The second officer learns nothing of the first.
        status = await second.status()
        assert first.reference not in str(status) and first.body["unit"] not in str(status)

    async def test_a_second_request_by_another_clue_joins_once_both_trips_are_found(
        self, station: Station
    ) -> None:
        first = await station.file()
        await first.located()
        second = await station.file(plate="", person_phone="199 0000 0001", officer="Lu Ming", badge="77")

        async def joined() -> bool:
            one, two = await _requests(station)
            return one.case_id == two.case_id

        await until(joined)
        assert (await station.request(second.reference)).number == 2

    async def test_another_plate_or_another_day_is_another_matter(self, station: Station) -> None:
        await station.file(passenger="王伟", plate="浙A·D8C61")
        await station.file(passenger="王伟", plate="浙A·F26739")
        assert len({one.case_id for one in await _requests(station)}) == 2

    async def test_the_clock_of_the_first_runs_on(self, station: Station) -> None:
        first = await station.file()
        station.clock.move(300)
        await station.file(officer="Lu Ming", badge="77")
        await station.fire(301)
        acts = await station.acts(first.reference)
        assert acts.count("police_breached") == 1


class TestBadInput:
    async def test_is_refused_in_words_and_nothing_is_half_written(self, station: Station) -> None:
        for change, code in (
            ({"city": "atlantis"}, "police_city"), ({"city": "other"}, "police_city"), ({"phone": "12"}, "police_phone"),
            ({"plate": ""}, "police_facts"), ({"reference": "VG-000-000"}, "police_reference"),
            ({"needs": []}, "invalid_field"), ({"needs": ["wallet"]}, "invalid_field"), ({"unit": "  "}, "invalid_field"),
        ):  # fmt: skip
            for language, word in (("en", "."), ("zh", "。")):
                body = FORM | {"client_id": uuid.uuid4().hex} | change
                page = station.door(**{"Accept-Language": language})
                answer = await page.post("/api/police/requests", json=body)
                assert answer.status_code == 422, change
                error = answer.json()["error"]
                assert error["code"] == code and error["message"].endswith(word)
        async with station.desk.database.reading() as session:
            assert (await session.execute(select(Case.id))).first() is None

    async def test_somebody_elses_reference_is_refused_in_the_same_words_as_none(
        self, station: Station
    ) -> None:
        theirs = await station.file()
        others = {
            "unit": "Camden",
            "officer": "PC Ward",
            "badge": "EK 201",
            "city": "london",
            "plate": "BD70 WRN",
        }
        said = []
        for reference in (theirs.reference, "VP-AAA-AAA"):
            body = FORM | {"client_id": uuid.uuid4().hex, "reference": reference} | others
            answer = await station.door().post("/api/police/requests", json=body)
            assert answer.status_code == 422
            said.append(answer.json())
        assert said[0] == said[1]
        assert len(await _requests(station)) == 1

    async def test_danger_is_never_turned_away_for_a_wrong_reference(self, station: Station) -> None:
        officer = await station.file(danger=True, reference="VP-AAA-AAA", plate="")
        assert officer.told["danger"] is True

    async def test_ones_own_reference_joins_without_any_other_clue(self, station: Station) -> None:
        first = await station.file()
        await station.file(plate="", passenger="", reference=first.reference.lower(), note="as I said")
        one, two = await _requests(station)
        assert one.case_id == two.case_id

    async def test_too_many_from_one_address_wait(
        self, station: Station, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from bot.policy import policy

        monkeypatch.setattr("bot.police.filing.policy", lambda: policy().model_copy(
            update={"limits": policy().limits.model_copy(update={"police_requests_per_quarter_hour": 1})}
        ))  # fmt: skip
        await station.file()
        answer = await station.door().post(
            "/api/police/requests", json=FORM | {"client_id": uuid.uuid4().hex}
        )
        assert answer.status_code == 429 and "15 minutes" in answer.json()["error"]["message"]
        await station.file(danger=True)
        station.clock.move(901)
        await station.file()


class TestStrangers:
    async def test_no_secret_no_state_and_a_chats_token_opens_no_request(self, station: Station) -> None:
        officer = await station.file()
        stranger = station.door()
        chat = (await stranger.post("/api/chat/sessions", json={"locale": "en"})).json()
        said = []
        for token in ("x", "x" * 43, chat["token"], officer.reference):
            answer = await stranger.get("/api/police/status", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 401
            said.append(answer.json())
        assert all(one == said[0] for one in said)
        for path in ("/api/console/police/requests", await officer.path()):
            assert (await stranger.get(path)).status_code == 401

    async def test_the_officer_never_learns_of_the_trip_before_the_release(self, station: Station) -> None:
        officer = await station.file()
        await officer.located()
        shown = str(await officer.status()) + (await officer.page.get("/api/chat/messages?after=0")).text
        for secret in ("王建国", "林晓雨", "t_hz_live", "武林", "found"):
            assert secret not in shown

    async def test_outsourced_and_ordinary_agents_are_refused(self, station: Station) -> None:
        officer = await station.file()
        for role in ("outsourced", "agent"):
            page = await station.staff(role)
            assert (await page.get("/api/console/police/requests")).status_code == 403
            path = await officer.path()
            assert (await page.get(path)).status_code == 403
            for act in ("check", "facts", "danger", "release", "refuse", "link", "withdraw"):
                answer = await page.post(f"{path}/{act}", json={})
                assert answer.status_code == 403, act
                assert "in-house" in answer.json()["error"]["message"]


class TestChat:
    async def test_an_officer_in_the_chat_gets_a_request_with_its_clock(self, station: Station) -> None:
        door = station.door()
        session = (await door.post("/api/chat/sessions", json={"locale": "zh"})).json()
        header = {"Authorization": f"Bearer {session['token']}"}
        body = {
            "client_id": "m1",
            "text": "我是西湖分局民警，需要调取浙A·D8C61这辆车的行程和司机信息，请马上提供",
        }
        (await door.post("/api/chat/messages", json=body, headers=header)).raise_for_status()
        found = (await door.get("/api/chat/messages?after=0", headers=header)).json()["messages"]
        request = (await _requests(station))[0]
        assert request.channel == "chat" and any(request.reference in one["text"] for one in found)
        assert "police_filed" in await station.acts(request.reference)
        # The form with that reference is the same matter.
        officer = await station.file(reference=request.reference)
        assert (await station.request(officer.reference)).case_id == request.case_id

    async def test_the_request_page_can_write_to_the_liaison(self, station: Station) -> None:
        officer = await station.file()
        sent = await officer.page.post(
            "/api/chat/messages", json={"client_id": "a", "text": "Our switchboard knows."}
        )
        assert isinstance(sent, httpx.Response) and sent.status_code == 202
        assert len(await _requests(station)) == 1

    async def test_an_officer_who_is_erased_leaves_no_facts(self, station: Station) -> None:
        officer = await station.file()
        request = await station.request(officer.reference)
        async with station.desk.database.unit_of_work() as uow:
            await conversations.erase(uow, await conversations.lock(uow, request.conversation_id))
        async with station.desk.database.reading() as session:
            assert await store.facts_of(session, request) == Facts()
