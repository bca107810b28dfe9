"""Officers and staff at the doors of a served desk, with the real sandbox platform behind it and clocks that the test fires."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.app import Desk
from bot.incidents import timeline
from bot.kit.due import fire_due
from bot.kit.now import MovableClock
from bot.kit.outbox import OutboxRow
from bot.paging import service as paging
from bot.paging.models import PagedSubject
from bot.police import filing
from bot.police.models import PoliceRequest
from sandbox.testing import RunningSandbox
from tests.console.conftest import demo_sign_ins
from tests.incidents.conftest import sandbox, served_platform
from tests.served import served_desk, until

__all__ = ["sandbox", "served_platform"]
FORM: dict[str, Any] = {
    "city": "hangzhou", "unit": "西湖区分局刑侦大队", "officer": "周正", "badge": "HZ-10234", "phone": "13700000077",
    "needs": ["trip", "driver", "vehicle", "route", "positions", "contacts"], "plate": "浙A·D8C61",
}  # fmt: skip
LISTED = "0571 110"


@dataclass
class Station:
    """A desk, its platform and its clock, and everybody who comes to its doors."""

    desk: Desk
    url: str
    clock: MovableClock
    sandbox: RunningSandbox
    sign_ins: dict[str, tuple[str, str]]
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def door(self, **headers: str) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            base_url=self.url, trust_env=False, timeout=60, headers={"Accept-Language": "en"} | headers
        )
        self.clients.append(client)
        return client

    async def staff(self, role: str) -> httpx.AsyncClient:
        """A signed-in page of the demo member with this role (`outsourced` is the one who is not in-house)."""
        page = self.door(**{"X-Vigil": "1"})
        email, password = self.sign_ins[role]
        answer = await page.post("/api/staff/sign-in", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        return page

    async def file(self, **more: Any) -> Officer:
        """An officer files the form."""
        body = FORM | {"client_id": uuid.uuid4().hex} | more
        answer = await self.door().post("/api/police/requests", json=body)
        assert answer.status_code == 201, answer.text
        told = answer.json()
        return Officer(self, self.door(Authorization=f"Bearer {told['token']}"), told, body)

    async def fire(self, seconds: float = 0) -> None:
        """Move the clock and fire what is due."""
        self.clock.move(seconds)
        while await fire_due(self.desk.database):
            continue

    async def let_retry(self) -> None:
        """A call to the platform that failed on a busy machine is tried again when its time comes: the clock goes there."""
        async with self.desk.database.reading() as session:
            query = select(OutboxRow.due).where(OutboxRow.state == "waiting", OutboxRow.kind == filing.LOCATE)
            due = (await session.execute(query)).scalars().first()
        if due is not None and due > self.clock.at and (due - self.clock.at).total_seconds() <= 8:
            self.clock.at = due

    async def request(self, reference: str) -> PoliceRequest:
        from bot.police import store

        async with self.desk.database.reading() as session:
            found = await store.by_reference(session, reference)
        assert found is not None
        return found

    async def entries(self, reference: str) -> list[dict[str, Any]]:
        """The timeline of the request's case."""
        request = await self.request(reference)
        async with self.desk.database.reading() as session:
            return await timeline.read(
                session, case_ids=[request.case_id], conversation_id=request.conversation_id
            )

    async def acts(self, reference: str) -> list[str]:
        return [one["act"] for one in await self.entries(reference)]


@dataclass
class Officer:
    """Somebody who has filed a request; page carries the secret."""

    station: Station
    page: httpx.AsyncClient
    told: dict[str, Any]
    body: dict[str, Any]

    @property
    def reference(self) -> str:
        return str(self.told["reference"])

    @property
    def token(self) -> str:
        return str(self.told["token"])

    async def status(self) -> dict[str, Any]:
        answer = await self.page.get("/api/police/status")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def path(self) -> str:
        """Where staff finds the request."""
        return f"/api/console/police/requests/{(await self.station.request(self.reference)).id}"

    async def located(self, act: str = "trip_found") -> None:
        """Once the platform has told of the trip."""

        async def found() -> bool:
            if act in await self.station.acts(self.reference):
                return True
            await self.station.let_retry()
            return False

        await until(found)

    async def confirmed(self, by: httpx.AsyncClient, **more: Any) -> httpx.Response:
        """Staff calls the listed number and the station confirms."""
        body = {
            "number": LISTED, "answered_by": "Control room, Officer Shen", "outcome": "confirmed",
            "reference_confirmed": True, **more,
        }  # fmt: skip
        return await by.post(f"{await self.path()}/check", json=body)

    async def fetch(self, format: str) -> httpx.Response:
        """Get a link and use it."""
        link = await self.page.post("/api/police/links", json={"format": format})
        assert link.status_code == 201, link.text
        return await self.page.post("/api/police/packs", json={"link": link.json()["link"]})


@pytest.fixture
async def station(
    database_url: str, tmp_path: Path, sandbox: RunningSandbox, clock: MovableClock
) -> AsyncIterator[Station]:
    async with served_desk(database_url, tmp_path, platform=sandbox.url, tick_s=3600) as (desk, url):
        sign_ins = await demo_sign_ins(desk.database)
        async with desk.database.unit_of_work() as uow:
            await paging.ensure_demo_rota(uow)
        found = Station(desk, url, clock, sandbox, sign_ins)
        yield found
        for client in found.clients:
            await client.aclose()


def code_of(answer: httpx.Response) -> str:
    found: dict[str, Any] = answer.json()
    return str(found["error"]["code"]) if "error" in found else ""


async def ready(station: Station, **more: Any) -> tuple[Officer, httpx.AsyncClient, str]:
    """An officer whose trip is found and who is confirmed; the liaison's page; where the request is."""
    officer = await station.file(**more)
    await officer.located()
    liaison = await station.staff("police_liaison")
    answer = await officer.confirmed(liaison)
    assert answer.status_code == 200, answer.text
    return officer, liaison, await officer.path()


async def paged_subjects(station: Station) -> dict[str, PagedSubject]:
    async with station.desk.database.reading() as session:
        return {one.subject: one for one in (await session.execute(select(PagedSubject))).scalars()}
