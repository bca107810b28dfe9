"""Which trip is meant, and what is known of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.rides.client import PlatformClient
from bot.rides.errors import NotFound, PlatformUnavailable
from bot.rides.service import (
    TripFacts,
    find_live_trip,
    find_recent_trip,
    get_trip_card,
    hold_driver,
    match_plate,
    phone_e164,
    release_driver,
)
from sandbox.testing import RunningSandbox


class TestFindLiveTrip:
    @pytest.mark.parametrize(
        ("facts", "trip_id", "by"),
        [
            (TripFacts(trip_id="t_hz_live"), "t_hz_live", "trip"),
            (TripFacts(order_no="cn2107 000001"), "t_hz_live", "order"),
            (TripFacts(account_id="r_lin"), "t_hz_live", "account"),
            (TripFacts(account_id="r_zhou"), "t_sh_mother", "account"),
            (TripFacts(account_id="r_jane"), "t_sg_minor", "account"),
            (TripFacts(account_id="r_chloe"), "t_sg_minor", "account"),
            (TripFacts(driver_id="d_hughes"), "t_ld_live", "driver"),
            (TripFacts(phone="199 0000 0093"), "t_sh_mother", "phone"),
            (TripFacts(phone="+44 7700 900102"), "t_ld_live", "phone"),
            (TripFacts(plate="浙ａ·d8c61"), "t_hz_live", "plate"),
            (TripFacts(plate="bd70wrn"), "t_ld_live", "plate"),
            (TripFacts(order_no="no such", plate="bd70wrn"), "t_ld_live", "plate"),
        ],
    )
    async def test_each_fact_finds_the_trip(
        self, platform: PlatformClient, facts: TripFacts, trip_id: str, by: str
    ) -> None:
        match = await find_live_trip(platform, facts)
        assert match is not None
        assert (match.trip.id, match.matched_by) == (trip_id, by)

    @pytest.mark.parametrize(
        "facts",
        [
            TripFacts(),
            TripFacts(account_id="r_noah"),
            TripFacts(trip_id="t_hz_phone"),
            TripFacts(phone="hello", plate=" · "),
            TripFacts(plate="浙A00000"),
        ],
    )
    async def test_without_a_live_trip_there_is_none(
        self, platform: PlatformClient, facts: TripFacts
    ) -> None:
        assert await find_live_trip(platform, facts) is None

    async def test_another_plate_than_the_ordered_one_is_told(self, platform: PlatformClient) -> None:
        match = await find_live_trip(platform, TripFacts(account_id="r_lin", plate="浙A99999"))
        assert match is not None and match.trip.id == "t_hz_live" and match.differs == ("plate",)

    async def test_the_ride_under_way_comes_before_the_car_still_coming(
        self, platform: PlatformClient, sandbox: RunningSandbox
    ) -> None:
        sandbox.world.trips["t_sh_late"].booker_id = "r_zhou"
        match = await find_live_trip(platform, TripFacts(account_id="r_zhou"))
        assert match is not None and match.trip.id == "t_sh_mother" and match.others == 1

    async def test_an_unavailable_platform_is_no_missing_trip(
        self, platform: PlatformClient, sandbox: RunningSandbox
    ) -> None:
        sandbox.demo("/faults", status=500)
        with pytest.raises(PlatformUnavailable):
            await find_live_trip(platform, TripFacts(account_id="r_lin"))


class TestFindRecentTrip:
    async def test_a_trip_that_has_just_ended_is_found(self, platform: PlatformClient) -> None:
        now = datetime.now(UTC)
        match = await find_recent_trip(platform, TripFacts(account_id="r_chen"), now, timedelta(hours=6))
        assert match is not None and match.trip.id == "t_hz_phone" and match.others == 0
        assert (
            await find_recent_trip(platform, TripFacts(account_id="r_chen"), now, timedelta(minutes=5))
            is None
        )


class TestTripCard:
    async def test_it_holds_all_that_a_person_needs(self, platform: PlatformClient) -> None:
        now = datetime.now(UTC)
        card = await get_trip_card(platform, "t_sg_minor", now)
        assert card.driver is not None and card.driver.vehicle is not None
        assert card.driver.vehicle.plate == "SMB 5513 D"
        assert card.rider is not None and card.rider.is_minor
        assert card.booked_by_other and card.missing == ()
        assert card.position_age_s is not None and 0 <= card.position_age_s < 10

    async def test_an_old_position_shows_its_age(self, platform: PlatformClient) -> None:
        card = await get_trip_card(platform, "t_hk_noshow", datetime.now(UTC))
        assert card.position_age_s is not None and card.position_age_s >= 27 * 60

    async def test_a_part_that_fails_does_not_take_the_card_away(
        self, platform: PlatformClient, sandbox: RunningSandbox
    ) -> None:
        sandbox.demo("/faults", status=500, paths=["/drivers/"])
        card = await get_trip_card(platform, "t_hz_live", datetime.now(UTC))
        assert card.missing == ("driver",) and card.driver is None
        assert card.trip.driver is not None and card.rider is not None

    async def test_without_the_trip_there_is_no_card(self, platform: PlatformClient) -> None:
        with pytest.raises(NotFound):
            await get_trip_card(platform, "t_none", datetime.now(UTC))


class TestMatchPlate:
    async def test_a_plate_leads_to_driver_and_live_trip(self, platform: PlatformClient) -> None:
        match = await match_plate(platform, "gf22-xpl")
        assert (match.plate, [each.id for each in match.drivers], match.live_trip) == (
            "GF22XPL",
            ["d_khan"],
            None,
        )
        live = await match_plate(platform, "沪Ａ·Ｅ９２７１")
        assert live.live_trip is not None and live.live_trip.id == "t_sh_mother"

    @pytest.mark.parametrize("plate", ["", "??", "浙A00000"])
    async def test_an_unknown_plate_matches_nobody(self, platform: PlatformClient, plate: str) -> None:
        match = await match_plate(platform, plate)
        assert match.drivers == () and match.live_trip is None


async def test_a_hold_stops_orders_and_its_release_restores_them(platform: PlatformClient) -> None:
    held = await hold_driver(platform, "d_sun", "safety_report", "V-7")
    assert not held.on_dispatch and held.holds[0].reference == "V-7"
    assert (await hold_driver(platform, "d_sun", "safety_report", "V-7")).holds == held.holds
    assert (await release_driver(platform, "d_sun", "V-7")).on_dispatch
    assert (await release_driver(platform, "d_sun", "V-7")).on_dispatch


def test_the_likeliest_phone() -> None:
    assert phone_e164("199 0000 0001") == "+8619900000001"
    assert phone_e164("no phone") is None


class TestWhoseRideMayBeMeant:
    _DAY, _MONTH = timedelta(days=1), timedelta(days=30)

    async def _found(self, platform: PlatformClient, facts: TripFacts) -> str | None:
        match = await find_recent_trip(platform, facts, datetime.now(UTC), self._DAY, self._MONTH)
        return match.trip.id if match is not None else None

    @pytest.mark.parametrize(
        ("facts", "trip_id"),
        [
            (TripFacts(account_id="r_lin", rides="for_others"), None),
            (TripFacts(account_id="r_zhou", rides="for_others"), "t_sh_mother"),
            (TripFacts(account_id="r_jane", rides="for_others"), "t_sg_minor"),
            (TripFacts(account_id="r_lin", plate="浙A·D8C61", rides="for_others"), "t_hz_live"),
            (TripFacts(account_id="r_lin", rides="over"), None),
            (TripFacts(account_id="r_chen", rides="over"), "t_hz_phone"),
            (TripFacts(account_id="r_lin", plate="浙A·7K392", rides="over"), "t_hz_lin_home"),
            (TripFacts(phone="13911112222", other_phones=("19900000001",)), "t_hz_live"),
        ],
    )
    async def test_an_account_tells_only_of_the_rides_that_can_be_meant(
        self, platform: PlatformClient, facts: TripFacts, trip_id: str | None
    ) -> None:
        assert await self._found(platform, facts) == trip_id

    async def test_what_names_a_ride_is_looked_for_longer_than_an_account(
        self, platform: PlatformClient
    ) -> None:
        assert await self._found(platform, TripFacts(plate="浙A·7K392")) is not None
        assert await self._found(platform, TripFacts(account_id="r_grace")) is None

    async def test_among_rides_that_are_over_the_named_one_goes_first_where_it_is_asked_for(
        self, platform: PlatformClient
    ) -> None:
        facts = TripFacts(account_id="r_emma", plate="浙A·7K392")
        assert await self._found(platform, facts) == "t_ld_phone"
        named = await self._found(platform, replace(facts, named_first=True))
        assert named in ("t_hz_lin_home", "t_hz_detour")

    async def test_their_own_ride_in_the_car_goes_before_whoever_sits_in_it_now(
        self, platform: PlatformClient
    ) -> None:
        driver = (await platform.trip("t_hz_phone")).vehicle
        assert driver is not None
        facts = TripFacts(account_id="r_chen", plate=driver.plate)
        assert await self._found(platform, facts) == "t_hz_phone"
