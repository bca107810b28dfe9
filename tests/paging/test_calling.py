"""Who is called, once and never fewer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.identity.models import StaffAccount
from bot.kit.now import MovableClock, now
from bot.kit.outbox import OutboxRow
from bot.paging import service, store
from bot.paging.models import Override, Page, Shift
from tests.paging.conftest import Call, Hook, House


async def pages(house: House, subject: str = "case-1") -> list[Page]:
    async with house.database.reading() as session:
        return await store.pages_of(session, subject)


async def called(house: House, subject: str = "case-1") -> list[str]:
    return sorted(page.person for page in await pages(house, subject))


async def empty_rota(house: House) -> None:
    async with house.database.unit_of_work() as uow:
        for row in (await uow.session.execute(select(Shift))).scalars():
            await uow.session.delete(row)


class TestAudience:
    async def test_the_team_on_call_is_called(self, house: House, clock: MovableClock, call: Call) -> None:
        assert await call() == 2
        assert await called(house) == ["ann", "bob"]
        assert sorted(house.of("page")[0]["staff_ids"]) == ["ann", "bob"]

    async def test_widening_adds_the_supervisors(self, house: House, clock: MovableClock, call: Call) -> None:
        assert await call(widen=True) == 3
        assert await called(house) == ["ann", "bob", "sue"]

    async def test_everyone_is_all_on_call_in_house(
        self, house: House, clock: MovableClock, call: Call
    ) -> None:
        assert await call(everyone=True) == 4
        assert await called(house) == ["ann", "bob", "lee", "sue"]

    async def test_the_circle_never_shrinks_until_somebody_accepts(
        self, house: House, clock: MovableClock, call: Call
    ) -> None:
        await call(step=3, everyone=True)
        clock.move(30)
        assert await call(step=0) == 4
        async with house.database.unit_of_work() as uow:
            await service.stop(uow, "case-1")
        clock.move(30)
        assert await call(step=0) == 2

    async def test_a_disabled_account_is_not_on_call(
        self, house: House, clock: MovableClock, call: Call
    ) -> None:
        async with house.database.unit_of_work() as uow:
            (await uow.session.get_one(StaffAccount, "ann")).disabled_at = now()
        await call()
        assert await called(house) == ["bob"]

    async def test_an_outsider_on_an_in_house_rota_is_not_called(
        self, house: House, clock: MovableClock, call: Call
    ) -> None:
        await house.hire("rex", "safety", in_house=False)
        await house.always(safety="rex")
        await call()
        assert await called(house) == ["ann", "bob"]

    async def test_an_override_decides_who_is_called(
        self, house: House, clock: MovableClock, call: Call
    ) -> None:
        async with house.database.unit_of_work() as uow:
            uow.session.add(
                Override(
                    id="o",
                    team="safety",
                    kind="override",
                    starts=now(),
                    ends=now() + timedelta(hours=1),
                    staff_id="zoe",
                    replaces_id="ann",
                    reason="ill",
                    made_by="sue",
                    made_at=now(),
                )
            )
        await call()
        assert await called(house) == ["bob", "zoe"]
        clock.move(3601)
        await call(subject="case-2")
        assert await called(house, "case-2") == ["ann", "bob"]


class TestNobodyOnCall:
    async def test_all_of_the_role_are_called_and_it_is_an_alarm(
        self, house: House, clock: MovableClock, call: Call
    ) -> None:
        await empty_rota(house)
        assert await call() == 3
        assert await called(house) == ["ann", "bob", "zoe"]
        assert house.of("rota.empty") == [
            {"team": "safety", "subject": "case-1", "reference": "VG-7KD-M42", "called": 3}
        ]

    async def test_without_the_role_the_supervisors_are(
        self, house: House, clock: MovableClock, call: Call
    ) -> None:
        await empty_rota(house)
        async with house.database.unit_of_work() as uow:
            for who in ("ann", "bob", "zoe"):
                (await uow.session.get_one(StaffAccount, who)).disabled_at = now()
        assert await call() == 1
        assert await called(house) == ["sue"]

    async def test_without_anybody_the_team_channel_is_left(
        self, house: House, clock: MovableClock, call: Call, pagers: object, hook: Hook
    ) -> None:
        pagers(hook.address(), "")  # type: ignore[operator]
        async with house.database.unit_of_work() as uow:
            for row in (await uow.session.execute(select(StaffAccount))).scalars():
                row.disabled_at = now()
        assert await call() == 0
        await house.carry_out()
        assert len(hook.at("team")) == 1
        assert house.of("rota.empty")[0]["called"] == 0

    async def test_an_unknown_team_still_reaches_the_supervisor(
        self, house: House, clock: MovableClock, call: Call
    ) -> None:
        assert await call(team="nonsense") == 1
        assert await called(house) == ["sue"]


class TestOnce:
    async def test_the_same_step_again_adds_nothing(
        self, house: House, clock: MovableClock, call: Call
    ) -> None:
        await call()
        assert await call() == 2
        assert await called(house) == ["ann", "bob"]
        assert len(house.of("page")) == 1

    async def test_the_same_step_wider_adds_only_who_is_new(
        self, house: House, clock: MovableClock, call: Call
    ) -> None:
        await call()
        assert await call(widen=True) == 3
        assert await called(house) == ["ann", "bob", "sue"]

    async def test_two_workers_at_once_call_each_person_once(
        self, house: House, clock: MovableClock, call: Call
    ) -> None:
        await call()
        clock.move(20)
        await asyncio.gather(*(call(step=1) for _ in range(6)))
        assert [page.person for page in await pages(house) if page.step == 1].count("ann") == 1

    @pytest.mark.parametrize(
        ("grade", "after_s"), [("S0", 1.0), ("S1", 20.0)], ids=["raised at once", "the same step later"]
    )
    async def test_a_raise_and_a_repeat_call_anew(
        self, house: House, clock: MovableClock, call: Call, grade: str, after_s: float
    ) -> None:
        await call(grade="S1")
        clock.move(after_s)
        await call(grade=grade)
        assert await called(house) == ["ann", "ann", "bob", "bob"]

    async def test_a_step_that_begins_again_calls_anew(
        self, house: House, clock: MovableClock, call: Call
    ) -> None:
        await call(step=1)
        clock.move(1)
        await call(step=0)
        assert [(page.round, page.step) for page in await pages(house) if page.person == "ann"] == [
            (1, 1),
            (2, 0),
        ]

    async def test_reopened_after_a_stop_calls_anew(
        self, house: House, clock: MovableClock, call: Call
    ) -> None:
        await call()
        async with house.database.unit_of_work() as uow:
            await service.stop(uow, "case-1")
        await call()
        assert await called(house) == ["ann", "ann", "bob", "bob"]

    async def test_a_transaction_that_fails_calls_nobody(
        self, house: House, clock: MovableClock, pagers: object, hook: Hook
    ) -> None:
        pagers(hook.address(), "")  # type: ignore[operator]
        with pytest.raises(RuntimeError):
            async with house.database.unit_of_work() as uow:
                await service.page(
                    uow,
                    subject="case-1",
                    reference="VG",
                    team="safety",
                    grade="S0",
                    step=0,
                    headline={"zh": "一", "en": "one"},
                    widen=False,
                    everyone=False,
                )
                raise RuntimeError("the caller failed")
        assert await pages(house) == [] and house.of("page") == []
        async with house.database.reading() as session:
            assert (await session.execute(select(OutboxRow.id))).all() == []


class TestAnnounce:
    async def test_a_notice_stays_in_the_desk(
        self, house: House, clock: MovableClock, pagers: object, hook: Hook
    ) -> None:
        pagers(hook.address(), hook.address("two"))  # type: ignore[operator]
        async with house.database.unit_of_work() as uow:
            await service.announce(uow, subject="watch:1", team="safety", conversation_id="1")
        await house.carry_out()
        assert sorted(house.of("notice")[0]["staff_ids"]) == ["ann", "bob"]
        assert hook.got == []

    async def test_an_empty_rota_still_notifies_somebody(self, house: House, clock: MovableClock) -> None:
        await empty_rota(house)
        async with house.database.unit_of_work() as uow:
            await service.announce(uow, subject="watch:1", team="safety", conversation_id="1")
        assert sorted(house.of("notice")[0]["staff_ids"]) == ["ann", "bob", "zoe"]


class TestWithoutPager:
    async def test_a_demo_pages_in_the_desk_only(self, house: House, clock: MovableClock, call: Call) -> None:
        await call()
        assert {page.state for page in await pages(house)} == {"desk"}
        assert await house.carry_out() == 0
