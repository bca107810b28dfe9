"""What was asked is corrected after it was proposed, joined or called about: nobody gets data that nobody proposed for them."""

from __future__ import annotations

import httpx
from sqlalchemy import select

from bot.incidents.models import Case
from bot.police.models import PoliceRelease
from tests.police.conftest import FORM, Officer, Station, code_of, ready
from tests.served import until

_ANOTHER_CAR = "沪A·E9271"
_LU = {"officer": "Lu Ming", "badge": "77", "unit": "拱墅分局"}


async def _trip_found(station: Station, page: httpx.AsyncClient, path: str) -> None:
    """Once the case of the request has a trip."""

    async def found() -> bool:
        await station.let_retry()
        return bool((await page.get(path)).json()["trip_found"])

    await until(found)


async def _proposed(second: Officer, liaison: httpx.AsyncClient) -> str:
    """The second officer of a case, confirmed and proposed by the liaison; where the request is."""
    path = await second.path()
    assert (await second.confirmed(liaison)).status_code == 200
    assert (await liaison.post(f"{path}/release")).json()["state"] == "proposed"
    return path


async def _reports(station: Station, case_id: str) -> int:
    """How many reports the case counts."""
    async with station.desk.database.reading() as session:
        return (await session.get_one(Case, case_id)).reports


class TestAfterTheProposal:
    async def test_another_car_or_more_data_needs_two_people_anew(self, station: Station) -> None:
        officer, liaison, path = await ready(station, needs=["vehicle"])
        assert (await liaison.post(f"{path}/release")).json()["state"] == "proposed"
        supervisor = await station.staff("supervisor")
        change = {"plate": _ANOTHER_CAR, "needs": ["vehicle", "positions", "contacts"]}
        shown = (await supervisor.post(f"{path}/facts", json=change)).json()
        assert (shown["state"], shown["release"]) == ("verified", None)
        await _trip_found(station, supervisor, path)
        assert (await supervisor.post(f"{path}/release")).json()["state"] == "proposed"
        assert "police_withdrawn" in await station.acts(officer.reference)
        released = (await liaison.post(f"{path}/release")).json()["release"]
        assert (released["proposed_by"], released["released_by"]) == ("陈静 Chen Jing", "吴磊 Wu Lei")

    async def test_each_thing_that_is_asked_withdraws_it_and_what_stays_the_same_does_not(
        self, station: Station
    ) -> None:
        officer, liaison, path = await ready(station)
        for change in (
            {"needs": ["trip"]},
            {"city": "shanghai"},
            {"passenger": "王建国"},
            {"note": "at night"},
        ):
            assert (await liaison.post(f"{path}/release")).json()["state"] == "proposed"
            assert (await liaison.post(f"{path}/facts", json=change)).json()["state"] == "verified", change
            assert (await station.request(officer.reference)).state == "verified"
        assert (await liaison.post(f"{path}/release")).json()["state"] == "proposed"
        again = {"needs": ["trip"], "note": "at night"}
        assert (await liaison.post(f"{path}/facts", json=again)).json()["state"] == "proposed"

    async def test_a_pack_of_another_trip_than_the_proposed_one_is_not_released(
        self, station: Station
    ) -> None:
        _, liaison, path = await ready(station)
        await liaison.post(f"{path}/release")
        async with station.desk.database.unit_of_work() as uow:
            made = (await uow.session.execute(select(PoliceRelease))).scalar_one()
            made.trip_id = "t_other"
        supervisor = await station.staff("supervisor")
        assert code_of(await supervisor.post(f"{path}/release")) == "police_not_proposed"
        # One person is enough in danger, but then it is theirs alone: the proposal was of something else.
        await supervisor.post(f"{path}/danger", json={"reason": "a child is in the car"})
        released = (await supervisor.post(f"{path}/release")).json()["release"]
        assert released["proposed_by"] == released["released_by"] == "陈静 Chen Jing"


