"""Demonstration staff: there in a demo, absent in production."""

from __future__ import annotations

import pytest

from bot.identity import accounts, service, store
from bot.kit.database import Database
from bot.settings import settings
from tests.identity.conftest import AddStaff, Browser, sign_in


async def made(database: Database) -> list[tuple[str, str, tuple[str, ...]]]:
    async with database.unit_of_work() as uow:
        return await service.ensure_demo_staff(uow)


async def has_demo(database: Database) -> bool:
    async with database.reading() as session:
        return await service.has_demo_accounts(session)


async def test_an_empty_demo_gets_somebody_of_every_role_who_can_sign_in(
    database: Database, browser: Browser
) -> None:
    staff = await made(database)
    assert {role for _, _, roles in staff for role in roles} == {
        "safety", "agent", "supervisor", "trainer", "police_liaison",
    }  # fmt: skip
    assert len({password for _, password, _ in staff}) == len(staff) == 6
    for email, password, roles in staff:
        answer = await sign_in(browser(), email, password)
        assert answer.status_code == 200 and answer.json()["roles"] == list(roles)
    async with database.reading() as session:
        members = await service.enabled_members(session)
    assert [one.email for one in members if not one.in_house] == ["mia.zhao@partner.example"]
    assert await has_demo(database)


async def test_the_second_start_makes_nobody(database: Database) -> None:
    assert await made(database)
    assert await made(database) == []


async def test_where_real_staff_exist_no_demo_staff_are_made(database: Database, add_staff: AddStaff) -> None:
    await add_staff("boss@example.com", "supervisor")
    assert await made(database) == []
    assert not await has_demo(database)


async def test_production_makes_none(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "env", "production")
    assert await made(database) == []


async def test_production_may_start_once_the_demo_accounts_are_disabled(
    database: Database, add_staff: AddStaff
) -> None:
    staff = await made(database)
    await add_staff("boss@example.com", "supervisor")
    for email, _, _ in staff:
        assert await has_demo(database)
        async with database.unit_of_work() as uow:
            account = await store.by_email(uow.session, email)
            assert account is not None
            await accounts.disable(uow, None, account.id)
    assert not await has_demo(database)
