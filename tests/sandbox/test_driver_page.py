"""The driver's page, in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright, expect

from sandbox.testing import RunningSandbox

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield await (await browser.new_context(locale="zh-CN")).new_page()
        await browser.close()


async def test_a_driver_answers_for_a_lost_thing(
    page: Page, platform: RunningSandbox, http: httpx.Client
) -> None:
    body = {"category": "phone", "item": "<b>手机</b>"}
    item = http.post("/trips/t_hz_phone/lost-items", json=body, headers={"Idempotency-Key": "k"}).json()
    await page.goto(f"{platform.url}/demo/driver")
    card = page.get_by_test_id("lost-item")
    await expect(card.get_by_role("heading")).to_have_text("<b>手机</b>")
    await card.get_by_label("司机: 说明（可不填）").fill("在后座下面")
    await card.get_by_test_id("driver-found").click()
    await expect(card).to_contain_text("司机 说找到了 — 在后座下面")
    answered = http.get(f"/lost-items/{item['id']}").json()
    assert answered["status"] == "found" and answered["driver_answer"]["note"] == "在后座下面"


async def test_a_hold_a_delay_and_a_code_are_seen(
    page: Page, platform: RunningSandbox, http: httpx.Client
) -> None:
    http.put("/drivers/d_wang/dispatch-hold", json={"reason_code": "safety_report", "reference": "V-9"})
    sent = http.post("/codes", json={"phone": "19900000001"}, headers={"Idempotency-Key": "k"}).json()
    await page.goto(f"{platform.url}/demo/driver")
    await expect(page.locator("[data-testid=driver][data-id=d_wang]")).to_contain_text("V-9")
    await expect(page.locator("[data-kind=code]").first).to_contain_text(platform.code(sent["code_id"]))
    trip = page.locator("[data-testid=trip][data-id=t_tp_call]")
    await trip.get_by_test_id("report-delay").click()
    await expect(trip).to_contain_text("晚点 15′")
    assert http.get("/trips/t_tp_call").json()["delay"]["minutes"] == 15


async def test_calls_can_be_made_to_fail_and_the_language_changes(
    page: Page, platform: RunningSandbox, http: httpx.Client
) -> None:
    await page.goto(f"{platform.url}/demo/driver")
    await page.get_by_role("button", name="English").click()
    trip = page.locator("[data-testid=trip][data-id=t_ld_live]")
    await trip.get_by_label("Masked calls").select_option("no_answer")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sandbox platform · driver's side")
    parties = {"from": "passenger", "to": "driver"}
    answer = http.post("/trips/t_ld_live/calls", json=parties, headers={"Idempotency-Key": "k"})
    assert answer.json()["result"] == "no_answer"


async def test_the_page_is_accessible_and_fits_a_phone(page: Page, platform: RunningSandbox) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto(f"{platform.url}/demo/driver")
    await expect(page.get_by_test_id("driver").first).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
