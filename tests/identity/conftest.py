"""Staff accounts in the real database, and the staff's doors over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI

from bot.identity import accounts, passwords, store
from bot.identity.accounts import Wanted
from bot.identity.endpoints import router
from bot.identity.schemas import Member
from bot.kit.database import Database
from bot.kit.http import install_error_handlers
from bot.rides.client import PlatformClient
from sandbox.testing import RunningSandbox, running_sandbox

PASSWORD = "a long enough passphrase"
CHANGE = {"X-Vigil": "1"}
AddStaff = Callable[..., Awaitable[Member]]
Browser = Callable[..., httpx.AsyncClient]


@pytest.fixture(autouse=True)
def password_work() -> None:
    """What the product does."""
    passwords._nobody.cache_clear()


@pytest.fixture(scope="session")
def password_hash() -> str:
    return passwords.hash_now(PASSWORD)


@pytest.fixture
def add_staff(database: Database, password_hash: str) -> AddStaff:
    """Adds an account whose password is PASSWORD; keyword arguments are those of Wanted."""

    async def added(email: str, *roles: str, **more: object) -> Member:
        wanted = Wanted(email, str(more.pop("name", email.split("@")[0])), roles or ("agent",), **more)  # type: ignore[arg-type]
        async with database.unit_of_work() as uow:
            return store.member_of(await accounts.add(uow, None, wanted, password_hash))

    return added


@pytest.fixture
def app(database: Database) -> FastAPI:
    made = FastAPI()
    made.state.database = database
    install_error_handlers(made)
    made.include_router(router)
    return made


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[Browser]:
    """Opens a browser of its own cookies, at an address of its own."""
    opened: list[httpx.AsyncClient] = []

    def new(address: str = "192.0.2.1", language: str = "en") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app, client=(address, 40000))
        client = httpx.AsyncClient(
            transport=transport, base_url="http://desk.test", headers={"Accept-Language": language}
        )
        opened.append(client)
        return client

    yield new
    for client in opened:
        await client.aclose()


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def sign_in(client: httpx.AsyncClient, email: str, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/api/staff/sign-in", json={"email": email, "password": password})


@pytest.fixture(scope="session")
def served_platform() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
async def platform(served_platform: RunningSandbox) -> AsyncIterator[PlatformClient]:
    served_platform.demo("/reset")
    async with PlatformClient(served_platform.url, served_platform.key) as client:
        yield client
