"""`python -m bot COMMAND …`: a command is a module with `main(argv) -> status`, loaded when asked for.

What is wrong with the settings, the data files or the database ends in a sentence on standard error. Status 2: it will not
start as things are set. Status 1: something it needs does not answer or is in the way now.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from alembic.util import CommandError
from asyncpg import PostgresError  # type: ignore[import-untyped]
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from yaml import YAMLError

from bot.kit.vault import OtherSecret
from bot.settings import ROOT, Settings, settings

# command: (module, what it does)
COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("bot.serve", "run the desk; --check only says whether it would start"),
    "staff": ("bot.identity.cli", "add, list, change and disable staff accounts"),
    "migrate": ("bot.migrate", "bring the database to this version"),
    "page": ("bot.paging.cli", "try the pagers"),
    "rehearse": ("bot.rehearsal.command", "play the case of August 2018 to whoever is on the rota"),
}


def main(argv: list[str]) -> int:
    """Run the command that `argv` begins with; returns its exit status."""
    listed = "\n".join(f"  {name:<8} {what}" for name, (_, what) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m bot",
        epilog=f"commands:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="command", help="one of those below")
    parser.add_argument(
        "rest", nargs=argparse.REMAINDER, metavar="…", help="what the command takes; -h tells"
    )
    asked = parser.parse_args(argv)
    # The database, the logs and the files hold what people wrote.
    os.umask(0o077)
    if asked.command != "serve":
        beside_the_run()
    try:
        settings()
        status: int = import_module(COMMANDS[asked.command][0]).main(asked.rest)
        return status
    except (ValidationError, YAMLError, CommandError) as problem:
        print(unfit(problem), file=sys.stderr)
        return 2
    except OtherSecret as problem:
        print(problem, file=sys.stderr)
        return 2
    except (SQLAlchemyError, PostgresError, OSError) as problem:
        print(in_the_way(problem), file=sys.stderr)
        return 1


def beside_the_run() -> None:
    """Take the settings of the `make run` that runs from this folder (tools/run.py keeps them while it lasts), so that a
    command from a bare shell speaks of the same desk. What the environment sets stays; one that names another database is
    about another desk."""
    file = Path(os.environ.get("VIGIL_VAR") or ROOT / "var") / "run.json"
    try:
        kept: dict[str, str] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return
    named = os.environ.get("DATABASE_URL") or os.environ.get("VIGIL_DATABASE_URL")
    if named and named != (kept.get("DATABASE_URL") or kept.get("VIGIL_DATABASE_URL")):
        return
    for name, value in kept.items():
        os.environ.setdefault(name, value)


def unfit(problem: ValidationError | YAMLError | CommandError) -> str:
    """What cannot be used as it stands: a setting, a data file, or a database of another version."""
    if isinstance(problem, ValidationError):
        return "\n".join(_invalid(problem))
    if isinstance(problem, YAMLError):
        return f"A data file is no YAML: {problem}"
    return f"The database does not fit this version of Vigil ({problem}): run the version that wrote it, or a newer one."


def _invalid(problem: ValidationError) -> Iterator[str]:
    """A sentence for each setting, or each place in a data file, that cannot be used."""
    for one in problem.errors():
        place = ".".join(map(str, one["loc"]))
        what = one["msg"].removeprefix("Value error, ")
        if problem.title != Settings.__name__:
            yield f"{', '.join(filter(None, (problem.title.strip('_'), place)))}: {what}."
        elif place in Settings.model_fields:
            yield f"VIGIL_{place.upper()} is {one['input']!r}: {what}."
        else:  # an address may hold a password
            yield f"{place} cannot be used: {what}."


def in_the_way(problem: SQLAlchemyError | PostgresError | OSError) -> str:
    """What does not answer, or is in use or closed to us, and what to try."""
    if isinstance(problem, OSError) and problem.filename:
        return f"{problem.filename}: {problem.strerror}."
    first = str(getattr(problem, "orig", None) or problem).splitlines()[0]
    return f"The database cannot be used: {first}. Check DATABASE_URL and that it runs; without tables, run `make migrate`."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
