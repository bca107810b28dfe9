"""`python -m bot page …`: drill the pagers, check the rota and the addresses, load a rota file."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.errors import VigilError
from bot.kit.database import Database
from bot.kit.locale import say
from bot.kit.vault import opened
from bot.paging import drill, files
from bot.policy import policy
from bot.settings import settings


def main(argv: list[str]) -> int:
    """0: all is well; 1: something was found, in words on standard output; 2: it could not be done, on
    standard error."""
    asked = _parser().parse_args(argv)
    try:
        return asyncio.run(_run(asked))
    except VigilError as problem:
        print(say(f"error.{problem.code}", "en", **problem.values), file=sys.stderr)
    except ValueError as problem:
        print(problem, file=sys.stderr)
    except (DBAPIError, SQLAlchemyError, OSError) as problem:
        print(
            f"The database does not answer ({type(problem).__name__}): run `python -m bot migrate` first, "
            "and check DATABASE_URL.",
            file=sys.stderr,
        )
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot page", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    trial = commands.add_parser("drill", help="page everybody on call by both ways, through the running desk")
    trial.add_argument(
        "--team", action="append", choices=sorted(policy().teams), help="only this team (repeatable)"
    )
    trial.add_argument("--wait", type=float, default=120.0, help="seconds to wait for taps; 0 does not wait")
    trial.add_argument("--sent-within", type=float, default=30.0, help="seconds for the channels to take it")
    commands.add_parser("check", help="check the addresses, the rota file and the rota of the next week")
    load = commands.add_parser(
        "load", help="replace the rota by a file's; a gap or unknown person is refused"
    )
    load.add_argument("file", type=Path)
    return parser


async def _run(asked: argparse.Namespace) -> int:
    async with opened() as db:
        if asked.command == "drill":
            return await _drill(db, asked)
        return await (_load(db, asked.file) if asked.command == "load" else _check(db))


async def _drill(db: Database, asked: argparse.Namespace) -> int:
    wrong = files.check_settings(settings())
    for sentence in wrong:
        print(sentence)
    never_closed = [team for team, rules in policy().teams.items() if rules.never_closed]
    well = await drill.run(
        db, asked.team or never_closed, sent_within_s=asked.sent_within, wait_s=asked.wait, tell=print
    )
    print("The drill went well." if well and not wrong else "The drill found what is written above: mend it.")
    return 0 if well and not wrong else 1


async def _check(db: Database) -> int:
    async with db.reading() as session:
        wrong = [*files.check_settings(settings()), *await files.check_rota(session)]
    for sentence in wrong:
        print(sentence)
    if not wrong:
        print("Addresses, rota file and the rota of the next week are in order.")
    return 1 if wrong else 0


async def _load(db: Database, path: Path) -> int:
    async with db.unit_of_work() as uow:
        count = await files.load(uow, path, "software:command-line")
    print(f"The rota now has {count} weekly turns from {path.name}.")
    return 0
