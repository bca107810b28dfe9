"""Pages through real receivers, with failures."""

from __future__ import annotations

import asyncio
import time

import pytest
from sqlalchemy import select, update

from bot.kit.database import Event
from bot.kit.now import MovableClock
from bot.kit.outbox import OutboxRow
from bot.paging import editing, service, store
from bot.paging.delivery import ATTEMPTS, Pager
from bot.paging.models import Page, PersonalChannel
from tests.paging.conftest import Call, Hook, House, Mail

pytestmark = pytest.mark.usefixtures("clock")


async def team_page(house: House, step: int = 0) -> Page:
    async with house.database.reading() as session:
        found = await store.pages_of(session, "case-1")
    return next(page for page in found if page.person == "team" and page.step == step)


async def reach(house: House, who: str, *addresses: str) -> None:
    from bot.identity import service as identity

    async with house.database.unit_of_work() as uow:
        member = next(one for one in await identity.enabled_members(uow.session) if one.id == who)
        await editing.set_channels(uow, member, who, list(addresses))


class TestFirstWay:
    async def test_the_team_gets_grade_reference_headline_and_both_links(
        self, house: House, call: Call, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        pagers(hook.address(), mail.address())  # type: ignore[operator]
        await call()
        await house.carry_out()
        (said,) = hook.at("team")
        assert "乘客有危险" in said and "Passenger in danger" in said
        assert "/console" in said and "/page/ack/" in said
        assert "VG-7KD-M42" in hook.got[0]["title"] and "S0" in hook.got[0]["title"]
        assert mail.got == []
        assert (await team_page(house)).state == "sent"

    async def test_a_person_is_paged_at_their_first_address_in_their_language(
        self, house: House, call: Call, pagers: object, hook: Hook
    ) -> None:
        await reach(house, "ann", hook.address("ann"), hook.address("ann-2"))
        await reach(house, "bob", hook.address("bob"))
        await call()
        await house.carry_out()
        assert "Passenger in danger" in hook.at("ann")[0] and "乘客" not in hook.at("ann")[0]
        assert "乘客有危险" in hook.at("bob")[0] and hook.at("ann-2") == []

    async def test_mail_arrives(self, house: House, call: Call, pagers: object, mail: Mail) -> None:
        pagers(mail.address("duty@vigil.example"), "")  # type: ignore[operator]
        await call()
        await house.carry_out()
        assert "VG-7KD-M42" in mail.got[0]["Subject"]
        assert "Passenger in danger" in mail.bodies[0]

    async def test_addresses_are_nowhere_in_the_database_in_clear(
        self, house: House, call: Call, pagers: object, hook: Hook
    ) -> None:
        await reach(house, "ann", hook.address("s3cret-token"))
        await call()
        async with house.database.reading() as session:
            rows = [
                str(row.payload) + row.key for row in (await session.execute(select(OutboxRow))).scalars()
            ]
            sealed = [row.sealed for row in (await session.execute(select(PersonalChannel))).scalars()]
        assert rows and sealed and not any("s3cret" in text for text in rows + sealed)


class TestSecondWay:
    async def test_a_first_way_that_fails_opens_the_second_at_once(
        self, house: House, call: Call, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        hook.statuses = [500]
        pagers(hook.address(), mail.address())  # type: ignore[operator]
        await call()
        await house.carry_out()
        assert len(mail.got) == 1
        (alarm,) = house.of("paging.failing")
        assert alarm["other_ways"] == 1 and "json" in alarm["error"]

    async def test_the_first_way_goes_on_being_tried_and_delivers_when_it_is_back(
        self, house: House, clock: MovableClock, call: Call, pagers: object, hook: Hook
    ) -> None:
        hook.statuses = [500, 503, 200]
        pagers(hook.address(), "")  # type: ignore[operator]
        await call()
        assert await house.carry_out() == 1
        clock.move(0.5)
        assert await house.carry_out() == 0, "tried again before the backoff"
        clock.move(0.6)
        assert await house.carry_out() == 1
        clock.move(1.5)
        assert await house.carry_out() == 0, "the backoff doubles"
        clock.move(0.6)
        assert await house.carry_out() == 1
        assert len(hook.at("team")) == 1
        page = await team_page(house)
        assert (page.state, page.attempts) == ("sent", 3)

    async def test_a_person_whose_only_address_fails_is_reached_through_the_team(
        self, house: House, call: Call, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        pagers(hook.address(), mail.address())  # type: ignore[operator]
        await reach(house, "ann", "json://127.0.0.1:9/ann?cto=1&rto=1")
        await call()
        await house.carry_out()
        assert len(hook.at("team")) == 1 and len(mail.got) == 1

    async def test_a_persons_second_address_is_tried_before_the_teams(
        self, house: House, call: Call, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        pagers(hook.address(), mail.address())  # type: ignore[operator]
        await reach(house, "ann", "json://127.0.0.1:9/ann?cto=1&rto=1", hook.address("ann-2"))
        await call()
        await house.carry_out()
        assert len(hook.at("ann-2")) == 1 and mail.got == []

    async def test_a_page_nobody_answered_goes_both_ways_at_the_next_step(
        self, house: House, clock: MovableClock, call: Call, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        pagers(hook.address(), mail.address())  # type: ignore[operator]
        await call()
        await house.carry_out()
        clock.move(20)
        await call(step=1)
        await house.carry_out()
        assert len(hook.at("team")) == 2 and len(mail.got) == 1
        assert "call 2" in mail.got[0]["Subject"]

    async def test_a_raised_grade_goes_both_ways_at_once(
        self, house: House, call: Call, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        pagers(hook.address(), mail.address())  # type: ignore[operator]
        await call(grade="S1")
        await house.carry_out()
        await call(grade="S0")
        await house.carry_out()
        assert len(hook.at("team")) == 2 and len(mail.got) == 1

    async def test_reopened_begins_with_the_first_way(
        self, house: House, clock: MovableClock, call: Call, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        pagers(hook.address(), mail.address())  # type: ignore[operator]
        hook.statuses = [500, 200]
        await call()
        clock.move(20)
        await call(step=1)
        async with house.database.unit_of_work() as uow:
            await service.stop(uow, "case-1")
        await call()
        clock.move(1)
        await house.carry_out()
        clock.move(60)
        await house.carry_out()
        assert (
            len(hook.at("team")) == 1 and len(mail.got) == 1
        )  # the second way only because the first failed

    async def test_a_channel_that_hangs_does_not_hold_up_the_second(
        self, house: House, call: Call, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        Pager(house.database, limit_s=0.5).register()
        hook.hold.clear()
        pagers(hook.address(), mail.address())  # type: ignore[operator]
        await call()
        began = time.monotonic()
        await house.carry_out()
        assert len(mail.got) == 1
        assert time.monotonic() - began < 4.0

    async def test_a_slow_channel_opens_the_second_beside_it_and_still_counts(
        self, house: House, call: Call, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        Pager(house.database, limit_s=15.0, slow_s=0.1).register()
        pagers(hook.address(), mail.address())  # type: ignore[operator]
        await call()
        opened = asyncio.Event()

        async def on_put(event: Event) -> None:
            if event.topic == "outbox.put":
                opened.set()

        house.database.subscribers.append(on_put)
        hook.hold.clear()
        slow = asyncio.create_task(house.carry_out())
        await asyncio.wait_for(opened.wait(), 10)
        await house.carry_out()
        assert (len(mail.got), hook.got) == (1, [])
        hook.hold.set()
        await slow
        assert len(hook.at("team")) == 1 and house.of("paging.failing") == []

    async def test_both_ways_dead_is_an_alarm_and_never_silent(
        self, house: House, clock: MovableClock, call: Call, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        hook.statuses, mail.refuse = [500], True
        pagers(hook.address(), mail.address())  # type: ignore[operator]
        await call()
        for _ in range(ATTEMPTS):
            await house.carry_out()
            clock.move(61)
        page = await team_page(house)
        assert (page.state, page.given_up, page.attempts) == ("failed", 2, 2 * ATTEMPTS)
        about = [one for one in house.of("paging.failed") if one["subject"] == "case-1"]
        assert len(about) == 1 and about[0]["name"] == "team"
        assert any(one["all"] for one in house.of("paging.dead"))


class TestNoMoreThanNeeded:
    async def test_accepted_in_the_desk_nothing_more_goes_out(
        self, house: House, clock: MovableClock, call: Call, pagers: object, hook: Hook
    ) -> None:
        hook.statuses = [500, 200]
        pagers(hook.address(), "")  # type: ignore[operator]
        await call()
        await house.carry_out()
        async with house.database.unit_of_work() as uow:
            await service.stop(uow, "case-1")
        clock.move(60)
        await house.carry_out()
        assert hook.got == []
        page = await team_page(house)
        assert (page.state, page.acknowledged_in, page.acknowledged_by) == ("acknowledged", "desk", None)

    async def test_a_later_step_takes_the_place_of_one_still_being_tried(
        self, house: House, clock: MovableClock, call: Call, pagers: object, hook: Hook
    ) -> None:
        hook.statuses = [500, 200]
        pagers(hook.address(), "")  # type: ignore[operator]
        await call()
        await house.carry_out()
        clock.move(20)
        await call(step=1)
        await house.carry_out()
        clock.move(60)
        await house.carry_out()
        assert len(hook.at("team")) == 1
        assert (await team_page(house)).state == "superseded"

    async def test_a_worker_that_dies_before_sending_leaves_the_page_to_another(
        self, house: House, clock: MovableClock, call: Call, pagers: object, hook: Hook
    ) -> None:
        pagers(hook.address(), "")  # type: ignore[operator]
        await call()
        async with (
            house.database.unit_of_work() as uow
        ):  # what a killed worker leaves: claimed, leased, not done
            claimed = update(OutboxRow).values(attempt=1, due=clock.at.replace(microsecond=0))
            await uow.session.execute(claimed)
        await house.carry_out()
        assert len(hook.at("team")) == 1

    async def test_an_address_taken_out_meanwhile_opens_the_second_way(
        self, house: House, call: Call, pagers: object, hook: Hook, mail: Mail
    ) -> None:
        pagers(hook.address(), mail.address())  # type: ignore[operator]
        await reach(house, "ann", hook.address("ann"))
        await call()
        await reach(house, "ann")
        await house.carry_out()
        assert hook.at("ann") == [] and len(mail.got) == 1
