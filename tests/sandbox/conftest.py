from collections.abc import Iterator

import httpx
import pytest

from sandbox.testing import RunningSandbox, running_sandbox


@pytest.fixture(scope="session")
def served() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def platform(served: RunningSandbox) -> RunningSandbox:
    """The sandbox as planted, with its clock right and no faults."""
    served.world.clock = type(served.world)().clock
    served.demo("/reset")
    return served


@pytest.fixture
def http(platform: RunningSandbox) -> Iterator[httpx.Client]:
    headers = {"X-Platform-Key": platform.key}
    with httpx.Client(base_url=platform.url, headers=headers, trust_env=False, timeout=5) as client:
        yield client
