"""The stage of the replays: the desk behind its doors, with the sandbox platform."""

from tests.replays.conftest import (
    addresses,
    begins,
    clock,
    crew,
    hook,
    sandbox,
    second_hook,
    served_platform,
    stage,
)

__all__ = [
    "addresses",
    "begins",
    "clock",
    "crew",
    "hook",
    "sandbox",
    "second_hook",
    "served_platform",
    "stage",
]
