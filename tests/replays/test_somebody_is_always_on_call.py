"""Impossible 12: no human after hours for S0/S1. An empty rota is an alarm, not a closed sign."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.replays.driver import Stage, ok, refused

ROOT = Path(__file__).resolve().parents[2]
CRY = "司机把车门锁了不让我下车"


@pytest.fixture
def begins() -> datetime:
    """A Sunday, 03:00 in Hangzhou."""
    return datetime(2026, 3, 14, 19, 0, tzinfo=UTC)


async def test_at_three_on_a_sunday_morning_the_same_pager_rings_at_once(stage: Stage) -> None:
    passenger = await stage.reporter("zh")
    await passenger.says(CRY)
    assert len(stage.rang()) == 1
    told = "\n".join(await passenger.told())
    assert "营业" not in told and "工作时间" not in told


async def test_a_rota_with_an_empty_hour_cannot_be_saved(stage: Stage) -> None:
    boss = await stage.agent("supervisor")
    rota = ok(await boss.client.get("/api/paging/rota"))
    short = [
        {key: shift[key] for key in ("team", "staff_id", "days", "start", "end", "zone")}
        for shift in rota["shifts"]
    ]
    for shift in short:
        if shift["team"] == "safety":
            shift["end"] = "22:00"
    answer = await boss.client.put("/api/paging/rota", json={"version": rota["version"], "shifts": short})
    error = refused(answer, 422)
    assert error["code"] == "rota_gap" and "safety" in error["message"]
    assert ok(await boss.client.get("/api/paging/rota"))["shifts"] == rota["shifts"], (
        "nothing was half-written"
    )


async def test_a_team_without_anybody_is_an_alarm_and_its_s0_rings_elsewhere(stage: Stage) -> None:
    await stage.starts()
    boss, safety = await stage.agent("supervisor"), await stage.agent("safety")
    await stage.has_pager("supervisor")
    accounts = ok(await boss.client.get("/api/staff/accounts"))["accounts"]
    only = next(one["id"] for one in accounts if one["email"] == safety.email)
    ok(await boss.client.post(f"/api/staff/accounts/{only}/disable"))

    ready = await boss.client.get("/readyz")
    assert ready.status_code == 503 and ready.json()["parts"]["rota"]["ok"] is False
    assert "on call" in ready.json()["parts"]["rota"]["says"]
    await stage.pass_time(minutes=5)
    assert [page for page in stage.rang("supervisor") if "ROTA" in page], (
        "the supervisor is told within 5 minutes"
    )

    before = len(stage.rang("supervisor"))
    await (await stage.reporter("zh")).says(CRY)
    assert [page for page in stage.rang("supervisor")[before:] if "[S0]" in page], (
        "the page goes to who is left"
    )


@pytest.mark.timeout(90)
async def test_production_does_not_start_while_nobody_is_on_call(database_url: str, tmp_path: Path) -> None:
    env = {
        **os.environ, "VIGIL_ENV": "production", "DATABASE_URL": database_url.replace("+aiosqlite", "").replace("+asyncpg", ""),
        "VIGIL_SECRET": "s" * 32, "VIGIL_INTERNAL_SECRET": "i" * 32, "VIGIL_APP_TOKEN_SECRET": "a" * 32,
        "VIGIL_PAGER": "json://127.0.0.1:9/one", "VIGIL_SECOND_PAGER": "json://127.0.0.1:9/two",
        "VIGIL_RIDE_PLATFORM_URL": "https://rides.example", "VIGIL_RIDE_PLATFORM_KEY": "k" * 32,
        "VIGIL_RIDE_PLATFORM_SECRET": "p" * 32, "VIGIL_PUBLIC_URL": "https://desk.example", "VIGIL_VAR": str(tmp_path),
        "REDIS_URL": "",
    }  # fmt: skip
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "serve", cwd=ROOT, env=env, stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    _, says = await asyncio.wait_for(started.communicate(), 60)
    assert started.returncode == 2
    assert "on call for safety" in says.decode() and "page load data/rota.yml" in says.decode()
