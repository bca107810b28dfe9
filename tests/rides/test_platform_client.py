"""The client against the real sandbox, well-behaved and not."""

import asyncio
import socket
import time
from decimal import Decimal

import pytest

from bot.rides.client import PlatformClient, TripFilter
from bot.rides.errors import NotFound, PlatformRefused, PlatformUnavailable
from bot.rides.schemas import Money, TripStatus
from bot.rides.transport import Limits
from sandbox.testing import RunningSandbox

QUICK = Limits(connect_s=2.0, read_s=0.6, budget_s=3.0, pause_s=0.01)


class TestReading:
    async def test_a_trip_comes_with_route_and_position(self, platform: PlatformClient) -> None:
        trip = await platform.trip("t_hz_live")
        assert trip.status is TripStatus.IN_PROGRESS
        assert trip.last_position is not None and len(trip.planned_route) > 10 and len(trip.driven) > 10
        assert trip.driver is not None and "****" in trip.driver.phone_masked

    async def test_people_are_found(self, platform: PlatformClient) -> None:
        assert (await platform.rider("r_emma")).name == "Emma Clarke"
        assert [each.id for each in await platform.riders_by_phone("07700 900101")] == ["r_emma"]
        assert [each.id for each in await platform.find_drivers(plate="lv21kht")] == ["d_patel"]
        assert (await platform.driver("d_patel")).current_trip_id == "t_ld_next"

    async def test_unmasked_phones_need_a_reference(
        self, platform: PlatformClient, sandbox: RunningSandbox
    ) -> None:
        contacts = {each.role: each.phone for each in await platform.trip_contacts("t_sh_mother", "V-1")}
        assert contacts == {
            "passenger": "+8619900000093",
            "booker": "+8619900000003",
            "driver": "+8619900000105",
        }
        assert (await platform.emergency_contacts("r_chloe", "V-1"))[0].relation == "mother"
        assert [
            (noted.to, noted.about) for noted in sandbox.world.outbox if noted.kind == "contact_read"
        ] == [
            ("V-1", "r_chloe"),
            ("V-1", "t_sh_mother"),
        ]

    @pytest.mark.parametrize(
        "trip_id", ["nothing", "", ".", "..", "../drivers/d_wang", "a/b?c#d", "%2e%2e", "\x00", "行程"]
    )
    async def test_an_unknown_id_is_not_found(self, platform: PlatformClient, trip_id: str) -> None:
        with pytest.raises(NotFound):
            await platform.trip(trip_id)

    async def test_a_refusal_carries_its_code(self, platform: PlatformClient) -> None:
        with pytest.raises(PlatformRefused) as refused:
            await platform.find_trips(TripFilter(live=True))
        assert (refused.value.status, refused.value.code) == (400, "bad_request")


class TestActing:
    async def test_one_key_acts_once(self, platform: PlatformClient) -> None:
        money = Money(amount=Decimal("5.00"), currency="CNY")
        first = await platform.refund("t_hz_phone", money, "overcharge", key="k")
        again = await platform.refund("t_hz_phone", money, "overcharge", key="k")
        assert again == first
        assert len(await platform.refunds("t_hz_phone")) == 1

    async def test_ten_at_once_with_one_key_act_once(self, platform: PlatformClient) -> None:
        answers = await asyncio.gather(
            *(platform.report_lost_item("t_hz_phone", "phone", "手机", key="k") for _ in range(10))
        )
        assert len({answer.id for answer in answers}) == 1
        assert len(await platform.lost_items("t_hz_phone")) == 1

    async def test_holds_are_counted_by_reference(self, platform: PlatformClient) -> None:
        await platform.hold_driver("d_wang", "safety_report", "V-1")
        await platform.hold_driver("d_wang", "safety_report", "V-2")
        assert not (await platform.release_driver("d_wang", "V-1")).on_dispatch
        assert (await platform.release_driver("d_wang", "V-2")).on_dispatch
        assert (await platform.trip("t_hz_live")).status is TripStatus.IN_PROGRESS

    async def test_a_failed_masked_call_says_so(self, platform: PlatformClient) -> None:
        assert (await platform.call("t_tp_call", "passenger", "driver", key="k")).result == "number_failed"
        asked = await platform.ask_driver_to_call("d_hsu", "t_tp_call", "passenger", key="k")
        assert asked.result == "delivered"

    async def test_a_code_proves_the_phone_on_the_order(
        self, platform: PlatformClient, sandbox: RunningSandbox
    ) -> None:
        sent = await platform.send_code(trip_id="t_sh_mother", key="k")
        with pytest.raises(PlatformRefused) as refused:
            await platform.verify_code(sent.code_id, "wrong")
        assert (refused.value.code, refused.value.details) == ("code_wrong", {"attempts_left": 4})
        proven = await platform.verify_code(sent.code_id, sandbox.code(sent.code_id))
        assert proven.rider_id is None and "t_sh_mother" in proven.trip_ids

    async def test_two_facts_confirm_a_trip(self, platform: PlatformClient) -> None:
        assert await platform.confirm_trip({"plate": "lv21 kht", "place": "waterloo"}, "c1") == "t_ld_phone"
        with pytest.raises(NotFound):
            await platform.confirm_trip({"plate": "lv21 kht", "place": "brixton"}, "c1")


