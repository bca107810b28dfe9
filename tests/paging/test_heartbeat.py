"""Is paging itself alive, and does the rota hold."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update

from bot.kit.due import Due, fire_due
from bot.kit.now import MovableClock
from bot.kit.outbox import OutboxRow
from bot.paging import service, store
from bot.paging.models import Shift
from tests.paging.conftest import Call, Hook, House, Mail

HOUR = 3600


async def begin(house: House) -> None:
    async with house.database.unit_of_work() as uow:
        await service.start(uow)


async def tick(house: House) -> None:
    await fire_due(house.database)
    await house.carry_out()


async def says(house: House) -> str:
    async with house.database.reading() as session:
        return await service.health(session)


async def retries(house: House, clock: MovableClock) -> None:
    for _ in range(3):
        clock.move(3)
        await house.carry_out()


class TestHeartbeat:
    async def test_every_channel_is_tested_every_hour(
        self, house: House, clock: MovableClock, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        pagers(hook.address(), mail.address())  # type: ignore[operator]
        await begin(house)
        await tick(house)
        assert (len(hook.at("team")), len(mail.got)) == (1, 1)
        clock.move(HOUR - 1)
        await tick(house)
        assert len(hook.at("team")) == 1
        clock.move(1)
        await tick(house)
        assert (len(hook.at("team")), len(mail.got)) == (2, 2)
        assert await says(house) == "every channel answers"

    async def test_a_restart_does_not_test_again(
        self, house: House, clock: MovableClock, pagers: object, hook: Hook
    ) -> None:
        pagers(hook.address(), "")  # type: ignore[operator]
        await begin(house)
        await tick(house)
        await begin(house)
        await tick(house)
        assert len(hook.at("team")) == 1

    async def test_a_dead_channel_is_told_through_the_other(
        self, house: House, clock: MovableClock, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        hook.statuses = [500]
        pagers(hook.address(), mail.address())  # type: ignore[operator]
        await begin(house)
        await tick(house)
        await retries(house, clock)
        (dead,) = house.of("paging.dead")
        assert (dead["label"], dead["all"]) == ("json", False)
        assert any("dead" in body for body in mail.bodies)
        assert any(one["staff_ids"] == ["sue"] and one["reference"] == "PAGER" for one in house.of("page"))
        assert "json (0:0) has failed" in await says(house)

    async def test_all_channels_dead_makes_the_desk_not_ready(
        self, house: House, clock: MovableClock, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        hook.statuses, mail.refuse = [500], True
        pagers(hook.address(), mail.address())  # type: ignore[operator]
        await begin(house)
        await tick(house)
        await retries(house, clock)
        assert [one["all"] for one in house.of("paging.dead")] == [False, True]
        with pytest.raises(RuntimeError, match="failed"):
            await says(house)

    async def test_a_channel_that_comes_back_ends_the_alarm(
        self, house: House, clock: MovableClock, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        hook.statuses = [500]
        pagers(hook.address(), mail.address())  # type: ignore[operator]
        await begin(house)
        await tick(house)
        await retries(house, clock)
        hook.statuses = [200]
        clock.move(HOUR)
        await tick(house)
        assert [one["channel"] for one in house.of("paging.alive")] == ["0:0"]
        assert await says(house) == "every channel answers"
        async with house.database.reading() as session:
            assert await store.open_pages(session, "pager:0:0") == []

    async def test_failing_pages_count_without_waiting_for_the_hour(
        self, house: House, clock: MovableClock, pagers: object, hook: Hook, call: Call
    ) -> None:
        pagers(hook.address(), "")  # type: ignore[operator]
        await begin(house)
        await tick(house)
        hook.statuses = [500]
        await call()
        await house.carry_out()
        await retries(house, clock)
        assert house.of("paging.dead")[0]["all"] is True
        with pytest.raises(RuntimeError):
            await says(house)

    async def test_a_new_address_starts_with_a_clean_record(
        self, house: House, clock: MovableClock, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        hook.statuses = [500]
        pagers(hook.address(), "")  # type: ignore[operator]
        await begin(house)
        await tick(house)
        await retries(house, clock)
        pagers(mail.address(), "")  # type: ignore[operator]
        assert "1 of 1 pager addresses have not been tried yet" in await says(house)
        clock.move(HOUR)
        await tick(house)
        assert await says(house) == "no second pager: set VIGIL_SECOND_PAGER, a page needs a second way out"


class TestReadiness:
    async def test_a_demo_without_pager_says_so(self, house: House, clock: MovableClock) -> None:
        await begin(house)
        assert await says(house) == "no outside pager configured: pages are shown in the desk only"

    async def test_a_heartbeat_that_was_never_started_is_not_ready(
        self, house: House, clock: MovableClock
    ) -> None:
        with pytest.raises(RuntimeError, match="not scheduled"):
            await says(house)

    async def test_a_ticker_that_stands_still_is_not_ready(self, house: House, clock: MovableClock) -> None:
        await begin(house)
        await tick(house)
        clock.move(HOUR + 61)
        with pytest.raises(RuntimeError, match="ticker stands still"):
            await says(house)

    async def test_an_outbox_that_stands_still_is_not_ready(
        self, house: House, clock: MovableClock, pagers: object, hook: Hook, call: Call
    ) -> None:
        pagers(hook.address(), hook.address("two"))  # type: ignore[operator]
        await begin(house)
        await tick(house)
        await call()
        clock.move(61)
        with pytest.raises(RuntimeError, match="outbox stands still"):
            await says(house)

    async def test_a_pager_that_was_never_tried_is_said(
        self, house: House, clock: MovableClock, pagers: object, hook: Hook
    ) -> None:
        pagers(hook.address(), hook.address("two"))  # type: ignore[operator]
        await begin(house)
        assert "2 of 2" in await says(house)


class TestRotaWatch:
    async def empty(self, house: House, team: str) -> None:
        async with house.database.unit_of_work() as uow:
            await uow.session.execute(delete(Shift).where(Shift.team == team))

    async def test_an_empty_hour_pages_the_supervisor_until_it_is_filled(
        self, house: House, clock: MovableClock
    ) -> None:
        await self.empty(house, "liaison")
        await begin(house)
        for _ in range(2):
            await tick(house)
            clock.move(300)
        assert [one["staff_ids"] for one in house.of("page")] == [["sue"], ["sue"]]
        assert {one["team"] for one in house.of("rota.empty")} == {"liaison"}
        async with house.database.reading() as session:
            assert await service.rota_is_empty_now(session)
        await house.always(liaison="lee")
        await tick(house)
        clock.move(300)
        await tick(house)
        assert len(house.of("page")) == 2
        async with house.database.reading() as session:
            assert not await service.rota_is_empty_now(session)
            assert await store.open_pages(session, "rota:liaison") == []

    async def test_a_gap_to_come_is_told_once(self, house: House, clock: MovableClock) -> None:
        clock.at = clock.at.replace(hour=0, minute=0, second=0, microsecond=0)
        async with house.database.unit_of_work() as uow:
            to_noon = update(Shift).where(Shift.team == "liaison").values(zone="UTC", minutes=720)
            await uow.session.execute(to_noon)
        await begin(house)
        for _ in range(3):
            await tick(house)
            clock.move(300)
        coming = [one for one in house.of("page") if one["subject"].startswith("rota:liaison:")]
        assert len(coming) == 1 and coming[0]["grade"] == "S2"
        assert house.of("rota.empty") == []

    async def test_a_whole_rota_pages_nobody(self, house: House, clock: MovableClock) -> None:
        await begin(house)
        await tick(house)
        assert house.of("page") == []
        async with house.database.reading() as session:
            assert await service.gaps(session, clock.at, 24 * 14) == []

    async def test_heartbeat_and_watch_stay_owed(self, house: House, clock: MovableClock) -> None:
        await begin(house)
        for _ in range(5):
            await tick(house)
            clock.move(HOUR)
        async with house.database.reading() as session:
            kinds = (await session.execute(select(Due.kind).where(Due.done.is_(False)))).scalars().all()
            waiting = (await session.execute(select(OutboxRow.id).where(OutboxRow.state == "waiting"))).all()
        assert sorted(kinds) == ["paging.heartbeat", "paging.rota_watch"] and waiting == []
