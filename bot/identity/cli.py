"""`python -m bot staff …`: accounts from the command line, for the first supervisor and for emergencies.

Sentences come in the language of LC_ALL, LC_MESSAGES or LANG. Passwords come from standard input,
or are asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Awaitable, Callable

from asyncpg import PostgresError  # type: ignore[import-untyped]
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import Missing, Unprocessable, VigilError
from bot.identity import accounts, passwords, store
from bot.identity.accounts import Wanted
from bot.identity.models import StaffAccount
from bot.kit.database import Database, UnitOfWork
from bot.kit.locale import locale_from, say
from bot.kit.vault import opened
from bot.policy import policy
from bot.settings import settings

Run = Callable[[Database, argparse.Namespace], Awaitable[None]]


def _locale() -> str:
    variables = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return locale_from(next((value for value in variables if value), None))


def _password() -> str:
    """One line of standard input; at a terminal asked twice and not shown. Raises Unprocessable."""
    if not sys.stdin.isatty():
        return passwords.checked(sys.stdin.readline().rstrip("\r\n"))
    first = passwords.checked(getpass.getpass(say("staff.password", _locale())))
    if first != getpass.getpass(say("staff.password_again", _locale())):
        raise Unprocessable("password_differs")
    return first


async def _account(uow: UnitOfWork, email: str) -> StaffAccount:
    account = await store.by_email(uow.session, store.normalise_email(email))
    if account is None:
        raise Missing("no_account")
    return account


async def _add(db: Database, asked: argparse.Namespace) -> None:
    wanted = Wanted(
        asked.email,
        asked.name,
        asked.role,
        not asked.outsourced,
        asked.locale,
        tuple(asked.language or ("zh", "en")),
    )
    made = await passwords.hash_password(_password())
    async with db.unit_of_work() as uow:
        account = await accounts.add(uow, None, wanted, made)
    _tell("staff.added", account)


async def _list(db: Database, _asked: argparse.Namespace) -> None:
    async with db.reading() as session:
        found = await store.all_accounts(session)
    for one in found:
        state = "disabled" if one.disabled_at else "enabled"
        house = "in-house" if one.in_house else "outsourced"
        print(one.email, one.name, ",".join(one.roles), house, state, sep="\t")


async def _role(db: Database, asked: argparse.Namespace) -> None:
    async with db.unit_of_work() as uow:
        staff_id = (await _account(uow, asked.email)).id
        account = await accounts.change_roles(uow, None, staff_id, asked.role, asked.in_house)
    _tell("staff.roles", account)


async def _disable(db: Database, asked: argparse.Namespace) -> None:
    async with db.unit_of_work() as uow:
        account = await accounts.disable(uow, None, (await _account(uow, asked.email)).id)
    _tell("staff.disabled", account)


async def _enable(db: Database, asked: argparse.Namespace) -> None:
    async with db.unit_of_work() as uow:
        account = await accounts.enable(uow, None, (await _account(uow, asked.email)).id)
    _tell("staff.enabled", account)


async def _new_password(db: Database, asked: argparse.Namespace) -> None:
    made = await passwords.hash_password(_password())
    async with db.unit_of_work() as uow:
        account = await accounts.set_password(uow, None, (await _account(uow, asked.email)).id, made)
    _tell("staff.password_set", account)


def _tell(key: str, account: StaffAccount) -> None:
    print(say(key, _locale(), email=account.email, roles=", ".join(account.roles)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot staff", description="Staff accounts.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run: Run, what: str, *, email: bool = True) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=what, description=what)
        made.set_defaults(run=run)
        if email:
            made.add_argument("email")
        return made

    def roles(made: argparse.ArgumentParser) -> None:
        names = ", ".join(policy().roles)
        made.add_argument(
            "--role", action="append", required=True, help=f"one of {names}; may be given again"
        )

    add = command("add", _add, "add an account; the password is read from standard input")
    add.add_argument("--name", required=True, help="the name that passengers see")
    roles(add)
    add.add_argument("--outsourced", action="store_true", help="not in-house: sees no S0/S1")
    add.add_argument("--locale", choices=("zh", "en"), default="en", help="language of the pages")
    add.add_argument("--language", choices=("zh", "en"), action="append", help="what they answer in")
    command("list", _list, "every account: e-mail, name, roles, house, state", email=False)
    role = command("role", _role, "give other roles instead of the present ones")
    roles(role)
    house = role.add_mutually_exclusive_group()
    house.add_argument("--in-house", dest="in_house", action="store_true", default=None)
    house.add_argument("--outsourced", dest="in_house", action="store_false")
    command("disable", _disable, "end an account and its sessions at once")
    command("enable", _enable, "let a disabled account sign in again")
    command("password", _new_password, "give a new password, read from standard input; sessions end")
    return parser


async def _run(asked: argparse.Namespace) -> None:
    async with opened() as database:
        await asked.run(database, asked)


def main(argv: list[str]) -> int:
    """Exit status 0, or 1 with a sentence on standard error, or 2 for a command line that cannot be read. Raises OtherSecret;
    `bot.__main__` says it."""
    asked = _parser().parse_args(argv)
    settings().var.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(_run(asked))
    except VigilError as error:
        print(say(f"error.{error.code}", _locale(), **error.values), file=sys.stderr)
    except (SQLAlchemyError, PostgresError, OSError) as error:
        print(say("staff.no_database", _locale(), problem=str(error).splitlines()[0]), file=sys.stderr)
    else:
        return 0
    return 1
