"""The link in a page, through its HTTP doors."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from bot.identity.models import StaffAccount
from bot.kit.database import UnitOfWork
from bot.kit.http import install_error_handlers
from bot.kit.locale import say
from bot.kit.now import MovableClock, now
from bot.paging import acknowledging, links, service, store
from bot.paging.acknowledging import Seen
from bot.paging.endpoints import router
from bot.paging.models import Page, PagedSubject
from tests.paging.conftest import Call, Hook, House

pytestmark = pytest.mark.usefixtures("clock")
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
async def browser(house: House) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.state.database = house.database
    install_error_handlers(app)
    app.include_router(router)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk", headers=ENGLISH) as client:
        yield client


async def page_of(house: House, person: str, subject: str = "case-1") -> Page:
    async with house.database.reading() as session:
        return next(page for page in await store.pages_of(session, subject) if page.person == person)


async def link(house: House, person: str = "ann") -> str:
    return "/page/ack/" + links.token_for((await page_of(house, person)).id)


class TestSeen:
    async def test_looking_changes_nothing_and_one_tap_says_who_has_seen_it(
        self, house: House, call: Call, browser: httpx.AsyncClient
    ) -> None:
        await call()
        shown = await browser.get(await link(house))
        assert shown.status_code == 200 and "Passenger in danger" in shown.text and "<form" in shown.text
        assert (await page_of(house, "ann")).acknowledged_at is None
        used = await browser.post(await link(house))
        assert used.status_code == 200 and "Seen by Ann" in used.text
        page = await page_of(house, "ann")
        assert (page.state, page.acknowledged_name, page.acknowledged_in) == ("acknowledged", "Ann", "link")
        (event,) = house.of("page.seen")
        assert (event["subject"], event["staff_id"], event["name"]) == ("case-1", "ann", "Ann")

    async def test_it_accepts_nothing_the_others_are_paged_on(
        self, house: House, call: Call, browser: httpx.AsyncClient, clock: MovableClock
    ) -> None:
        await call()
        await browser.post(await link(house))
        async with house.database.reading() as session:
            assert (await session.get_one(PagedSubject, "case-1")).stopped_at is None
        clock.move(20)
        await call(step=1)
        async with house.database.reading() as session:
            later = [page.person for page in await store.pages_of(session, "case-1") if page.step == 1]
        assert sorted(later) == ["ann", "bob"]

    async def test_who_has_seen_it_is_spared_the_second_way_at_the_next_step(
        self,
        house: House,
        call: Call,
        browser: httpx.AsyncClient,
        clock: MovableClock,
        pagers: object,
        hook: Hook,
    ) -> None:
        pagers(hook.address("one"), hook.address("two"))  # type: ignore[operator]
        await call()
        await house.carry_out()
        await browser.post(await link(house, "team"), data={"person": "ann"})
        clock.move(20)
        await call(step=1)
        await house.carry_out()
        assert (len(hook.at("one")), len(hook.at("two"))) == (2, 0)

    async def test_the_link_that_was_sent_is_the_link_that_works(
        self, house: House, call: Call, browser: httpx.AsyncClient, pagers: object, hook: Hook
    ) -> None:
        pagers(hook.address(), "")  # type: ignore[operator]
        await call()
        await house.carry_out()
        sent = re.search(r"/page/ack/[\w.=-]+", hook.at("team")[0])
        assert sent is not None
        assert (await browser.get(sent.group())).status_code == 200

    async def test_the_team_link_asks_who_and_takes_only_who_was_paged(
        self, house: House, call: Call, browser: httpx.AsyncClient, pagers: object, hook: Hook
    ) -> None:
        pagers(hook.address(), "")  # type: ignore[operator]
        await call()
        shown = await browser.get(await link(house, "team"))
        assert "Ann" in shown.text and "Bob" in shown.text and "Zoe" not in shown.text
        for wrong in ({}, {"person": ""}, {"person": "zoe"}):
            assert (await browser.post(await link(house, "team"), data=wrong)).status_code == 422
        assert (await page_of(house, "team")).acknowledged_at is None
        assert "Seen by Bob" in (await browser.post(await link(house, "team"), data={"person": "bob"})).text

    async def test_who_listens_is_told_in_the_same_transaction(
        self, house: House, call: Call, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        heard: list[Seen] = []

        async def fails(uow: UnitOfWork, seen: Seen) -> None:
            heard.append(seen)
            raise RuntimeError("the timeline cannot be written")

        monkeypatch.setattr(acknowledging, "_listeners", [fails])
        await call()
        with pytest.raises(RuntimeError):
            await browser.post(await link(house))
        assert heard[0].name == "Ann"
        assert (await page_of(house, "ann")).acknowledged_at is None


class TestRefused:
    async def test_used_twice(self, house: House, call: Call, browser: httpx.AsyncClient) -> None:
        await call()
        await browser.post(await link(house))
        again = await browser.post(await link(house))
        assert again.status_code == 410 and "used it already" in again.text
        assert len(house.of("page.seen")) == 1

    async def test_two_taps_at_once_count_once(
        self, house: House, call: Call, browser: httpx.AsyncClient
    ) -> None:
        await call()
        path = await link(house)
        answers = await asyncio.gather(*(browser.post(path) for _ in range(5)))
        assert sorted(one.status_code for one in answers) == [200, 410, 410, 410, 410]
        assert len(house.of("page.seen")) == 1

    async def test_expired(
        self, house: House, call: Call, browser: httpx.AsyncClient, clock: MovableClock
    ) -> None:
        await call()
        clock.move(links.LINK_HOURS * 3600)
        late = await browser.post(await link(house))
        assert late.status_code == 410 and "expired" in late.text
        assert (await page_of(house, "ann")).acknowledged_at is None

    async def test_accepted_in_the_desk_meanwhile(
        self, house: House, call: Call, browser: httpx.AsyncClient
    ) -> None:
        await call()
        async with house.database.unit_of_work() as uow:
            await service.stop(uow, "case-1")
        late = await browser.post(await link(house))
        assert late.status_code == 410 and "in the desk" in late.text
        assert house.of("page.seen") == []

    async def test_somebody_who_left_has_no_say(
        self, house: House, call: Call, browser: httpx.AsyncClient
    ) -> None:
        await call()
        async with house.database.unit_of_work() as uow:
            (await uow.session.get_one(StaffAccount, "ann")).disabled_at = now()
        assert (await browser.post(await link(house))).status_code == 410

    @pytest.mark.parametrize(
        "how", ["no signature", "wrong signature", "another page's", "words", "not ascii"]
    )
    async def test_forged_is_refused_in_words_logged_and_alarmed(
        self, house: House, call: Call, browser: httpx.AsyncClient, how: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(acknowledging, "_last_forged", None)
        await call()
        mine, other = (await page_of(house, "ann")).id, (await page_of(house, "bob")).id
        token = {
            "no signature": mine,
            "wrong signature": f"{mine}.{'A' * 32}",
            "words": "hello",
            "another page's": f"{mine}.{links.token_for(other).split('.')[1]}",
            "not ascii": f"{mine}.页",
        }[how]
        with capture_logs() as logged:
            answer = await browser.post(f"/page/ack/{token}")
        assert answer.status_code == 403 and "not ours" in answer.text
        assert any(one["event"] == "forged page link" for one in logged)
        assert house.of("page.forged")[0]["staff_ids"] == ["sue"]
        assert (await page_of(house, "ann")).acknowledged_at is None

    async def test_a_flood_of_forged_links_is_one_alarm_a_minute(
        self, house: House, browser: httpx.AsyncClient, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(acknowledging, "_last_forged", None)
        for _ in range(5):
            await browser.get("/page/ack/guess")
        assert len(house.of("page.forged")) == 1
        clock.move(61)
        await browser.get("/page/ack/guess")
        assert len(house.of("page.forged")) == 2


class TestThePage:
    async def test_it_leaks_the_link_nowhere_and_runs_nothing(
        self, house: House, call: Call, browser: httpx.AsyncClient
    ) -> None:
        await call(headline={"zh": "<b>危险</b>", "en": "<script>alert(1)</script>"})
        shown = await browser.get(await link(house))
        assert shown.headers["Referrer-Policy"] == "no-referrer"
        assert shown.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
        assert "<script>" not in shown.text and "&lt;script&gt;" in shown.text

    @pytest.mark.parametrize("state", ["open", "done", "used", "stopped", "expired", "forged", "name_needed"])
    def test_every_outcome_has_words_in_both_languages(self, state: str) -> None:
        for locale in ("zh", "en"):
            assert say(f"page_link.{state}.title", locale)
            assert say(f"page_link.{state}.words", locale, name="N", at="T")

    def test_a_token_expires_with_the_secret(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from bot.settings import settings

        token = links.token_for("0" * 32)
        assert links.page_of(token) == "0" * 32
        monkeypatch.setattr(settings(), "secret", "another secret of this installation")
        assert links.page_of(token) is None

    def test_links_live_for_a_shift(self) -> None:
        assert timedelta(hours=links.LINK_HOURS) >= timedelta(hours=8)
