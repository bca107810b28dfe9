"""The desk killed with SIGKILL under traffic: nothing acknowledged is lost, every clock rings, no page is doubled beyond the
one that was on its way. 200 kills are `python -m bench.kill`; here are enough to notice when it breaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.kill import database, run
from tests.reuse import POSTGRES

KILLS = 8


@pytest.fixture(params=["sqlite", "postgres"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database("sqlite" if request.param == "sqlite" else POSTGRES, tmp_path) as url:
        yield url


@pytest.mark.timeout(
    600
)  # a busy machine takes long to start a process; what is measured does not count that time
async def test_nothing_acknowledged_is_lost_when_the_desk_is_killed(fresh: str, tmp_path: Path) -> None:
    found = await run(fresh, tmp_path, KILLS, seed=7)
    print(found.table())
    assert found.broken() == []
    assert found.kills == KILLS
    assert found.messages > 0 and found.incidents > 0 and found.acceptances > 0, "there was traffic"
    assert found.clocks > 0 and found.pages > 0, "clocks fell due while it died"