class TestMisbehaviour:
    async def test_nobody_listens(self) -> None:
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            async with PlatformClient(f"http://127.0.0.1:{held.getsockname()[1]}", "k", QUICK) as client:
                with pytest.raises(PlatformUnavailable) as down:
                    await client.trip("t")
        assert down.value.reason == "connect"

    async def test_a_slow_platform_costs_no_more_than_the_budget(
        self, platform: PlatformClient, sandbox: RunningSandbox
    ) -> None:
        sandbox.demo("/faults", slow_s=5)
        began = time.monotonic()
        with pytest.raises(PlatformUnavailable) as down:
            await platform.trip("t_hz_live")
        assert down.value.reason == "timeout"
        assert time.monotonic() - began < QUICK.budget_s + 0.5

    @pytest.mark.parametrize("garbage", ["not_json", "wrong_types", "cut_off"])
    async def test_nonsense_is_no_answer(
        self, platform: PlatformClient, sandbox: RunningSandbox, garbage: str
    ) -> None:
        sandbox.demo("/faults", garbage=garbage)
        for reading in (
            platform.trip("t_hz_live"),
            platform.find_trips(TripFilter(account="r_lin")),
            platform.find_drivers(plate="x"),
            platform.dispatch("d_wang"),
            platform.events(),
        ):
            with pytest.raises(PlatformUnavailable) as down:
                await reading
            assert down.value.reason == "nonsense"

    async def test_a_4xx_that_is_not_the_platforms_is_no_refusal(
        self, platform: PlatformClient, sandbox: RunningSandbox
    ) -> None:
        sandbox.demo("/faults", status=404, garbage="not_json")
        with pytest.raises(PlatformUnavailable) as down:
            await platform.trip("t_hz_live")
        assert down.value.reason == "nonsense"

    async def test_a_read_is_tried_again(self, platform: PlatformClient, sandbox: RunningSandbox) -> None:
        sandbox.demo("/faults", status=503, times=1)
        assert (await platform.trip("t_hz_live")).id == "t_hz_live"

    async def test_an_act_is_not_tried_again_by_itself(
        self, platform: PlatformClient, sandbox: RunningSandbox
    ) -> None:
        sandbox.demo("/faults", status=503, times=1, paths=["/trips/t_hk_noshow/cancel"])
        with pytest.raises(PlatformUnavailable) as down:
            await platform.cancel("t_hk_noshow", "waived", key="k")
        assert down.value.reason == "status"
        cancelled = await platform.cancel("t_hk_noshow", "waived", key="k")
        assert cancelled.status is TripStatus.CANCELLED and cancelled.charge is None

    async def test_a_wrong_key_means_unavailable_at_once(self, sandbox: RunningSandbox) -> None:
        async with PlatformClient(sandbox.url, "wrong", QUICK) as client:
            with pytest.raises(PlatformUnavailable) as down:
                await client.trip("t_hz_live")
        assert down.value.reason == "key"
