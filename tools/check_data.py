"""`python -m tools.check_data`: is the project's data whole, the same in both languages, and fit to be learnt from?
Runs in the desk's environment."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from tools.checks import bilingual, files, intents, repository
from tools.places import ROOT
from tools.say import tell

SHOWN = 20  # sentences of one check; the rest is counted


def main(root: Path = ROOT) -> int:
    """Run every check, tell what is wrong. Returns 1 if anything is."""
    contents: dict[str, Any] = {}
    if report("YAML files", lambda: files.read_all(root, contents)):
        return 1  # the others would only stumble over the same files
    wrong = 0
    for name, check in checks(root, contents).items():
        wrong += report(name, check)
    return 1 if wrong else 0


def checks(root: Path, contents: Mapping[str, Any]) -> dict[str, Callable[[], list[str]]]:
    """The checks by name."""
    return {
        "policy and lexicons load": lambda: loads(root),
        "intents the same everywhere": lambda: intents.same_everywhere(contents),
        "responses in both languages": lambda: bilingual.responses(contents),
        "texts in both languages": lambda: bilingual.texts(contents),
        "no near-copies in training": lambda: intents.training_copies(contents),
        "test messages apart from training": lambda: intents.test_messages(root, contents),
        "no addresses, all pinned": lambda: repository.hygiene(root),
    }


def report(name: str, check: Callable[[], list[str]]) -> int:
    """Run one check and print its line, and its faults. Returns how many there are."""
    begun = time.monotonic()
    faults = check()
    tell(f"    {'wrong' if faults else 'ok   '}  {name} ({time.monotonic() - begun:.1f} s)")
    for fault in faults[:SHOWN]:
        tell(f"        {fault}")
    if len(faults) > SHOWN:
        tell(f"        … and {len(faults) - SHOWN} more")
    return len(faults)


def loads(root: Path) -> list[str]:
    """The files that the desk reads at start are accepted by the desk's own readers."""
    from bot.chat.listeners.sentinel import Sentinel
    from bot.console import phrases
    from bot.console.claims import Claims
    from bot.console.wording import check_macro
    from bot.errors import VigilError
    from bot.kit.locale import say
    from bot.macros import service as macros
    from bot.macros import store as macro_store
    from bot.police import listed
    from bot.policy import load

    def whole_macros(path: Path) -> None:
        for name, content in macro_store.load(path).items():
            try:
                macros.check(content, "en")
                check_macro(content, "en")
            except VigilError as error:
                raise ValueError(f"{name}: {say(f'error.{error.code}', 'en', **error.values)}") from error

    readers: dict[str, Callable[[Path], object]] = {
        "policy.yml": load,
        "safety/lexicon": Sentinel.load,
        "police.yml": listed.load,
        "safety/claims.yml": lambda path: Claims.model_validate(yaml.safe_load(path.read_text("utf-8"))),
        "safety/forbidden.yml": phrases.load,
        "macros.yml": whole_macros,
    }
    wrong = []
    for name, reader in readers.items():
        try:
            reader(root / "data" / name)
        except (ValidationError, ValueError, OSError) as error:
            wrong.append(f"data/{name}: {error}")
        except Exception as error:
            if type(error).__module__ != "re2":
                raise
            wrong.append(f"data/{name}: a pattern is not RE2: {error}")
    return wrong


if __name__ == "__main__":
    raise SystemExit(main())
