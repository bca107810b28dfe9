"""The small targets of the Makefile: `python -m tools.make env | pages | train | migrate | evaluate | browser`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from tools import browser, environments, keys, model, pages
from tools.places import RASA, VAR, ports
from tools.processes import call, stoppable
from tools.run import derived, migrate
from tools.say import ending_well, tell


def _env() -> int:
    environments.build()
    return 0


def _pages() -> int:
    pages.build()
    return 0


def _train() -> int:
    environments.build()
    model.train()
    tell("The model fits its sources.")
    return 0


def _migrate() -> int:
    environments.build()
    migrate(derived(ports(os.environ), os.environ, keys.settled(VAR / "secrets.env", os.environ)))
    tell("The database has the newest tables.")
    return 0


def _evaluate() -> int:
    environments.build()
    model.train()
    return call([RASA.python, "-m", "bot.nlu.evaluate"])


def _browser() -> int:
    tell(f"Chromium: {browser.provide()}")
    return 0


TARGETS: dict[str, Callable[[], int]] = {
    "env": _env,
    "pages": _pages,
    "train": _train,
    "migrate": _migrate,
    "evaluate": _evaluate,
    "browser": _browser,
}


def main() -> int:
    with stoppable():
        return TARGETS[sys.argv[1]]()


if __name__ == "__main__":
    raise SystemExit(ending_well(main))
