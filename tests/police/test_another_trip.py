"""Two requests that look like one matter, until the platform says that they are about two trips."""

from __future__ import annotations

from tests.police.conftest import FORM, Officer, Station, code_of, ready
from tests.served import until

_LU = {"officer": "Lu Ming", "badge": "77", "unit": "拱墅分局"}
_ANOTHER_CAR = "沪A·E9271"
# r_chen's, whose ride is not that of FORM's car.
_ANOTHER_PHONE = "199 0000 0002"


async def _parted(station: Station, first: Officer, second: Officer) -> None:
    """Once the second request stands in a case of its own."""

    async def apart() -> bool:
        await station.let_retry()
        one, two = await station.request(first.reference), await station.request(second.reference)
        return one.case_id != two.case_id

    await until(apart)


async def test_of_two_passengers_of_one_name_each_officer_gets_the_data_of_theirs(station: Station) -> None:
    first, liaison, path = await ready(station, passenger="王建国")
    second = await station.file(**_LU, plate="", passenger="王建国", person_phone=_ANOTHER_PHONE)
    await _parted(station, first, second)
    await second.located()
    assert (await second.confirmed(liaison)).status_code == 200
    supervisor = await station.staff("supervisor")
    for officer in (first, second):
        for page in (liaison, supervisor):
            assert (await page.post(f"{await officer.path()}/release")).status_code == 200
    theirs, others = (await first.fetch("json")).json(), (await second.fetch("json")).json()
    assert theirs["vehicle"]["plate"] == FORM["plate"] and others["trip_id"] != theirs["trip_id"]
    assert _ANOTHER_PHONE.replace(" ", "") in {one["phone"].removeprefix("+86") for one in others["contacts"]}
    assert path == await first.path()


async def test_each_has_its_clock_and_a_pack_that_was_proposed_of_the_other_trip_is_withdrawn(
    station: Station,
) -> None:
    first, liaison, _ = await ready(station, passenger="王建国")
    station.sandbox.demo("/faults", status=500)
    second = await station.file(**_LU, plate="", passenger="王建国", person_phone=_ANOTHER_PHONE)
    assert (await second.confirmed(liaison)).status_code == 200
    path = await second.path()
    assert (await liaison.post(f"{path}/release")).json()["state"] == "proposed"
    station.sandbox.demo("/faults")
    await _parted(station, first, second)
    supervisor = await station.staff("supervisor")
    assert (await supervisor.get(path)).json()["state"] == "verified"
    await station.fire(601)
    for officer in (first, second):
        assert (await station.acts(officer.reference)).count("police_breached") == 1


async def test_an_officers_second_trip_takes_the_first_along_to_nobody_elses_case(station: Station) -> None:
    """A third request names the first one's reference and another officer's trip: the first stays what it is about."""
    another = await station.file(**_LU, plate=_ANOTHER_CAR)
    await another.located()
    first, liaison, path = await ready(station)
    third = await station.file(reference=first.reference, plate=_ANOTHER_CAR)
    await _parted(station, first, third)

    async def joined() -> bool:
        one, two = await station.request(another.reference), await station.request(third.reference)
        return one.case_id == two.case_id

    await until(joined)
    assert (await station.request(first.reference)).number == 1
    assert code_of(await liaison.get(f"{path}/preview")) == ""
    assert (await liaison.get(f"{path}/preview")).json()["vehicle"]["plate"] == FORM["plate"]
