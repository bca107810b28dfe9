"""Leave to read personal data: written down, never changed, and needed."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from bot.errors import NotAllowed
from bot.identity import contacts, service, store
from bot.identity.models import AuditEntry
from bot.identity.schemas import Grant, Member, Subject
from bot.kit.database import Database
from bot.kit.now import MovableClock
from bot.rides.client import PlatformClient
from sandbox.testing import RunningSandbox

LI_NA = Member("m-lina", "li.na@example.com", "李娜", ("safety",), True, "zh")
SAM = Member("m-sam", "sam@example.com", "Sam", ("agent",), True)
TRAINER = Member("m-tom", "tom@example.com", "Tom", ("trainer",), True)
CHAT = Subject("conversation", "c1")


async def granted(database: Database, member: Member, purpose: str = "console") -> Grant:
    async with database.unit_of_work() as uow:
        return await service.grant(uow, member, "conversation:c1", purpose)


def reads(platform: RunningSandbox, reference: str) -> int:
    """How many reads of unmasked phones the platform has logged under a reference."""
    return sum(one.kind == "contact_read" and one.to == reference for one in platform.world.outbox)


async def written(database: Database) -> list[tuple[str, str, str]]:
    async with database.reading() as session:
        return [(one.who, one.act, one.purpose) for one in await store.audit_of(session, CHAT)]


class TestGrant:
    async def test_is_written_with_who_whom_what_for_and_what_they_see(self, database: Database) -> None:
        given = await granted(database, LI_NA)
        assert (given.holder, given.subject, given.purpose) == ("staff:m-lina", CHAT, "console")
        assert given.may("see_unmasked_phone") and given.may("see_position")
        async with database.reading() as session:
            (entry,) = await store.audit_of(session, CHAT)
        assert entry.id == given.id and entry.who == "staff:m-lina" and entry.purpose == "console"
        assert entry.details == {"acts": ["see_earlier_complaints", "see_position", "see_unmasked_phone"]}

    async def test_sees_what_the_policy_lets_its_holder_see(self, database: Database) -> None:
        agent, trainer = await granted(database, SAM), await granted(database, TRAINER)
        assert (agent.may("see_unmasked_phone"), agent.may("see_position")) == (False, True)
        assert trainer.acts == frozenset()

    async def test_one_look_that_goes_on_is_one_row(self, database: Database, clock: MovableClock) -> None:
        first = await granted(database, SAM)
        clock.move(60)
        assert (await granted(database, SAM)).id == first.id
        await granted(database, SAM, "police pack")
        await granted(database, LI_NA)
        clock.move(15 * 60)
        assert (await granted(database, SAM)).id != first.id
        assert await written(database) == [
            ("staff:m-sam", "granted", "console"), ("staff:m-sam", "granted", "police pack"),
            ("staff:m-lina", "granted", "console"), ("staff:m-sam", "granted", "console"),
        ]  # fmt: skip

    async def test_other_rights_are_another_row(self, database: Database) -> None:
        before = await granted(database, SAM)
        promoted = Member(SAM.id, SAM.email, SAM.name, ("safety",), True)
        assert (await granted(database, promoted)).id != before.id

    async def test_is_gone_with_the_transaction_that_failed(self, database: Database) -> None:
        with pytest.raises(RuntimeError):
            async with database.unit_of_work() as uow:
                await service.grant(uow, SAM, "conversation:c1", "console")
                raise RuntimeError("the read failed")
        assert await written(database) == []

    @pytest.mark.parametrize(
        ("subject", "purpose"), [("conversation:c1", " "), ("c1", "x"), ("planet:1", "x")]
    )
    async def test_needs_a_purpose_and_a_known_subject(
        self, database: Database, subject: str, purpose: str
    ) -> None:
        with pytest.raises(ValueError, match=r"purpose|subject"):
            async with database.unit_of_work() as uow:
                await service.grant(uow, SAM, subject, purpose)

    def test_the_software_sees_positions_but_no_phone(self) -> None:
        given = service.system_grant("find the trip", part="locating")
        assert given.holder == "software:locating" and given.id is None
        assert given.may("see_position") and not given.may("see_unmasked_phone")


class TestAudit:
    @pytest.mark.parametrize("change", [update(AuditEntry).values(who="staff:other"), delete(AuditEntry)])
    async def test_cannot_be_changed_even_by_sql(self, database: Database, change: object) -> None:
        await granted(database, SAM)
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.unit_of_work() as uow:
                await uow.session.execute(change)  # type: ignore[call-overload]
        assert await written(database) == [("staff:m-sam", "granted", "console")]


class TestContacts:
    """Against the sandbox platform, which logs each read under its reference."""

    async def test_a_safety_agent_reads_them_and_the_platform_logs_it(
        self, database: Database, platform: PlatformClient, served_platform: RunningSandbox
    ) -> None:
        given, case = await granted(database, LI_NA), f"VG-{uuid.uuid4().hex}"
        trip = served_platform.world.trips["t_hz_live"]
        people = {one.role: one.phone for one in await contacts.of_trip(platform, given, trip.id, case)}
        assert trip.driver is not None
        assert (people["passenger"], people["driver"]) == (trip.passenger_phone, trip.driver.phone)
        assert (await contacts.of_rider(platform, given, "r_lin", case)).phone == "+8619900000001"
        assert (await contacts.of_driver(platform, given, trip.driver.id, case)).phone == trip.driver.phone
        (mother_or_father,) = await contacts.emergency_of_rider(platform, given, "r_lin", case)
        assert mother_or_father.phone == "+8619900000091"
        assert reads(served_platform, case) == 4

    async def test_nobody_else_does_and_the_platform_is_not_even_asked(
        self, database: Database, platform: PlatformClient, served_platform: RunningSandbox
    ) -> None:
        case = f"VG-{uuid.uuid4().hex}"
        for given in (await granted(database, SAM), service.system_grant("look")):
            for read, identifier in (
                (contacts.of_trip, "t_hz_live"), (contacts.of_rider, "r_lin"), (contacts.of_driver, "d_1"),
                (contacts.emergency_of_rider, "r_lin"),
            ):  # fmt: skip
                with pytest.raises(NotAllowed):
                    await read(platform, given, identifier, case)  # type: ignore[operator]
        assert reads(served_platform, case) == 0
