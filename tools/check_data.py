"""`python -m tools.check_data`: is the project's data whole, the same in both languages, and fit to be learnt from?
Runs in the desk's environment."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bot.kit.data import read_yaml
from tools.checks import bilingual, dialogue, examples, files, intents, repository, said, shapes
from tools.places import ROOT
from tools.say import tell

SHOWN = 20  # sentences of one check; the rest is counted


def main(root: Path = ROOT) -> int:
    """Run every check, tell what is wrong. Returns 1 if anything is."""
    contents: dict[str, Any] = {}
    for name, check in first_checks(root, contents).items():
        if report(name, check):
            return 1  # the others would only stumble over the same files
    wrong = 0
    for name, check in checks(root, contents).items():
        wrong += report(name, check)
    return 1 if wrong else 0


def first_checks(root: Path, contents: dict[str, Any]) -> dict[str, Callable[[], list[str]]]:
    """What must hold before anything else can be asked of the data. Fills `contents`."""
    return {
        "YAML files": lambda: files.read_all(root, contents),
        "keys and lists where they belong": lambda: shapes.faults(contents),
        "training messages as Rasa reads them": lambda: examples.well_written(root, contents),
    }


def checks(root: Path, contents: Mapping[str, Any]) -> dict[str, Callable[[], list[str]]]:
    """The checks by name."""
    return {
        "policy and lexicons load": lambda: loads(root),
        "intents the same everywhere": lambda: intents.same_everywhere(contents),
        "rules and buttons name what there is": lambda: dialogue.faults(contents),
        "what the code says is written": lambda: said.texts(root, contents) + said.responses(root, contents),
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
    """The files that the desk and the assistant read at start are accepted by their own readers."""
    wrong = []
    for name, reader in readers().items():
        try:
            reader(root / "data" / name)
        except Exception as error:  # whatever a reader stumbles over, the file is named and the next is read
            told = (
                str(error) if isinstance(error, ValueError | OSError) else f"{type(error).__name__}: {error}"
            )
            wrong += [f"data/{name}: {line}" for line in told.splitlines() or [type(error).__name__]]
    return wrong


def readers() -> dict[str, Callable[[Path], object]]:
    """Who reads which file or folder of data/."""
    from bot.chat import first_words
    from bot.chat.listeners.sentinel import Sentinel
    from bot.console import claims, phrases
    from bot.incidents import cities
    from bot.nlu.grading import Grading
    from bot.paging import files as rota
    from bot.police import listed
    from bot.policy import load
    from bot.protocols.cards import read_cards

    return {
        "policy.yml": load,
        "cities.yml": cities.load,
        "rota.yml": rota.read,
        "texts": lambda _: first_words.check(),
        "protocols": read_cards,
        "entities/grading.yml": lambda path: Grading.from_data(read_yaml(path) or {}),
        "safety/lexicon": lambda folder: all_well(Sentinel.load(folder).unproven()),
        "police.yml": listed.load,
        "safety/claims.yml": claims.load,
        "safety/forbidden.yml": phrases.load,
        "macros.yml": whole_macros,
    }


def all_well(wrong: list[str]) -> None:
    """Raises ValueError with the sentences, if there are any."""
    if wrong:
        raise ValueError("\n".join(wrong))


def whole_macros(path: Path) -> None:
    """Reads a file of macros. Raises ValueError naming the macro that the desk would not take."""
    from bot.console.wording import check_macro
    from bot.errors import VigilError
    from bot.kit.locale import say
    from bot.macros import service as macros
    from bot.macros import store as macro_store
    from bot.policy import policy

    for name, content in macro_store.load(path).items():
        if content.topic not in {*policy().intents, "talk"}:
            raise ValueError(
                f"{name}: the topic {content.topic} is no intent of data/policy.yml. Correct it."
            )
        try:
            macros.check(content, "en")
            check_macro(content, "en")
        except VigilError as error:
            raise ValueError(f"{name}: {say(f'error.{error.code}', 'en', **error.values)}") from error


if __name__ == "__main__":
    raise SystemExit(main())
