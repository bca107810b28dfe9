from collections.abc import AsyncIterator, Iterator

import pytest

from bot.rides.client import PlatformClient
from bot.rides.transport import Limits
from sandbox.testing import RunningSandbox, running_sandbox

QUICK = Limits(connect_s=2.0, read_s=0.6, budget_s=3.0, pause_s=0.01)


@pytest.fixture(scope="session")
def served() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def sandbox(served: RunningSandbox) -> RunningSandbox:
    """The sandbox as planted, with its clock right and no faults."""
    served.world.clock = type(served.world)().clock
    served.demo("/reset")
    return served


@pytest.fixture
async def platform(sandbox: RunningSandbox) -> AsyncIterator[PlatformClient]:
    async with PlatformClient(sandbox.url, sandbox.key, QUICK) as client:
        yield client
