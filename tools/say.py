"""How the tools speak: one line a step, one clear sentence when something is wrong."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Callable


class Trouble(Exception):
    """The work cannot go on; the message is a sentence that says what to do."""


class Stopped(BaseException):
    """Somebody pressed Ctrl-C, or sent SIGTERM or SIGHUP."""


def tell(text: str = "") -> None:
    """Print a line at once."""
    print(text, flush=True)


@contextmanager
def timed(name: str, seconds: dict[str, float]) -> Iterator[None]:
    """Note under `name` how many seconds the block took; several blocks of one name add up."""
    begun = time.monotonic()
    try:
        yield
    finally:
        seconds[name] = seconds.get(name, 0.0) + time.monotonic() - begun


def ending_well(work: Callable[[], int]) -> int:
    """Run a tool's work; Trouble and Stopped become a line and an exit status (1, 130)."""
    try:
        return work()
    except Trouble as trouble:
        print(f"\n{trouble}", file=sys.stderr, flush=True)
        return 1
    except (Stopped, KeyboardInterrupt):
        tell("\nStopped.")
        return 130
