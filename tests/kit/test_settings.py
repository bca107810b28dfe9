"""What the environment may set: an address that people can reach, a database that is known."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bot.settings import Settings

PRODUCTION: dict[str, Any] = {
    "env": "production", "public_url": "https://desk.example", "secret": "s" * 32, "internal_secret": "i" * 32,
    "app_token_secret": "a" * 32, "pager": "json://one", "second_pager": "json://two",
    "ride_platform_url": "https://rides.example", "ride_platform_key": "k", "ride_platform_secret": "p",
}  # fmt: skip


def test_production_starts_on_what_is_complete() -> None:
    assert Settings(**PRODUCTION).refusals() == []


@pytest.mark.parametrize(
    "address",
    [
        "", "http://desk.example", "https://127.0.0.1", "https://localhost:8443", "https://[::1]/", "https://0.0.0.0",
        "desk.example", "https://",
    ],
)  # fmt: skip
def test_production_needs_an_address_that_people_outside_can_reach(address: str) -> None:
    [refusal] = Settings(**{**PRODUCTION, "public_url": address}).refusals()
    assert refusal.startswith("VIGIL_PUBLIC_URL is ") and "https" in refusal


def test_a_desk_on_another_port_is_found_there() -> None:
    assert Settings(port=18080, public_url="").public_url == "http://127.0.0.1:18080"
    assert Settings(port=18080, public_url="https://desk.example").public_url == "https://desk.example"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u:p@h/db?sslmode=require", "postgresql+asyncpg://u:p@h/db?ssl=require"),
        ("postgres://u:p@h/db?target_session_attrs=any&sslmode=verify-full",
         "postgresql+asyncpg://u:p@h/db?target_session_attrs=any&ssl=verify-full"),
        ("sqlite:////tmp/vigil.db", "sqlite+aiosqlite:////tmp/vigil.db"),
    ],
)  # fmt: skip
def test_addresses_as_they_are_handed_out(given: str, used: str) -> None:
    assert Settings(database_url=given).resolved_database_url == used


@pytest.mark.parametrize(
    "given", ["foo", "mysql://u:p@h/db", "postgresql://u:p@h/db?channel_binding=require"]
)
def test_a_database_we_cannot_use(given: str) -> None:
    with pytest.raises(ValidationError, match=r"begin it with|take channel_binding out"):
        Settings(database_url=given)
