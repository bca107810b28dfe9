"""Incidents against the real sandbox platform, with the outbox and the clocks driven by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from bot.care.tasks import CareCalls
from bot.followups.tasks import Followers
from bot.identity.schemas import Member
from bot.incidents.tasks import PlatformCalls
from bot.kit.database import Database
from bot.kit.due import fire_due
from bot.kit.outbox import deliver_waiting
from bot.rides.client import PlatformClient
from sandbox.testing import RunningSandbox, running_sandbox
from tests.chat.conftest import open_chat, say

__all__ = ["open_chat", "say"]
Settle = Callable[[], Awaitable[None]]

LI_NA = Member("m-lina", "lina@example.com", "Li Na", ("safety",), True)
SAM = Member("m-sam", "sam@example.com", "Sam Wong", ("agent",), True)
OUTSIDER = Member("m-out", "out@example.com", "Outsourced", ("agent",), False)
CHEN = Member("m-chen", "chen@example.com", "Chen Jing", ("supervisor",), True)


@pytest.fixture(scope="session")
def served_platform() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def sandbox(served_platform: RunningSandbox) -> RunningSandbox:
    served_platform.demo("/reset")
    return served_platform


@pytest.fixture
async def platform(sandbox: RunningSandbox) -> AsyncIterator[PlatformClient]:
    async with PlatformClient(sandbox.url, sandbox.key) as client:
        yield client


@pytest.fixture
def settle(database: Database, platform: PlatformClient) -> Settle:
    """Carry out everything that is owed now: due rows, then calls, until nothing is left."""
    PlatformCalls(database, platform).register()
    Followers(database, platform).register()
    CareCalls(database, platform).register()

    async def settled() -> None:
        while await fire_due(database) + await deliver_waiting(database):
            continue

    return settled