class TestOfOneOfTwo:
    async def test_the_other_officer_keeps_their_trip_and_gets_nobody_elses_data(
        self, station: Station
    ) -> None:
        first, liaison, path = await ready(station)
        second = await station.file(**_LU)
        path2 = await _proposed(second, liaison)
        await liaison.post(f"{path}/facts", json={"plate": _ANOTHER_CAR})
        supervisor = await station.staff("supervisor")
        await _trip_found(station, supervisor, path)
        one, two = await station.request(first.reference), await station.request(second.reference)
        assert one.case_id != two.case_id and (one.number, two.number) == (1, 1)
        assert [await _reports(station, each.case_id) for each in (one, two)] == [1, 1]
        assert (await supervisor.get(path)).json()["state"] == "verified"
        assert (await supervisor.post(f"{path2}/release")).json()["state"] == "released"
        pack = (await second.fetch("json")).json()
        assert pack["vehicle"]["plate"] == FORM["plate"]
        await liaison.post(f"{path}/release")
        await supervisor.post(f"{path}/release")
        assert (await first.fetch("json")).json()["vehicle"]["plate"] == _ANOTHER_CAR

    async def test_a_correction_that_fits_no_trip_takes_none_from_the_other(self, station: Station) -> None:
        first, liaison, path = await ready(station)
        second = await station.file(**_LU)
        path2 = await _proposed(second, liaison)
        await liaison.post(f"{path}/facts", json={"plate": "浙A·0000X"})
        await first.located("trip_not_found")
        assert (await liaison.get(path2)).json()["trip_found"]
        assert not (await liaison.get(path)).json()["trip_found"]
        # Each has its clock, on its own case.
        await station.fire(601)
        for officer in (first, second):
            assert (await station.acts(officer.reference)).count("police_breached") == 1

    async def test_the_same_trip_by_another_clue_joins_again(self, station: Station) -> None:
        first, liaison, path = await ready(station)
        second = await station.file(**_LU)
        await liaison.post(f"{path}/facts", json={"plate": "", "person_phone": "199 0000 0001"})
        await _trip_found(station, liaison, path)

        async def joined() -> bool:
            one, two = await station.request(first.reference), await station.request(second.reference)
            return one.case_id == two.case_id

        await until(joined)
        request = await station.request(second.reference)
        assert (request.number, await _reports(station, request.case_id)) == (2, 2)

    async def test_who_named_no_car_loses_the_trip_that_only_the_other_had_named(
        self, station: Station
    ) -> None:
        _, liaison, path = await ready(station, passenger="王建国")
        second = await station.file(**_LU, passenger="王建国", plate="", note="the same man")
        path2 = await second.path()
        assert (await liaison.get(path2)).json()["trip_found"]
        await liaison.post(f"{path}/facts", json={"plate": _ANOTHER_CAR})
        assert not (await liaison.get(path2)).json()["trip_found"]

    async def test_a_trip_of_another_car_than_the_one_asked_about_is_not_released(
        self, station: Station
    ) -> None:
        at = station.clock.at.replace(microsecond=0).isoformat()
        officer = await station.file(person_phone="199 0000 0002", happened_at=at)
        await officer.located()
        liaison = await station.staff("police_liaison")
        await officer.confirmed(liaison)
        path = await officer.path()
        shown = (await liaison.get(path)).json()
        assert "release" not in shown["allowed"] and "another plate" in shown["forbidden_because"]["release"]
        for answer in (await liaison.get(f"{path}/preview"), await liaison.post(f"{path}/release")):
            assert code_of(answer) == "police_other_plate"


class TestFlag:
    async def test_a_plate_that_contradicts_the_trip_of_that_time_is_flagged(self, station: Station) -> None:
        at = station.clock.at.replace(microsecond=0).isoformat()
        officer = await station.file(person_phone="199 0000 0002", happened_at=at)
        await officer.located()
        entry = next(one for one in await station.entries(officer.reference) if one["act"] == "trip_found")
        assert entry["details"]["plate_differs"] is True


class TestTheirOwnNumber:
    async def test_is_no_proof_however_it_is_dialled(self, station: Station) -> None:
        liaison = await station.staff("police_liaison")
        for theirs in ("+44 113 496 0000", "0113 496 0000 ext. 7"):
            officer = await station.file(city="other", other_city="Leeds", phone=theirs)
            for dialled in (
                "+44 113 496 0000", "0113 496 0000", "0113 496 0000 ext 2", "０１１３ ４９６ ００００", "0113 4960000-802",
                "0113 496 0000 转 3",
            ):  # fmt: skip
                answer = await officer.confirmed(liaison, number=dialled, source="the letter")
                assert code_of(answer) == "police_number_theirs", dialled
            found = await officer.confirmed(liaison, number="0113 241 4141", source="the force's site")
            assert found.status_code == 200, found.text


class TestStrangersForm:
    async def test_tells_nobody_that_police_already_ask_about_a_plate(self, station: Station) -> None:
        _, liaison, _ = await ready(station)
        known = await station.file(**_LU)
        fresh = await station.file(**_LU, plate="浙A·7K392")
        assert known.told["accepted_by"] is fresh.told["accepted_by"] is None
        assert known.told["says"] == fresh.told["says"]
        # Once somebody has this request itself, its officer learns who.
        await known.confirmed(liaison, outcome="no_answer")
        status = await known.status()
        assert status["accepted_by"] == "吴磊 Wu Lei" and "Wu Lei" in status["says"][0]
